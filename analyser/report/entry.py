"""Entries of the catalogue as pages: a status code, a rule, and the lists of both.

Takes records that the catalogue or the rule registry gives, and gives laid-out lines for a terminal or one
object for JSON. Nothing here comes from the wire. Imports stay few, because `explain` must be instant.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from analyser.codes import METHODS, cause_name, phrases, sentences
from analyser.codes.model import EVERY_METHOD
from analyser.report.layout import hang, pad, paragraph, width_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from analyser.annotate import Rule
    from analyser.codes import HeaderField, StatusCode, Words
    from analyser.report.layout import Line

_INDENT = 2
_GAP = 2


class CodePage:
    """The page of one status code, for one method or in general."""

    def __init__(self, status: StatusCode, method: str | None, lang: str) -> None:
        self.status = status
        self.method = method or _only_method(status)
        self.asked = method
        self.say = sentences("explain", lang)
        self.lang = lang

    @property
    def words(self) -> Words:
        """General words, or those for the method."""
        return self.status.words if self.method is None else self.status.for_method(self.method)

    def lines(self, width: int) -> list[Line]:
        """The page, at most `width` cells wide."""
        say, words = self.say, self.words
        lines = self._title(width)
        lines += section(say["heading.meaning"], paragraph(words.meaning, width, indent=_INDENT))
        lines += section(say["heading.when"], bulleted(words.when, width))
        lines += section(say["heading.fix"], numbered(words.fix, width))
        lines += section(say["heading.retry"], paragraph(words.retry, width, indent=_INDENT))
        if words.pitfalls:
            lines += section(say["heading.pitfalls"], paragraph(words.pitfalls, width, indent=_INDENT))
        headers = self._headers()
        if headers:
            lines += section(say["heading.headers"], self._header_lines(headers, width))
        lines += section(say["heading.facts"], labelled(self.facts(), width))
        if self.method is None and self.status.by_method:
            lines += section(say["heading.methods"], self._method_lines(width))
        return lines

    def facts(self) -> list[tuple[str, str]]:
        """Label and value of what the standard fixes."""
        status, say = self.status, self.say
        facts: list[tuple[str, str]] = []
        if not status.registered:
            facts += [(say["label.origin"], status.origin)] if status.origin else []
            return [*facts, (say["label.treat_as"], self._treated_as())]
        facts.append((say["label.answers"], self._answers()))
        facts.append((say["label.senders"], self._senders()))
        facts.append((say["label.reach"], say[f"reach.{status.reach}"]))
        facts.append(
            (say["label.again"], f"{say[f'retry.{status.retry}']} ({_references(status.retry_refs)})")
        )
        facts.append((say["label.dialog"], say[f"dialog.{status.dialog}"]))
        of_a_call = status.may_answer("INVITE") and self.method in (None, "INVITE")
        if of_a_call and status.status_class >= 4:
            facts.append((say["label.q850"], self._cause()))
        if of_a_call and status.kpi:
            facts.append((say["label.kpi"], self._listed(say[f"kpi.{key}"] for key in status.kpi)))
        known = phrases()
        related = say["code.comma"].join(f"{code} {known[code]}" for code in status.related)
        facts.append((say["label.related"], related))
        if status.more_refs:
            facts.append((say["label.refs"], _references(status.more_refs)))
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
            "method": self.method,
            **_words_object(words),
            "facts": {
                "methods": [method for method in METHODS if status.may_answer(method)],
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
                "treat_as": status.treat_as,
                "origin": status.origin,
            },
            "by_method": {method: _words_object(own) for method, own in status.by_method.items()},
        }

    def _title(self, width: int) -> list[Line]:
        status, say = self.status, self.say
        lines: list[Line] = [[(f"{status.code} {status.phrase}".rstrip(), "heading")]]
        lines += paragraph(self.words.short, width, status.default_verdict)
        marks = [say[f"kind.{status.status_class}"]] if status.status_class else []
        marks += [say["code.final"]] if status.final else []
        marks.append(status.ref if status.registered else say["code.unregistered"])
        if status.status != "active":
            marks.append(say[f"status.{status.status}"])
        if self.method is not None:
            marks.append(say["code.for_method"].format(method=self.method))
        lines += paragraph(", ".join(marks), width, "faint")
        if self.asked is not None and not status.may_answer(self.asked):
            lines += paragraph(say["code.may_not"].format(method=self.asked), width, "problem")
        return lines

    def _headers(self) -> list[HeaderField]:
        """One a name: the condition says to which methods it comes."""
        fields = self.status.headers if self.method is None else self.status.headers_for(self.method)
        return list({field.name: field for field in reversed(fields)}.values())[::-1]

    def _header_lines(self, fields: Sequence[HeaderField], width: int) -> list[Line]:
        name_width = max(len(field.name) for field in fields)
        levels = [self.say[f"level.{field.level}"] for field in fields]
        level_width = max(width_of([(level, "")]) for level in levels)
        lines: list[Line] = []
        for field, level in zip(fields, levels, strict=True):
            label: Line = [
                (" " * _INDENT + pad(field.name, name_width + _GAP), "strong"),
                (pad(level, level_width), _LEVEL_STYLES[field.level]),
            ]
            text: Line = [(field.condition, ""), (f" ({field.ref})", "faint")]
            lines += hang(label, text, width, width_of(label) + _GAP)
        return lines

    def _method_lines(self, width: int) -> list[Line]:
        by_method = self.status.by_method
        column = max(map(len, by_method)) + _INDENT + _GAP
        lines: list[Line] = []
        for method, words in by_method.items():
            lines += hang([(" " * _INDENT + method, "strong")], [(words.short, "")], width, column)
        example = self.say["code.more"].format(code=self.status.code, method=next(iter(by_method)))
        return [*lines, *paragraph(example, width, "faint", _INDENT)]

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
            return self.say["code.q850"].format(cause=cause, name=cause_name(cause))
        return self.say[
            {"by-warning": "code.q850_warning", "none": "code.q850_none"}.get(
                cause or "", "code.q850_default"
            )
        ]

    def _listed(self, items: Iterable[str]) -> str:
        *first, last = items
        if not first:
            return last
        return self.say["code.and"].format(first=self.say["code.comma"].join(first), last=last)


_LEVEL_STYLES = {"MUST": "strong", "SHOULD": "", "EXPECTED": "", "MAY": "faint"}


def rule_page(rule: Rule, lang: str, width: int) -> list[Line]:
    """The rule's own documentation."""
    say = sentences("explain", lang)
    lines: list[Line] = [[(rule.id, "heading")], *paragraph(rule.summary, width, str(rule.severity))]
    marks = (
        (say["label.severity"], str(rule.severity)),
        (say["label.family"], rule.family),
        (say["label.watches"], rule.on.__name__),
    )
    lines += paragraph("; ".join(f"{label}: {value}" for label, value in marks), width, "faint")
    lines += section(say["heading.rule_meaning"], _explanation(rule.explanation, width))
    lines += section(say["heading.remedy"], paragraph(rule.remedy, width, indent=_INDENT))
    if rule.parameters:
        values = [(name, say["rule.default"].format(value=value)) for name, value in rule.parameters.items()]
        example = say["rule.settings"].format(rule=rule.id, parameter=values[0][0])
        lines += section(
            say["heading.parameters"],
            [*labelled(values, width), *paragraph(example, width, "faint", _INDENT)],
        )
    return lines + section(say["heading.refs"], paragraph(_references(rule.refs), width, indent=_INDENT))


def rule_object(rule: Rule) -> dict[str, Any]:
    """The rule for JSON."""
    return {
        "topic": "rule",
        "rule": rule.id,
        "family": rule.family,
        "on": rule.on.__name__,
        "severity": str(rule.severity),
        "summary": rule.summary,
        "explanation": rule.explanation,
        "remedy": rule.remedy,
        "parameters": dict(rule.parameters),
        "refs": list(rule.refs),
    }


def code_list(codes: Sequence[StatusCode], lang: str, width: int) -> list[Line]:
    """The registered codes by class, one a line: code, phrase, what it says."""
    say = sentences("explain", lang)
    column = max(len(status.phrase) for status in codes) + len("999 ") + _INDENT + _GAP
    lines: list[Line] = []
    for digit, members in groupby(codes, key=lambda status: status.status_class):
        rows: list[Line] = []
        for status in members:
            label: Line = [
                (f"{'':{_INDENT}}{status.code}", status.default_verdict),
                (f" {status.phrase}", ""),
            ]
            rows += hang(label, [(status.words.short, "faint")], width, min(column, width // 2))
        lines += section(say[f"kind.{digit}"], rows)[0 if lines else 1 :]
    return [*lines, [], *paragraph(say["list.codes"].format(count=len(codes)), width, "faint")]


def rule_list(rules: Sequence[Rule], lang: str, width: int) -> list[Line]:
    """The rules by family, one a line: id, severity, summary."""
    say = sentences("explain", lang)
    column = max(len(rule.id) for rule in rules) + _INDENT + _GAP
    lines: list[Line] = []
    for family, members in groupby(rules, key=lambda rule: rule.family):
        rows: list[Line] = []
        for rule in members:
            text: Line = [(f"{rule.severity}: ", str(rule.severity)), (rule.summary, "")]
            rows += hang([(" " * _INDENT + rule.id, "strong")], text, width, min(column, width // 2))
        lines += section(family, rows)[0 if lines else 1 :]
    return [*lines, [], *paragraph(say["list.rules"].format(count=len(rules)), width, "faint")]


def section(heading: str, body: Iterable[Line]) -> list[Line]:
    """An empty line, the heading, the body."""
    return [[], [(heading, "heading")], *body]


def bulleted(items: Iterable[str], width: int) -> list[Line]:
    """Each item behind a hyphen."""
    mark = " " * _INDENT + "-"
    return [line for item in items for line in hang([(mark, "")], [(item, "")], width, len(mark) + 1)]


def numbered(items: Iterable[str], width: int) -> list[Line]:
    """Each item behind its number."""
    lines: list[Line] = []
    for number, item in enumerate(items, 1):
        mark = f"{'':{_INDENT}}{number}."
        lines += hang([(mark, "")], [(item, "")], width, len(mark) + 1)
    return lines


def labelled(items: Sequence[tuple[str, str]], width: int) -> list[Line]:
    """Values in a column beside their labels."""
    column = max(width_of([(label, "")]) for label, _ in items) + _INDENT + _GAP
    return [
        line
        for label, value in items
        for line in hang([(" " * _INDENT + label, "faint")], [(value, "")], width, column)
    ]


def _explanation(text: str, width: int) -> list[Line]:
    """Paragraphs stay apart; within one the line breaks of the source mean nothing."""
    lines: list[Line] = []
    for part in text.split("\n\n"):
        lines += [[]] if lines else []
        lines += paragraph(" ".join(part.split()), width, indent=_INDENT)
    return lines


def _references(refs: Iterable[str]) -> str:
    """Sections of one document behind its name once: RFC 3261 §16.2, §16.7; RFC 4320 §4.1."""
    documents: dict[str, list[str]] = {}
    for ref in refs:
        document, _, where = ref.partition(" §")
        documents.setdefault(document, []).extend([f"§{where}"] if where else [])
    return "; ".join(f"{document} {', '.join(sections)}".rstrip() for document, sections in documents.items())


def _only_method(status: StatusCode) -> str | None:
    """Where a code answers one method only, its words for that method are the words."""
    if len(status.methods) == 1 and status.methods[0] in status.by_method and not status.misused_on:
        return status.methods[0]
    return None


def _words_object(words: Words) -> dict[str, Any]:
    return {
        "short": words.short,
        "meaning": words.meaning,
        "when": list(words.when),
        "fix": list(words.fix),
        "retry": words.retry,
        "pitfalls": words.pitfalls,
    }


def _header_object(header: HeaderField) -> Mapping[str, Any]:
    return {
        "name": header.name,
        "level": header.level,
        "methods": list(header.methods),
        "condition": header.condition,
        "ref": header.ref,
    }
