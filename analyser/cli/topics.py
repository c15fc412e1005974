"""From what somebody types or pastes out of a log to the pages of the catalogue.

`412`, `busy here`, `412 PUBLISH`, `q850 16`, `16`, `timer B`, `SIP-ETag`, `stuck-on-trying`,
`Reason: Q.850;cause=16`, `Warning: 305 example.com "…"`, `INVITE sip:bob@example.com SIP/2.0`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from analyser.codes import METHODS, Link, all_codes, our_topics, phrases, sentences, status_code
from analyser.codes.topics import FILES, folded
from analyser.errors import UnknownTopicError, UsageError
from analyser.report.document import Document, Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_STATUS_LINE: Final = re.compile(r"(?:SIP/2\.0\s+)?([0-9]{1,4})(?:\s+\S.*)?", re.IGNORECASE)
_WITH_METHOD: Final = re.compile(
    rf"([1-6][0-9]{{2}})\s+(?:(?:on|to|for)\s+)?({'|'.join(METHODS)})|({'|'.join(METHODS)})\s+([1-6][0-9]{{2}})",
    re.IGNORECASE,
)
_PREFIX: Final = re.compile(
    r"([\w.]+(?:[- ](?:code|tag|package|field|protocol|cause|切断理由|値))?)[ =:]+(\S.*)"
)

_PREFIXES: Final = {
    "code": ("code", "status", "status code", "sip", "ステータスコード"),
    "rule": ("rule", "finding", "ルール"),
    "method": ("method", "request", "メソッド", "リクエスト"),
    "timer": ("timer", "タイマー"),
    "header": ("header", "header field", "ヘッダー", "ヘッダーフィールド"),
    "option-tag": ("option-tag", "option", "tag", "オプションタグ"),
    "event-package": ("event-package", "event", "package", "イベント", "イベントパッケージ"),
    "q850": ("q850", "q.850", "cause", "q850 cause", "isup", "切断理由", "q850 切断理由", "cause 値"),
    "warning": ("warning", "warn", "warn-code", "warning code"),
    "reason": ("reason", "reason protocol"),
    "term": ("term", "word", "glossary", "用語"),
}
"""Words by which a kind is named before its entry, whatever language the page will be in."""
_KINDS: Final = {folded(word): kind for kind, words in _PREFIXES.items() for word in words}
_NUMBERED: Final = {"warning": range(300, 400), "q850": range(1, 128)}
"""Kinds whose entries are numbers, and which ones they can be."""
_SUGGESTIONS: Final = 3
_SHOWN: Final = 60
"""Characters of an unknown topic that are worth repeating, and that are compared with what is known."""
_MOST: Final = 200
"""Characters of a topic that are looked at: a pasted line."""


class Page(NamedTuple):
    """One entry, ready to be shown in any form."""

    document: Callable[[], Document]
    object: Callable[[], dict[str, Any]]


class Finder:
    """Finds pages in one language, for one method or any."""

    def __init__(self, lang: str, method: str | None = None) -> None:
        self.lang = lang
        self.method = method

    def pages(self, topic: str) -> list[Page]:
        """The pages for a topic; UnknownTopicError with near names if there is none."""
        text = " ".join(topic.split())
        both = _WITH_METHOD.fullmatch(text[:_MOST])
        if both is not None:
            method = self.method or (both[2] or both[3]).upper()
            return self._shown([Link("code", both[1] or both[4])], method)
        for find in (
            self._pasted,
            self._prefixed,
            self._number,
            self._phrase,
            self._named,
            self._buried,
        ):
            links = find(text[:_MOST])
            if links:
                return self._shown(links, self.method, bare=text.isdigit())
        near = self._near(text)
        hint = f"; did you mean {' or '.join(near)}?" if near else "; try: sip-analyser list codes"
        shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
        raise UnknownTopicError(f"nothing is known about '{shown}'{hint}")

    @staticmethod
    def names_method(topic: str) -> bool:
        """Whether it is a status code with the method that it answers."""
        return _WITH_METHOD.fullmatch(topic[:_MOST]) is not None

    def knows(self, topic: str) -> bool:
        """Whether there is a page for it."""
        try:
            return bool(self.pages(topic))
        except UnknownTopicError:
            return False

    def _pasted(self, text: str) -> list[Link]:
        """A line, or a part of one, out of a message or a log; a single word is none."""
        if text.isalnum():
            return []
        from analyser.cli.pasted import whole  # noqa: PLC0415 - has many patterns

        return self._first(whole(text))

    def _buried(self, text: str) -> list[Link]:
        """What a longer line mentions."""
        from analyser.cli.pasted import part  # noqa: PLC0415 - as above

        return self._first(part(text))

    def _first(self, guesses: Iterable[tuple[str | None, str]]) -> list[Link]:
        """The entries of the first guess for which there is one."""
        return next(filter(None, (self._entry(kind, name) for kind, name in guesses)), [])

    def _prefixed(self, text: str) -> list[Link]:
        """`timer B`, `q850 16`, `header Via`."""
        match = _PREFIX.fullmatch(text)
        kind = _KINDS.get(folded(match[1])) if match is not None else None
        return self._entry(kind, match[2]) if match is not None and kind is not None else []

    def _entry(self, kind: str | None, name: str) -> list[Link]:
        """The entries of one kind, or any, with that name."""
        if kind == "code":
            return self._number(name)[:1] or self._phrase(name)
        if kind == "rule":
            return self._rule(name)
        return list(our_topics().find(name, self.lang, kind))

    def _number(self, text: str) -> list[Link]:
        """A status code, with what else the number could be; of a small one a cause of the telephone network."""
        line = _STATUS_LINE.fullmatch(text)
        if line is None or not line[1].isascii():
            return []
        number = int(line[1])
        topics = our_topics()
        others = [
            Link(kind, str(number))
            for kind, numbers in _NUMBERED.items()
            if number in numbers and str(number) in topics.keys(kind)
        ]
        code = Link("code", str(number))
        if not others or number in all_codes():
            return [code, *others]
        return [*others, code] if number >= 100 else others

    def _phrase(self, text: str) -> list[Link]:
        wanted = folded(text)
        return [Link("code", str(code)) for code, phrase in phrases().items() if folded(phrase) == wanted]

    def _named(self, text: str) -> list[Link]:
        return self._rule(text) or list(our_topics().find(text, self.lang))

    def _rule(self, text: str) -> list[Link]:
        wanted = folded(text)
        return [Link("rule", rule_id) for rule_id in _rule_ids() if folded(rule_id) == wanted]

    def _shown(self, links: list[Link], method: str | None, *, bare: bool = False) -> list[Page]:
        """The first page, with a line on the others; all of them where they are status codes."""
        if method is not None and all(link.kind != "code" for link in links):
            raise UsageError("--method belongs to status codes; nothing else has variants")
        if all(link.kind == "code" for link in links):
            return [self._made(link, method) for link in links]
        page = self._made(links[0], method)
        said = self._remarks(links[0], links[1:], bare=bare)
        if not said:
            return [page]

        def document() -> Document:
            made = page.document()
            return made._replace(lead=[*made.lead, *said])

        return [page._replace(document=document)]

    def _remarks(self, link: Link, others: list[Link], *, bare: bool) -> list[Text]:
        """What else it could be, above all a bare number."""
        say = sentences("explain", self.lang)
        said: list[Text] = []
        if link.kind == "q850" and bare:
            said.append(Text(say["topic.no_code"].format(number=link.key), "faint"))
        if others:
            commands = [f"sip-analyser explain {other.kind} {other.key}" for other in others]
            said.append(
                Text(say["topic.also"].format(commands=say["list.then_also"].join(commands)), "faint")
            )
        return said

    def _made(self, link: Link, method: str | None) -> Page:
        if link.kind == "rule":
            from analyser.report.rule_entry import rule_document, rule_object  # noqa: PLC0415 - a code does without
            from analyser.rules import find_rule  # noqa: PLC0415 - imports what tracks messages

            rule = find_rule(link.key)
            assert rule is not None
            return Page(lambda: rule_document(rule, self.lang), lambda: rule_object(rule, self.lang))
        if link.kind == "code":
            from analyser.report.entry import CodePage  # noqa: PLC0415 - a term does without

            code = CodePage(status_code(int(link.key), self.lang), method, self.lang)
            return Page(code.document, code.object)
        from analyser.report.topic_entry import TopicPage  # noqa: PLC0415 - a code does without

        page = TopicPage(our_topics().topic(link.kind, link.key, self.lang), self.lang)
        return Page(page.document, page.object)

    def _near(self, topic: str) -> list[str]:
        from difflib import get_close_matches  # noqa: PLC0415 - only a mistake needs it

        names = {name.casefold(): name for name in self._names()}
        close = get_close_matches(topic[:_SHOWN].casefold(), names, n=_SUGGESTIONS)
        return [f"'{names[near]}'" for near in close]

    def _names(self) -> Iterator[str]:
        """Every name that is known, for suggestions."""
        yield from map(str, phrases())
        yield from phrases().values()
        yield from _rule_ids()
        for kind in FILES:
            for _, names in our_topics().names(kind, self.lang):
                yield from names


def _rule_ids() -> list[str]:
    """The ids of the rules: they are the names of their modules, so that none needs to be imported to know them."""
    folder = Path(__file__).parents[1] / "rules"
    return sorted(path.stem.replace("_", "-") for path in folder.glob("*/[!_]*.py"))
