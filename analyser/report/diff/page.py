"""A comparison as one HTML page, without a script of its own. Every text passes `wire_text` before the template escapes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from analyser.report.diff.call_sentences import text_of
from analyser.report.diff.call_text import MARKS, field_text, head_text, left_out, shown_pairs
from analyser.report.diff.sentences import figure_name, reassures
from analyser.report.diff.tables import (
    MAX_NAMED,
    STYLES,
    count_row,
    figure_verdict,
    peer_row,
    value_text,
)
from analyser.report.diff.text import MAX_SENTENCE, example_text, facts, verdict_of
from analyser.report.page.frame import environment, frame
from analyser.report.wire_text import wire_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import TextIO

    from analyser.report.diff.said import Said
    from analyser.report.diff.shapes import (
        CallComparison,
        Comparison,
        FindingChange,
        StepPair,
        StepRecord,
    )

_STYLES: Final = ("style.css", "diff.css")


def write_page(document: Comparison, said: Said, stream: TextIO) -> None:
    """Write the page."""
    call = document["call"]
    template = environment().get_template("diff.html")
    stream.write(
        template.render(
            **frame(said.lang, styles=_STYLES),
            said=said,
            good=reassures(document),
            redacted=said.redacted if document["redacted"] else "",
            sentences=_harmless(document["sentences"]),
            cautions=_harmless(document["cautions"]),
            sides=[
                {
                    "name": name,
                    "inputs": wire_text(said.words("list.comma").join(side["inputs"])),
                    "facts": said.words("headline.comma").join(facts(side, said)),
                }
                for name, side in (("A", document["a"]), ("B", document["b"]))
            ],
            call=_call(call, said) if call is not None else None,
            findings=[
                _finding(finding, said, by_chance=document["captures"]) for finding in document["findings"]
            ],
            tables=list(_tables(document, said)) if document["captures"] else [],
        )
    )


def _harmless(texts: Sequence[str]) -> list[str]:
    return [wire_text(text, MAX_SENTENCE) for text in texts]


def _call(call: CallComparison, said: Said) -> dict[str, Any]:
    steps = call["steps"]
    rows: list[dict[str, Any]] = []
    last = -1
    for number in [*shown_pairs(len(steps), call["divergence"]), len(steps)]:
        if number > last + 1:
            rows.append({"skipped": said.words.count("ladder.left-out", number - last - 1)})
        last = number
        if number < len(steps):
            rows.append(_row(steps[number], said))
    always = said.words("list.comma").join(
        wire_text(said.field_name("header", name), 60) for name in call["differ_always"]
    )
    return {
        "sides": [
            {"name": name, "text": head_text(side, said)}
            for name, side in (("A", call["a"]), ("B", call["b"]))
        ],
        "rows": rows,
        "left_out": left_out(call, said),
        "fields": [_fields(step, said) for step in steps if step["fields"]],
        "notes": [said("call.always", names=always), said("call.roles")] if always else [],
    }


def _row(step: StepPair, said: Said) -> dict[str, Any]:
    return {
        "skipped": "",
        "divergence": step["divergence"],
        "verdict": step["verdict"],
        "mark": MARKS[step["verdict"]],
        "cells": [_cell(step["a"], said), _cell(step["b"], said)],
    }


def _cell(record: StepRecord | None, said: Said) -> dict[str, Any] | None:
    if record is None:
        return None
    text = wire_text(text_of(record), 120) + (" (SDP)" if record["sdp"] else "")
    if record["copies"]:
        text += " " + said("call.again", number=len(record["copies"]) + 1)
    return {
        "place": record["place"],
        "offset": f"{record['offset']:+.3f}",
        "arrow": "-->" if record["sent"] else "<--",
        "text": text,
        "rules": record["rules"],
    }


def _fields(step: StepPair, said: Said) -> dict[str, Any]:
    one, other = step["a"], step["b"]
    assert one is not None
    assert other is not None
    return {
        "title": " / ".join(dict.fromkeys(wire_text(text_of(record), 120) for record in (one, other))),
        "places": f"(A {one['place']}, B {other['place']})",
        "fields": [
            {
                "name": wire_text(said.field_name(field["part"], field["name"]), 80),
                "repeats": said.count("call.repeats", field["repeats"]) if field["repeats"] else "",
                **{
                    side: field_text(field["part"], field["name"], value, said, members=field["members"])
                    for side, value in (("a", field["a"]), ("b", field["b"]))
                },
            }
            for field in step["fields"]
        ],
    }


def _finding(finding: FindingChange, said: Said, *, by_chance: bool) -> dict[str, Any]:
    changed = finding["verdict"] != "same"
    examples = [("A", finding["example_a"]), ("B", finding["example_b"])]
    remedies = [example["remedy"] for _, example in examples if example is not None]
    return {
        "severity": finding["severity"],
        "severity_text": said.words(f"severity.{finding['severity']}"),
        "summary": wire_text(finding["summary"], MAX_SENTENCE),
        "rule": finding["rule"],
        "counts": said("finding.counts", a=f"{finding['a']:,}", b=f"{finding['b']:,}"),
        "verdict": verdict_of(finding, said, by_chance=by_chance),
        "examples": [
            {"head": said("finding.example", side=name), "text": example_text(example, said)}
            for name, example in examples
            if example is not None and changed
        ],
        "remedy": wire_text(remedies[-1], MAX_SENTENCE) if changed else "",
    }


def _tables(document: Comparison, said: Said) -> Iterator[dict[str, Any]]:
    figures = [figure for figure in document["figures"] if figure["verdict"] != "same"]
    yield {
        "title": said("page.figures"),
        "rows": [
            {
                "name": figure_name(figure, said),
                "about": figure["name"],
                "a": value_text(figure["a"], figure["unit"], said),
                "b": value_text(figure["b"], figure["unit"], said),
                "verdict": figure_verdict(figure, said),
                "style": STYLES.get(figure["judged"] or figure["verdict"], "faint"),
            }
            for figure in figures
        ],
        "notes": [
            *(
                [said("table.confidence", confidence=f"{100 * document['confidence']:g} %")]
                if figures
                else []
            ),
            *_same(
                [figure_name(figure, said) for figure in document["figures"] if figure["verdict"] == "same"],
                said,
            ),
        ],
    }
    yield _counts(document, "codes", said)
    yield _counts(document, "methods", said)
    peers = document["peers"]
    rows = [peer_row(peer, said) for peer in peers if peer["verdict"] != "same"]
    same = [wire_text(peer["host"], 60) for peer in peers if peer["verdict"] == "same"]
    yield _table("peers", rows, same, document, said)
    yield _counts(document, "products", said)


def _counts(
    document: Comparison, part: Literal["codes", "methods", "products"], said: Said
) -> dict[str, Any]:
    changes = document[part]
    rows = [count_row(count, said) for count in changes if count["verdict"] != "same"]
    same = [wire_text(count["name"], 60) for count in changes if count["verdict"] == "same"]
    return _table(part, rows, same, document, said)


def _table(
    part: str,
    rows: Sequence[tuple[str, str, str, str, str]],
    same: Sequence[str],
    document: Comparison,
    said: Said,
) -> dict[str, Any]:
    names = ("name", "a", "b", "verdict", "style")
    more = document["left_out"][part]
    return {
        "title": said(f"page.{part}"),
        "rows": [{"about": "", **dict(zip(names, row, strict=True))} for row in rows],
        "notes": [*([said.count("table.more", more)] if more else []), *_same(same, said)],
    }


def _same(names: Sequence[str], said: Said) -> list[str]:
    if not names:
        return []
    listed = said.words("list.comma").join(names[:MAX_NAMED])
    if len(names) > MAX_NAMED:
        listed += f" … (+{len(names) - MAX_NAMED})"
    return [said("table.not-listed", names=listed)]
