"""Topics as pages: a timer, a header field, a cause, a term and their like.

Takes what the catalogue gives, and gives a document or one object for JSON. Nothing here comes from the wire.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from analyser.codes import codes_of_cause, codes_with_header, phrases, sentences
from analyser.codes.topics import folded
from analyser.report.document import Document, Items, Rows, Section, Text
from analyser.report.layout import cells, hang, paragraph
from analyser.report.sections import GAP, INDENT, references

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from analyser.codes import Topic
    from analyser.report.layout import Line

_CAUSES_IN_A_CLASS: Final = 16
_BY_DEFAULT: Final = re.compile(r"T[124]")
"""In a value that follows from others, of which seconds are told as well."""


class TopicPage:
    """The page of one topic."""

    def __init__(self, topic: Topic, lang: str) -> None:
        self.topic = topic
        self.say = sentences("explain", lang)

    @property
    def title(self) -> str:
        """What the page is called."""
        topic = self.topic
        name = topic.facts["phrase"] if topic.kind == "warning" else topic.name
        return self.say[f"title.{topic.kind}"].format(key=topic.key, name=name)

    def document(self) -> Document:
        """The page, ready for a form."""
        say, topic = self.say, self.topic
        marks = [say[f"topic.{topic.kind}"]]
        marks += [topic.ref] if topic.ref else []
        lead = [Text(topic.short, "strong"), Text(say["code.comma"].join(marks), "faint")]
        sections = [Section(say["heading.meaning"], [Text(topic.meaning)])]
        if topic.when:
            sections.append(Section(say["heading.topic_when"], [Items(topic.when)]))
        if topic.fix:
            sections.append(Section(say["heading.topic_fix"], [Items(topic.fix, numbered=True)]))
        if topic.pitfalls:
            sections.append(Section(say["heading.pitfalls"], [Text(topic.pitfalls)]))
        if "causes" in topic.extras:
            rows = list(topic.extras["causes"].items())
            sections.append(Section(say["heading.causes"], [Rows(rows)]))
        facts = self.facts()
        if facts:
            sections.append(Section(say["heading.facts"], [Rows(facts)]))
        return Document(self.title, lead, sections)

    def facts(self) -> list[tuple[str, str]]:
        """Label and value of what the standard fixes."""
        say, topic = self.say, self.topic
        own = {
            "method": self._method,
            "timer": self._timer,
            "header": self._header,
            "option-tag": self._option_tag,
            "event-package": self._event_package,
            "q850": self._cause,
            "warning": self._warning,
            "reason": self._reason,
            "tls-alert": self._alert,
            "term": list[tuple[str, str]],
        }
        rows = own[topic.kind]()
        title = folded(self.title)
        aliases = [alias for alias in topic.aliases if folded(alias) not in title]
        if aliases:
            rows.append((say["label.aliases"], self._listed(aliases)))
        if topic.see:
            rows.append((say["label.related"], self._listed(self._links())))
        if topic.more_refs:
            rows.append((say["label.refs"], references(topic.more_refs)))
        return rows

    def object(self) -> dict[str, Any]:
        """The page for JSON."""
        topic = self.topic
        return {
            "topic": topic.kind,
            "key": topic.key,
            "name": topic.name,
            "short": topic.short,
            "meaning": topic.meaning,
            "when": list(topic.when),
            "fix": list(topic.fix),
            "pitfalls": topic.pitfalls,
            "refs": list(topic.refs),
            "aliases": list(topic.aliases),
            "see": [f"{link.kind}:{link.key}" for link in topic.see],
            "facts": {**topic.facts, **self._derived()},
            **topic.extras,
        }

    def _derived(self) -> dict[str, Any]:
        topic = self.topic
        if topic.kind == "q850":
            return {"from_sip": list(codes_of_cause(int(topic.key)))}
        if topic.kind == "header":
            return {"codes": list(codes_with_header(topic.key))}
        return {}

    def _method(self) -> list[tuple[str, str]]:
        facts, say = self.topic.facts, self.say
        return [
            (say["label.transaction"], say[f"transaction.{facts['transaction']}"]),
            (say["label.dialog"], say[f"method_dialog.{facts['dialog']}"]),
            (say["label.target_refresh"], say[f"answer.{_yes(facts['target_refresh'])}"]),
            (say["label.offer_answer"], say[f"offer_answer.{facts['offer_answer']}"]),
            (say["label.contact"], say[f"contact.{facts['contact']}"]),
        ]

    def _timer(self) -> list[tuple[str, str]]:
        facts, say = self.topic.facts, self.say
        value = facts["value"]
        if "seconds" in facts and _BY_DEFAULT.search(value):
            value = say["timer.value"].format(value=value, seconds=f"{facts['seconds']:g}")
        rows = [
            (say["label.value"], value),
            (say["label.side"], say[f"side.{facts['side']}"]),
            (say["label.transaction"], say[f"transaction.{facts['transaction']}"]),
            (say["label.reliable"], say[f"reliable.{facts['reliable']}"]),
        ]
        if "schedule" in facts:
            times = say["code.comma"].join(f"{second:g}" for second in facts["schedule"])
            sent = say[f"schedule.{facts.get('schedule_of', 'requests')}"].format(times=times)
            rows.append((say["label.schedule"], sent))
        return rows

    def _header(self) -> list[tuple[str, str]]:
        facts, say = self.topic.facts, self.say
        where = say[f"header_in.{facts['in']}"]
        if "methods" in facts:
            where = say["header_in.of"].format(where=where, methods=self._listed(facts["methods"]))
        rows = [(say["label.where"], where)]
        if "compact" in facts:
            rows.append((say["label.compact"], facts["compact"]))
        rows.append((say["label.repeats"], say[f"answer.{_yes(facts['repeats'])}"]))
        codes = codes_with_header(self.topic.key)
        if codes:
            rows.append((say["label.codes"], self._codes(codes)))
        rows.append((say["label.example"], facts["example"]))
        return rows

    def _option_tag(self) -> list[tuple[str, str]]:
        facts, say = self.topic.facts, self.say
        rows = [(say["label.used_in"], self._listed(facts["used_in"]))]
        if "methods" in facts:
            rows.append((say["label.methods"], self._listed(facts["methods"])))
        return rows

    def _event_package(self) -> list[tuple[str, str]]:
        facts, say = self.topic.facts, self.say
        rows = [(say["label.registered"], say[f"answer.{_yes(facts['registered'])}"])]
        if "body" in facts:
            rows.append((say["label.body"], facts["body"]))
        if "expires" in facts:
            rows.append((say["label.expires"], say["topic.seconds"].format(seconds=f"{facts['expires']:g}")))
        return rows

    def _cause(self) -> list[tuple[str, str]]:
        facts, say, cause = self.topic.facts, self.say, int(self.topic.key)
        rows = [(say["label.class"], say[f"cause_class.{cause // _CAUSES_IN_A_CLASS}"])]
        said = self.topic.extras.get("to_sip")
        if "to_sip" in facts:
            rows.append((say["label.to_sip"], self._codes(facts["to_sip"])))
            rows += [("", said)] if said else []
        else:
            rows.append((say["label.to_sip"], said or say["cause.default"]))
        from_sip = codes_of_cause(cause)
        if from_sip:
            rows.append((say["label.from_sip"], self._codes(from_sip)))
        for vendor in facts.get("vendors", ()):
            sentence = say[f"cause.{vendor['direction']}"].format(cause=cause, code=vendor["code"])
            rows.append((vendor["vendor"], sentence))
        return rows

    def _warning(self) -> list[tuple[str, str]]:
        return [(self.say["label.class"], self.say[f"warning_group.{self.topic.facts['group']}"])]

    def _reason(self) -> list[tuple[str, str]]:
        return [(self.say["label.parameters"], self._listed(self.topic.facts["parameters"]))]

    def _alert(self) -> list[tuple[str, str]]:
        facts, say = self.topic.facts, self.say
        return [
            (say["label.value"], str(facts["number"])),
            (say["label.level"], say[f"alert_level.{facts['level']}"]),
            (say["label.known_in"], say[f"alert_in.{facts['in']}"]),
        ]

    def _links(self) -> list[str]:
        known = phrases()
        return [
            f"{link.key} {known[int(link.key)]}" if link.kind == "code" else f"{link.kind} {link.key}"
            for link in self.topic.see
        ]

    def _codes(self, codes: Iterable[int]) -> str:
        known = phrases()
        return self._listed(f"{code} {known.get(code, '')}".rstrip() for code in codes)

    def _listed(self, items: Iterable[str]) -> str:
        return self.say["code.comma"].join(items)


def topic_list(topics: Sequence[Topic], lang: str, width: int) -> list[Line]:
    """The entries of one kind, one a line: what it is called, what it says."""
    say = sentences("explain", lang)
    labels = [_label(topic) for topic in topics]
    column = min(max(map(cells, labels)) + INDENT + GAP, width // 2)
    lines: list[Line] = []
    for label, topic in zip(labels, topics, strict=True):
        lines += hang([(" " * INDENT + label, "strong")], [(topic.short, "")], width, column)
    return [*lines, [], *paragraph(say["list.topics"].format(count=len(topics)), width, "faint")]


def _label(topic: Topic) -> str:
    if topic.kind == "q850":
        return f"{topic.key} {topic.name}"
    return topic.name if topic.kind in ("term", "timer") else topic.key


def _yes(fact: bool) -> str:  # noqa: FBT001 - the value of a fact
    return "yes" if fact else "no"
