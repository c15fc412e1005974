"""Two messages: what they say otherwise, then as lines, side by side where there is room, else one below the other."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Final

from analyser.report.diff.call_text import field_text
from analyser.report.diff.said import Said
from analyser.report.layout import cells, hang, pad, paragraph
from analyser.report.message_difference import message_differences
from analyser.report.wire_text import wire_text
from analyser.tui.shape import chopped

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analyser.report.layout import Line
    from analyser.sip import Request, Response
    from analyser.tui.labels import Labels

MAX_COMPARED: Final = 400
"""Lines of each message that are compared: the work grows with the product."""
_SIDE_BY_SIDE: Final = 100
"""Cells from which on the two stand beside each other."""


def meaning(one: Request | Response, other: Request | Response, width: int, labels: Labels) -> list[Line]:
    """The fields that do not mean the same, of two requests with one method or two responses to one; nothing of messages that are
    not alike, in which everything differs."""
    if type(one) is not type(other) or one.cseq_method != other.cseq_method:
        return []
    said = Said(labels.lang)
    found = message_differences(one, other)
    lines: list[Line] = [
        *paragraph(labels("difference.meaning" if found else "difference.spelling"), width, "heading")
    ]
    for field in found:
        name = wire_text(said.field_name(field.part, field.name), 80)
        lines += paragraph(name, width, "strong", 2)
        for mark, value, style in (("-", field.one, "removed"), ("+", field.other, "added")):
            text = field_text(field.part, field.name, value, said, members=field.members)
            lines += hang([(f"  {mark} ", style)], [(text, style)], width, 4)
    return [*lines, []]


def difference(one: Sequence[str], other: Sequence[str], width: int, labels: Labels) -> list[Line]:
    """Lines that are in both are faint; what only one has is marked with - or +."""
    pairs = list(_pairs(one[:MAX_COMPARED], other[:MAX_COMPARED]))
    lines: list[Line] = []
    if all(left == right for left, right in pairs):
        lines += [*paragraph(labels("difference.same"), width, "good"), []]
    show = _beside if width >= _SIDE_BY_SIDE else _below
    for left, right in pairs:
        lines += show(left, right, width)
    if max(len(one), len(other)) > MAX_COMPARED:
        lines += paragraph(labels("difference.more", number=MAX_COMPARED), width, "attention")
    return lines


def _pairs(one: Sequence[str], other: Sequence[str]) -> Iterator[tuple[str | None, str | None]]:
    """Lines that stand beside each other; None where one of the two has nothing."""
    for _, begin, end, first, last in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        left: list[str | None] = [*one[begin:end]]
        right: list[str | None] = [*other[first:last]]
        size = max(len(left), len(right))
        left += [None] * (size - len(left))
        right += [None] * (size - len(right))
        yield from zip(left, right, strict=True)


def _beside(left: str | None, right: str | None, width: int) -> list[Line]:
    half = (width - 3) // 2
    same = left == right
    sides = []
    for text, mark, style in ((left, "-", "removed"), (right, "+", "added")):
        pieces = list(chopped(text, half - 2)) or [""] if text is not None else []
        shown = style if not same else "faint"
        sides.append(
            [
                (f"{mark if not same and not number else ' '} {piece}", shown)
                for number, piece in enumerate(pieces)
            ]
        )
    size = max(map(len, sides))
    left_side, right_side = ([*side, *[("", "")] * (size - len(side))] for side in sides)
    return [
        [(first, style), (" " * max(0, half - cells(first)) + " │ ", "faint"), (pad(second, half), other)]
        for (first, style), (second, other) in zip(left_side, right_side, strict=True)
    ]


def _below(left: str | None, right: str | None, width: int) -> list[Line]:
    if left == right and left is not None:
        return [[("  " + piece, "faint")] for piece in chopped(left, width - 2) or [""]]
    lines: list[Line] = []
    for text, mark, style in ((left, "-", "removed"), (right, "+", "added")):
        if text is not None:
            lines += [
                [(f"{mark if not number else ' '} {piece}", style)]
                for number, piece in enumerate(list(chopped(text, width - 2)) or [""])
            ]
    return lines
