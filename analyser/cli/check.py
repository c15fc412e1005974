"""`sip-analyser check CAPTURE...`."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from analyser.cli.captures import check_names, collect_seldom
from analyser.cli.forms import narrowed
from analyser.cli.language import language
from analyser.cli.options import (
    SEVERITIES,
    call_options,
    choice_options,
    in_colour,
    key_options,
    look_options,
    redact_options,
    redactor_of,
    time_options,
    width_for,
    with_options,
)
from analyser.cli.output import output_option, output_to
from analyser.cli.rule_choice import chosen_rules, thresholds
from analyser.cli.selection import keep
from analyser.errors import UsageError
from analyser.pipeline import analyse
from analyser.report.check.baseline import read_baseline, write_baseline
from analyser.report.check.demands import demands
from analyser.report.check.phrases import Phrases
from analyser.report.check.result import result_of
from analyser.report.check.seen import Seen
from analyser.report.check.tokens import ExpressionError
from analyser.report.wire_text import escape
from analyser.rules import all_rules

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO

    from analyser.annotate import Rule
    from analyser.redact import Redactor
    from analyser.report.check.demands import Demand
    from analyser.report.check.result import Result

_EPILOG = """\b
An expectation compares figures, alone or in arithmetic (+ - * /), and
joins comparisons by and, or, not:
  SER SEER ISA SCR ASR NER IRA       in %          SER >= 95
  PDD SRD SRD-F SDD SDT ACD RRD      mean, in s    PDD < 3   SRD < 250ms
  p95(PDD) max(PDD) count(PDD)       of the same   p95(pdd) < 3s
  calls attempts messages retransmissions
  findings errors warnings notices known
  finding(RULE|FAMILY) code(486) code(INVITE:4xx) method(REGISTER)
  frames undecoded lost truncated gaps duplicates evicted notes duration
What could not be measured holds for nothing. Exit status: 0 all hold, 1 an
assertion failed, 2 could not run. More: docs/check.md"""


@click.command("check", epilog=_EPILOG)
@click.argument("captures", nargs=-1, required=True, metavar="CAPTURE...")
@click.option(
    "--fail-on",
    type=click.Choice(list(SEVERITIES)),
    help="No finding may be at least so severe. Without any assertion: error.",
)
@click.option("--expect", multiple=True, metavar="EXPRESSION", help="It must be true: 'SER >= 95'.")
@click.option(
    "--expect-code", "codes", multiple=True, metavar="CODE", help="It must have come: 486, 4xx, INVITE:486."
)
@click.option("--forbid", multiple=True, metavar="RULE|FAMILY", help="It may find nothing.")
@click.option("--require", multiple=True, metavar="RULE|FAMILY", help="It must find something.")
@click.option("--baseline", metavar="FILE", help="Do not count the findings that are in FILE.")
@click.option("--write-baseline", metavar="FILE", help="Write what is found to FILE, as a baseline.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "junit", "sarif", "github", "json"]),
    default="text",
    show_default=True,
    help="For a person; JUnit XML; SARIF 2.1.0; commands of GitHub Actions; JSON.",
)
@output_option
@with_options(*call_options, *time_options, *choice_options, *key_options, *redact_options)
@with_options(*look_options)
def check_command(captures: tuple[str, ...], **options: Any) -> int:
    """Hold captures against assertions, for test labs and CI.

    CAPTURE is what `read` takes: pcap or pcapng files, also compressed, '-' for standard input, or a directory.
    All of them are one run. Each assertion option but --fail-on may be repeated; all must hold.
    """
    collect_seldom()
    check_names(captures)
    rules = chosen_rules(options["select"], options["ignore"])
    try:
        demanded = _demands(rules, options)
    except ExpressionError as error:
        return _say_where(error)
    redactor = redactor_of(options)
    mark = _mark(redactor, options)
    baseline = read_baseline(options["baseline"], mark) if options["baseline"] is not None else None
    text = options["form"] == "text"
    phrases = Phrases((options["lang"] or language(None)) if text else "en")
    _check_files(options)
    written, entries = options["write_baseline"], 0
    with ExitStack() as files:  # first of all: where nothing can be written, nothing needs to be read
        stream = files.enter_context(output_to(options["output"], captures))
        known = None if written is None else files.enter_context(output_to(written, captures))
        seen = _see(captures, rules, demanded, redactor, options, phrases.lang)
        result = result_of(captures, seen, rules, demanded, baseline, phrases)
        _write(stream, result, options)
        if options["output"] is not None:
            _say_briefly(result)
        if known is not None:
            entries = write_baseline(known, result.tallies, mark)
    if written is not None:  # now that it is
        click.echo(phrases.count("baseline.written", entries, path=escape(written)), err=True)
    return int(bool(result.failed))


def _mark(redactor: Redactor | None, options: dict[str, Any]) -> str | None:
    """That of the key, with which a baseline must have been made."""
    if redactor is None:
        return None
    if not redactor.mark and options["write_baseline"] is not None:
        raise UsageError(
            "--write-baseline with --redact: needs --redact-key, for without it no other run has the same pseudonyms"
        )
    return redactor.mark


def _demands(rules: Sequence[Rule], options: dict[str, Any]) -> list[Demand]:
    asserted = [options[name] for name in ("fail_on", "expect", "codes", "forbid", "require")]
    fail_on = options["fail_on"]
    if not any(asserted) and options["write_baseline"] is None:
        fail_on = "error"
    return demands(
        rules,
        all_rules(),
        fail_on=SEVERITIES.get(fail_on or ""),
        **{name: options[name] for name in ("expect", "codes", "forbid", "require")},
    )


def _say_where(error: ExpressionError) -> int:
    """One line, then the expression and a caret below the place."""
    from analyser.report.layout import cells  # noqa: PLC0415 - only a mistake needs it

    shown = escape(error.text[: error.at + 60])
    click.echo(f"sip-analyser: --expect: {escape(str(error))}", err=True)
    click.echo(f"  {shown}\n  {' ' * cells(escape(error.text[: error.at]))}^", err=True)
    return 2


def _check_files(options: dict[str, Any]) -> None:
    """A baseline is written in place of the one that was read, and nothing else is written in the place of another."""
    names = {option: options[option.replace("-", "_")] for option in ("baseline", "write-baseline")}
    for option, path in names.items():
        if path is not None and options["output"] is not None and _same(path, options["output"]):
            raise UsageError(f"-o and --{option} name the same file")


def _same(one: str, other: str) -> bool:
    first, second = Path(one), Path(other)
    if first.exists() and second.exists():
        return first.samefile(second)
    return first.absolute() == second.absolute()


def _see(
    captures: Sequence[str],
    rules: Sequence[Rule],
    demanded: Sequence[Demand],
    redactor: Redactor | None,
    options: dict[str, Any],
    lang: str,
) -> Seen:
    """One run over the captures."""
    methods = frozenset().union(*(demand.methods for demand in demanded))
    seen = Seen(lang, methods, narrowed=narrowed(options))
    progress = _progress()
    for event in analyse(
        captures,
        rules=rules,
        parameters=thresholds(options["settings"]),
        keep=keep(options["call_ids"], options["numbers"], options["since"], options["until"]),
        progress=progress,
        release=True,
        brief=not methods,
        redactor=redactor,
        **{name: options[name] for name in ("engine", "keylog", "tls_key")},
    ):
        seen.receive(event)
    if progress is not None:
        progress.stop()
    return seen


def _progress() -> Any:
    if not sys.stderr.isatty():
        return None
    from analyser.report.progress import progress_for  # noqa: PLC0415 - only where somebody looks

    return progress_for(sys.stderr)


def _write(stream: TextIO, result: Result, options: dict[str, Any]) -> None:
    """The result in the format asked for; what a format needs is imported for it alone."""
    match options["form"]:
        case "junit":
            from analyser.report.check.as_junit import junit  # noqa: PLC0415

            stream.write(junit(result))
        case "sarif":
            from analyser.report.check.as_sarif import sarif  # noqa: PLC0415

            stream.write(sarif(result))
        case "github":
            from analyser.report.check.as_github import github  # noqa: PLC0415

            stream.write(github(result))
        case "json":
            from analyser.report.check.as_json import document  # noqa: PLC0415

            stream.write(document(result))
        case _:
            _write_text(stream, result, options)


def _say_briefly(result: Result) -> None:
    """The report went into a file; the log of a job says what came of it all the same."""
    from analyser.report.check.as_text import heading  # noqa: PLC0415 - only where there is a file

    click.echo(heading(result), err=True)


def _write_text(stream: TextIO, result: Result, options: dict[str, Any]) -> None:
    from analyser.report.check.as_text import text_lines  # noqa: PLC0415 - only people need it
    from analyser.report.output import console_writer, plain_writer, terminal_console  # noqa: PLC0415

    width = width_for(stream, options)
    lines = text_lines(result, width)
    if in_colour(stream, options):
        console_writer(terminal_console(stream, width))(lines)
    else:
        plain_writer(stream)(lines)
