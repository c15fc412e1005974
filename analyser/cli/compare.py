"""`sip-analyser compare A B`: two status codes side by side."""

from __future__ import annotations

import re
from typing import Final
from unicodedata import normalize

import click

from analyser.cli.language import language_option
from analyser.cli.lookup import AROUND, MOST, codes_of_phrase
from analyser.cli.page import known_method, page_options, print_pages
from analyser.codes import all_codes, status_code
from analyser.errors import UsageError
from analyser.report.comparison import Comparison

_STATUS_LINE: Final = re.compile(r"(?:SIP/2\.0\s+)?([1-6][0-9]{2})(?:[\s:|-]+\D*)?", re.IGNORECASE)
_BETWEEN: Final = frozenset({"vs", "versus", "and", "or", "と"})
_SHOWN: Final = 60


@click.command("compare")
@click.argument("codes", nargs=-1, required=True, metavar="A B")
@click.option("--method", metavar="METHOD", help="The request that they answer, such as REGISTER.")
@language_option
@page_options
def compare(codes: tuple[str, ...], method: str | None, lang: str, form: str, no_color: bool) -> None:  # noqa: FBT001
    """Compare two status codes: what differs, and which one applies when.

    A and B are status codes or reason phrases, in any order: compare 401 407, compare busy here decline.
    """
    one, other = _two(codes)
    if one == other:
        raise UsageError(f"{one} and {other} are the same code; try: sip-analyser explain {one}")
    comparison = Comparison(one, other, lang, known_method(method))
    print_pages([comparison.document], [comparison.object], form=form, no_color=no_color)


def _two(words: tuple[str, ...]) -> tuple[int, int]:
    """The two codes that the words name, wherever the one ends and the other begins; `vs` between them is nothing."""
    words = tuple(word for word in " ".join(words)[:MOST].split() if word.lower().strip(".") not in _BETWEEN)
    for end in range(1, len(words)):
        pair = " ".join(words[:end]), " ".join(words[end:])
        ones, others = map(_named, pair)
        if len(ones) == len(others) == 1:
            return ones[0], others[0]
        if ones and others:
            text, found = (pair[0], ones) if len(ones) > 1 else (pair[1], others)
            raise UsageError(f"'{text}' is {' and '.join(map(str, found))}: give the number")
    if len(words) < 2:
        raise UsageError("two status codes are compared, such as: sip-analyser compare 401 407")
    if len(words) == 2:
        _explained(words[0])
        _explained(words[1])
    raise UsageError(
        f"'{' '.join(words)[:_SHOWN]}' does not name two registered status codes; see: sip-analyser list codes"
    )


def _explained(word: str) -> None:
    """Say what is wrong with a word that names no code."""
    if _named(word):
        return
    if word.isascii() and word.isdigit() and len(word) == 3 and status_code(int(word)).phrase:
        raise UsageError(
            f"{word} is not registered, so it has no facts to compare; try: sip-analyser explain {word}"
        )
    raise UsageError(f"'{word[:_SHOWN]}' is no registered status code; see: sip-analyser list codes")


def _named(text: str) -> list[int]:
    """The registered codes that a number, a status line or a reason phrase names."""
    text = normalize("NFKC", text).strip(AROUND)
    line = _STATUS_LINE.fullmatch(text)
    if line is not None and int(line[1]) in all_codes():
        return [int(line[1])]
    return codes_of_phrase(text)
