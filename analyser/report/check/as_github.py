"""The result as commands of GitHub Actions: what broke an assertion as errors, what else was found as warnings and notices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from analyser.annotate import Severity
from analyser.report.check.as_text import heading
from analyser.report.check.locations import relative_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyser.report.check.result import Result
    from analyser.report.check.seen import Tally

MAX_COMMANDS: Final = 50
"""GitHub shows the first ten of each level of a step beside the change, the others in the log."""


def github(result: Result) -> str:
    """The lines."""
    commands = list(_commands(result))
    lines = commands[:MAX_COMMANDS]
    if len(commands) > MAX_COMMANDS:
        lines.append(f"and {len(commands) - MAX_COMMANDS:,} more (--format json has all)")
    redacted = [result.phrases.redacted] if result.seen.redacted else []
    last = f"sip-analyser: {heading(result)}"  # begins with our name: that of a capture could make a command of it
    return "\n".join([*lines, last, *redacted]) + "\n"


def _commands(result: Result) -> Iterator[str]:
    told: set[int] = set()
    first = result.seen.inputs[0] if result.seen.inputs else ""
    for outcome in result.failed:
        if not outcome.broke:
            text = "; ".join(outcome.said)
            yield _command("error", first, outcome.title, text)
    for outcome in result.failed:
        for tally in outcome.broke:
            if id(tally) not in told:
                told.add(id(tally))
                yield _finding("error", tally, result)
    for tally in result.tallies:
        if tally.new and id(tally) not in told:
            yield _finding("notice" if tally.severity is Severity.NOTICE else "warning", tally, result)


def _finding(level: str, tally: Tally, result: Result) -> str:
    text = f"{tally.note} ({result.where_text(tally)}; {result.times_text(tally)})\nNext: {tally.remedy}"
    return _command(
        level, result.input_of(tally.places[0]), f"{tally.rule.id}: {result.summary_of(tally)}", text
    )


def _command(level: str, file: str, title: str, text: str) -> str:
    path = relative_path(file)
    where = f"file={_property(path)}," if path is not None else ""
    return f"::{level} {where}title={_property(title)}::{_data(text)}"


def _data(text: str) -> str:
    """What follows the command: a line ends it, and % begins an escape."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """A value before the text, where colon and comma end it as well."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")
