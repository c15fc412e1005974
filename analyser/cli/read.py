"""`sip-analyser read CAPTURE...`."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from analyser.cli.captures import check_names, collect_seldom
from analyser.cli.enclosed import readable_again
from analyser.cli.forms import FORMS, TABLES, Form, keys_of
from analyser.cli.options import (
    SEVERITIES,
    call_options,
    key_options,
    look_options,
    redact_options,
    redactor_of,
    rule_options,
    shown_options,
    time_options,
    with_options,
)
from analyser.cli.output import output_option, output_to
from analyser.cli.reading import Reading
from analyser.cli.rule_choice import chosen_rules, thresholds
from analyser.cli.selection import Selection, keep
from analyser.errors import UsageError

if TYPE_CHECKING:
    from typing import TextIO

_MOST_JOBS = 64
_STREAMING = frozenset({"jsonl", "csv"})
"""Forms that are written while the capture is read."""


@click.command("read", epilog="Filters may be repeated; different filters must all match.")
@click.argument("captures", nargs=-1, required=True, metavar="CAPTURE...")
@click.option(
    "--format",
    "form",
    type=click.Choice(list(FORMS)),
    default="terminal",
    show_default=True,
    help="A report to read, with its ladders; events as JSON lines (docs/events.md); the whole report as one HTML page or one JSON document; Markdown for "
    "a ticket; a table of comma-separated values; every message in full, in the ladder notation that compiles to a capture (docs/report.md).",
)
@click.option(
    "--table",
    type=click.Choice(TABLES),
    help="Which table --format csv writes.  [default: calls]",
)
@output_option
@click.option(
    "--with-excerpt",
    is_flag=True,
    help="With --format html: the page carries the packets behind what was found, up to 2 MiB.",
)
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
    collect_seldom()
    check_names(captures)
    form = FORMS[options["form"]]
    if not form.readable and options["output"] is None and sys.stdout.isatty():
        raise UsageError(f"--format {options['form']}: is nothing for a screen; name a file with -o FILE")
    if options["table"] and options["form"] != "csv":
        raise UsageError("--table: is for --format csv")
    if options["with_excerpt"]:
        if options["form"] != "html":
            raise UsageError("--with-excerpt: is for --format html")
        options["with_excerpt"] = readable_again(captures)
    options["redactor"] = redactor_of(options)
    selection = Selection(options["methods"], options["statuses"], SEVERITIES[options["min_severity"]])
    reading = Reading(
        captures=captures,
        rules=chosen_rules(options["select"], options["ignore"]),
        parameters=thresholds(options["settings"]),
        keep=keep(options["call_ids"], options["numbers"], options["since"], options["until"]),
        selection=selection,
        fail_on=SEVERITIES.get(options["fail_on"] or ""),
        progress=_progress(options),
        brief=form.brief and selection.all,
        media=form.media,
        keys=keys_of(options),
        redactor=options["redactor"],
    )
    output = output_to(options["output"], captures)
    report_on = partial(_report, form, options)
    jobs = options["jobs"]
    if jobs > 1:
        from analyser.parallel import why_not  # noqa: PLC0415 - only --jobs needs it

        reason = why_not(captures)
        if any(reading.keys.values()):
            reason = reason or "tshark reads with one process"
        if not form.shared:
            reason = f"one process writes {options['form']}"
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


def _report(form: Form, options: dict[str, Any], stream: TextIO) -> Any:
    return form.make(stream, options)


def _progress(options: dict[str, Any]) -> Any:
    if not sys.stderr.isatty() or (options["form"] in _STREAMING and options["output"] is None):
        return None
    from analyser.report.progress import progress_for  # noqa: PLC0415 - only where somebody looks

    return progress_for(sys.stderr)
