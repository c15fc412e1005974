"""What somebody means who types or pastes a topic: the entries of the catalogue that it names.

`412`, `busy here`, `412 PUBLISH`, `q850 16`, `16`, `4xx`, `32 seconds`, `timer B`, `SIP-ETag`, `stuck-on-trying`,
`Reason: Q.850;cause=16`, `Warning: 305 example.com "…"`, `INVITE sip:bob@example.com SIP/2.0`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple
from unicodedata import normalize

from analyser.codes import METHODS, Link, all_codes, our_topics, phrases
from analyser.codes.topics import FILES, folded

if TYPE_CHECKING:
    from collections.abc import Iterable

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
AROUND: Final = " .,:;#|()[]<>\"'"
"""What stands around a number in a log."""
_PREFIX: Final = re.compile(
    r"([\w.]+(?:[- ](?:code|tag|package|field|protocol|cause|alert|アラート|切断理由|値))?)[ =:]+(\S.*)"
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
    "tls-alert": (
        "tls alert",
        "ssl alert",
        "tlsv1 alert",
        "sslv3 alert",
        "alert",
        "tls アラート",
        "アラート",
    ),
    "term": ("term", "word", "glossary", "用語"),
}
"""Words by which a kind is named before its entry, whatever language the page will be in."""
_KINDS: Final = {folded(word): kind for kind, words in _PREFIXES.items() for word in words}
_NUMBERED: Final = {"warning": range(300, 400), "q850": range(1, 128)}
"""Kinds whose entries are numbers, and which ones they can be."""
_LEAST_WORDS: Final = 3
"""Words of a name that may be the beginning of a longer line."""
MOST: Final = 200
"""Characters of a topic that are looked at: a pasted line."""


class Found(NamedTuple):
    """What a topic names."""

    links: list[Link]
    method: str | None
    """The method that stood beside a status code, or was asked for."""
    bare: bool = False
    """Whether it was a number and nothing else."""
    by_chance: bool = False
    """Whether only a part of it was understood."""


class Lookup:
    """Finds entries by what they are called, in one language and English."""

    def __init__(self, lang: str, method: str | None = None) -> None:
        self.lang = lang
        self.method = method
        self._known: dict[str, Found] = {}

    def found(self, topic: str) -> Found:
        """What a topic names, the likeliest first; no links where it names nothing."""
        if topic not in self._known:
            self._known[topic] = self._looked_up(topic)
        return self._known[topic]

    def _looked_up(self, topic: str) -> Found:
        text = normalize("NFKC", " ".join(topic.split())[:MOST])
        if text.strip(AROUND).isdigit():
            text = text.strip(AROUND)
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
        """What a longer line mentions, or the name that it begins with."""
        from analyser.cli.pasted import part  # noqa: PLC0415 - as above

        return self._first(part(text)) or self._begun(text.split())

    def _begun(self, words: list[str]) -> list[Link]:
        """The entry whose name is the beginning of a line, of three words or more."""
        if len(words) <= _LEAST_WORDS:
            return []
        named = {
            folded(name): Link(kind, key)
            for kind in FILES
            for key, names in our_topics().names(kind, "en", self.lang)
            for name in names
        }
        begun = (
            named.get(folded(" ".join(words[:end]))) for end in range(len(words) - 1, _LEAST_WORDS - 1, -1)
        )
        return next(([link] for link in begun if link is not None), [])

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
        return [Link("code", str(code)) for code in codes_of_phrase(text)]

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


def codes_of_phrase(text: str) -> list[int]:
    """The registered codes with that reason phrase, which two of them share."""
    wanted = folded(text)
    return [code for code, phrase in phrases().items() if folded(phrase) == wanted]


def rule_ids() -> list[str]:
    """The ids of the rules: they are the names of their modules, so that none needs to be imported to know them."""
    folder = Path(__file__).parents[1] / "rules"
    return sorted(path.stem.replace("_", "-") for path in folder.glob("*/[!_]*.py"))
