"""Events -> rows. Keeps whole what the screens show, up to named bounds, and counts what it lets go."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from analyser.annotate import CaptureStart, Finding, Revision, Summary
from analyser.report.encrypted import Encrypted
from analyser.sip import Response
from analyser.tls import TlsConnection
from analyser.track import Call, Publication, Registration, Release, Sighting, Subscription, Transaction
from analyser.tui.entry import Entry, revised
from analyser.wire import SECOND, Coverage

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analyser.annotate import Event, Rule
    from analyser.track import Subject

MAX_ENTRIES = 100_000
"""Rows that are kept; beyond it the oldest that have settled go."""
MAX_OCTETS = 256 * 1024 * 1024
"""Octets of SIP of all rows together; likewise."""
_DAY: Final = 86_400 * SECOND
_AT_ONCE: Final = 50
"""One in so many rows goes when a bound is reached, for each time the list is gone through."""
MAX_FINDINGS_OF_RULE = 1000
"""Findings of one rule that the findings view names, the first ones; the others are counted."""


class Found:
    """All that one rule found."""

    __slots__ = ("count", "findings", "rule", "worst")

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.count = 0
        self.worst = 0
        self.findings: list[Finding] = []

    def add(self, finding: Finding) -> None:
        """Take one more."""
        self.count += 1
        self.worst = max(self.worst, finding.severity)
        if len(self.findings) < MAX_FINDINGS_OF_RULE:
            self.findings.append(finding)

    def revise(self, revision: Revision) -> None:
        """Put what became of a finding in its place."""
        self.findings = revised(self.findings, revision)
        self.count -= revision.now is None
        self.worst = max((each.severity for each in self.findings), default=self.worst)


class Store:
    """The rows, in order of their beginning, and the findings by rule."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.found: dict[str, Found] = {}
        self.inputs: tuple[str, ...] = ()
        self.several_days = False
        """Whether the rows began on more than one day (UTC)."""
        self.messages = 0
        self.octets = 0
        self.evicted = 0
        """Rows that a bound pushed out."""
        self.summary: Summary | None = None
        """The source's own, once it has ended."""
        self.encrypted = Encrypted()
        self.fresh: list[Entry] = []
        """Rows that came since somebody took these."""
        self.changed: set[Entry] = set()
        """Rows that something came for since."""
        self.gone = False
        """Whether rows went since."""
        self.marked: set[Entry] = set()
        self._release = Release()
        self._begun = 0
        self._day = -1
        self._by_subject: dict[Subject, Entry] = {}
        self._by_call_id: dict[str, Entry] = {}
        self._methods: Counter[str] = Counter()
        self._statuses: Counter[int] = Counter()

    def receive(self, events: Iterable[Event]) -> None:
        """Take the next events."""
        for event in events:
            match event:
                case Sighting():
                    self._sighted(event)
                case Finding():
                    self._cited(event)
                case Revision():
                    self._revised(event)
                case Call() | Registration() | Subscription() | Publication():
                    self._settled(self._by_subject.get(event))
                case Transaction():
                    if event.owner is None:
                        self._settled(self._by_call_id.get(event.call_id))
                case TlsConnection():
                    self.encrypted.add(event)
                case CaptureStart():
                    self.inputs = event.inputs
                case Summary():
                    self.summary = event

    def found_in(self, entries: Iterable[Entry]) -> list[Found]:
        """What each rule found in these rows."""
        found: dict[str, Found] = {}
        for entry in entries:
            for finding in entry.findings:
                rule = finding.rule
                found.setdefault(rule.id, Found(rule)).add(finding)
        return list(found.values())

    def entry_of(self, finding: Finding) -> Entry | None:
        """The row that a finding is about, unless it is gone or there is none."""
        at = finding.evidence.at
        return self._of(at) if isinstance(at, Sighting) else None

    def mark(self, entry: Entry) -> None:
        """Mark a row, or no longer."""
        entry.marked = not entry.marked
        if entry.marked:
            self.marked.add(entry)
        else:
            self.marked.discard(entry)

    def clear(self) -> None:
        """Forget the rows and the findings."""
        for entry in self.entries:
            if entry.subject is not None and entry.settled:
                self._release.let_go(entry.subject, cited=False)
        self.entries.clear()
        self.marked.clear()
        self.found.clear()
        self.fresh.clear()
        self.changed.clear()
        self._by_subject.clear()
        self._by_call_id.clear()
        self.octets = 0
        self.gone = True

    def counted(self) -> Summary:
        """The source's numbers, or as long as there are none what has been counted here."""
        if self.summary is not None:
            return self.summary
        return Summary(Coverage(), Counter(self._methods), Counter(self._statuses))

    def _of(self, sighting: Sighting) -> Entry | None:
        transaction = sighting.transaction
        owner = transaction.owner if transaction is not None else None
        known = self._by_subject.get(owner) if owner is not None else None
        return known or self._by_call_id.get(sighting.message.call_id)

    def _sighted(self, sighting: Sighting) -> None:
        message, transaction = sighting.message, sighting.transaction
        self.messages += 1
        if isinstance(message, Response):
            self._statuses[message.status] += 1
        else:
            self._methods[message.method] += 1
        owner = transaction.owner if transaction is not None else None
        if owner is not None:
            entry = self._by_subject.get(owner) or self._adopted(message.call_id, owner)
        else:
            entry = self._by_call_id.get(message.call_id)
        if entry is None:
            entry = self._begin(sighting, owner)
        elif entry not in self.changed:
            self.changed.add(entry)
        entry.settled = False
        self.octets -= entry.octets
        entry.add(sighting)
        self.octets += entry.octets
        if len(self.entries) > MAX_ENTRIES or self.octets > MAX_OCTETS:
            self._evict()

    def _adopted(self, call_id: str, owner: Subject) -> Entry | None:
        """A row whose first messages belonged to nothing that was known yet."""
        entry = self._by_call_id.get(call_id)
        if entry is None or entry.subject is not None:
            return None
        entry.subject = owner
        entry.kind = type(owner).__name__.lower()
        self._by_subject[owner] = entry
        return entry

    def _begin(self, sighting: Sighting, owner: Subject | None) -> Entry:
        self._begun += 1
        entry = Entry(self._begun, sighting, owner)
        day = sighting.time // _DAY
        self.several_days = self.several_days or self._day not in (-1, day)
        self._day = day
        self.entries.append(entry)
        self.fresh.append(entry)
        if owner is not None:
            self._by_subject[owner] = entry
        self._by_call_id[entry.call_id] = entry
        return entry

    def _settled(self, entry: Entry | None) -> None:
        if entry is not None:
            entry.settled = True
            self.changed.add(entry)

    def _cited(self, finding: Finding) -> None:
        found = self.found.get(finding.rule.id)
        if found is None:
            found = self.found[finding.rule.id] = Found(finding.rule)
        found.add(finding)
        entry = self.entry_of(finding)
        if entry is not None:
            entry.cite(finding)
            self.changed.add(entry)

    def _revised(self, revision: Revision) -> None:
        found = self.found.get(revision.earlier.rule.id)
        if found is not None:
            found.revise(revision)
            if not found.count:
                del self.found[found.rule.id]
        entry = self.entry_of(revision.earlier)
        if entry is not None:
            entry.revise(revision)
            self.changed.add(entry)

    def _has(self, finding: Finding) -> bool:
        """Whether a finding's row is there, or it is about something that has no row."""
        return not isinstance(finding.evidence.at, Sighting) or self.entry_of(finding) is not None

    def _evict(self) -> None:
        """Let the oldest go: those that have settled and are not marked, else those that are not marked, else any."""
        wanted = len(self.entries) // _AT_ONCE + 1
        order = [entry for entry in self.entries[:-1] if entry.settled and not entry.marked][:wanted]
        if len(order) < wanted:
            chosen = set(order)
            rest = sorted(
                (e for e in self.entries[:-1] if e not in chosen), key=lambda e: (e.marked, e.index)
            )
            order += rest[: wanted - len(order)]
        going = set(order)
        for entry in order:
            self.octets -= entry.octets
            subject = entry.subject
            if subject is not None:
                self._by_subject.pop(subject, None)
                if entry.settled:
                    self._release.let_go(subject, cited=False)
            if self._by_call_id.get(entry.call_id) is entry:
                del self._by_call_id[entry.call_id]
        self.entries = [entry for entry in self.entries if entry not in going]
        self.fresh = [entry for entry in self.fresh if entry not in going]
        self.changed -= going
        self.marked -= going
        for found in self.found.values():
            found.findings = [finding for finding in found.findings if self._has(finding)]
        self.evicted += len(going)
        self.gone = True
