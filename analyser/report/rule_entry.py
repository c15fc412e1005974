"""Rules as pages: a rule's own documentation, and the list of all.

Takes rules as the registry holds them, and gives laid-out lines for a terminal or one object for JSON.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from analyser.codes import sentences
from analyser.report.layout import hang, paragraph
from analyser.report.sections import GAP, INDENT, labelled, references, section

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyser.annotate import Rule
    from analyser.report.layout import Line


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
    lines += section(say["heading.remedy"], paragraph(rule.remedy, width, indent=INDENT))
    if rule.parameters:
        values = [(name, say["rule.default"].format(value=value)) for name, value in rule.parameters.items()]
        example = say["rule.settings"].format(rule=rule.id, parameter=values[0][0])
        lines += section(
            say["heading.parameters"],
            [*labelled(values, width), *paragraph(example, width, "faint", INDENT)],
        )
    return lines + section(say["heading.refs"], paragraph(references(rule.refs), width, indent=INDENT))


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


def rule_list(rules: Sequence[Rule], lang: str, width: int) -> list[Line]:
    """The rules by family, one a line: id, severity, summary."""
    say = sentences("explain", lang)
    column = max(len(rule.id) for rule in rules) + INDENT + GAP
    lines: list[Line] = []
    for family, members in groupby(rules, key=lambda rule: rule.family):
        rows: list[Line] = []
        for rule in members:
            text: Line = [(f"{rule.severity}: ", str(rule.severity)), (rule.summary, "")]
            rows += hang([(" " * INDENT + rule.id, "strong")], text, width, min(column, width // 2))
        lines += section(family, rows)[0 if lines else 1 :]
    return [*lines, [], *paragraph(say["list.rules"].format(count=len(rules)), width, "faint")]


def _explanation(text: str, width: int) -> list[Line]:
    """Paragraphs stay apart; within one the line breaks of the source mean nothing."""
    lines: list[Line] = []
    for part in text.split("\n\n"):
        lines += [[]] if lines else []
        lines += paragraph(" ".join(part.split()), width, indent=INDENT)
    return lines
