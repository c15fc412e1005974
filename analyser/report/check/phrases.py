"""The words of a check: `catalogue/<lang>/check.toml` by dotted key, beside those of the report."""

from __future__ import annotations

from analyser.report.words import OwnWords


class Phrases(OwnWords):
    """Sentences of one language. What is put into them must have passed the gate of `wire_text`."""

    def __init__(self, lang: str) -> None:
        super().__init__("check", lang)
