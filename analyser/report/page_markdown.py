"""A page of the catalogue as Markdown (CommonMark)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from analyser.report.document import Code, Entries, Items, Rows, Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyser.report.document import Block, Document, Section

_SPECIAL: Final = re.compile(r"([\\*_<>\[\]#|&~])")
_BEGINS_LIST: Final = re.compile(r"^(\d*)([.)+-])(?= )")


def markdown(document: Document, level: int = 1) -> str:
    """The page; its title is a heading of that level."""
    return "\n".join(_document(document, level)) + "\n"


def escaped(text: str) -> str:
    """Text that means only itself; what stands between backticks stays code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:  # one backtick has no partner
        return _line_start(_SPECIAL.sub(r"\\\1", text).replace("`", "\\`"))
    parts[::2] = [_SPECIAL.sub(r"\\\1", part) for part in parts[::2]]
    return _line_start("`".join(parts))


def _line_start(text: str) -> str:
    """What begins a list at the start of a line does not."""
    return _BEGINS_LIST.sub(r"\1\\\2", text)


def _document(document: Document, level: int) -> Iterator[str]:
    yield f"{'#' * level} {escaped(document.title)}"
    for text in document.lead:
        yield ""
        yield escaped(text.text)
    for part in document.sections:
        yield from _section(part, level + 1)


def _section(part: Section, level: int) -> Iterator[str]:
    yield ""
    yield f"{'#' * level} {escaped(part.heading)}"
    for block in part.blocks:
        yield ""
        yield from _block(block)
    for inner in part.sections:
        yield from _section(inner, level + 1)


def _block(block: Block) -> Iterator[str]:
    match block:
        case Text():
            yield escaped(block.text)
        case Items():
            for number, item in enumerate(block.items, 1):
                yield f"{number}. {escaped(item)}" if block.numbered else f"- {escaped(item)}"
        case Rows():
            for label, value in block.rows:
                yield f"- **{escaped(label)}**: {escaped(value)}" if label else f"  {escaped(value)}"
        case Entries():
            for entry in block.entries:
                mark = f" ({escaped(entry.mark)})" if entry.mark else ""
                yield f"- **{escaped(entry.name)}**{mark}: {escaped(entry.text + entry.source)}"
        case Code():
            yield f"`{block.text}`"
