"""The result for a person: what failed first, each with what was found, where, and what to do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from analyser.report.check.baseline import ANY_NUMBER
from analyser.report.coverage import coverage
from analyser.report.layout import cells, hang, pad, paragraph
from analyser.report.setting import Setting
from analyser.report.wire_text import escape, wire_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from analyser.report.check.baseline import Baseline, Entry
    from analyser.report.check.outcomes import Outcome
    from analyser.report.check.result import Result
    from analyser.report.check.seen import Tally
    from analyser.report.layout import Line

MAX_FINDINGS: Final = 10
"""Kinds of findings shown for one assertion."""
MAX_GONE: Final = 20
"""Entries of the baseline named that were not found."""
_MAX_NAME: Final = 120
_LABELS: Final = ("seen", "where", "next")


def text_lines(result: Result, width: int) -> Iterator[Line]:
    """The whole text."""
    phrases = result.phrases
    yield from paragraph(heading(result), width, "error" if result.failed else "good")
    counts = phrases(
        "heading.counts",
        messages=phrases.count("heading.messages", result.summary.messages),
        calls=phrases.count("heading.calls", result.seen.calls),
    )
    yield from paragraph(counts, width, "faint")
    if result.seen.redacted:
        yield from paragraph(phrases.redacted, width, "faint")
    yield []
    ordered = sorted(result.outcomes, key=lambda outcome: outcome.holds)
    for place, outcome in enumerate(ordered, 1):
        yield from _outcome(outcome, result, width)
        if place == len(ordered) or (outcome.broke and not outcome.holds):
            yield []
    if result.baseline is not None:
        yield from _baseline(result.baseline, result, width)
    if result.seen.not_told_apart:
        text = phrases.count("finding.not-told-apart", result.seen.not_told_apart)
        yield from paragraph(text, width)
        yield []
    setting = Setting(phrases.words, width, several_inputs=result.several_inputs)
    yield from coverage(result.summary, result.seen.encrypted, setting)


def heading(result: Result) -> str:
    """One sentence: what was checked, and what came of it."""
    phrases = result.phrases
    first, *more = (wire_text(Path(name).name or name, _MAX_NAME) for name in result.captures)
    captures = phrases("heading.captures", first=first, number=f"{len(more):,}") if more else first
    number, failed = len(result.outcomes), len(result.failed)
    if failed and number == 1:
        return phrases("heading.failed-one", captures=captures)
    if failed:
        return phrases("heading.failed", captures=captures, failed=f"{failed:,}", number=f"{number:,}")
    key = "holds" if number > 1 else "holds-one" if number else "nothing"
    return phrases(f"heading.{key}", captures=captures, number=f"{number:,}")


def _outcome(outcome: Outcome, result: Result, width: int) -> Iterator[Line]:
    phrases = result.phrases
    marks = phrases("mark.holds"), phrases("mark.failed")
    mark, style = (marks[0], "good") if outcome.holds else (marks[1], "error")
    indent = 2 + max(map(cells, marks))
    yield from hang([(pad(mark, indent), style)], [(outcome.title, "strong")], width, indent)
    for said in outcome.said:
        yield from paragraph(said, width, indent=indent)
    if outcome.holds:
        return
    told: set[str] = set()
    for tally in outcome.broke[:MAX_FINDINGS]:
        yield from _finding(tally, result, width, indent, told)
        told.add(tally.rule.id)
    more = len(outcome.broke) - MAX_FINDINGS
    if more > 0:
        yield from paragraph(phrases.count("finding.more", more), width, "faint", indent)


def _finding(tally: Tally, result: Result, width: int, indent: int, told: Collection[str]) -> Iterator[Line]:
    """Rule, how often and where; of the worst also what is to be seen there and the next step. `told` are the rules that have
    been explained above."""
    phrases, severity = result.phrases, str(tally.severity)
    label: Line = [(" " * indent, ""), (phrases.words(f"severity.{severity}"), severity), ("  ", "")]
    summary, times = result.summary_of(tally), result.times_text(tally)
    title = "finding.title-again" if tally.rule.id in told else "finding.title"
    text = phrases(title, rule=tally.rule.id, summary=summary, times=times)
    inner = indent + 2
    yield from hang(label, [(text, "")], width, inner + cells(label[1][0]))
    lines = {"seen": tally.note, "where": result.where_text(tally), "next": tally.remedy}
    wide = 2 + max(cells(phrases(f"finding.{name}")) for name in _LABELS)
    for name in _LABELS if not told else ("where",):
        yield from hang(
            [(" " * inner, ""), (pad(phrases(f"finding.{name}"), wide), "faint")],
            [(lines[name], "")],
            width,
            inner + wide,
        )


def _baseline(baseline: Baseline, result: Result, width: int) -> Iterator[Line]:
    phrases = result.phrases
    yield [(phrases("baseline.heading", path=wire_text(baseline.path, _MAX_NAME)), "heading")]
    known = sum(tally.known for tally in result.tallies)
    yield from paragraph(phrases.count("baseline.known", known), width)
    gone = baseline.gone()
    for entry in gone[:MAX_GONE]:
        yield from hang([("- ", "")], [(_gone(entry, result), "")], width, 2)
    if len(gone) > MAX_GONE:
        yield from paragraph(phrases("baseline.more", number=f"{len(gone) - MAX_GONE:,}"), width)
    yield []


def _gone(entry: Entry, result: Result) -> str:
    allowed, shown = f"{entry.count:,}", escape(str(entry))
    if entry.found:
        return result.phrases("baseline.fewer", found=f"{entry.found:,}", allowed=allowed, entry=shown)
    if entry.count == ANY_NUMBER:
        return result.phrases("baseline.not-found-any", entry=shown)
    return result.phrases("baseline.not-found", allowed=allowed, entry=shown)
