"""What can be explained: the page of `sip-analyser explain` without a topic."""

from __future__ import annotations

from typing import Any, Final

from analyser.cli.lookup import rule_ids
from analyser.codes import all_codes, our_topics, sentences
from analyser.report.document import Code, Document, Entries, Entry, Section, Text

_EXAMPLES: Final = {
    "code": "412 PUBLISH",
    "rule": "stuck-on-trying",
    "q850": "q850 16",
    "timer": "timer B",
    "method": "REFER",
    "header": "SIP-ETag",
    "option-tag": "100rel",
    "event-package": "message-summary",
    "warning": "warning 305",
    "reason": "reason SIP",
    "tls-alert": "tls alert 48",
    "term": "early media",
}
"""Of each kind, what somebody may type."""


class Overview:
    """The kinds of entries, how many there are, and an example of each."""

    def __init__(self, lang: str) -> None:
        self.say = sentences("explain", lang)

    def document(self) -> Document:
        """The page, ready for a form."""
        say = self.say
        entries = [
            Entry(example, str(self._count(kind)), "faint", say[f"overview.{kind}"])
            for kind, example in _EXAMPLES.items()
        ]
        sections = [
            Section(say["overview.kinds"], [Entries(entries)]),
            Section(say["overview.problems"], [Text(say["code.comma"].join(rule_ids()))]),
            Section(
                say["overview.more"],
                [Code("sip-analyser list rules"), Code("sip-analyser compare 401 407")],
            ),
        ]
        return Document(say["overview.title"], [Text(say["overview.lead"])], sections)

    def object(self) -> dict[str, Any]:
        """The page for JSON."""
        return {
            "topic": "overview",
            "kinds": {kind: self._count(kind) for kind in _EXAMPLES},
            "rules": rule_ids(),
        }

    @staticmethod
    def _count(kind: str) -> int:
        if kind == "code":
            return len(all_codes())
        return len(rule_ids()) if kind == "rule" else len(our_topics().keys(kind))
