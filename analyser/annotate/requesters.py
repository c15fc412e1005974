"""How the latest requests of a host fare, before they have settled: what a `Peer` will count then."""

from collections import Counter
from typing import Final

from analyser.annotate.told import Told
from analyser.track import Peer, Transaction
from analyser.track.bounds import TIMEOUT
from analyser.track.subjects import fails
from analyser.wire import SECOND

EVERY: Final = SECOND
"""A host is looked at as soon as a request of it fails, and what was told of a subject as soon as something comes, but not more
often than this."""
AT_ONCE: Final = 64
"""Transactions to look at which takes as long as `EVERY` allows for; with more of them, looks are rarer in proportion."""

CHALLENGED_AFTER: Final = 5 * SECOND
"""A host that was challenged is looked at again after this time: it has answered by then, or does not."""


def pause(transactions: int) -> int:
    """For how long a subject with so many transactions to look at is not looked at again, ns."""
    return EVERY * (1 + transactions // AT_ONCE)


class Requester:
    """A host that sent requests, with those of them that have not settled."""

    __slots__ = (
        "_failing",
        "_fresh",
        "_last",
        "_met",
        "_waiting",
        "asked",
        "challenged",
        "doubted",
        "failures",
        "heard",
        "host",
        "looked",
        "next",
        "stirred",
        "told",
    )

    def __init__(self, host: str) -> None:
        self.host = host
        self.heard = 0
        """When a request of it came to something, or to nothing, last."""
        self.asked = 0
        """When it was asked for credentials last."""
        self.challenged = 0
        """When it was asked for credentials, unless that has been looked at since it should have answered."""
        self.doubted = 0
        """When it is looked at again although nothing has come; 0 for no such time."""
        self.failures = 0
        """How many the latest look went through."""
        self.looked = 0
        """From when on another look may be worth it."""
        self.next = 0
        """When it is looked at next; 0 for no such time."""
        self.stirred = False
        """Whether anything has come that a look may show."""
        self.told = Told()
        self._fresh: dict[Transaction, tuple[str, int]] = {}
        self._met: Counter[tuple[str, int]] = Counter()
        self._failing: dict[Transaction, None] = {}
        self._last: Transaction | None = None
        self._waiting: dict[Transaction, None] = {}
        """Requests outside a dialog to which nothing has come so far, the oldest first."""

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to remember."""
        return not self._fresh and not self._waiting and not self.told

    @property
    def silence(self) -> int:
        """Since when the oldest request waits for anything to come; 0 where none does."""
        return next(iter(self._waiting)).first.time if self._waiting else 0

    def step(self, by: int) -> None:
        """The clock was set by so many ns."""
        self.asked += by if self.asked else 0
        self.looked += by if self.looked else 0
        self.next += by if self.next else 0
        self.doubted += by if self.doubted else 0

    def ask(self, transaction: Transaction) -> None:
        """A request without a response so far was sent, perhaps again."""
        if transaction in self._fresh:
            self.stirred = True
        elif transaction not in self._waiting and fails(transaction):
            self._waiting[transaction] = None

    def answer(self, transaction: Transaction) -> None:
        """Something has come."""
        self._waiting.pop(transaction, None)

    def doubt(self, now: int) -> bool:
        """Set when it is looked at again although nothing comes, and say whether it is: time alone may make worse what was told, and
        whoever was challenged may leave it at that."""
        self.doubted = 0
        if self.told and now < self.heard + TIMEOUT:
            self.doubted = max(self.heard + TIMEOUT, self.looked)
        if now < self.asked + CHALLENGED_AFTER:
            answered = max(self.asked + CHALLENGED_AFTER, self.looked)
            self.doubted = min(self.doubted or answered, answered)
        return self.doubted > 0

    def despair(self, since: int) -> None:
        """Take those as failed that have waited since then or before."""
        while self._waiting and self.silence <= since:
            self.take(next(iter(self._waiting)))

    def take(self, transaction: Transaction) -> None:
        """Count a request that has its final response, or has waited for long."""
        self.settle(transaction)
        self._fresh[transaction] = met = transaction.method, transaction.status
        self._met[met] += 1
        self._last = transaction
        if fails(transaction):
            self._failing[transaction] = None
            self.stirred = True

    def settle(self, transaction: Transaction) -> None:
        """From now on the peer counts it."""
        self._waiting.pop(transaction, None)
        met = self._fresh.pop(transaction, None)
        if met is not None:
            self._met[met] -= 1
            if not self._met[met]:
                del self._met[met]
            self._failing.pop(transaction, None)
            if self._last is transaction and not self._fresh:
                self._last = None

    def seen(self, settled: Peer | None, now: int) -> Peer | None:
        """The peer as it will be, should nothing more come; None where none of its requests came to anything."""
        if settled is None and self._last is None:
            return None
        first = settled.first if settled is not None else next(iter(self._fresh))
        peer = Peer(self.host, first)
        if settled is not None:
            peer.statuses.update(settled.statuses)
            peer.failures.extend(settled.failures)
            peer.failed = settled.failed
            peer.forgotten = settled.forgotten
            peer.undecided = settled.undecided
            peer.last = settled.last
        peer.statuses.update(self._met)
        peer.failures.extend(self._failing)
        peer.failed += len(self._failing)
        peer.last = self._last or peer.last
        peer.settled_at = now
        self.failures = len(peer.failures)
        self.looked = now + pause(self.failures)
        return peer
