"""Every finding of a run as the document lists them: by rule, the worst rule first, the worked example first in each.

Of each rule only so many are kept, the rest is counted. A finding is put into words when it comes, as what it cites does not stay.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from analyser.report.findings import where_of
from analyser.report.json_objects import subject_object
from analyser.report.records import MAX_FRAMES, cut
from analyser.report.secrets import note_of, remedy_of
from analyser.report.wire_text import escape
from analyser.track import Sighting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyser.annotate import Finding
    from analyser.report.cases import Case
    from analyser.report.holding import Holding
    from analyser.report.setting import Setting
    from analyser.report.shapes import CaseRecord, Occurrence

MAX_OCCURRENCES: Final = 300
"""Findings of one rule that are listed."""
ASSURED: Final = 40
"""Findings of one rule whose subjects are held before those of others: no rule is crowded out by one that finds more."""
MAX_OCTETS: Final = 32 * 1024 * 1024
"""Of all that is listed, as text; a finding of everyday has some hundreds. The worked example of a rule is listed in any case."""
MAX_TEXT: Final = 4_000
"""Characters of a note or a next step."""


class Occurrences:
    """Findings by rule."""

    def __init__(self) -> None:
        self._by_rule: dict[str, list[Occurrence]] = {}
        self._worst: dict[str, int] = {}
        self._count: dict[str, int] = {}
        self._octets = 0
        self._no_room = 0

    def add(self, finding: Finding, setting: Setting) -> tuple[Occurrence | None, bool]:
        """Count it. Gives what the document will say of it, None where it says no more than the number; and whether it is among
        the first of its rule."""
        rule, severity = finding.rule.id, finding.severity
        count = self._count[rule] = self._count.get(rule, 0) + 1
        listed = self._by_rule.setdefault(rule, [])
        worse = severity > self._worst.get(rule, 0)
        if worse:
            self._worst[rule] = severity
        elif len(listed) >= MAX_OCCURRENCES:
            return None, False
        elif self._no_room:
            self._no_room += 1
            return None, False
        occurrence = _occurrence(finding, setting)
        octets = _octets_of(occurrence)
        if self._octets + octets > MAX_OCTETS and not worse:
            self._no_room += 1
            return None, False
        self._octets += octets
        if worse:  # the worked example, as in `cases.Case`
            listed.insert(0, occurrence)
            del listed[MAX_OCCURRENCES:]
        else:
            listed.append(occurrence)
        return occurrence, worse or count <= ASSURED

    @property
    def left_out(self) -> int:
        """How many are only counted, as those of their rule are many."""
        return sum(self._count.values()) - sum(map(len, self._by_rule.values())) - self._no_room

    @property
    def no_room(self) -> int:
        """How many are only counted, as the text of all is long."""
        return self._no_room

    def records(self, cases: list[Case], holding: Holding, lang: str) -> Iterator[CaseRecord]:
        """In the order of the cases."""
        for case in cases:
            rule = case.rule
            words = rule.words_in(lang)
            listed = self._by_rule[rule.id]
            for occurrence in listed:
                shown = holding.shows(occurrence["subject"], occurrence["message"])
                occurrence["subject"], occurrence["message"] = shown
            yield {
                "rule": rule.id,
                "family": rule.family,
                "severity": str(case.severity),
                "summary": words.summary,
                "remedy": words.remedy,
                "explanation": words.explanation,
                "refs": list(rule.refs),
                "count": case.count,
                "occurrences": listed,
                "left_out": case.count - len(listed),
            }


def _octets_of(occurrence: Occurrence) -> int:
    return len(json.dumps(occurrence))


def _occurrence(finding: Finding, setting: Setting) -> Occurrence:
    at, lang, frames = finding.evidence.at, setting.words.lang, finding.frames
    return {
        "severity": str(finding.severity),
        "note": escape(note_of(finding, lang)[:MAX_TEXT]),
        "remedy": escape(remedy_of(finding, lang)[:MAX_TEXT]),
        "frame": at.frame,
        "frames": frames[:MAX_FRAMES],
        "frames_left_out": max(0, len(frames) - MAX_FRAMES),
        "input": at.input,
        "place": setting.frame(at),
        "where": where_of(finding, setting),
        "about": {
            name: cut(value) if isinstance(value, str) else value
            for name, value in subject_object(finding.subject).items()
        },
        "subject": None,
        "message": at.number if isinstance(at, Sighting) else None,
    }
