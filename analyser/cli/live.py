"""`sip-analyser live`."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, TextIO

import click

from analyser.cli.amounts import Duration, Size
from analyser.cli.captures import collect_seldom
from analyser.cli.language import language
from analyser.cli.listening import Listening
from analyser.cli.options import (
    SEVERITIES,
    call_options,
    columns,
    filter_options,
    in_colour,
    look_options,
    redact_options,
    redactor_of,
    rule_options,
    shown_options,
    width_for,
    with_options,
)
from analyser.cli.output import named
from analyser.cli.rule_choice import chosen_rules, thresholds
from analyser.cli.selection import Selection, keep
from analyser.cli.signals import Asked
from analyser.cli.tapped import Tapped
from analyser.cli.views import JsonView, ReadView
from analyser.errors import UsageError
from analyser.report.output import encoding_of
from analyser.report.status_line import StatusLine
from analyser.report.tail import Tail
from analyser.report.terminal import TerminalReport
from analyser.report.words import Words
from analyser.wire import Coverage

if TYPE_CHECKING:
    from analyser.capture.live import Live
    from analyser.cli.tapped import Writing
    from analyser.report.tail_findings import Place


@click.command("live", epilog="Filters may be repeated; different filters must all match.")
@click.option(
    "-i", "--interface", "interfaces", multiple=True, metavar="NAME", help="Where to listen; default: all."
)
@click.option("--duration", type=Duration(), metavar="TIME", help="End after 30s, 5m, 2h.")
@click.option("--write", metavar="FILE", help="Keep the packets, as pcapng, for 'read'.")
@click.option("--rotate-size", type=Size(), metavar="SIZE", help="Begin a new file after 100M.")
@click.option("--rotate-time", type=Duration(), metavar="TIME", help="Begin a new file after 1h.")
@click.option("--rotate-files", type=click.IntRange(1), metavar="N", help="Keep the latest N files.")
@with_options(*filter_options)
@click.option(
    "--hep",
    "agents",
    multiple=True,
    metavar="SPEC",
    help="Receive HEP from agents at udp:0.0.0.0:9060 or tcp:[::]:9060; no interface then, unless -i names one.",
)
@click.option("--hep-send", metavar="HOST:PORT", help="Hand every message on as HEP3.")
@with_options(*call_options, *shown_options, *rule_options, *redact_options)
@click.option(
    "--format",
    "form",
    type=click.Choice(["terminal", "jsonl"]),
    default="terminal",
    show_default=True,
    help="Lines to read, or one JSON object a line (docs/events.md).",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False),
    callback=named,
    help="Write lines and report to FILE, as they come.",
)
@click.option("--all-calls", is_flag=True, help="Draw the ladder of every call in the report, up to 200.")
@with_options(*look_options)
def live_command(**options: Any) -> int:
    """Watch SIP as it passes: a line for each message, what is wrong the moment it is known, and at the end the
    report of 'read'.

    Without arguments it listens on all interfaces until Ctrl-C. Times are UTC. SIGUSR1 (kill -USR1) prints an interim
    report. `#17` is the number of a frame; with --write it is its number in the file.
    """
    collect_seldom()
    selection = Selection(options["methods"], options["statuses"], SEVERITIES[options["min_severity"]])
    rules, parameters = chosen_rules(options["select"], options["ignore"]), thresholds(options["settings"])
    if _rotates(options) and options["write"] is None:
        raise UsageError("--rotate-size, --rotate-time and --rotate-files belong to --write FILE")
    redactor = redactor_of(options)
    if redactor is not None and options["write"] is not None:
        raise UsageError(
            "--write keeps packets as they came, with all that --redact hides; choose one of the two"
        )
    coverage = Coverage()
    with ExitStack() as stack:
        live = open_source(options, coverage)
        stack.callback(live.close)
        _drop_privilege()
        source = Tapped(live, _writer(options, coverage))
        stack.pop_all()
        stack.callback(source.close)
        hep = _hep_sender(options["hep_send"], stack)
        out = _output(options, stack)
        lang = options["lang"] or language(None)
        words = Words(lang)
        screen = _screen(out)
        status = StatusLine(out, screen, words, colour=screen is not None and in_colour(screen, options))
        stack.callback(status.clear)
        lines = options["form"] == "jsonl"
        report_on = sys.stderr if lines else out
        report = TerminalReport(
            report_on,
            width_for(report_on, options),
            in_colour(report_on, options),
            all_calls=options["all_calls"],
            narrowed=bool(options["call_ids"] or options["numbers"]),
            live=True,
            lang=lang,
        )

        def notice(text: str) -> None:
            status.clear()
            click.echo(text, err=True)

        def width() -> int | None:
            return columns() if options["width"] is None and out.isatty() else options["width"]

        tail = Tail(
            words,
            colour=in_colour(out, options),
            encoding=encoding_of(out),
            place=_places(source.writer) if _rotates(options) else None,
        )
        listening = Listening(
            source=source,
            coverage=coverage,
            rules=rules,
            parameters=parameters,
            keep=keep(options["call_ids"], options["numbers"], None, None),
            selection=selection,
            fail_on=SEVERITIES.get(options["fail_on"] or ""),
            duration=options["duration"],
            writing=options["write"] or "",
            hep=hep,
            redactor=redactor,
            words=words,
            view=JsonView(status, report, sys.stderr, options["lang"] or "en")
            if lines
            else ReadView(tail, status, report, width),
            status=status,
            report=report,
            notice=notice,
            width=columns,
        )
        asked = stack.enter_context(Asked())
        return int(listening.run(asked))
    return 0


def open_source(options: dict[str, Any], coverage: Coverage) -> Live:
    """Everything that is to be listened to, as one source. Raises CaptureError where that cannot be."""
    from analyser.capture.several import Several  # noqa: PLC0415 - a mistyped option needs no sockets

    lives: list[Live] = []
    try:
        if options["interfaces"] or not options["agents"]:
            from analyser.capture.network import open_live  # noqa: PLC0415

            lives.append(
                open_live(
                    options["interfaces"],
                    bpf=options["bpf"],
                    rtp=options["rtp"],
                    tunnels=options["tunnels"],
                    ports=options["ports"],
                    coverage=coverage,
                )
            )
        if options["agents"]:
            from analyser.capture.hep_in import HepListener  # noqa: PLC0415

            lives += [HepListener(spec, coverage) for spec in options["agents"]]
    except BaseException:
        for live in lives:
            live.close()
        raise
    return lives[0] if len(lives) == 1 else Several(lives, coverage)


def _rotates(options: dict[str, Any]) -> bool:
    return any(options[f"rotate_{name}"] is not None for name in ("size", "time", "files"))


def _places(writer: Writing | None) -> Place:
    """In which of the files a frame is: their numbers are not those of the run."""

    def place(frame: int) -> tuple[str, int] | None:
        found = writer.place(frame) if writer is not None else None
        return None if found is None else (found.path.name, found.frame)

    return place


def _drop_privilege() -> None:
    from analyser.capture.privilege import drop_privilege  # noqa: PLC0415

    drop_privilege()


def _writer(options: dict[str, Any], coverage: Coverage) -> Writing | None:
    if options["write"] is None:
        return None
    from analyser.capture.writing import Writer  # noqa: PLC0415 - only --write needs it

    writer: Writing = Writer(
        options["write"], options["rotate_size"], options["rotate_time"], options["rotate_files"], coverage
    )
    return writer


def _hep_sender(target: str | None, stack: ExitStack) -> Any:
    if target is None:
        return None
    from analyser.report.hep_out import HepSender  # noqa: PLC0415 - only --hep-send needs it

    sender = HepSender(target)
    stack.callback(sender.close)
    return sender


def _output(options: dict[str, Any], stack: ExitStack) -> TextIO:
    """The screen, or a file that grows as things happen."""
    path = options["output"]
    if path is None:
        return sys.stdout
    if options["write"] is not None and os.path.realpath(path) == os.path.realpath(options["write"]):
        raise UsageError(f"{path}: is where the packets go; write the report to another file")
    try:
        return stack.enter_context(open(path, "w", encoding="utf-8", newline="\n"))  # noqa: PTH123
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None


def _screen(out: TextIO) -> TextIO | None:
    """Where the status line goes: nowhere if the lines go through a pipe, whose reader may write to the same screen."""
    if os.environ.get("TERM") == "dumb":  # it cannot rub out a line
        return None
    if out.isatty():
        return out
    if not sys.stderr.isatty() or (out is sys.stdout and not _is_file(out)):
        return None
    return sys.stderr


def _is_file(stream: TextIO) -> bool:
    import stat  # noqa: PLC0415

    try:
        return stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
    except (OSError, ValueError):
        return False
