"""`sip-analyser diff BEFORE AFTER`: what changed between two captures, and a call beside another."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING, Any, Final

import click

from analyser.cli.captures import check_names, collect_seldom
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
from analyser.report.cases import sightings_of
from analyser.report.diff.compare import compare
from analyser.report.diff.numbers import too_few
from analyser.report.diff.said import Said
from analyser.report.diff.taken import MAX_MATCHES, Taken, take

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

    from analyser.redact import Redactor
    from analyser.report.cases import Drawable
    from analyser.report.diff.shapes import Comparison

_FRAME: Final = re.compile(r"frame:(?:([0-9]{1,6}):)?([0-9]{1,12})\Z")
_SHOWN: Final = 80


@click.command(
    "diff",
    epilog="With one call in each capture (after the filters), the two calls are laid beside each other as well. Of many calls none "
    "is chosen for you: name two with --calls.",
)
@click.argument("captures", nargs=-1, required=True, metavar="BEFORE AFTER")
@click.option(
    "--calls",
    nargs=2,
    metavar="GOOD BAD",
    help="Lay a call of BEFORE beside one of AFTER: each a Call-ID, how it begins, or frame:17 for the call with that frame. "
    "Two calls of one capture: give that capture alone.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["terminal", "json", "html"]),
    default="terminal",
    show_default=True,
    help="Text to read, one JSON document (docs/diff.md), or a page.",
)
@output_option
@click.option(
    "--exit-code", is_flag=True, help="Exit with 1 if anything changed beyond what chance alone gives."
)
@with_options(*call_options)
@with_options(*time_options)
@with_options(*choice_options)
@click.option(
    "--min-severity", type=click.Choice(list(SEVERITIES)), default="notice", help="Findings from this on."
)
@with_options(*key_options)
@with_options(*redact_options)
@with_options(*look_options)
def diff_command(captures: tuple[str, ...], **options: Any) -> int:
    """Say what changed between two captures, and where two calls part.

    BEFORE and AFTER are captures as `read` takes them: a file, '-' for one of them, or a directory. Called A and B in what follows, they
    are compared by shares and by what each call showed, never by bare counts; what chance alone may give is not called a
    change. The filters apply to both.
    """
    collect_seldom()
    paths = _two(captures, options["calls"])
    said = Said(options["lang"] or ("en" if options["form"] == "json" else language(None)))
    choices = options["calls"] or (None, None)
    redactor = redactor_of(options, options["calls"] or ())
    one, other = (
        _taken(path, choice, redactor, options) for path, choice in zip(paths, choices, strict=True)
    )
    calls = _calls(one, other, options["calls"], redactor)
    few = calls is not None and too_few(one.subjects.total(), other.subjects.total())
    document = compare(one, other, said, calls, captures=options["calls"] is None and not few)
    with output_to(options["output"], paths) as stream:
        _write(document, said, stream, options)
    return int(options["exit_code"] and document["different"])


def _two(captures: tuple[str, ...], calls: tuple[str, str] | None) -> tuple[str, str]:
    check_names(captures)
    if len(captures) == 1 and calls is not None and captures[0] != "-":
        return captures[0], captures[0]
    if len(captures) != 2:
        hint = "" if calls else "; two calls of one capture: add --calls GOOD BAD"
        raise UsageError(
            f"two captures are compared, such as: sip-analyser diff before.pcap after.pcap{hint}"
        )
    if captures == ("-", "-"):
        raise UsageError("only one of the two can be standard input")
    return captures[0], captures[1]


def _taken(path: str, choice: str | None, redactor: Redactor | None, options: dict[str, Any]) -> Taken:
    """One capture, read. The same thing has the same pseudonym in both."""
    progress = _progress()
    events = analyse(
        [path],
        rules=chosen_rules(options["select"], options["ignore"]),
        parameters=thresholds(options["settings"]),
        keep=keep(options["call_ids"], options["numbers"], options["since"], options["until"]),
        progress=progress,
        release=True,
        brief=True,
        engine=options["engine"],
        keylog=options["keylog"],
        tls_key=options["tls_key"],
        redactor=redactor,
    )
    least = SEVERITIES[options["min_severity"]]
    taken = take(events, Taken(None if choice is None else _chosen(choice, redactor), least))
    if progress is not None:
        progress.stop()
    return taken


def _progress() -> Any:
    if not sys.stderr.isatty():
        return None
    from analyser.report.progress import progress_for  # noqa: PLC0415 - only where somebody looks

    return progress_for(sys.stderr)


def _chosen(choice: str, redactor: Redactor | None) -> Callable[[Drawable], bool]:
    """A test for the subject that was named: with pseudonyms, by the original Call-ID or by that of a redacted report."""
    if not choice:
        raise UsageError("--calls: a Call-ID, how it begins, or frame:17")
    found = _FRAME.match(choice)
    if found is None:
        return lambda subject: any(
            transaction.call_id.startswith(choice) or _original(transaction.call_id, choice, redactor)
            for transaction in _transactions(subject)
        )
    source, frame = int(found[1] or 1) - 1, int(found[2])
    return lambda subject: any(
        frame in seen.frames and seen.input == source for seen in sightings_of(subject)
    )


def _original(call_id: str, choice: str, redactor: Redactor | None) -> str:
    return "" if redactor is None else redactor.call_id(call_id, choice)


def _transactions(subject: Drawable) -> list[Any]:
    owned = getattr(subject, "transactions", None)
    return [subject] if owned is None else owned


def _calls(
    one: Taken, other: Taken, choices: tuple[str, str] | None, redactor: Redactor | None
) -> tuple[Drawable, Drawable] | None:
    """What is to be laid beside each other; UsageError where a choice is none, or several."""
    if choices is not None:
        for taken, choice, name in ((one, choices[0], "A"), (other, choices[1], "B")):
            _check(taken, choice, name, redactor)
    first, second = one.single, other.single
    if first is None or second is None or (choices is None and type(first) is not type(second)):
        return None
    return first, second


def _check(taken: Taken, choice: str, name: str, redactor: Redactor | None) -> None:
    found = [match.call_id for match in taken.matches]
    shown = choice[:_SHOWN]
    where = f"{name} ({taken.inputs[0] if taken.inputs else '-'})"
    if not found:
        raise UsageError(f"--calls: no call '{shown}' in {where}")
    # The whole Call-ID is one call although another one begins with it.
    exact = [
        match
        for match in taken.matches
        if choice in (match.call_id, _original(match.call_id, choice, redactor))
    ]
    if len(exact) == 1:
        taken.matches = exact
    elif len(found) > 1:
        listed = ", ".join(call_id[:_SHOWN] for call_id in found[:MAX_MATCHES])
        more = ", …" if len(found) > MAX_MATCHES else ""
        raise UsageError(f"--calls: '{shown}' is several calls in {where}: {listed}{more}")


def _write(document: Comparison, said: Said, stream: TextIO, options: dict[str, Any]) -> None:
    if options["form"] == "json":
        stream.write(json.dumps(document, indent=2) + "\n")
        return
    if options["form"] == "html":
        from analyser.report.diff.page import write_page  # noqa: PLC0415 - jinja2 for the page alone

        write_page(document, said, stream)
        return
    from analyser.report.diff.text import text_lines  # noqa: PLC0415 - the other forms do not need it
    from analyser.report.output import console_writer, plain_writer, terminal_console  # noqa: PLC0415

    width = width_for(stream, options)
    lines = text_lines(document, said, width)
    if in_colour(stream, options):
        console_writer(terminal_console(stream, width))(lines)
    else:
        plain_writer(stream)(lines)
