"""A comparison as text for a terminal: what changed in plain words, call beside call, findings, numbers.

Every text of the document that comes from the wire passes `wire_text` here.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from analyser.report.diff.call_text import call_section
from analyser.report.diff.sentences import reassures
from analyser.report.diff.tables import tables
from analyser.report.layout import cells, hang, pad, paragraph, wrap
from analyser.report.wire_text import wire_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyser.report.diff.said import Said
    from analyser.report.diff.shapes import Comparison, Example, FindingChange, Side
    from analyser.report.layout import Line

MAX_SENTENCE: Final = 1200
MAX_INPUTS: Final = 6
"""Files of one side that are named."""
STYLES: Final = {
    "changed": "attention",
    "new": "problem",
    "more": "problem",
    "gone": "good",
    "fewer": "good",
    "worse": "problem",
    "better": "good",
}
"""Style of a verdict; each says the same in words."""


def text_lines(document: Comparison, said: Said, width: int) -> Iterator[Line]:
    """The whole of it."""
    for name, side in (("A", document["a"]), ("B", document["b"])):
        yield from _side(name, side, said, width)
    if document["redacted"]:
        yield from paragraph(said.redacted, width, "faint")
    yield []
    style = "good" if reassures(document) else "strong"
    for sentence in document["sentences"]:
        yield from wrap([(wire_text(sentence, MAX_SENTENCE), style)], width)
    yield []
    if document["cautions"]:
        yield [(said("heading.cautions"), "heading")]
        yield []
        for sentence in document["cautions"]:
            yield from _bullet(wire_text(sentence, MAX_SENTENCE), width)
        yield []
    if document["call"] is not None:
        yield from call_section(document["call"], said, width)
    yield from _findings(document, said, width)
    if not document["captures"]:
        return
    yield from tables(document, said, width)
    if document["call"] is None and all(document[side]["subjects"].get("call") for side in ("a", "b")):
        yield from paragraph(said("first.choose"), width, "faint")
        yield []


def _bullet(text: str, width: int) -> Iterator[Line]:
    first, *further = wrap([(text, "")], width - 2)
    yield [("- ", ""), *first]
    for line in further:
        yield [("  ", ""), *line]


def _side(name: str, side: Side, said: Said, width: int) -> Iterator[Line]:
    words = said.words
    named = [words("headline.stdin") if path == "-" else wire_text(path, 300) for path in side["inputs"]]
    inputs = words("list.comma").join(named[:MAX_INPUTS])
    if len(named) > MAX_INPUTS:
        inputs += f" … (+{len(named) - MAX_INPUTS})"
    yield from hang([(f"{name}  ", "heading")], [(inputs, "heading")], width, 3)
    yield from hang([("   ", "")], [(words("headline.comma").join(facts(side, said)), "faint")], width, 3)


def facts(side: Side, said: Said) -> list[str]:
    """When, how long, and what there was."""
    words = said.words
    if not side["messages"]:
        return [said("side.nothing")]
    texts = [
        said(
            "side.when",
            first=(side["first"] or "")[:19].replace("T", " "),
            span=words.duration(int(side["span"] * 1_000_000_000)),
        ),
        words.count("headline.messages", side["messages"]),
    ]
    for kind, count in side["subjects"].items():
        text = (
            said.count("side.transaction", count)
            if kind == "transaction"
            else words.count(f"headline.{kind}", count)
        )
        if side["per_hour"] is not None:
            text = said("side.by-hour", count=text, rate=f"{side['per_hour'][kind]:,.0f}")
        texts.append(text)
    return texts


def short_name(inputs: list[str]) -> str:
    """The first file without its folders."""
    return Path(inputs[0]).name or inputs[0] if inputs else ""


def _findings(document: Comparison, said: Said, width: int) -> Iterator[Line]:
    findings = document["findings"]
    if not findings:
        return
    yield [(said("heading.findings"), "heading")]
    yield []
    for finding in findings:
        yield from _finding(finding, said, width, by_chance=document["captures"])
    yield []


def verdict_of(finding: FindingChange, said: Said, *, by_chance: bool) -> str:
    """`new`, or `new (may be chance)` where captures are compared."""
    text = said(f"verdict.{finding['verdict']}")
    if by_chance and finding["verdict"] != "same" and not finding["certain"]:
        text += f" ({said('verdict.chance')})"
    return text


def _finding(finding: FindingChange, said: Said, width: int, *, by_chance: bool) -> Iterator[Line]:
    words = said.words
    verdict = verdict_of(finding, said, by_chance=by_chance)
    severity = finding["severity"]
    label: Line = [(words(f"severity.{severity}"), severity), ("  ", "")]
    counts = said("finding.counts", a=f"{finding['a']:,}", b=f"{finding['b']:,}") + words("verdict.then")
    text: Line = [
        (wire_text(finding["summary"], MAX_SENTENCE), "strong"),
        (f"  [{finding['rule']}]  ", "faint"),
        (counts, ""),
        (verdict, STYLES.get(finding["verdict"], "faint")),
    ]
    yield from hang(label, text, width, sum(cells(part) for part, _ in label))
    if finding["verdict"] == "same":
        return
    remedy = ""
    for name, example in (("A", finding["example_a"]), ("B", finding["example_b"])):
        if example is not None:
            yield from _example(name, example, said, width)
            remedy = example["remedy"]
    heads = [said("finding.example", side="A"), said("finding.next")]
    indent = 3 + max(map(cells, heads)) + 2
    label = [("   ", ""), (pad(heads[1], indent - 3), "faint")]
    yield from hang(label, [(wire_text(remedy, MAX_SENTENCE), "")], width, indent)
    yield []


def _example(name: str, example: Example, said: Said, width: int) -> Iterator[Line]:
    head = said("finding.example", side=name)
    indent = 3 + max(cells(head), cells(said("finding.next"))) + 2
    label: Line = [("   ", ""), (pad(head, indent - 3), "faint")]
    yield from hang(label, [(example_text(example, said), "")], width, indent)


def example_text(example: Example, said: Said) -> str:
    """What is to be seen there, where, and whose it is; harmless."""
    others = [place for place in example["places"] if place != example["place"]]
    key = "finding.where-with" if others else "finding.where"
    where = said(key, place=example["place"], others=", ".join(others))
    text = wire_text(example["note"], MAX_SENTENCE) + said.words("list.gap")
    return text + said("finding.at", where=where, subject=example["subject"])
