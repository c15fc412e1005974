"""Status codes as pages: one code, for one method or in general, and the list of all.

Takes what the catalogue gives, and gives a document or one object for JSON. Nothing here comes from the wire. Imports stay
few, because `explain` must be instant.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from analyser.codes import METHODS, cause_name, phrases, sentences, status_code
from analyser.codes.model import EVERY_METHOD
from analyser.report.dialog_effect import dialog_effect
from analyser.report.document import Code, Document, Entries, Entry, Items, Rows, Section, Text
from analyser.report.layout import hang, paragraph
from analyser.report.sections import GAP, INDENT, joined, references, section

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from analyser.codes import HeaderField, StatusCode, Words
    from analyser.report.document import Block
    from analyser.report.layout import Line


class CodePage:
    """The page of one status code, for one method or in general."""

    def __init__(self, status: StatusCode, method: str | None, lang: str) -> None:
        self.status = status
        self.method = method or status.only_method or None
        self.asked = method
        self.say = sentences("explain", lang)
        self.lang = lang

    @property
    def words(self) -> Words:
        """General words, or those for the method."""
        return self.status.words if self.method is None else self.status.for_method(self.method)

    def document(self) -> Document:
        """The page, ready for a form."""
        say, words = self.say, self.words
        sections = [
            Section(say["heading.meaning"], [Text(words.meaning)]),
            Section(say["heading.when"], [Items(words.when)]),
            Section(say["heading.fix"], [Items(words.fix, numbered=True)]),
            Section(say["heading.retry"], [Text(words.retry)]),
        ]
        if words.pitfalls:
            sections.append(Section(say["heading.pitfalls"], [Text(words.pitfalls)]))
        if words.choose:
            sections.append(Section(say["heading.choose"], [Text(words.choose)]))
        headers = self._headers()
        if headers:
            sections.append(Section(say["heading.headers"], [Entries(headers)]))
        sections.append(Section(say["heading.facts"], [Rows(self.facts())]))
        if self.method is None and self.status.by_method:
            sections.append(Section(say["heading.methods"], self._by_method()))
        if words.http:
            sections.append(Section(say["heading.http"], [Text(words.http)]))
        return Document(f"{self.status.code} {self.status.phrase}".rstrip(), self._lead(), sections)

    def facts(self) -> list[tuple[str, str]]:
        """Label and value of what the standard fixes."""
        status, say = self.status, self.say
        facts: list[tuple[str, str]] = []
        if not status.registered:
            facts += [(say["label.origin"], self.words.origin)] if self.words.origin else []
            return [*facts, (say["label.treat_as"], self._treated_as())]
        facts.append((say["label.answers"], self._answers()))
        facts.append((say["label.senders"], self._senders()))
        facts.append((say["label.reach"], say[f"reach.{status.reach}"]))
        facts.append((say["label.again"], say[f"retry.{status.retry}"] + self._source(status.retry_refs)))
        facts.append((say["label.dialog"], self._dialog()))
        of_a_call = status.may_answer("INVITE") and self.method in (None, "INVITE")
        if of_a_call and status.status_class >= 4:
            facts.append((say["label.q850"], self._cause()))
        if of_a_call and status.kpi:
            facts.append((say["label.kpi"], self._listed(say[f"kpi.{key}"] for key in status.kpi)))
        known = phrases()
        related = say["code.comma"].join(f"{code} {known[code]}" for code in status.related)
        facts.append((say["label.related"], related))
        if status.rules:
            facts.append((say["label.rules"], say["code.comma"].join(status.rules)))
        if status.http is not None:
            facts.append((say["label.http"], say[f"likeness.{status.likeness}"].format(code=status.http)))
        if status.more_refs:
            facts.append((say["label.refs"], references(status.more_refs)))
        return facts

    def object(self) -> dict[str, Any]:
        """The page for JSON."""
        status, words = self.status, self.words
        return {
            "topic": "code",
            "code": status.code,
            "phrase": status.phrase,
            "registered": status.registered,
            "kind": status.kind,
            "final": status.final,
            "status": status.status,
            "refs": list(status.refs),
            "first_ref": status.first_ref,
            "method": self.method,
            **_words_object(words),
            "facts": {
                "methods": list(status.answers),
                "misused_on": list(status.misused_on),
                "senders": list(status.senders),
                "not_senders": list(status.not_senders),
                "reach": status.reach,
                "retry": status.retry,
                "retry_refs": list(status.retry_refs),
                "dialog": status.dialog,
                "q850": status.q850,
                "kpi": list(status.kpi),
                "headers": [_header_object(header) for header in status.headers],
                "related": list(status.related),
                "rules": list(status.rules),
                "http": status.http,
                "likeness": status.likeness,
                "treat_as": status.treat_as,
                "origin": words.origin,
            },
            "by_method": {method: _words_object(own) for method, own in status.by_method.items()},
        }

    def _lead(self) -> list[Text]:
        status, say = self.status, self.say
        lead = [Text(self.words.short, status.default_verdict)]
        marks = [say[f"kind.{status.status_class}"]] if status.status_class else []
        marks += [say["code.final"]] if status.final else []
        marks.append(status.ref if status.registered else say["code.unregistered"])
        if status.status != "active":
            marks.append(say[f"status.{status.status}"])
        if self.method is not None:
            marks.append(say["code.for_method"].format(method=self.method))
        lead.append(Text(say["code.comma"].join(marks), "faint"))
        if self.asked is not None and not status.may_answer(self.asked):
            lead.append(Text(say["code.may_not"].format(method=self.asked), "problem"))
        return lead

    def _headers(self) -> list[Entry]:
        """One a name with all its references: the condition says to which methods it comes."""
        fields = self.status.headers if self.method is None else self.status.headers_for(self.method)
        by_name: dict[str, list[HeaderField]] = {}
        for field in fields:
            by_name.setdefault(field.name, []).append(field)
        return [
            Entry(
                name=name,
                mark=self.say[f"level.{same[0].level}"],
                style=_LEVEL_STYLES[same[0].level],
                text=same[0].condition,
                source=self._source(field.ref for field in same),
            )
            for name, same in by_name.items()
        ]

    def _by_method(self) -> list[Block]:
        by_method = self.status.by_method
        example = self.say["code.more"].format(code=self.status.code, method=next(iter(by_method)))
        return [
            Entries([Entry(method, "", "", words.short) for method, words in by_method.items()]),
            Code(example),
        ]

    def _dialog(self) -> str:
        methods = [method for method in METHODS if self.status.may_answer(method)]
        kind = dialog_effect(self.status, methods if self.method is None else [self.method])
        return self.say[f"dialog.{kind}"]

    def _answers(self) -> str:
        status, say = self.status, self.say
        if EVERY_METHOD in status.methods:
            if not status.not_methods:
                return say["code.every_method"]
            return say["code.every_method_but"].format(methods=self._listed(status.not_methods))
        methods = self._listed(status.methods)
        if status.misused_on:
            return say["code.misused"].format(methods=methods, misused=self._listed(status.misused_on))
        return methods

    def _senders(self) -> str:
        status, say = self.status, self.say
        senders = self._listed(say[f"sender.{sender}"] for sender in status.senders)
        if not status.not_senders:
            return senders
        others = self._listed(say[f"sender.{sender}"] for sender in status.not_senders)
        return say["code.never_sent_by"].format(senders=senders, others=others)

    def _treated_as(self) -> str:
        code = self.status.treat_as
        if code is None:
            return self.say["code.nothing"]
        return self.say["code.treat_as"].format(code=code, phrase=phrases()[code])

    def _cause(self) -> str:
        cause = self.status.q850
        if isinstance(cause, int):
            return self.say["code.q850"].format(cause=cause, name=cause_name(cause, self.lang))
        return self.say[
            {"by-warning": "code.q850_warning", "none": "code.q850_none"}.get(
                cause or "", "code.q850_default"
            )
        ]

    def _source(self, refs: Iterable[str]) -> str:
        return self.say["code.source"].format(refs=references(refs))

    def _listed(self, items: Iterable[str]) -> str:
        return joined(items, self.say["code.comma"], self.say["code.and"])


class ClassPage:
    """The page of a class of status codes: what it says, and its registered members."""

    def __init__(self, digit: int, lang: str) -> None:
        self.digit = digit
        self.say = sentences("explain", lang)
        self.codes = [status_code(code, lang) for code in phrases() if code // 100 == digit]

    def document(self) -> Document:
        """The page, ready for a form."""
        entries = [
            Entry(f"{status.code} {status.phrase}", "", status.default_verdict, status.words.short)
            for status in self.codes
        ]
        lead = [Text(self.say[f"class.{self.digit}"])]
        return Document(
            self.say[f"kind.{self.digit}"], lead, [Section(self.say["heading.members"], [Entries(entries)])]
        )

    def object(self) -> dict[str, Any]:
        """The page for JSON."""
        return {
            "topic": "class",
            "class": self.digit,
            "name": self.say[f"kind.{self.digit}"],
            "meaning": self.say[f"class.{self.digit}"],
            "codes": [
                {"code": status.code, "phrase": status.phrase, "short": status.words.short}
                for status in self.codes
            ],
        }


_LEVEL_STYLES = {"MUST": "strong", "SHOULD": "", "EXPECTED": "", "MAY": "faint"}


def code_list(codes: Sequence[StatusCode], lang: str, width: int) -> list[Line]:
    """The registered codes by class, one a line: code, phrase, what it says."""
    say = sentences("explain", lang)
    column = max(len(status.phrase) for status in codes) + len("999 ") + INDENT + GAP
    lines: list[Line] = []
    for digit, members in groupby(codes, key=lambda status: status.status_class):
        rows: list[Line] = []
        for status in members:
            label: Line = [
                (f"{'':{INDENT}}{status.code}", status.default_verdict),
                (f" {status.phrase}", ""),
            ]
            rows += hang(label, [(status.words.short, "faint")], width, min(column, width // 2))
        lines += section(say[f"kind.{digit}"], rows)[0 if lines else 1 :]
    return [*lines, [], *paragraph(say["list.codes"].format(count=len(codes)), width, "faint")]


def _words_object(words: Words) -> dict[str, Any]:
    return {
        "short": words.short,
        "meaning": words.meaning,
        "when": list(words.when),
        "fix": list(words.fix),
        "retry": words.retry,
        "pitfalls": words.pitfalls,
        "choose": words.choose,
        "http": words.http,
    }


def _header_object(header: HeaderField) -> Mapping[str, Any]:
    return {
        "name": header.name,
        "level": header.level,
        "methods": list(header.methods),
        "conditional": header.conditional,
        "condition": header.condition,
        "ref": header.ref,
    }
