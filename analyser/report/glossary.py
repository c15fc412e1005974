"""What the catalogue says of the codes, methods and header fields that occur in a document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from analyser.codes import METHODS, our_topics, status_code
from analyser.sip import canonical_name

if TYPE_CHECKING:
    from analyser.report.shapes import Catalogue, CodeWords, SubjectRecord

MAX_HEADER_NAMES: Final = 2_000
"""Names of header fields that are looked up; the wire may invent any number."""
_LONGEST_NAME: Final = 64


class Glossary:
    """Takes note of what occurs, then says what it means."""

    def __init__(self) -> None:
        self._codes: set[tuple[int, str]] = set()
        self._methods: set[str] = set()
        self._headers: set[str] = set()

    def add(self, record: SubjectRecord) -> None:
        """Note what occurs in a subject."""
        for message in record["messages"]:
            method = message["method"] if message["method"] in METHODS else ""
            self._methods.add(method)
            if message["status"]:
                self._codes.add((message["status"], method))
            head = message["raw"].partition("\r\n\r\n")[0]
            for line in head.split("\n")[1:]:
                name = line.partition(":")[0]
                if name not in self._headers and len(self._headers) < MAX_HEADER_NAMES:
                    self._headers.add(name)

    def add_codes(self, statuses: set[int]) -> None:
        """Note the codes that occur anywhere."""
        self._codes.update((status, "") for status in statuses)

    def words(self, lang: str) -> Catalogue:
        """All entries, in order."""
        codes: dict[str, CodeWords] = {}
        for status, method in sorted(self._codes):
            code = status_code(status, lang)
            own = method if method in code.by_method else ""
            words = code.for_method(own)
            codes[f"{status} {own}".rstrip()] = {
                "code": status,
                "method": own,
                "phrase": code.phrase,
                "meaning": words.meaning,
                "when_seen": list(words.when),
                "how_to_fix": list(words.fix),
                "refs": list(code.refs),
            }
        return {"codes": codes, "headers": self._header_words(lang), "methods": self._method_words(lang)}

    def _header_words(self, lang: str) -> dict[str, str]:
        topics = our_topics()
        known = {key.lower(): key for key in topics.keys("header")}
        told: dict[str, str] = {}
        for spelt in self._headers:
            name = spelt.strip().lower()
            key = known.get(canonical_name(name).lower()) if len(name) <= _LONGEST_NAME else None
            if key is not None:
                topic = topics.topic("header", key, lang)
                told[name] = f"{key}: {topic.meaning}" if name != key.lower() else topic.meaning
        return dict(sorted(told.items()))

    def _method_words(self, lang: str) -> dict[str, str]:
        topics = our_topics()
        return {
            method: topics.topic("method", method, lang).meaning
            for method in METHODS
            if method in self._methods
        }
