"""Subjects as they stand before they have settled, for rules that cannot wait for that."""

from typing import Self

from analyser.track.subjects import Peer, Subject
from analyser.track.tracker import Tracker
from analyser.track.transaction import OPEN, Transaction


class Standing:
    """In its scope, open subjects bear the time of a look as if they had settled then; their `ending` stays OPEN.

    What of them had no response knows whether the other side was heard at all, as after settling.
    """

    def __init__(self, subject: Transaction | Subject | Peer, now: int, tracker: Tracker) -> None:
        self._tracker = tracker
        self._now = now
        self._owners: list[tuple[Subject, int]] = []
        self._open: list[Transaction] = []
        if isinstance(subject, Peer):
            self._take_peer(subject)
        elif isinstance(subject, Transaction):
            self._take(subject)
        else:
            self._take_owner(subject)

    def _take_peer(self, peer: Peer) -> None:
        for failure in peer.failures:
            if failure.ending is OPEN:
                self._take(failure)

    def _take(self, transaction: Transaction) -> None:
        if transaction.owner is None:
            self._open.append(transaction)
        else:
            self._open += [seen for seen in transaction.owner.transactions if seen.ending is OPEN]

    def _take_owner(self, owner: Subject) -> None:
        self._owners.append((owner, owner.settled_at))
        self._open += [seen for seen in owner.transactions if seen.ending is OPEN]

    def __enter__(self) -> Self:
        now, heard_back = self._now, self._tracker.heard_back
        for owner, _ in self._owners:
            owner.settled_at = now
        for transaction in self._open:
            transaction.settled_at = now
            if not transaction.responses:
                transaction.peer_heard = heard_back(transaction.hop)
        return self

    def __exit__(self, *failure: object) -> None:
        for owner, settled_at in self._owners:
            owner.settled_at = settled_at
        for transaction in self._open:
            transaction.settled_at = 0
            transaction.peer_heard = True
