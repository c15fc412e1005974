"""From what somebody types or pastes out of a log to the pages of the catalogue.

`412`, `busy here`, `412 PUBLISH`, `q850 16`, `16`, `timer B`, `SIP-ETag`, `stuck-on-trying`,
`Reason: Q.850;cause=16`, `Warning: 305 example.com "…"`, `INVITE sip:bob@example.com SIP/2.0`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from unicodedata import normalize

from analyser.codes import METHODS, Link, all_codes, our_topics, phrases, sentences, status_code
from analyser.codes.topics import FILES, folded
from analyser.errors import UnknownTopicError, UsageError
from analyser.report.document import Document, Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_STATUS_LINE: Final = re.compile(
    r"(?:SIP/2\.0\s+|SIP/)?(?:([0-9]{3})[\s|:,;-]+\S.*|([0-9]{1,4}))", re.IGNORECASE
)
_METHOD: Final = rf"[\s/|(]+(?:(?:on|to|for)\s+)?({'|'.join(METHODS)})\)?"
_WITH_METHOD: Final = re.compile(
    rf"([1-6][0-9]{{2}}){_METHOD}|({'|'.join(METHODS)})[\s/|(]+([1-6][0-9]{{2}})\)?", re.IGNORECASE
)
_VERSUS: Final = re.compile(
    r"([1-6][0-9]{2})\s*(?:vs\.?|versus|and|or|と|/|,)\s*([1-6][0-9]{2})", re.IGNORECASE
)
_CLASS: Final = re.compile(r"([1-6])xx", re.IGNORECASE)
_SECONDS: Final = re.compile(r"([0-9]{1,5}(?:\.[0-9]{1,3})?)\s*(?:s|secs?|seconds?|秒)", re.IGNORECASE)
_AROUND: Final = " .,:;#|()[]<>\"'"
"""What stands around a number in a log."""
_PREFIX: Final = re.compile(
    r"([\w.]+(?:[- ](?:code|tag|package|field|protocol|cause|切断理由|値))?)[ =:]+(\S.*)"
)

_PREFIXES: Final = {
    "code": (
        "code",
        "status",
        "status code",
        "sip",
        "response",
        "reply",
        "error",
        "ステータスコード",
        "応答",
    ),
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

    link: Link
    document: Callable[[], Document]
    object: Callable[[], dict[str, Any]]


class Found(NamedTuple):
    """What a topic names."""

    links: list[Link]
    method: str | None
    """The method that stood beside a status code, or was asked for."""
    bare: bool = False
    """Whether it was a number and nothing else."""
    by_chance: bool = False
    """Whether only a part of it was understood."""


class Finder:
    """Finds pages in one language, for one method or any."""

    def __init__(self, lang: str, method: str | None = None) -> None:
        self.lang = lang
        self.method = method
        self._known: dict[str, Found] = {}

    def pages(self, topic: str) -> list[Page]:
        """The pages for a topic; UnknownTopicError with near names if there is none."""
        found = self.found(topic)
        if found.links:
            return self._shown(found)
        text = " ".join(topic.split())
        near = self._near(text)
        hint = f"; did you mean {' or '.join(near)}?" if near else "; try: sip-analyser list terms"
        shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
        raise UnknownTopicError(f"nothing is known about '{shown}'{hint}")

    def found(self, topic: str) -> Found:
        """What a topic names, the likeliest first; no links where it names nothing."""
        if topic not in self._known:
            self._known[topic] = self._looked_up(topic)
        return self._known[topic]

    def _looked_up(self, topic: str) -> Found:
        text = normalize("NFKC", " ".join(topic.split())[:_MOST])
        if text.strip(_AROUND).isdigit():
            text = text.strip(_AROUND)
        both = _WITH_METHOD.fullmatch(text)
        if both is not None:
            return Found([Link("code", both[1] or both[4])], self.method or (both[2] or both[3]).upper())
        for find in (self._pair, self._class, self._time, self._pasted, self._prefixed, self._number):
            links = find(text)
            if links:
                line = find == self._number and not text.isdigit()
                return Found(
                    links, self.method, bare=text.isdigit(), by_chance=line and len(text.split()) > 1
                )
        links = self._phrase(text) or self._named(text)
        return Found(links, self.method) if links else Found(self._buried(text), self.method, by_chance=True)

    @staticmethod
    def _pair(text: str) -> list[Link]:
        """`401 vs 407`."""
        match = _VERSUS.fullmatch(text)
        return [] if match is None else [Link("code", match[1]), Link("code", match[2])]

    @staticmethod
    def _class(text: str) -> list[Link]:
        """`4xx`."""
        match = _CLASS.fullmatch(text)
        return [] if match is None else [Link("class", match[1])]

    @staticmethod
    def _time(text: str) -> list[Link]:
        """`32 seconds`: the timers that run for so long."""
        match = _SECONDS.fullmatch(text)
        if match is None:
            return []
        lasting = our_topics().files.field(FILES["timer"], "seconds")
        return [Link("timer", key) for key, seconds in lasting.items() if seconds == float(match[1])]

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
        if line is None:
            return []
        number = int(line[1] or line[2])
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
        """Entries by their names; of a single small letter first the compact form of a header field."""
        links = self._rule(text) or list(our_topics().find(text, self.lang))
        return (
            sorted(links, key=lambda link: link.kind != "header")
            if len(text) == 1 and text.islower()
            else links
        )

    def _rule(self, text: str) -> list[Link]:
        wanted = folded(text)
        return [Link("rule", rule_id) for rule_id in rule_ids() if folded(rule_id) == wanted]

    def _shown(self, found: Found) -> list[Page]:
        """The first page, with a line on the others; all of them where they are status codes."""
        links = found.links
        if found.method is not None and all(link.kind != "code" for link in links):
            raise UsageError("--method belongs to status codes; nothing else has variants")
        if all(link.kind == "code" for link in links):
            return [self._made(link, found.method) for link in links]
        page = self._made(links[0], found.method)
        said = self._remarks(links[0], links[1:], bare=found.bare)
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
            return Page(link, lambda: rule_document(rule, self.lang), lambda: rule_object(rule, self.lang))
        if link.kind in ("code", "class"):
            from analyser.report.entry import ClassPage, CodePage  # noqa: PLC0415 - a term does without

            if link.kind == "class":
                members = ClassPage(int(link.key), self.lang)
                return Page(link, members.document, members.object)
            code = CodePage(status_code(int(link.key), self.lang), method, self.lang)
            return Page(link, code.document, code.object)
        from analyser.report.topic_entry import TopicPage  # noqa: PLC0415 - a code does without

        page = TopicPage(our_topics().topic(link.kind, link.key, self.lang), self.lang)
        return Page(link, page.document, page.object)

    def _near(self, topic: str) -> list[str]:
        """Names that begin as the topic does, then names that are spelt nearly so."""
        from difflib import get_close_matches  # noqa: PLC0415 - only a mistake needs it

        wanted = topic[:_SHOWN].casefold()
        names = {name.casefold(): name for name in self._names() if len(name) > 2}
        begun = sorted((name for name in names if len(wanted) > 2 and name.startswith(wanted)), key=len)
        close = get_close_matches(wanted, names, n=_SUGGESTIONS, cutoff=0.7)
        return [f"'{names[near]}'" for near in list(dict.fromkeys([*begun, *close]))[:_SUGGESTIONS]]

    def _names(self) -> Iterator[str]:
        """Every name that is known, for suggestions."""
        yield from map(str, phrases())
        yield from phrases().values()
        yield from rule_ids()
        for kind in FILES:
            for _, names in our_topics().names(kind, "en", self.lang):
                yield from names


def rule_ids() -> list[str]:
    """The ids of the rules: they are the names of their modules, so that none needs to be imported to know them."""
    folder = Path(__file__).parents[1] / "rules"
    return sorted(path.stem.replace("_", "-") for path in folder.glob("*/[!_]*.py"))
