"""The parts that pages of the catalogue are made of: headed sections, lists, labels with values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from analyser.report.layout import hang, width_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from analyser.report.layout import Line

INDENT: Final = 2
"""Cells before the text of a section."""
GAP: Final = 2
"""Cells between columns."""


def section(heading: str, body: Iterable[Line]) -> list[Line]:
    """An empty line, the heading, the body."""
    return [[], [(heading, "heading")], *body]


def bulleted(items: Iterable[str], width: int) -> list[Line]:
    """Each item behind a hyphen."""
    mark = " " * INDENT + "-"
    return [line for item in items for line in hang([(mark, "")], [(item, "")], width, len(mark) + 1)]


def numbered(items: Iterable[str], width: int) -> list[Line]:
    """Each item behind its number."""
    lines: list[Line] = []
    for number, item in enumerate(items, 1):
        mark = f"{'':{INDENT}}{number}."
        lines += hang([(mark, "")], [(item, "")], width, len(mark) + 1)
    return lines


def labelled(items: Sequence[tuple[str, str]], width: int) -> list[Line]:
    """Values in a column beside their labels."""
    column = max(width_of([(label, "")]) for label, _ in items) + INDENT + GAP
    return [
        line
        for label, value in items
        for line in hang([(" " * INDENT + label, "faint")], [(value, "")], width, column)
    ]


def references(refs: Iterable[str]) -> str:
    """Sections of one document behind its name once: RFC 3261 §16.2, §16.7; RFC 4320 §4.1."""
    documents: dict[str, list[str]] = {}
    for ref in refs:
        document, _, where = ref.partition(" §")
        documents.setdefault(document, []).extend([f"§{where}"] if where else [])
    return "; ".join(f"{document} {', '.join(sections)}".rstrip() for document, sections in documents.items())


def joined(items: Iterable[str], comma: str, last: str) -> str:
    """`a, b and c`, with the comma of the language and its template for the last item."""
    *first, end = [*items] or [""]
    return last.format(first=comma.join(first), last=end) if first else end
