"""A Markdown page whose `ladder` blocks are test cases, and what the whole pipeline finds in one.

The expected findings are the marks on the arrows; a ladder without a mark asserts that nothing is found.
"""

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tests.support.ladder import Ladder, compile_ladder
from tests.support.pcap import capture

if TYPE_CHECKING:
    from analyser.annotate import Event, Rule

FENCE = "```"


class Case(NamedTuple):
    """One ladder block of a page."""

    page: Path
    name: str
    """The heading above it."""
    text: str
    line: int
    """Of the first line of the block, in the page."""

    def compile(self) -> Ladder:
        return compile_ladder(self.text, self.line)


class Found(NamedTuple):
    """A finding as a page writes it."""

    line: int
    rule: str
    severity: str


def title_of(page: Path) -> str:
    """The text of the first heading."""
    return next((line[2:].strip() for line in page.read_text().splitlines() if line.startswith("# ")), "")


def cases_of(page: Path) -> list[Case]:
    """The ladder blocks of a page, in order."""
    cases: list[Case] = []
    block: list[str] = []
    heading, start, fenced = "", 0, ""
    for number, line in enumerate(page.read_text().splitlines(), 1):
        if fenced:
            if line.strip() == FENCE:
                if fenced == "ladder":
                    cases.append(Case(page, _name(heading, cases), "\n".join(block), start))
                fenced = ""
            else:
                block.append(line)
        elif line.startswith(FENCE):
            fenced, block, start = line[len(FENCE) :].strip() or "text", [], number + 1
        elif line.startswith("#"):
            heading = line.lstrip("#").strip()
    return cases


def _name(heading: str, cases: Iterable[Case]) -> str:
    before = sum(case.name.partition(" · ")[0] == heading for case in cases)
    return f"{heading} · {before + 1}" if before else heading


def events_of(data: bytes, rules: "Iterable[Rule] | None" = None) -> "list[Event]":
    """Everything that the pipeline says about the octets of a capture."""
    from analyser.pipeline import analyse

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ladder.pcap"
        path.write_bytes(data)
        return list(analyse([path], rules))


def findings_of(ladder: Ladder, rules: "Iterable[Rule] | None" = None) -> list[Found]:
    """What the pipeline finds in a ladder, by line; AssertionError where a rule crashed."""
    from analyser.annotate import Finding, Summary
    from analyser.sip import parse

    shown = capture(ladder)
    found = []
    for event in events_of(shown.data, rules):
        if isinstance(event, Finding):
            found.append(Found(shown.lines.get(event.frame, 0), event.rule.id, str(event.severity)))
            assert event.note, "a finding says what is to be seen"
            assert event.remedy, "a finding says what to do next"
        elif isinstance(event, Summary):
            assert not event.crashed, event.crashed
            messages = sum(parse(arrow.data) is not None for arrow in ladder.arrows)
            assert event.messages == messages, "each arrow is a message that the pipeline reads"
    return sorted(found)


def differences(case: Case, ladder: Ladder, found: Iterable[Found]) -> str:
    """What is missing and what is too much, each with its arrow; empty where the page is right."""
    arrows = case.text.splitlines()
    surplus = list(found)
    wrong = []
    for arrow in {arrow.line: arrow for arrow in ladder.arrows if arrow.marks}.values():
        for mark in arrow.marks:
            match = next(
                (
                    one
                    for one in surplus
                    if (one.line, one.rule) == (arrow.line, mark.rule)
                    and mark.severity in (None, one.severity)
                ),
                None,
            )
            if match is None:
                severity = f"({mark.severity})" if mark.severity else ""
                wrong.append((arrow.line, f"missing    {mark.rule}{severity}"))
            else:
                surplus.remove(match)
    wrong += [(one.line, f"not marked {one.rule}({one.severity})") for one in surplus]
    return "\n".join(
        f"{case.page.name}:{line}: {text}\n    {arrows[line - case.line].strip() if line else 'no arrow'}"
        for line, text in sorted(wrong)
    )
