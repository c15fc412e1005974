"""The lexical layer that every header field shares (RFC 3261 §7.3.1, §25.1).

Takes text of one field value and splits it at separators that stand outside quoted strings, angle
brackets and comments' quotes. Every function takes any text, never raises, and takes time in
proportion to its length: each regular expression here consumes what it has looked at.
"""

import re
from typing import Final

MAX_UINT32: Final = 2**32 - 1
_WHITE: Final = (" ", "\t")
_UINT: Final = re.compile(r"[0-9]{1,18}\Z")
_TOKEN: Final = re.compile(r"[A-Za-z0-9\-.!%*_+`'~]+\Z")
_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*(")?', re.DOTALL)
_PIECE: Final = re.compile(r'"(?:[^"\\]|\\.)*"?|<[^>]*>?|[^"<,;]+|[,;]', re.DOTALL)
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)


def is_token(text: str) -> bool:
    """Whether the text is a token: a method, a header name, a parameter name."""
    return _TOKEN.match(text) is not None


def uint(text: str) -> int | None:
    """A number of ASCII digits, at most 18 of them so that nobody can make us count for long."""
    return int(text) if _UINT.match(text) else None


def is_number(text: str) -> bool:
    """Whether the text is digits only, however many."""
    return text.isascii() and text.isdecimal()


def unquote(text: str) -> str:
    """The text itself, or what a quoted string says; a missing end quote is inferred."""
    if text[:1] != '"':
        return text
    inner = text[1:-1] if len(text) > 1 and text[-1] == '"' else text[1:]
    return _ESCAPE.sub(r"\1", inner) if "\\" in inner else inner


def quoted_end(text: str) -> int:
    """Where the quoted string at the beginning of the text ends, or -1 where its end quote is missing."""
    found = _QUOTED.match(text)
    return found.end() if found is not None and found[1] is not None else -1


def split(value: str, separator: str) -> list[str]:
    """The parts between separators (`,` or `;`), stripped; quoted strings and `<…>` are whole."""
    if '"' not in value and "<" not in value:
        return [part.strip() for part in value.split(separator)]
    parts: list[str] = []
    pieces: list[str] = []
    for piece in _PIECE.findall(value):
        if piece == separator:
            parts.append("".join(pieces).strip())
            pieces.clear()
        else:
            pieces.append(piece)
    parts.append("".join(pieces).strip())
    return parts


def values(text: str) -> list[str]:
    """The members of a comma-separated list, empty ones left out."""
    return [part for part in split(text, ",") if part]


def first_value(text: str) -> str:
    """The first member of a comma-separated list, empty where the list begins with a comma."""
    return split(text, ",")[0] if "," in text else text.strip()


def params(parts: list[str]) -> dict[str, str]:
    """Parameters by lower-case name; a flag has an empty value, and the first of a name counts."""
    result: dict[str, str] = {}
    for part in parts:
        name, _, value = part.partition("=")
        name = name.strip().lower()
        if name and name not in result:
            result[name] = unquote(value.strip())
    return result


def unfold(lines: list[str]) -> list[str]:
    """Header lines with folded ones joined by one space (§7.3.1), and without the CR that may end them.

    A first line that begins with white space continues nothing and stays as it is; lines of CRs are left out.
    """
    if not any(line[:1] in _WHITE for line in lines):
        return [text for line in lines if (text := line.rstrip(" \t\r"))]
    result: list[str] = []
    fold: list[str] = []
    for line in lines:
        text = line.rstrip(" \t\r")
        if result and line[:1] in _WHITE:
            fold.append(text.lstrip(" \t"))
            continue
        if fold:
            result[-1] = " ".join((result[-1], *fold))
            fold.clear()
        if text:
            result.append(text)
    if fold:
        result[-1] = " ".join((result[-1], *fold))
    return result
