"""`sip-analyser compare A B`: two status codes side by side."""

from __future__ import annotations

import click

from analyser.cli.language import language_option
from analyser.cli.page import known_method, page_options, print_pages
from analyser.codes import all_codes, phrases
from analyser.codes.topics import folded
from analyser.errors import UsageError
from analyser.report.comparison import Comparison


@click.command("compare")
@click.argument("one", metavar="A")
@click.argument("other", metavar="B")
@click.option("--method", metavar="METHOD", help="The request that they answer, such as REGISTER.")
@language_option
@page_options
def compare(one: str, other: str, method: str | None, lang: str, form: str, no_color: bool) -> None:  # noqa: FBT001
    """Compare two status codes: what differs, and which one applies when.

    A and B are status codes or reason phrases, in any order: compare 401 407, compare "busy here" decline.
    """
    a, b = _code(one), _code(other)
    if a == b:
        raise UsageError(f"{a} and {b} are the same code; try: sip-analyser explain {a}")
    comparison = Comparison(a, b, lang, known_method(method))
    print_pages([comparison.document], [comparison.object], form=form, no_color=no_color)


def _code(text: str) -> int:
    """The registered status code that a number or a reason phrase names."""
    if text.isascii() and text.isdigit() and len(text) == 3 and int(text) in all_codes():
        return int(text)
    found = [code for code, phrase in phrases().items() if folded(phrase) == folded(text)]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f"'{text}' is {' and '.join(map(str, found))}: give the number")
    raise UsageError(f"'{text[:60]}' is no registered status code; see: sip-analyser list codes")
