"""Lines of styled text for a terminal: measured in cells, wrapped at words, never cut.

A `Line` is a list of spans, a span is text and the name of a style (see `output.STYLES`). Text is taken
as it is: no markup is read from it, so whatever came from the wire must have passed `wire_text`.
"""

from __future__ import annotations

import re
from typing import Final

from rich.cells import cell_len as _cell_len

Span = tuple[str, str]
Line = list[Span]

LEAST_TEXT: Final = 16
"""Cells that a wrapped column keeps even where its indentation leaves less."""

_WORDS: Final = re.compile(r"\s+|\S+")


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
    """Break spans into lines of at most `width` cells, between words where there are any."""
    width = max(width, LEAST_TEXT)
    lines: list[Line] = [[]]
    used = 0
    pending = ""  # white space that a line break would swallow
    for text, style in spans:
        for word in _WORDS.findall(text):
            if word.isspace():
                pending += word
                continue
            gap = pending if used else ""
            pending = ""
            size = cells(word)
            if used + len(gap) + size <= width:
                _append(lines[-1], gap + word, style)
                used += len(gap) + size
                continue
            room = width - used - len(gap)
            if not _breaks_anywhere(word) or room < 2:
                room, gap = width, ""
                if used:
                    lines.append([])
            _append(lines[-1], gap, style)
            pieces = _pieces(word, room, width)
            _append(lines[-1], pieces[0], style)
            lines += [[(piece, style)] for piece in pieces[1:]]
            used = width_of(lines[-1])
    return lines


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


def _breaks_anywhere(word: str) -> bool:
    """Scripts of wide letters are written without spaces."""
    return not word.isascii() and _cell_len(word) > len(word)


def _pieces(word: str, first: int, width: int) -> list[str]:
    """A word too long for a line in pieces: `first` cells, then `width` each."""
    if cells(word) <= first:
        return [word]
    pieces: list[str] = []
    piece, used, room = "", 0, first
    for character in word:
        size = cells(character)
        if used + size > room:
            pieces.append(piece)
            piece, used, room = "", 0, width
        piece += character
        used += size
    return [*pieces, piece]
