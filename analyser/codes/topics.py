"""Topics that are not status codes: methods, timers, header fields, causes, warn-codes, terms and their like.

Each kind is one file of facts and one of words a language, with the same tables. What a kind has beyond the common
keys stays in `facts` and `extras`; `topic_schema.py` says what may be there.
"""

from __future__ import annotations

import functools
import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from analyser.codes.schema import check_table, check_value, text, texts
from analyser.codes.store import Catalogue, ours
from analyser.codes.topic_schema import FACTS, WORDS
from analyser.errors import CatalogueError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FILES: Final = {
    "method": "methods.toml",
    "timer": "timers.toml",
    "header": "headers.toml",
    "term": "terms.toml",
    "option-tag": "option_tags.toml",
    "event-package": "event_packages.toml",
    "q850": "q850.toml",
    "warning": "warnings.toml",
    "reason": "reasons.toml",
    "tls-alert": "tls_alerts.toml",
}
"""The kinds and their files, in the order in which a name is tried."""

_PHRASED: Final = {"value"}
"""Facts that are a phrase in some entries and then stand in the words: `value` of timers."""
_SPELT: Final = ("aliases", "found_by")
"""Lists of further names."""
_UNSPOKEN: Final = re.compile(r"[\s\-_/.,:()]+")


class Link(NamedTuple):
    """One entry that another names; the kinds `code` and `rule` occur as well."""

    kind: str
    key: str


class Topic(NamedTuple):
    """One entry, in one language."""

    kind: str
    key: str
    name: str
    """As the language says it; the key where that is the name."""
    short: str
    meaning: str
    when: tuple[str, ...] = ()
    fix: tuple[str, ...] = ()
    pitfalls: str = ""
    ref: str = ""
    more_refs: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    see: tuple[Link, ...] = ()
    facts: Mapping[str, Any] = MappingProxyType({})
    """What only this kind has."""
    extras: Mapping[str, Any] = MappingProxyType({})
    """Words that only this kind has."""

    @property
    def refs(self) -> tuple[str, ...]:
        """The defining section, then others to read."""
        return (self.ref, *self.more_refs) if self.ref else self.more_refs


class Topics:
    """The topics of one catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.files = catalogue.files
        self._found: dict[tuple[str, str, str], Topic] = {}

    def keys(self, kind: str) -> tuple[str, ...]:
        """The entries of a kind, in order."""
        return self.files.keys(FILES[kind])

    def topic(self, kind: str, key: str, lang: str = "en") -> Topic:
        """One entry; CatalogueError where there is none."""
        known = self._found.get((kind, key, lang))
        if known is None:
            known = self._found[kind, key, lang] = self._made(kind, key, lang)
        return known

    def find(self, text: str, lang: str = "en", kind: str | None = None) -> Iterator[Link]:
        """The entries that a text names: by key, name or alias; each once.

        Names are those of English and of that language; a text in other than Latin letters is looked for in all.
        """
        wanted = folded(text)
        if not wanted:
            return
        languages = ("en", lang) if wanted.isascii() else self.catalogue.sentences.languages()
        for each in (kind,) if kind else FILES:
            for key, names in self.names(each, *languages):
                if wanted in map(folded, names):
                    yield Link(each, key)

    def names(self, kind: str, *languages: str) -> Iterator[tuple[str, list[str]]]:
        """Each key of a kind with all that it is called by, in these languages and as the facts have it."""
        file = FILES[kind]
        named = [self._names(file, field) for field in ("name", "phrase", "compact")]
        listed = [self._names(file, field) for field in _SPELT]
        for each in dict.fromkeys(languages):
            named.append(self._names(f"{each}/{file}", "name"))
            listed += [self._names(f"{each}/{file}", field) for field in _SPELT]
        for key in self.keys(kind):
            names = [key, *(table[key] for table in named if key in table)]
            names += [alias for table in listed for alias in table.get(key, ())]
            yield key, names

    def _names(self, path: str, field: str) -> Mapping[str, Any]:
        """One field of each entry of a file, checked: a name, or a list of them."""
        found = self.files.field(path, field)
        for key, value in found.items():
            check_value(value, texts if field in _SPELT else text, f"catalogue/{path}: [{key}].{field}")
        return found

    def _made(self, kind: str, key: str, lang: str) -> Topic:
        file = FILES[kind]
        facts = self.files.entry(file, key)
        words = self.files.entry(f"{lang}/{file}", key)
        if facts is None:
            raise CatalogueError(f"catalogue/{file}: [{key}] is missing")
        check_table(facts, FACTS[kind], f"catalogue/{file}: [{key}]")
        check_table(words or {}, WORDS[kind], f"catalogue/{lang}/{file}: [{key}]")
        phrased = {name: words[name] for name in _PHRASED & words.keys()}
        if kind == "timer" and not (phrased or "value" in facts):
            raise CatalogueError(
                f"catalogue/{file}: [{key}].value: is missing, here or in catalogue/{lang}/{file}"
            )
        common = {"ref", "more_refs", "aliases", "found_by", "see", "name"}
        spoken = {"name", "short", "meaning", "when", "fix", "pitfalls", "aliases", "found_by"}
        return Topic(
            kind=kind,
            key=key,
            name=words.get("name", key),
            short=words["short"],
            meaning=words["meaning"],
            when=tuple(words.get("when", ())),
            fix=tuple(words.get("fix", ())),
            pitfalls=words.get("pitfalls", ""),
            ref=facts.get("ref", ""),
            more_refs=tuple(facts.get("more_refs", ())),
            aliases=(*facts.get("aliases", ()), *words.get("aliases", ())),
            see=tuple(Link(*link.split(":", 1)) for link in facts.get("see", ())),
            facts={name: value for name, value in (facts | phrased).items() if name not in common},
            extras={name: value for name, value in words.items() if name not in spoken | _PHRASED},
        )


def folded(text: str) -> str:
    """As names are compared: blind to case, spaces, hyphens and their like."""
    return _UNSPOKEN.sub("", text.casefold())


def tls_alert(number: int, lang: str = "en") -> Topic | None:
    """The entry of an alert of TLS; None for a number that nobody has registered."""
    topics = our_topics()
    numbers = topics.files.field(FILES["tls-alert"], "number")
    key = next((key for key, value in numbers.items() if value == number), None)
    return None if key is None else topics.topic("tls-alert", key, lang)


@functools.cache
def our_topics() -> Topics:
    """The topics that this installation carries."""
    return Topics(ours())
