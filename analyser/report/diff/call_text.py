"""A call beside another as text: the ladder of both, side by side where there is room, then the fields that differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from analyser.report.diff.call_sentences import text_of
from analyser.report.layout import cells, hang, pad, pad_left, paragraph, width_of, wrap
from analyser.report.wire_text import wire_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyser.report.diff.said import Said
    from analyser.report.diff.shapes import CallComparison, CallSide, FieldChange, StepPair, StepRecord
    from analyser.report.layout import Line

SIDE_BY_SIDE: Final = 76
"""Cells from which on the two ladders stand beside each other."""
MAX_PAIRS: Final = 80
"""Pairs that are shown: the first, and those around the divergence; the rest is counted."""
MAX_VALUE: Final = 400
_BEFORE: Final = 30
"""Pairs shown before the divergence of a long call."""
MARKS: Final = {"same": "=", "differs": "x", "only-a": "<", "only-b": ">"}
_STYLES: Final = {"same": "", "differs": "problem", "only-a": "attention", "only-b": "attention"}


def call_section(call: CallComparison, said: Said, width: int) -> Iterator[Line]:
    """The section."""
    yield [(said("heading.call"), "heading")]
    yield []
    for name, side in (("A", call["a"]), ("B", call["b"])):
        yield from _head(name, side, said, width)
    yield []
    yield from _ladder(call, said, width)
    yield []
    for text in left_out(call, said):
        yield from paragraph(text, width, "faint")
    if left_out(call, said):
        yield []
    yield [(said("heading.fields"), "heading")]
    yield []
    changed = [step for step in call["steps"] if step["fields"]]
    if not changed:
        yield from paragraph(said("call.no-fields"), width)
    for step in changed:
        yield from _fields(step, said, width)
    if not changed:
        yield []
    if call["differ_always"]:
        names = said.words("list.comma").join(
            wire_text(said.field_name("header", name), 60) for name in call["differ_always"]
        )
        yield from paragraph(said("call.always", names=names), width, "faint")
        yield from paragraph(said("call.roles"), width, "faint")
        yield []


def _head(name: str, side: CallSide, said: Said, width: int) -> Iterator[Line]:
    yield from hang([(f"{name}  ", "heading")], [(head_text(side, said), "")], width, 3)


def head_text(side: CallSide, said: Said) -> str:
    """Which call it is, whose, between whom, and what came of it."""
    call_id = wire_text(side["call_id"], 120) or said.words("subject.no-call-id")
    texts = [
        said("call.beside", kind=said(f"kind.{side['kind']}"), call_id=call_id),
        said("call.from-to", source=wire_text(side["source"], 120), target=wire_text(side["target"], 120)),
        said("call.elements", caller=wire_text(side["caller"]), callee=wire_text(side["callee"])),
        said("call.outcome", outcome=wire_text(side["outcome"])),
    ]
    return said.words("list.then").join(texts)


def _ladder(call: CallComparison, said: Said, width: int) -> Iterator[Line]:
    steps = call["steps"]
    records = [record for step in steps for record in (step["a"], step["b"]) if record is not None]
    frame = max((len(record["place"]) for record in records), default=1)
    time = max((len(_offset(record)) for record in records), default=1)
    half = (width - 3) // 2 if width >= SIDE_BY_SIDE else width - 2
    if width >= SIDE_BY_SIDE:
        yield [(pad("A", half), "heading"), ("   ", ""), ("B", "heading")]
    shown = shown_pairs(len(steps), call["divergence"])
    last = -1
    for number in shown:
        if number > last + 1:
            skipped = said.words.count("ladder.left-out", number - last - 1)
            yield [(f"  : {skipped}", "faint")]
        last = number
        step = steps[number]
        if step["divergence"]:
            mark = f"-- {said('call.divergence')} "
            yield [(mark + "-" * max(0, width - cells(mark)), "problem")]
        sides = [_cell(step[name], step, said, half, frame, time) for name in ("a", "b")]
        if width >= SIDE_BY_SIDE:
            yield from _beside(sides[0], sides[1], half, step)
        else:
            yield from _below(sides[0], sides[1], step)
    if shown and last < len(steps) - 1:
        yield [(f"  : {said.words.count('ladder.left-out', len(steps) - 1 - last)}", "faint")]


def shown_pairs(count: int, divergence: int | None) -> list[int]:
    """Which pairs: all, or the first and those around the divergence."""
    if count <= MAX_PAIRS:
        return list(range(count))
    begin = max(0, (divergence or 0) - _BEFORE)
    first = range(min(_BEFORE, begin))
    return [*first, *range(begin, min(count, begin + MAX_PAIRS - len(first)))]


def _offset(record: StepRecord) -> str:
    return f"{record['offset']:+.3f}"


def _cell(
    record: StepRecord | None, step: StepPair, said: Said, width: int, frame: int, time: int
) -> list[Line]:
    style = _STYLES[step["verdict"]]
    if record is None:
        return [[(pad("", frame + time + 2), ""), (said("call.absent"), "faint")]]
    arrow = "-->" if record["sent"] else "<--"
    text = wire_text(text_of(record), 120)
    if record["sdp"]:
        text += " (SDP)"
    if record["copies"]:
        text += " " + said("call.again", number=len(record["copies"]) + 1)
    start: Line = [
        (pad_left(record["place"], frame) + " ", ""),
        (pad_left(_offset(record), time) + "  ", "faint"),
        (arrow + " ", style),
    ]
    indent = width_of(start)
    lines = hang(start, [(text, style or "request")], width, indent)
    for rule in record["rules"]:
        lines += [[(" " * indent, ""), *line] for line in wrap([(f"! {rule}", "warning")], width - indent)]
    return lines


def _beside(left: list[Line], right: list[Line], half: int, step: StepPair) -> Iterator[Line]:
    size = max(len(left), len(right))
    left += [[]] * (size - len(left))
    right += [[]] * (size - len(right))
    for number, (one, other) in enumerate(zip(left, right, strict=True)):
        mark = MARKS[step["verdict"]] if not number else " "
        yield [
            *one,
            (" " * max(0, half - width_of(one)), ""),
            (f" {mark} ", _STYLES[step["verdict"]]),
            *other,
        ]


def _below(left: list[Line], right: list[Line], step: StepPair) -> Iterator[Line]:
    for name, lines, there in (("A", left, step["a"]), ("B", right, step["b"])):
        if there is not None:
            yield from (
                [(f"{name} " if not number else "  ", _STYLES[step["verdict"]]), *line]
                for number, line in enumerate(lines)
            )


def left_out(call: CallComparison, said: Said) -> list[str]:
    """What of the two is not compared, as sentences."""
    return [
        said.count(f"call.{key}", number, side=name)
        for name, side in (("A", call["a"]), ("B", call["b"]))
        for key, number in (("other-hops", side["other_hops"]), ("left-out", side["left_out"]))
        if number
    ]


def _fields(step: StepPair, said: Said, width: int) -> Iterator[Line]:
    one, other = step["a"], step["b"]
    assert one is not None
    assert other is not None
    texts = dict.fromkeys(wire_text(text_of(record), 120) for record in (one, other))
    places = f"(A {one['place']}, B {other['place']})"
    yield from wrap([(" / ".join(texts), "strong"), (f"  {places}", "faint")], width)
    for field in step["fields"]:
        yield from _field(field, said, width)
    yield []


def _field(field: FieldChange, said: Said, width: int) -> Iterator[Line]:
    name: Line = [("  " + wire_text(said.field_name(field["part"], field["name"]), 80), "")]
    if field["repeats"]:
        name.append((f"  {said.count('call.repeats', field['repeats'])}", "faint"))
    yield from wrap_indented(name, width)
    for side, value in (("A", field["a"]), ("B", field["b"])):
        text = field_text(field["part"], field["name"], value, said, members=field["members"])
        yield from hang([(f"    {side}  ", "attention")], [(text, "")], width, 7)


def field_text(part: str, name: str, value: str | None, said: Said, *, members: bool) -> str:
    """What stands in a field of one of two messages, harmless."""
    if value is None:
        return said("call.absent")
    if not value:
        return said("call.none")
    text = wire_text(said.field_value(part, name, value), MAX_VALUE)
    return said("call.only-here", members=text) if members else text


def wrap_indented(line: Line, width: int) -> Iterator[Line]:
    """A line that begins with an indentation of two, on as many as it needs."""
    (first, style), *rest = line
    for part in wrap([(first.strip(), style), *rest], width - 2):
        yield [("  ", ""), *part]
