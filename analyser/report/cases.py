"""What a report keeps of a run: for each rule a count, its worst finding and a few references; a few
subjects to draw. Its size depends on the number of rules, never on the length of the capture."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from analyser.annotate import Severity
from analyser.report.encrypted import Encrypted
from analyser.report.rows import Mark, Marks
from analyser.sip import Response
from analyser.track import Call, Publication, Registration, Sighting, Subscription, Transaction

if TYPE_CHECKING:
    from analyser.annotate import Finding, Rule

MAX_REFERENCES: Final = 8
"""Further occurrences of one rule that are named."""
MAX_MARKED: Final = 5000
"""Messages whose citations are remembered for the ladders; those of worked examples always are."""
MAX_DRAWN: Final = 200
"""Subjects kept where every call is to be drawn."""
HEALTHY_LADDERS: Final = 2
"""Calls drawn where nothing was found: enough to see that all is well."""

_EXPECTED: Final = frozenset({401, 407, 487})

KINDS: Final = ("call", "registration", "subscription", "publication")

Drawable = Call | Registration | Subscription | Publication | Transaction


@dataclass(slots=True)
class Totals:
    """What was seen, where no summary counts it."""

    inputs: tuple[str, ...] = ()
    redacted: bool = False
    """Whether pseudonyms stand in all that was seen."""
    first_time: int = 0
    """Of the first SIP message, ns."""
    outcomes: Counter[tuple[str, int]] = field(default_factory=Counter)
    """Of calls: how each ended, and for a failed one the status code."""
    encrypted: Encrypted = field(default_factory=Encrypted)
    """TLS connections of SIP that were seen from outside."""
    subjects: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))

    def add_call(self, call: Call) -> None:
        """Count it by its outcome."""
        self.subjects["call"] += 1
        state = call.state
        if state == "failed":
            self.outcomes[state, call.first_leg[-1].status] += 1
        else:
            self.outcomes["answered" if state == "ended" else state, 0] += 1


class Reference(NamedTuple):
    """Where else a rule found something."""

    input: int
    frame: int


class Case:
    """All that one rule found."""

    __slots__ = ("count", "example", "problems", "references", "rule", "severity")

    def __init__(self, example: Finding) -> None:
        self.rule: Rule = example.rule
        self.example = example
        self.severity: Severity = example.severity
        """The worst."""
        self.count = 1
        self.problems = int(example.severity > Severity.NOTICE)
        """How many of them are worse than a notice: one rule may find both."""
        self.references: list[Reference] = []

    def add(self, finding: Finding) -> None:
        """Count one more; a worse one becomes the example, and of those alike the earliest: through a back-to-back user agent the cause
        is refused first, and what it makes of it for the caller comes after."""
        self.count += 1
        severity = finding.severity
        self.problems += severity > Severity.NOTICE
        if severity > self.severity or (severity == self.severity and comes_before(finding, self.example)):
            keep_whole(finding)
            finding, self.example = self.example, finding
            self.severity = severity
        if len(self.references) < MAX_REFERENCES:
            at = finding.evidence.at
            self.references.append(Reference(at.input, at.frame))

    def copy(self) -> Case:
        """One that goes its own way from now on."""
        copy = Case(self.example)
        copy.severity, copy.count, copy.problems = self.severity, self.count, self.problems
        copy.references = list(self.references)
        return copy

    @property
    def order(self) -> tuple[int, int, int, str]:
        """Worst first, then the most frequent, then the earliest; by name what is alike in all that."""
        return (-self.severity, -self.count, self.example.evidence.at.time, self.rule.id)


class Cases:
    """Findings by rule."""

    def __init__(self) -> None:
        self._by_rule: dict[str, Case] = {}
        self._marks: Marks = {}
        self._cited: dict[int, int] = {}

    def add(self, finding: Finding) -> None:
        case = self._by_rule.get(finding.rule.id)
        if case is None:
            self._by_rule[finding.rule.id] = Case(finding)
            keep_whole(finding)
        else:
            case.add(finding)
        at = finding.evidence.at
        if isinstance(at, Sighting) and (len(self._marks) < MAX_MARKED or at.number in self._marks):
            _mark(self._marks, finding, at.number)
        if len(self._cited) < MAX_MARKED:
            for seen in (at, *finding.evidence.related):
                if isinstance(seen, Sighting) and isinstance(seen.message, Response):
                    self._cited[seen.number] = seen.message.status

    def copy(self) -> Cases:
        """Cases that go their own way from now on."""
        copy = Cases()
        copy._by_rule = {name: case.copy() for name, case in self._by_rule.items()}
        copy._marks = {number: list(cited) for number, cited in self._marks.items()}
        copy._cited = dict(self._cited)
        return copy

    def cited_statuses(self) -> Counter[int]:
        """How many responses with each status code some finding speaks of."""
        return Counter(self._cited.values())

    def __bool__(self) -> bool:
        return bool(self._by_rule)

    def worst_first(self) -> list[Case]:
        return sorted(self._by_rule.values(), key=lambda case: case.order)

    def marks(self) -> Marks:
        """Which findings cite a message, by its number, worst first."""
        marks = {number: list(cited) for number, cited in self._marks.items()}
        for case in self._by_rule.values():
            at = case.example.evidence.at
            if isinstance(at, Sighting):
                _mark(marks, case.example, at.number)
        for cited in marks.values():
            cited.sort(key=lambda mark: (-mark.severity, mark.rule))
        return marks

    def drawable(self) -> list[Drawable]:
        """The subjects of the examples, each once, worst first."""
        found: dict[int, Drawable] = {}
        for case in self.worst_first():
            subject = subject_to_draw(case.example)
            if subject is not None:
                found.setdefault(id(subject), subject)
        return list(found.values())


def comes_before(one: Finding, other: Finding) -> bool:
    """Whether what a finding cites first was seen before what another does."""
    at, than = one.evidence.at, other.evidence.at
    if isinstance(at, Sighting) and isinstance(than, Sighting):
        return at.number < than.number
    return at.time < than.time


def subject_to_draw(finding: Finding) -> Drawable | None:
    """What a finding is drawn in: the call (or other owner) of the message that shows it."""
    at = finding.evidence.at
    if isinstance(at, Sighting) and at.transaction is not None:
        return at.transaction.owner or at.transaction
    subject = finding.subject
    return subject if isinstance(subject, Drawable) else None


def keep_whole(finding: Finding) -> None:
    """See to it that what a finding is drawn in is there when the report is written."""
    subject = subject_to_draw(finding)
    if subject is not None:
        subject.wanted = True


def is_refused(subject: Drawable) -> bool:
    """Whether a request of it met a refusal that is no challenge and no consequence of a CANCEL; of a call, an
    INVITE."""
    for transaction in subject.transactions if not isinstance(subject, Transaction) else ():
        if transaction.final is not None and (
            transaction.method == "INVITE" or not isinstance(subject, Call)
        ):
            status = transaction.status
            if status >= 400 and status not in _EXPECTED:
                return True
    return False


def sightings_of(subject: Drawable) -> list[Sighting]:
    """Every message of a subject, in order, each once."""
    if isinstance(subject, Call):
        return subject.sightings
    transactions = _every_hop(subject) if isinstance(subject, Transaction) else subject.transactions
    seen = {sighting.number: sighting for owned in transactions for sighting in owned.sightings}
    return [seen[number] for number in sorted(seen)]


def began(subject: Drawable) -> int:
    """The number of its first message."""
    first = subject if isinstance(subject, Transaction) else subject.transactions[0]
    return first.first.number


def _every_hop(transaction: Transaction) -> list[Transaction]:
    first = transaction.forward_of or transaction
    return [first, transaction, *first.forwards]


def _mark(marks: Marks, finding: Finding, number: int) -> None:
    mark = Mark(finding.rule.id, finding.severity)
    cited = marks.setdefault(number, [])
    if mark not in cited:
        cited.append(mark)
