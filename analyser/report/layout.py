"""Lines of styled text for a terminal: measured in cells, wrapped at words, never cut.

A `Line` is a list of spans, a span is text and the name of a style (see `output.STYLES`). Text is taken
as it is: no markup is read from it, so whatever came from the wire must have passed `wire_text`.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len as _cell_len

if TYPE_CHECKING:
    from collections.abc import Iterator

Span = tuple[str, str]
Line = list[Span]

LEAST_TEXT: Final = 16
"""Cells that a wrapped column keeps even where its indentation leaves less."""

_WIDE: Final = (
    "\u1100-\u115f\u2e80-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6"
    "\U0001f000-\U0001faff\U00020000-\U0003fffd"
)
"""Letters of two cells, for a regular expression; between two of them a line may end."""
_NOT_FIRST: Final = (
    "、。，．・：；？！）」』】〉》〕］｝〗〙＞’”々〻ーゝゞヽヾ〜～…‥％℃"  # noqa: RUF001
    "ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶㇰ-ㇿ"
    ",.;:!?)\\]}"
    "\u0300-\u036f\u20d0-\u20ff\u3099\u309a\ufe20-\ufe2f"
)
"""What begins no line (JIS X 4051): closing marks, small kana, and marks that combine with the letter before."""
_NOT_LAST: Final = "（「『【〈《〔［｛〖〘＜‘“"  # noqa: RUF001
"""What ends no line: opening marks."""

_WORDS: Final = re.compile(r"\s+|\S+")
_UNITS: Final = f"[{_NOT_LAST}]*(?:[^{_WIDE}{_NOT_LAST}]+|ミリ秒|.)[{_NOT_FIRST}]*"
"""Parts of a word with wide letters that stay together: such a letter, or a word in narrow ones, with its marks."""
_STAYS: Final = f"[{_NOT_FIRST}]"
_STAYS_ASCII: Final = frozenset(",.;:!?)]}")
_NUMBER: Final = re.compile(r"[\d,.:]+\Z", re.ASCII)
_MEASURES: Final = frozenset({"ms", "s", "min", "h", "d", "%"})
_OPENING: Final = f"({_NOT_LAST}"
_CLOSING: Final = ").,;:"
_BEGINS_WIDE: Final = f"[{_WIDE}]"


def cells(text: str) -> int:
    """Columns that the text takes on the screen."""
    return len(text) if text.isascii() else _cell_len(text)


def width_of(line: Line) -> int:
    return sum(cells(text) for text, _ in line)


def pad(text: str, width: int) -> str:
    """Filled with spaces on the right."""
    return text + " " * max(0, width - cells(text))


def pad_left(text: str, width: int) -> str:
    """Filled with spaces on the left."""
    return " " * max(0, width - cells(text)) + text


def wrap(spans: Line, width: int) -> list[Line]:
    """Break spans into lines of at most `width` cells: between words, and between wide letters where Japanese allows it."""
    width = max(width, LEAST_TEXT)
    lines: list[Line] = [[]]
    used = 0
    for gap, unit in _units(spans):
        size, between = width_of(unit), cells(gap) if used else 0
        if used + between + size <= width:
            if used:
                _append(lines[-1], gap, unit[0][1])
            used += between + size
            _extend(lines[-1], unit)
            continue
        if used:
            lines.append([])
        if size <= width:
            _extend(lines[-1], unit)
            used = size
        else:
            used = _chop(lines, unit, width)
    return lines


def _units(spans: Line) -> Iterator[tuple[str, Line]]:
    """What stays together on a line, each with the white space before it, which a line break swallows."""
    gap, held_gap = "", ""
    held: Line = []
    for text, style in spans:
        for word in _WORDS.findall(text):
            if word.isspace():
                gap += word
                continue
            for unit in [word] if word.isascii() else _pattern(_UNITS).findall(word):
                if held and _sticks(held[-1][0], gap, unit):
                    _append(held, gap, held[-1][1])
                    _append(held, unit, style)
                else:
                    if held:
                        yield held_gap, held
                    held_gap, held = gap, [(unit, style)]
                gap = ""
    if held:
        yield held_gap, held


def _sticks(before: str, gap: str, unit: str) -> bool:
    """Whether no line ends between the two: a mark begins no line, and a number goes with what it counts."""
    if gap:
        counts = gap == " " and _NUMBER.match(before.lstrip(_OPENING)) is not None
        return counts and (unit.rstrip(_CLOSING) in _MEASURES if unit.isascii() else _begins_wide(unit))
    if unit.isascii():
        return unit[0] in _STAYS_ASCII or before[-1] in _NOT_LAST
    return _pattern(_STAYS).match(unit) is not None or before[-1] in _NOT_LAST


def _begins_wide(unit: str) -> bool:
    return _pattern(_BEGINS_WIDE).match(unit) is not None


@functools.cache
def _pattern(source: str) -> re.Pattern[str]:
    """Compiled when text that is not ASCII first comes: these classes are long, and a page in English is to be instant."""
    return re.compile(source)


def _chop(lines: list[Line], unit: Line, width: int) -> int:
    """Put what is longer than a line on as many as it needs, beginning with the last one; give the cells used there."""
    used = 0
    for text, style in unit:
        piece = ""
        for character in text:
            size = cells(character)
            if used + size > width:
                _append(lines[-1], piece, style)
                lines.append([])
                piece, used = "", 0
            piece += character
            used += size
        _append(lines[-1], piece, style)
    return used


def hang(label: Line, text: Line, width: int, indent: int) -> list[Line]:
    """A label, then the text wrapped in a column that begins at `indent`; below a label that is too long."""
    gap = indent - width_of(label)
    first, *further = wrap(text, width - indent)
    if gap < 0 or (gap == 0 and label and not label[-1][0].endswith(" ")):
        return [label, *([(" " * indent, ""), *line] for line in (first, *further))]
    return [[*label, (" " * gap, ""), *first], *([(" " * indent, ""), *line] for line in further)]


def paragraph(text: str, width: int, style: str = "", indent: int = 0) -> list[Line]:
    """One sentence or more, wrapped and indented."""
    return [[(" " * indent, ""), *line] for line in wrap([(text, style)], width - indent)]


def _append(line: Line, text: str, style: str) -> None:
    if not text:
        return
    if line and line[-1][1] == style:
        line[-1] = (line[-1][0] + text, style)
    else:
        line.append((text, style))


def _extend(line: Line, spans: Line) -> None:
    for text, style in spans:
        _append(line, text, style)
