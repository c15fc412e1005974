"""Status codes as pages: one code, for one method or in general, and the list of all.

Takes what the catalogue gives, and gives laid-out lines for a terminal or one object for JSON. Nothing here
comes from the wire. Imports stay few, because `explain` must be instant.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from analyser.codes import METHODS, cause_name, phrases, sentences
from analyser.codes.model import EVERY_METHOD
from analyser.report.layout import hang, pad, paragraph, width_of
from analyser.report.sections import GAP, INDENT, bulleted, labelled, numbered, references, section

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from analyser.codes import HeaderField, StatusCode, Words
    from analyser.report.layout import Line


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
        lines += section(say["heading.meaning"], paragraph(words.meaning, width, indent=INDENT))
        lines += section(say["heading.when"], bulleted(words.when, width))
        lines += section(say["heading.fix"], numbered(words.fix, width))
        lines += section(say["heading.retry"], paragraph(words.retry, width, indent=INDENT))
        if words.pitfalls:
            lines += section(say["heading.pitfalls"], paragraph(words.pitfalls, width, indent=INDENT))
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
            (say["label.again"], f"{say[f'retry.{status.retry}']} ({references(status.retry_refs)})")
        )
        facts.append((say["label.dialog"], self._dialog()))
        of_a_call = status.may_answer("INVITE") and self.method in (None, "INVITE")
        if of_a_call and status.status_class >= 4:
            facts.append((say["label.q850"], self._cause()))
        if of_a_call and status.kpi:
            facts.append((say["label.kpi"], self._listed(say[f"kpi.{key}"] for key in status.kpi)))
        known = phrases()
        related = say["code.comma"].join(f"{code} {known[code]}" for code in status.related)
        facts.append((say["label.related"], related))
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

    def _headers(self) -> list[tuple[HeaderField, str]]:
        """One a name with all its references: the condition says to which methods it comes."""
        fields = self.status.headers if self.method is None else self.status.headers_for(self.method)
        by_name: dict[str, list[HeaderField]] = {}
        for field in fields:
            by_name.setdefault(field.name, []).append(field)
        return [(same[0], references(field.ref for field in same)) for same in by_name.values()]

    def _header_lines(self, headers: Sequence[tuple[HeaderField, str]], width: int) -> list[Line]:
        name_width = max(len(field.name) for field, _ in headers)
        levels = [self.say[f"level.{field.level}"] for field, _ in headers]
        level_width = max(width_of([(level, "")]) for level in levels)
        lines: list[Line] = []
        for (field, refs), level in zip(headers, levels, strict=True):
            label: Line = [
                (" " * INDENT + pad(field.name, name_width + GAP), "strong"),
                (pad(level, level_width), _LEVEL_STYLES[field.level]),
            ]
            text: Line = [(field.condition, ""), (f" ({refs})", "faint")]
            lines += hang(label, text, width, width_of(label) + GAP)
        return lines

    def _method_lines(self, width: int) -> list[Line]:
        by_method = self.status.by_method
        column = max(map(len, by_method)) + INDENT + GAP
        lines: list[Line] = []
        for method, words in by_method.items():
            lines += hang([(" " * INDENT + method, "strong")], [(words.short, "")], width, column)
        example = self.say["code.more"].format(code=self.status.code, method=next(iter(by_method)))
        return [*lines, *paragraph(example, width, "faint", INDENT)]

    def _dialog(self) -> str:
        status = self.status
        of_a_call = status.may_answer("INVITE") and self.method in (None, "INVITE")
        kind = "only" if status.dialog == "transaction" and not of_a_call else status.dialog
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
