"""Text cut to cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyser.report.layout import cells

if TYPE_CHECKING:
    from collections.abc import Iterator


def cut(text: str, width: int) -> str:
    """At most so many cells of it; an ellipsis says that there is more."""
    if cells(text) <= width:
        return text
    kept = ""
    for character in text:
        if cells(kept + character) > width - 1:
            break
        kept += character
    return f"{kept}…" if width > 0 else ""


def chopped(text: str, width: int) -> Iterator[str]:
    """All of it in pieces of at most so many cells, white space as it is."""
    width = max(width, 2)
    if text.isascii():
        yield from (text[start : start + width] for start in range(0, len(text), width))
        return
    piece, used = "", 0
    for character in text:
        size = cells(character)
        if used + size > width:
            yield piece
            piece, used = "", 0
        piece += character
        used += size
    yield piece
