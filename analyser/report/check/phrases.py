"""The words of a check: `catalogue/<lang>/check.toml` by dotted key, beside those of the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyser.codes import sentences
from analyser.report.words import Words

if TYPE_CHECKING:
    from collections.abc import Mapping


class Phrases:
    """Sentences of one language. What is put into them must have passed the gate of `wire_text`."""

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self.words = Words(lang)
        """Those of the report."""
        self._known: Mapping[str, str] = sentences("check", lang)

    def __call__(self, key: str, **values: object) -> str:
        """The sentence with its fields filled in."""
        template = self._known[key]
        return template.format(**values) if values else template

    @property
    def redacted(self) -> str:
        """What a redacted result says of itself."""
        return sentences("redact", self.lang)["report.redacted"]

    def count(self, key: str, number: int, **values: object) -> str:
        """The sentence for one or for many."""
        return self(f"{key}.{'one' if number == 1 else 'many'}", number=f"{number:,}", **values)
