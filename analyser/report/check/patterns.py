r"""Texts of a baseline: `*` stands for anything, `\*` for the asterisk itself, as in the number *97."""

from __future__ import annotations

import re
from typing import Final

_PIECES: Final = re.compile(r"(\\.|\*)", re.DOTALL)


def as_pattern(text: str) -> str:
    """The pattern that only this text fits."""
    return re.sub(r"([\\*])", r"\\\1", text)


def is_literal(pattern: str) -> bool:
    """Whether one text alone fits."""
    return "*" not in _PIECES.findall(pattern)


def literal(pattern: str) -> str:
    """The text that fits a pattern without `*`."""
    return re.sub(r"\\(.)", r"\1", pattern, flags=re.DOTALL)


def fits(pattern: str, text: str) -> bool:
    """Whether the text is one of those meant. Takes time in proportion to the length of both."""
    pieces = [""]
    for part in _PIECES.split(pattern):
        if part == "*":
            pieces.append("")
        else:
            pieces[-1] += part[1] if part.startswith("\\") and len(part) == 2 else part
    first, *rest = pieces
    if not rest:
        return text == first
    *middle, last = rest
    if not text.startswith(first):
        return False
    at = len(first)
    for piece in middle:
        at = text.find(piece, at)
        if at < 0:
            return False
        at += len(piece)
    return len(text) - at >= len(last) and text.endswith(last)
