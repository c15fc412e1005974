r"""The gate between the wire and the terminal: what somebody else wrote, made harmless and visible.

Gives printable text only: control characters (C0, C1, ESC), line breaks, bidi and zero-width controls, lone
surrogates, private and unassigned code points and invisible fillers come out as escapes (`\x1b`, `\u202e`);
a pile of combining marks is cut down to two. Nothing that passed may move the cursor, start a line, reorder
or hide text. Style markup has no meaning behind it: reports never parse text for markup.
"""

from __future__ import annotations

import unicodedata
from typing import Final

MAX_WIRE_TEXT: Final = 400
"""Characters of one value from the wire that a report shows."""

_MAX_MARKS: Final = 2
"""Combining marks in a row; no script needs many more, piles of them climb over the lines above."""

_NAMED: Final = {"\t": "\\t", "\n": "\\n", "\r": "\\r"}

_PRINTABLE_BUT_INVISIBLE: Final = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
    + "".join(map(chr, range(0x180B, 0x1810)))
    + "".join(map(chr, range(0xFE00, 0xFE10)))
    + "".join(map(chr, range(0xE0100, 0xE01F0)))
)
"""Fillers and variation selectors: letters or marks by category, nothing on the screen."""

_WIDE_SPACE: Final = "\u3000"
"""Not printable for Python, yet an ordinary space of Japanese and Chinese names."""


def escape(text: str) -> str:
    """`text` with everything invisible or active shown as an escape; of any length."""
    if text.isascii() and text.isprintable():
        return text
    shown: list[str] = []
    marks = _MAX_MARKS  # at the start a mark would climb onto our own text
    for character in text:
        if not character.isascii() and unicodedata.category(character) in ("Mn", "Me"):
            marks += 1
            visible = marks <= _MAX_MARKS and character not in _PRINTABLE_BUT_INVISIBLE
        else:
            marks = 0
            visible = character == _WIDE_SPACE or (
                character.isprintable() and character not in _PRINTABLE_BUT_INVISIBLE
            )
        shown.append(character if visible else _escaped(character))
    return "".join(shown)


def wire_text(text: str, limit: int = MAX_WIRE_TEXT) -> str:
    """`text` made harmless, at most `limit` characters of it; says how many more there were."""
    if len(text) <= limit:
        return escape(text)
    return f"{escape(text[:limit])}… (+{len(text) - limit})"


def _escaped(character: str) -> str:
    named = _NAMED.get(character)
    if named is not None:
        return named
    point = ord(character)
    if point <= 0xFF:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point <= 0xFFFF else f"\\U{point:08x}"
