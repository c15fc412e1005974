"""What the rules found in the one capture and in the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from analyser.annotate import Severity
from analyser.report.diff.numbers import FEWER, GONE, MORE, NEW, SAME, finding_verdict
from analyser.report.findings import subject_text
from analyser.report.secrets import note_of, remedy_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyser.report.cases import Case
    from analyser.report.diff.shapes import Example, FindingChange
    from analyser.report.diff.taken import Taken
    from analyser.report.setting import Setting

MAX_PLACES: Final = 8
"""Frames that are named for an example."""
_ORDER: Final = {NEW: 0, MORE: 1, GONE: 2, FEWER: 3, SAME: 4}


def finding_changes(one: Taken, other: Taken, settings: Sequence[Setting], lang: str) -> list[FindingChange]:
    """Every rule that found something in either: what is sure to have changed first, worst first, new before gone."""
    ones, others = ({case.rule.id: case for case in taken.cases.worst_first()} for taken in (one, other))
    exposure = [max(1, taken.subjects.total()) for taken in (one, other)]
    found = [
        _change(ones.get(rule), others.get(rule), exposure, settings, lang)
        for rule in dict.fromkeys((*ones, *others))
    ]
    severity = {str(each): -each for each in Severity}
    found.sort(
        key=lambda change: (
            change["verdict"] == SAME,
            not change["certain"],
            severity[change["severity"]],
            _ORDER[change["verdict"]],
            -abs(change["b"] - change["a"]),
            change["rule"],
        )
    )
    return found


def _change(
    mine: Case | None, theirs: Case | None, exposure: Sequence[int], settings: Sequence[Setting], lang: str
) -> FindingChange:
    case = mine if theirs is None else theirs
    assert case is not None
    counts = mine.count if mine else 0, theirs.count if theirs else 0
    verdict, certain = finding_verdict(*counts, *exposure)
    severities = [each.severity for each in (mine, theirs) if each is not None]
    return {
        "rule": case.rule.id,
        "family": case.rule.family,
        "severity": str(max(severities)),
        "summary": case.rule.words_in(lang).summary,
        "a": counts[0],
        "b": counts[1],
        "verdict": verdict,
        "certain": certain,
        "example_a": _example(mine, settings[0], lang),
        "example_b": _example(theirs, settings[1], lang),
    }


def _example(case: Case | None, setting: Setting, lang: str) -> Example | None:
    if case is None:
        return None
    finding = case.example
    evidence = finding.evidence
    places = dict.fromkeys(setting.frame(seen) for seen in (evidence.at, *evidence.related))
    return {
        "note": note_of(finding, lang),
        "remedy": remedy_of(finding, lang),
        "place": setting.frame(evidence.at),
        "places": list(places)[:MAX_PLACES],
        "frame": finding.frame,
        "frames": finding.frames[:MAX_PLACES],
        "input": evidence.at.input,
        "subject": subject_text(finding.subject, setting),
    }
