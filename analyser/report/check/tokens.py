"""The text of an expectation -> its words, numbers and signs, each with its place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from analyser.errors import UsageError
from analyser.report.check.names import FIGURES, UNITS, WORDS

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_LENGTH: Final = 1000
"""Characters of one expectation."""
MAX_DIGITS: Final = 12

_TOKEN: Final = re.compile(
    r"(?P<number>\d+(?:\.\d+)?)|(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<sign>[=!<>]=|[-+*/()%<>])", re.ASCII
)
_SPACE: Final = re.compile(r"[ \t\r\n]*", re.ASCII)
_HYPHENATED: Final = sorted((name for name in FIGURES if "-" in name), key=len, reverse=True)
_MISTAKES: Final = {
    "=": "write == to compare",
    "&": "write 'and'",
    "|": "write 'or'",
    "!": "write 'not', or != to compare",
    "\u2265": "write >=",
    "\u2264": "write <=",
    "\u2260": "write !=",
    ",": "a number is written without commas",
}


class ExpressionError(UsageError):
    """An expectation that cannot be understood; `at` is the place in its text, from 0."""

    def __init__(self, message: str, text: str, at: int) -> None:
        super().__init__(message)
        self.text = text
        self.at = at


class Token(NamedTuple):
    """`kind` is number, name, call, sign or end; of a call, `text` is the function."""

    kind: str
    text: str
    at: int
    argument: str = ""
    """Of a call: what stands in its parentheses; of a number: its unit."""
    argument_at: int = 0


def tokens(text: str) -> Iterator[Token]:
    """All of them, and one that says the text has ended. Raises ExpressionError for what is none."""
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"longer than {MAX_LENGTH} characters", text, MAX_LENGTH)
    at = _past_space(text, 0)
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            hint = _MISTAKES.get(text[at], "means nothing here")
            raise ExpressionError(f"{text[at]!r}: {hint}", text, at)
        if found["number"]:
            token, end = _number(text, found)
        elif found["name"]:
            token, end = _name(text, found)
        else:
            token, end = Token("sign", found[0], at), found.end()
        yield token
        at = _past_space(text, end)
    yield Token("end", "", len(text))


def _past_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return at if found is None else found.end()


def _number(text: str, found: re.Match[str]) -> tuple[Token, int]:
    """A number takes the unit behind it, with or without a space."""
    if len(found[0]) > MAX_DIGITS:
        raise ExpressionError(f"a number has at most {MAX_DIGITS} digits", text, found.start())
    end = found.end()
    behind = _TOKEN.match(text, _past_space(text, end))
    unit = behind[0] if behind is not None else ""
    if behind is not None and unit in UNITS:
        return Token("number", found[0], found.start(), unit, behind.start()), behind.end()
    if behind is not None and behind.start() == end and behind["name"]:
        units = ", ".join(filter(None, UNITS))
        raise ExpressionError(f"{unit!r} is no unit; there are: {units}", text, end)
    return Token("number", found[0], found.start()), end


def _name(text: str, found: re.Match[str]) -> tuple[Token, int]:
    at, end = found.span()
    for name in _HYPHENATED:
        if (
            text[at : at + len(name)].lower() == name
            and not text[at + len(name) : at + len(name) + 1].isalnum()
        ):
            return Token("name", text[at : at + len(name)], at), at + len(name)
    opening = _past_space(text, end)
    if text[opening : opening + 1] != "(" or found[0].lower() in WORDS:
        return Token("name", found[0], at), end
    closing = text.find(")", opening)
    if closing < 0:
        raise ExpressionError("the parenthesis is not closed", text, opening)
    start = _past_space(text, opening + 1)
    return Token("call", found[0], at, text[start:closing].rstrip(" \t\r\n"), start), closing + 1
