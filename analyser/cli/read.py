"""`sip-analyser read CAPTURE...`."""

from __future__ import annotations

import gc
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from analyser.cli.language import language
from analyser.cli.options import (
    SEVERITIES,
    call_options,
    in_colour,
    key_options,
    look_options,
    redact_options,
    redactor_of,
    rule_options,
    shown_options,
    time_options,
    width_for,
    with_options,
)
from analyser.cli.output import output_option, output_to
from analyser.cli.reading import Reading
from analyser.cli.rule_choice import chosen_rules, thresholds
from analyser.cli.selection import Selection, keep
from analyser.errors import UsageError
from analyser.report.jsonl import JsonLines

if TYPE_CHECKING:
    from typing import TextIO

_MOST_JOBS = 64


@click.command("read", epilog="Filters may be repeated; different filters must all match.")
@click.argument("captures", nargs=-1, required=True, metavar="CAPTURE...")
@click.option(
    "--format",
    "form",
    type=click.Choice(["terminal", "jsonl"]),
    default="terminal",
    show_default=True,
    help="A report to read, or one JSON object a line (docs/events.md).",
)
@output_option
@with_options(*call_options)
@with_options(*time_options)
@with_options(*shown_options, *rule_options)
@with_options(*key_options)
@with_options(*redact_options)
@click.option("--all-calls", is_flag=True, help="Draw the ladder of every call, up to 200.")
@click.option(
    "--jobs",
    type=click.IntRange(1, _MOST_JOBS),
    default=1,
    show_default=True,
    metavar="N",
    help="Share the calls among N processes: the same report, sooner.",
)
@with_options(*look_options)
def read_command(captures: tuple[str, ...], **options: Any) -> int:
    """Annotate every status line of SIP captures, and say what is wrong.

    CAPTURE is a pcap or pcapng file, also compressed (gz, bz2, xz, zst); '-' for standard input;
    or a directory, whose captures are read in order of time. What is encrypted is read with tshark where there are keys:
    with --keylog or --tls-key, or in the pcapng file itself.
    """
    # Calls are taken apart when they are over (`release`); the cycle collector has little left to find,
    # and nothing at all in what was imported so far.
    gc.freeze()
    gc.set_threshold(80_000, 5, 2)
    gc.enable()
    if "" in captures:
        raise UsageError("a capture needs a name; '-' is standard input")
    selection = Selection(options["methods"], options["statuses"], SEVERITIES[options["min_severity"]])
    reading = Reading(
        captures=captures,
        rules=chosen_rules(options["select"], options["ignore"]),
        parameters=thresholds(options["settings"]),
        keep=keep(options["call_ids"], options["numbers"], options["since"], options["until"]),
        selection=selection,
        fail_on=SEVERITIES.get(options["fail_on"] or ""),
        progress=_progress(options),
        brief=options["form"] == "terminal" and selection.all,
        keys={name: options[name] for name in ("engine", "keylog", "tls_key")},
        redactor=redactor_of(options),
    )
    output = output_to(options["output"], captures)
    report_on = partial(_report, options=options)
    jobs = options["jobs"]
    if jobs > 1:
        from analyser.parallel import why_not  # noqa: PLC0415 - only --jobs needs it

        reason = why_not(captures) or (
            "tshark reads with one process" if any(reading.keys.values()) else None
        )
        if reason is not None:
            click.echo(f"sip-analyser: --jobs: {reason}", err=True)
            jobs = 1
    if jobs == 1:
        return int(reading.alone(output, report_on))
    return int(
        reading.together(
            jobs,
            output,
            report_on,
            lang=options["lang"] or "en",
            all_calls=options["all_calls"],
            lines=options["form"] == "jsonl",
        )
    )


def _report(stream: TextIO, options: dict[str, Any]) -> Any:
    if options["form"] == "jsonl":
        return JsonLines(stream, options["lang"] or "en")
    from analyser.report.terminal import TerminalReport  # noqa: PLC0415 - rich is not needed for JSON

    narrowed = any(options[name] for name in ("call_ids", "numbers", "since", "until"))
    return TerminalReport(
        stream,
        width_for(stream, options),
        in_colour(stream, options),
        all_calls=options["all_calls"],
        narrowed=narrowed,
        lang=options["lang"] or language(None),
    )


def _progress(options: dict[str, Any]) -> Any:
    if not sys.stderr.isatty() or (options["form"] == "jsonl" and options["output"] is None):
        return None
    from analyser.report.progress import progress_for  # noqa: PLC0415 - only where somebody looks

    return progress_for(sys.stderr)
