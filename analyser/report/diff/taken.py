"""What a comparison keeps of one capture: counts, a case for each rule, the call that is to be compared. Its size does not depend
on the length of the capture."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from analyser.annotate import CaptureStart, Finding, Summary
from analyser.report.cases import KINDS, Cases
from analyser.report.encrypted import Encrypted
from analyser.tls import TlsConnection
from analyser.track import (
    Call,
    Peer,
    Publication,
    Registration,
    Sighting,
    Subscription,
    Transaction,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from analyser.annotate import Event, Severity
    from analyser.report.cases import Drawable

MAX_HOSTS: Final = 10_000
"""Hosts whose requests are counted one by one."""
MAX_PRODUCTS: Final = 1_000
"""Names of user agents and servers that are counted one by one."""
MAX_PRODUCT: Final = 120
"""Characters of such a name."""
MAX_MATCHES: Final = 5
"""Calls that are named where a choice is not one call."""
MAX_PENDING: Final = 80_000
"""Subjects that are yet to come and in which something was found: as many as the tracker holds at a time (`track.bounds`), so
that no finding of what is to come is let go."""
_NO_FAILURE: Final = frozenset({401, 407, 487})
"""Challenges, and the consequence of a CANCEL."""


@dataclass(slots=True)
class Fared:
    """How the requests of one host fared."""

    attempts: int = 0
    failures: int = 0
    """4xx to 6xx and no final response at all, without challenges and consequences of a CANCEL."""
    codes: Counter[int] = field(default_factory=Counter)


class Match(NamedTuple):
    """A subject that is the one asked for, or one of several."""

    subject: Drawable
    call_id: str


class Taken:
    """One capture: feed it every event of a brief analysis."""

    def __init__(
        self, chosen: Callable[[Drawable], bool] | None = None, least: Severity | None = None
    ) -> None:
        """`chosen` tells whether a call (or other subject) is the one to be compared; without it, the only one there is is.
        Findings below `least` are left out; of a chosen subject those count that cite it."""
        self.inputs: tuple[str, ...] = ()
        self.redacted = False
        self.summary: Summary | None = None
        self.cases = Cases()
        self.subjects: Counter[str] = Counter()
        """By kind; transactions that belong to nothing under `transaction`."""
        self.outcomes: Counter[tuple[str, int]] = Counter()
        """Of calls: how each ended, and for a failed one the status code."""
        self.encrypted = Encrypted()
        """TLS connections of SIP that were seen from outside."""
        self.hosts: dict[str, Fared] = {}
        self.hosts_left_out = 0
        self.products: Counter[str] = Counter()
        """Of each subject the User-Agent of its first request and the Server of its final response."""
        self.products_left_out = 0
        self.matches: list[Match] = []
        """The first subjects that are chosen, at most one more than `MAX_MATCHES`."""
        self._chosen = chosen
        self._least = least
        self._first: dict[str, Drawable] = {}
        self._pending: dict[int, list[Finding]] = {}
        """Where one is chosen: what was found in subjects that have not come, by their identity."""
        self._latest: Drawable | None = None
        """What came last: what is found now and is in it, is in nothing that is yet to come."""
        self._receivers: dict[type, Callable[[Any], None]] = {
            CaptureStart: self._started,
            Call: self._call,
            Registration: self._subject,
            Subscription: self._subject,
            Publication: self._subject,
            Transaction: self._transaction,
            Peer: self._peer,
            TlsConnection: self.encrypted.add,
            Finding: self._found,
            Summary: self._ended,
        }

    def receive(self, event: Event) -> None:
        """Take the next event."""
        receiver = self._receivers.get(event.__class__)
        if receiver is not None:
            receiver(event)

    @property
    def single(self) -> Drawable | None:
        """The one to be compared: what was chosen, else the only call, else the only subject of all."""
        if self._chosen is not None:
            return self.matches[0].subject if len(self.matches) == 1 else None
        if self.subjects["call"] == 1:
            return self._first["call"]
        if self.subjects.total() == 1:
            return next(iter(self._first.values()))
        return None

    @property
    def whole(self) -> Summary:
        """The summary; to ask for it before the analysis has come to its end is a mistake."""
        assert self.summary is not None
        return self.summary

    @property
    def span(self) -> int:
        """From the first SIP message to the last, ns."""
        summary = self.summary
        return max(0, summary.last_time - summary.first_time) if summary is not None else 0

    def _started(self, start: CaptureStart) -> None:
        self.inputs, self.redacted = start.inputs, start.redacted

    def _call(self, call: Call) -> None:
        state = call.state
        self.outcomes[state, call.first_leg[-1].status if state == "failed" else 0] += 1
        self._subject(call)

    def _subject(self, subject: Call | Registration | Subscription | Publication) -> None:
        self._count(subject, type(subject).__name__.lower())
        self._name_products(subject.transactions)

    def _transaction(self, transaction: Transaction) -> None:
        if transaction.owner is None:
            self._count(transaction, "transaction")
            self._name_products([transaction])

    def _count(self, subject: Drawable, kind: str) -> None:
        self.subjects[kind] += 1
        self._latest = subject
        if self._chosen is not None:
            pending = self._pending.pop(id(subject), ())
            if len(self.matches) <= MAX_MATCHES and self._chosen(subject):
                subject.wanted = True
                self.matches.append(Match(subject, call_id_of(subject)))
                for finding in pending:
                    self.cases.add(finding)
        elif kind not in self._first:
            self._first[kind] = subject
            subject.wanted = True

    def _name_products(self, transactions: list[Transaction]) -> None:
        names = set()
        for transaction in transactions:
            if transaction.request is not None:
                names.add(transaction.request.message.user_agent)
                if transaction.final is not None:
                    names.add(transaction.final.message.user_agent)
                break
        for name in sorted(names - {""}):
            shown = name[:MAX_PRODUCT]
            if shown in self.products or len(self.products) < MAX_PRODUCTS:
                self.products[shown] += 1
            else:
                self.products_left_out += 1

    def _peer(self, peer: Peer) -> None:
        counted = peer.fared
        if not counted:
            return
        fared = self.hosts.get(peer.host)
        if fared is None:
            if len(self.hosts) >= MAX_HOSTS:
                self.hosts_left_out += 1
                return
            fared = self.hosts[peer.host] = Fared()
        for status, count in counted.items():
            fared.attempts += count
            fared.codes[status] += count
            if status not in _NO_FAILURE and not 100 < status < 400:
                fared.failures += count

    def _found(self, finding: Finding) -> None:
        if self._least is not None and finding.severity < self._least:
            return
        if self._chosen is None:
            self.cases.add(finding)
            return
        cited = _cited(finding)
        if any(match.subject is subject for match in self.matches for subject in cited):
            self.cases.add(finding)
        elif cited and cited[0] is not self._latest:
            self._pending.setdefault(id(cited[0]), []).append(finding)
            if len(self._pending) > MAX_PENDING:
                del self._pending[next(iter(self._pending))]

    def _ended(self, summary: Summary) -> None:
        self.summary = summary


def _cited(finding: Finding) -> list[Drawable]:
    """The subjects of the messages that show it, that of the first one first."""
    seen = (finding.evidence.at, *finding.evidence.related)
    transactions = [each.transaction for each in seen if isinstance(each, Sighting)]
    return [transaction.owner or transaction for transaction in transactions if transaction is not None]


def take(events: Iterable[Event], taken: Taken) -> Taken:
    """The same, having taken all events."""
    receive = taken.receive
    for event in events:
        receive(event)
    return taken


def call_id_of(subject: Drawable) -> str:
    """The Call-ID; of a publication that of its first request."""
    if isinstance(subject, Publication):
        return subject.transactions[0].call_id if subject.transactions else ""
    return subject.call_id


def kind_of(subject: Drawable) -> str:
    """`call`, `registration`, `subscription`, `publication` or `transaction`."""
    return type(subject).__name__.lower()


COUNTED: Final = (*KINDS, "transaction")
"""The kinds, in the order in which they are told."""
