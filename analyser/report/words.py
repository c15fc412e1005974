"""The report's own sentences, in the reader's language: `catalogue/<lang>/report.toml` by dotted key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyser.annotate.wording import duration_text
from analyser.codes import sentence, sentences
from analyser.errors import CatalogueError
from analyser.report.sections import joined

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Words:
    """Sentences of one language. What is put into them must have passed the gate of `wire_text`."""

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self._known: dict[str, str] = {}

    def __call__(self, key: str, **values: object) -> str:
        """The sentence with its fields filled in."""
        template = self._known.get(key)
        if template is None:
            template = self._known[key] = sentence(key, self.lang)
        return template.format(**values) if values else template

    def find(self, key: str, otherwise: str) -> str:
        """The sentence under a key that the wire decides on, such as a method."""
        try:
            return self(key)
        except CatalogueError:
            return self(otherwise)

    def count(self, key: str, number: int, **values: object) -> str:
        """The sentence for one or for many."""
        return self(f"{key}.{'one' if number == 1 else 'many'}", number=f"{number:,}", **values)

    def listing(self, items: Sequence[str]) -> str:
        """`a, b and c`."""
        return joined(items, self("list.comma"), self("list.last"))

    def duration(self, nanoseconds: int) -> str:
        """A length of time, as exact as a reader needs it."""
        return duration_text(nanoseconds, self.lang)


class OwnWords:
    """Sentences of one language out of a file of their own, `catalogue/<lang>/<name>.toml`, beside those of the report. The wire's
    share in what is put into them is harmless already, or is made so by whoever writes them out."""

    def __init__(self, name: str, lang: str) -> None:
        self.lang = lang
        self.words = Words(lang)
        """Those of the report."""
        self._known: Mapping[str, str] = sentences(name, lang)

    def __call__(self, key: str, **values: object) -> str:
        """The sentence with its fields filled in."""
        template = self._known[key]
        return template.format(**values) if values else template

    def count(self, key: str, number: int, **values: object) -> str:
        """The sentence for one or for many."""
        return self(f"{key}.{'one' if number == 1 else 'many'}", number=f"{number:,}", **values)

    @property
    def redacted(self) -> str:
        """What a redacted result says of itself."""
        return sentences("redact", self.lang)["report.redacted"]
