"""A page of the catalogue before it has a form: what `explain` and `compare` say, for a terminal or as Markdown.

Nothing here comes from the wire.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from analyser.report.layout import hang, pad, paragraph, width_of
from analyser.report.sections import GAP, INDENT, bulleted, labelled, numbered, section

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyser.report.layout import Line


class Text(NamedTuple):
    """A paragraph."""

    text: str
    style: str = ""


class Items(NamedTuple):
    """A list."""

    items: Sequence[str]
    numbered: bool = False


class Rows(NamedTuple):
    """Labels with values."""

    rows: Sequence[tuple[str, str]]


class Entry(NamedTuple):
    """A name, a mark, and what there is to say."""

    name: str
    mark: str
    style: str
    text: str
    source: str = ""
    """Where that is written, in the brackets of the language."""


class Entries(NamedTuple):
    """Names with marks, in columns."""

    entries: Sequence[Entry]


class Code(NamedTuple):
    """A line as it is typed or sent."""

    text: str


Block = Text | Items | Rows | Entries | Code


_APART = {(Text, Text), (Items, Entries)}
"""Neighbours with an empty line between them."""


class Section(NamedTuple):
    """A heading and what stands under it; sections within it come after its blocks."""

    heading: str
    blocks: Sequence[Block]
    sections: Sequence[Section] = ()


class Document(NamedTuple):
    """A title, some lines below it, sections."""

    title: str
    lead: Sequence[Text]
    sections: Sequence[Section]


def lines_of(document: Document, width: int) -> list[Line]:
    """The page for a terminal, at most `width` cells wide."""
    lines: list[Line] = paragraph(document.title, width, "heading")
    for text in document.lead:
        lines += paragraph(text.text, width, text.style)
    for part in document.sections:
        lines += _section_lines(part, width)
    return lines


def _section_lines(part: Section, width: int) -> list[Line]:
    body: list[Line] = []
    for index, block in enumerate(part.blocks):
        if index and (type(part.blocks[index - 1]), type(block)) in _APART:
            body.append([])
        body += _block_lines(block, width)
    lines = section(part.heading, body)
    for inner in part.sections:
        lines += _section_lines(inner, width)
    return lines


def _block_lines(block: Block, width: int) -> list[Line]:
    match block:
        case Text():
            return paragraph(block.text, width, block.style, INDENT)
        case Items():
            return numbered(block.items, width) if block.numbered else bulleted(block.items, width)
        case Rows():
            return labelled(block.rows, width)
        case Entries():
            return _entry_lines(block.entries, width)
        case Code():
            return paragraph(block.text, width, "faint", INDENT)


def _entry_lines(entries: Sequence[Entry], width: int) -> list[Line]:
    name_width = max(width_of([(entry.name, "")]) for entry in entries)
    mark_width = max(width_of([(entry.mark, "")]) for entry in entries)
    lines: list[Line] = []
    for entry in entries:
        label: Line = [(" " * INDENT + pad(entry.name, name_width), "strong")]
        if mark_width:
            label.append((" " * GAP, ""))
            label.append((pad(entry.mark, mark_width), entry.style))
        text: Line = [(entry.text, "")]
        if entry.source:
            text.append((entry.source, "faint"))
        lines += hang(label, text, width, width_of(label) + GAP)
    return lines
