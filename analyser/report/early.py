"""What a live run found in subjects that are not over yet: it may be revised, and counts in a report as it stands then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from analyser.tls import Closing, TlsConnection
from analyser.track import Ending, Sighting

if TYPE_CHECKING:
    from analyser.annotate import Finding, Revision
    from analyser.report.cases import Cases

MAX_EARLY: Final = 20_000
"""Findings that may still be revised; beyond it the oldest counts for good."""


class Early:
    """Stands in front of the cases, and hands on what is certain."""

    def __init__(self, cases: Cases) -> None:
        self._cases = cases
        self._open: dict[int, Finding] = {}
        """By identity: a revision names the very finding that stands."""
        self._full = False
        """Whether any has counted for good because of the bound."""
        self._fresh: list[int] = []
        """Those of this turn: a subject may have been judged early and have settled in one turn."""

    def add(self, finding: Finding) -> None:
        """Take a finding."""
        self._take(finding)
        if len(self._open) > MAX_EARLY:
            self._full = True
            self._cases.add(self._open.pop(next(iter(self._open))))

    def _take(self, finding: Finding) -> None:
        self._open[id(finding)] = finding
        self._fresh.append(id(finding))

    def revise(self, revision: Revision) -> None:
        """Put what is known now in the place of what was said; what had counted for good stays. What was not grave enough to be
        chosen may be by now."""
        known = self._open.pop(id(revision.earlier), None)
        if revision.now is None or (known is None and self._full):
            return
        if revision.now.early:
            self._take(revision.now)
        else:
            self._cases.add(revision.now)

    def turn_over(self) -> None:
        """All events of a turn have come: what can no longer be revised counts for good."""
        for name in self._fresh:
            finding = self._open.get(name)
            if finding is not None and not _may_change(finding.subject):
                self._cases.add(self._open.pop(name))
        self._fresh.clear()

    def all(self) -> Cases:
        """The cases with those that are open."""
        if not self._open:
            return self._cases
        cases = self._cases.copy()
        for finding in self._open.values():
            cases.add(finding)
        return cases


def _may_change(subject: object) -> bool:
    """Whether it is not over yet."""
    if isinstance(subject, TlsConnection):
        return subject.closing is Closing.OPEN
    return not isinstance(subject, Sighting) and getattr(subject, "ending", Ending.OPEN) is Ending.OPEN
