"""When packets were missed: what rests on something not being there cannot be said of that time."""

from typing import Final

from analyser.tls import TlsConnection
from analyser.track import Call, Publication, Registration, Sighting, Subscription, Transaction
from analyser.wire import SECOND, Coverage

MAX_GAPS: Final = 1024
"""Moments of loss that are told apart; beyond it the oldest become one long one."""
NEAR: Final = SECOND
"""Losses that follow each other this closely are one."""


class Gaps:
    """Stretches of capture time in which packets were lost, in the order in which they were noticed."""

    def __init__(self, coverage: Coverage) -> None:
        self.coverage = coverage
        self.spans: list[tuple[int, int]] = []
        self.set_back = False
        """Whether the clock was set back, so that what lived then seems to end before it began."""

    def __bool__(self) -> bool:
        return self.set_back or bool(self.spans)

    def add(self, begin: int, end: int) -> None:
        """Packets are missing somewhere from `begin` to `end`, ns since 1970, or the clock was set from the one to the other."""
        if end < begin:
            self.set_back = True
            return
        spans = self.spans
        if spans and spans[-1][0] - NEAR <= begin <= spans[-1][1] + NEAR:
            last = spans.pop()
            begin, end = min(begin, last[0]), max(end, last[1])
        spans.append((begin, end))
        if len(spans) > MAX_GAPS:
            (one, two), (three, four) = spans[:2]
            spans[:2] = [(min(one, three), max(two, four))]
            self.coverage.evicted["moments of loss"] += 1

    def touch(self, begin: int, end: int) -> bool:
        """Whether any packet may be missing from `begin` to `end`."""
        if end < begin:
            if self.set_back:
                return True
            begin, end = end, begin
        return any(begin <= until and since <= end for since, until in reversed(self.spans))


def lifetime(subject: object) -> tuple[int, int] | None:
    """From when to when packets of a subject may have passed, ns, the wrong way round where the clock was set back; None of a peer, which is there for as long as the capture.

    A transaction of a call lives from the beginning of the call: what is said of it may rest on what came before.
    """
    if isinstance(subject, Sighting):
        return (subject.time, subject.time) if subject.transaction is None else lifetime(subject.transaction)
    if isinstance(subject, Transaction):
        first = subject
        if isinstance(subject.owner, Call) and subject.owner.transactions:
            first = subject.owner.transactions[0]
        return first.first.time, subject.settled_at or subject.last.time
    if isinstance(subject, TlsConnection):
        at = subject.hello or subject.answer or subject.closed
        return (
            None
            if at is None
            else (at.time, max(at.time, subject.closed.time if subject.closed else at.time))
        )
    if isinstance(subject, Call | Registration | Subscription | Publication) and subject.transactions:
        return subject.transactions[0].first.time, subject.settled_at
    return None
