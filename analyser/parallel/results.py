"""What a process makes of its events: JSON lines, or the little that a report needs of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from analyser.annotate import Finding
from analyser.parallel.said import brief, whole
from analyser.report.cases import HEALTHY_LADDERS, Totals, comes_before, is_refused, keep_whole
from analyser.report.jsonl import JsonLines
from analyser.track import Call, Publication, Registration, Sighting, Subscription, Transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Container
    from typing import TextIO

    from analyser.annotate import Event
    from analyser.parallel.flat import Flat
    from analyser.report.cases import Drawable


class Lines:
    """Events as JSON lines."""

    wants: Final[Container[type]] = frozenset(
        {Sighting, Transaction, Call, Registration, Subscription, Publication}
    )
    """The events that it still wants, besides findings."""

    def __init__(self, lang: str) -> None:
        self.records: list[tuple[int, Any]] = []
        self._report = JsonLines(cast("TextIO", self), lang)
        self._place = 0

    def write(self, line: str) -> None:
        """Take a line of the report."""
        self.records.append((self._place, line))

    def take(self, place: int, event: Event) -> None:
        """Take the next event."""
        self._place = place
        self._report.receive(event)

    def rest(self, _flat: Flat) -> None:
        """Nothing is held back."""


class Briefs:
    """Findings in brief, numbers, and the subjects that the report may draw: the first ones of this share.

    Which those are is decided as in `TerminalReport`, so that those of the whole capture are among those of the shares.
    """

    def __init__(self, index: int, most_calls: int) -> None:
        self.records: list[tuple[int, Any]] = []
        """A finding is sent with the number of this process where it is sent as a whole in the end, else with -1."""
        self._index = index
        self._most_calls = most_calls
        self._totals = Totals()
        self._outcomes: dict[tuple[str, int], int] = {}
        """Where each outcome came first."""
        self._first: tuple[int, int] | None = None
        """Place and time of the first message."""
        self._refused = 0
        self._drawable: list[tuple[int, Drawable]] = []
        self._seen: set[type] = set()
        self._examples: dict[tuple[str, int], Finding] = {}
        self.wants: dict[type, Callable[[int, Any], None]] = {
            Sighting: self._sighted,
            Transaction: self._transaction,
            Call: self._call,
            Registration: self._subject,
            Subscription: self._subject,
            Publication: self._subject,
            Finding: self._finding,
        }
        """What it still wants, and who takes it."""

    def take(self, place: int, event: Event) -> None:
        """Take the next event."""
        receiver = self.wants.get(event.__class__)
        if receiver is not None:
            receiver(place, event)

    def _sighted(self, place: int, sighting: Sighting) -> None:
        self._first = place, sighting.time
        del self.wants[Sighting]

    def _transaction(self, place: int, transaction: Transaction) -> None:
        if transaction.owner is None:
            self._draw(place, transaction)
            del self.wants[Transaction]

    def _subject(self, place: int, subject: Registration | Subscription | Publication) -> None:
        self._totals.subjects[type(subject).__name__.lower()] += 1
        refused = self._is_refused(subject)
        if type(subject) not in self._seen or refused:
            self._draw(place, subject)

    def _draw(self, place: int, subject: Drawable) -> None:
        subject.wanted = True
        self._seen.add(type(subject))
        self._drawable.append((place, subject))

    def _call(self, place: int, call: Call) -> None:
        totals = self._totals
        if not totals.subjects["call"]:
            self.wants.pop(Transaction, None)  # where there are calls, no other subject is drawn instead
        totals.add_call(call)
        if len(totals.outcomes) != len(self._outcomes):
            for outcome in totals.outcomes:
                self._outcomes.setdefault(outcome, place)
        refused = self._is_refused(call)
        if totals.subjects["call"] <= self._most_calls or refused:
            self._draw(place, call)

    def _is_refused(self, subject: Drawable) -> bool:
        if self._refused >= HEALTHY_LADDERS or not is_refused(subject):
            return False
        self._refused += 1
        return True

    def _finding(self, place: int, finding: Finding) -> None:
        name = finding.rule.id, int(finding.severity)
        shown = self._examples.get(name)
        better = shown is None or comes_before(finding, shown)
        if better:
            self._examples[name] = finding
            keep_whole(finding)
        self.records.append((place, (self._index if better else -1, brief(finding))))

    def rest(self, flat: Flat) -> dict[str, Any]:
        """What was held back."""
        return {
            "first": self._first,
            "subjects": self._totals.subjects,
            "outcomes": [
                (place, *outcome, self._totals.outcomes[outcome]) for outcome, place in self._outcomes.items()
            ],
            "drawable": [(place, flat.reference(subject)) for place, subject in self._drawable],
            "examples": [whole(finding, flat) for finding in self._examples.values()],
        }
