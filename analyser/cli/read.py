"""`sip-analyser read CAPTURE...`."""

from __future__ import annotations

import gc
import os
import shutil
import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import click

from analyser.annotate import Finding, Severity
from analyser.cli.rule_choice import chosen_rules, thresholds
from analyser.cli.selection import Selection, keep
from analyser.pipeline import analyse
from analyser.report.jsonl import JsonLines

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from typing import TextIO

_SEVERITIES = {str(severity): severity for severity in Severity}
_LEAST_WIDTH = 60
_WIDTH_WITHOUT_TERMINAL = 100


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
@click.option("-o", "--output", type=click.Path(dir_okay=False), help="Write to FILE, not to the screen.")
@click.option("--call-id", "call_ids", multiple=True, metavar="TEXT", help="Only Call-IDs that begin so.")
@click.option(
    "--number", "numbers", multiple=True, metavar="TEXT", help="Only where From, To or Request-URI has it."
)
@click.option("--since", metavar="TIME", help="From 2026-01-05T09:00:00 (UTC) or +SECONDS on.")
@click.option("--until", metavar="TIME", help="Up to that time.")
@click.option("--method", "methods", multiple=True, metavar="METHOD", help="Show only these methods.")
@click.option("--status", "statuses", multiple=True, metavar="CODE", help="Show only 486, or 4xx.")
@click.option("--select", multiple=True, metavar="RULE|FAMILY", help="Run only these rules.")
@click.option("--ignore", multiple=True, metavar="RULE|FAMILY", help="Do not run these rules.")
@click.option("--set", "settings", multiple=True, metavar="RULE.PARAMETER=VALUE", help="Set a threshold.")
@click.option(
    "--min-severity", type=click.Choice(list(_SEVERITIES)), default="notice", help="Show from this on."
)
@click.option(
    "--fail-on", type=click.Choice(list(_SEVERITIES)), help="Exit with 1 if a finding is at least so severe."
)
@click.option("--all-calls", is_flag=True, help="Draw the ladder of every call, up to 200.")
@click.option("--no-color", is_flag=True, help="No colour (as with NO_COLOR set).")
@click.option("--width", type=click.IntRange(_LEAST_WIDTH, 400), help="Columns; default: the terminal's.")
def read_command(captures: tuple[str, ...], **options: Any) -> int:
    """Annotate every status line of SIP captures, and say what is wrong.

    CAPTURE is a pcap or pcapng file, also compressed (gz, bz2, xz, zst); '-' for standard input;
    or a directory, whose captures are read in order of time.
    """
    # Calls are taken apart when they are over (`release`); the cycle collector has little left to find,
    # and nothing at all in what was imported so far.
    gc.freeze()
    gc.set_threshold(100_000, 5, 2)
    gc.enable()
    selection = Selection(options["methods"], options["statuses"], _SEVERITIES[options["min_severity"]])
    progress = _progress(options)
    events = analyse(
        captures,
        rules=chosen_rules(options["select"], options["ignore"]),
        parameters=thresholds(options["settings"]),
        keep=keep(options["call_ids"], options["numbers"], options["since"], options["until"]),
        progress=progress,
        release=True,
    )
    fail_on = _SEVERITIES.get(options["fail_on"] or "")
    failed = False
    with _output(options["output"]) as stream:
        report = _report(stream, options)
        receive = report.receive
        for event in events if selection.all else filter(selection.shows, events):
            receive(event)
            if fail_on is not None and isinstance(event, Finding) and event.severity >= fail_on:
                failed = True
        if progress is not None:
            progress.stop()
        report.finish()
    return 1 if failed else 0


def _output(path: str | None) -> AbstractContextManager[TextIO]:
    if path is None:
        return nullcontext(sys.stdout)
    return open(path, "w", encoding="utf-8", newline="\n")  # noqa: PTH123 - closed by the caller's with


def _report(stream: TextIO, options: dict[str, Any]) -> Any:
    if options["form"] == "jsonl":
        return JsonLines(stream)
    from analyser.report.terminal import TerminalReport  # noqa: PLC0415 - rich is not needed for JSON

    terminal = stream.isatty()
    width = options["width"] or (shutil.get_terminal_size().columns if terminal else _WIDTH_WITHOUT_TERMINAL)
    colour = terminal and not options["no_color"] and not os.environ.get("NO_COLOR")
    narrowed = any(options[name] for name in ("call_ids", "numbers", "since", "until"))
    return TerminalReport(
        stream, max(width, _LEAST_WIDTH), colour, all_calls=options["all_calls"], narrowed=narrowed
    )


def _progress(options: dict[str, Any]) -> Any:
    if not sys.stderr.isatty() or (options["form"] == "jsonl" and options["output"] is None):
        return None
    from analyser.report.progress import progress_for  # noqa: PLC0415 - only where somebody looks

    return progress_for(sys.stderr)
