"""`sip-analyser explain TOPIC...`: what a status code or a rule means.

A topic is what somebody reads in a log: `412`, `busy here`, `SIP/2.0 486 Busy Here`, `stuck-on-trying`. Each
kind of topic is one row of `TOPIC_KINDS`, asked in order; a kind imports what it needs when it is asked.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import click

from analyser.cli.page import page_options, print_json, print_pages
from analyser.codes import METHODS, phrases, status_code
from analyser.errors import UnknownTopicError, UsageError
from analyser.report.entry import CodePage
from analyser.report.rule_entry import rule_object, rule_page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from analyser.annotate import Rule
    from analyser.report.layout import Line

_LANG: Final = "en"
_STATUS_LINE: Final = re.compile(r"(?:SIP/2\.0\s+)?([0-9]{1,4})(?:\s+\S.*)?", re.IGNORECASE)
_SUGGESTIONS: Final = 3
_SHOWN: Final = 60
"""Characters of an unknown topic that are worth repeating, and that are compared with what is known."""


class Page(NamedTuple):
    """One entry, ready to be shown either way."""

    lines: Callable[[int], list[Line]]
    object: Callable[[], dict[str, Any]]


class TopicKind(NamedTuple):
    """A sort of thing that can be explained."""

    find: Callable[[str, str | None], list[Page]]
    """The pages for a topic and a method; none if the topic is of another kind."""
    names: Callable[[], Iterable[str]]
    """Every name that it knows, for suggestions."""


@click.command("explain")
@click.argument("topics", nargs=-1, required=True, metavar="TOPIC...")
@click.option("--method", metavar="METHOD", help="The request that the status code answers, such as PUBLISH.")
@page_options
def explain(topics: tuple[str, ...], method: str | None, form: str, no_color: bool) -> None:  # noqa: FBT001
    """Explain what a status code or a rule means.

    TOPIC is a status code (412), a reason phrase (busy here) or the id of a rule (stuck-on-trying).
    Several codes may be given at once.
    """
    known_method = _method(method)
    pages = [page for topic in _separate(topics) for page in find_pages(topic, known_method)]
    if form == "json":
        found = [page.object() for page in pages]
        print_json(found[0] if len(found) == 1 else found)
    else:
        print_pages((page.lines for page in pages), no_color=no_color)


def find_pages(topic: str, method: str | None) -> list[Page]:
    """The pages for a topic; UnknownTopicError with near names if there is none."""
    topic = " ".join(topic.split())
    for kind in TOPIC_KINDS:
        pages = kind.find(topic, method)
        if pages:
            return pages
    near = _near(topic)
    hint = f"; did you mean {' or '.join(near)}?" if near else "; try: sip-analyser list codes"
    shown = topic if len(topic) <= _SHOWN else f"{topic[:_SHOWN]}…"
    raise UnknownTopicError(f"nothing is known about '{shown}'{hint}")


def _codes(topic: str, method: str | None) -> list[Page]:
    line = _STATUS_LINE.fullmatch(topic)
    return [] if line is None else [_code_page(int(line[1]), method)]


def _phrases(topic: str, method: str | None) -> list[Page]:
    folded = topic.casefold()
    return [_code_page(code, method) for code, phrase in phrases().items() if phrase.casefold() == folded]


def _rules(topic: str, method: str | None) -> list[Page]:
    folded = topic.casefold().replace(" ", "-").replace("_", "-")
    found = [rule for rule in _all_rules() if rule.id == folded]
    if found and method is not None:
        raise UsageError("--method belongs to status codes; a rule has no variants")
    return [Page(partial(_rule_lines, rule), partial(rule_object, rule)) for rule in found]


def _rule_lines(rule: Rule, width: int) -> list[Line]:
    return rule_page(rule, _LANG, width)


TOPIC_KINDS: Final = (
    TopicKind(_codes, lambda: map(str, phrases())),
    TopicKind(_phrases, lambda: phrases().values()),
    TopicKind(_rules, lambda: (rule.id for rule in _all_rules())),
)
"""What can be explained, in the order in which a topic is tried."""


def _code_page(code: int, method: str | None) -> Page:
    page = CodePage(status_code(code, _LANG), method, _LANG)
    return Page(page.lines, page.object)


def _all_rules() -> tuple[Rule, ...]:
    from analyser.rules import all_rules  # noqa: PLC0415 - imports every rule, which a code does not need

    return all_rules()


def _separate(topics: tuple[str, ...]) -> tuple[str, ...]:
    """Codes and rule ids stand alone; other words make one topic together: `busy here`."""
    if len(topics) > 1 and any(not (topic.isdigit() or "-" in topic) for topic in topics):
        return (" ".join(topics),)
    return topics


def _method(name: str | None) -> str | None:
    if name is None:
        return None
    if name.upper() not in METHODS:
        raise UsageError(f"unknown method '{name}'; known are {', '.join(METHODS)}")
    return name.upper()


def _near(topic: str) -> list[str]:
    from difflib import get_close_matches  # noqa: PLC0415 - only a mistake needs it

    names = {name.casefold(): name for kind in TOPIC_KINDS for name in kind.names()}
    return [
        f"'{names[near]}'" for near in get_close_matches(topic[:_SHOWN].casefold(), names, n=_SUGGESTIONS)
    ]
