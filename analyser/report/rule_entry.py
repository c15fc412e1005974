"""Rules as pages: a rule's own documentation, and the list of all.

Takes rules as the registry holds them, and gives documents or one object for JSON.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from analyser.codes import codes_of_rules, phrases, sentences
from analyser.report.document import Code, Document, Rows, Section, Text
from analyser.report.layout import hang, paragraph
from analyser.report.sections import GAP, INDENT, references, section

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyser.annotate import Rule
    from analyser.report.layout import Line


def rule_document(rule: Rule, lang: str) -> Document:
    """The rule's own documentation."""
    say = sentences("explain", lang)
    words = rule.words_in(lang)
    marks = (
        (say["label.severity"], say[f"severity.{rule.severity}"]),
        (say["label.family"], say[f"family.{rule.family}"]),
        (say["label.watches"], say[f"watched.{rule.on.__name__}"]),
    )
    lead = [
        Text(words.summary, str(rule.severity)),
        Text(say["list.semicolon"].join(label + say["list.then"] + value for label, value in marks), "faint"),
    ]
    meaning = [*paragraphs(words.explanation), *([say["rule.absence"]] if rule.absence else [])]
    sections = [
        Section(say["heading.rule_meaning"], [Text(part) for part in meaning]),
        Section(say["heading.remedy"], [Text(words.remedy)]),
    ]
    if rule.parameters:
        values = [(name, say["rule.default"].format(value=value)) for name, value in rule.parameters.items()]
        example = say["rule.settings"].format(rule=rule.id, parameter=values[0][0])
        sections.append(Section(say["heading.parameters"], [Rows(values), Code(example)]))
    codes = [f"{code} {phrases()[code]}" for code, rules in codes_of_rules().items() if rule.id in rules]
    if codes:
        sections.append(Section(say["heading.codes"], [Text(say["code.comma"].join(codes))]))
    sections.append(Section(say["heading.refs"], [Text(references(rule.refs))]))
    return Document(rule.id, lead, sections)


def rule_object(rule: Rule, lang: str) -> dict[str, Any]:
    """The rule for JSON."""
    words = rule.words_in(lang)
    return {
        "topic": "rule",
        "rule": rule.id,
        "family": rule.family,
        "on": rule.on.__name__,
        "severity": str(rule.severity),
        "summary": words.summary,
        "explanation": words.explanation,
        "remedy": words.remedy,
        "absence": rule.absence,
        "parameters": dict(rule.parameters),
        "codes": [code for code, rules in codes_of_rules().items() if rule.id in rules],
        "refs": list(rule.refs),
    }


def rule_list(rules: Sequence[Rule], lang: str, width: int) -> list[Line]:
    """The rules by family, one a line: id, severity, summary."""
    say = sentences("explain", lang)
    column = max(len(rule.id) for rule in rules) + INDENT + GAP
    lines: list[Line] = []
    for family, members in groupby(rules, key=lambda rule: rule.family):
        rows: list[Line] = []
        for rule in members:
            severity = say[f"severity.{rule.severity}"] + say["list.then"]
            text: Line = [(severity, str(rule.severity)), (rule.words_in(lang).summary, "")]
            rows += hang([(" " * INDENT + rule.id, "strong")], text, width, min(column, width // 2))
        lines += section(say[f"family.{family}"], rows)[0 if lines else 1 :]
    return [*lines, [], *paragraph(say["list.rules"].format(count=len(rules)), width, "faint")]


def paragraphs(text: str) -> list[str]:
    """Paragraphs stay apart; within one the line breaks of the source mean nothing."""
    return [" ".join(part.split()) for part in text.split("\n\n")]
