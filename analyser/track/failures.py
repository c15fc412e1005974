"""The failed transactions that peers keep until they settle, and a bound on all of them together.

A failure holds what owns it, a call or registration with all its messages; those octets count once, however many
of its transactions failed.
"""

from typing import Final

from analyser.track import bounds
from analyser.track.subjects import Peer, Subject, is_everyday
from analyser.track.transaction import Transaction
from analyser.wire import Coverage

LATEST_ONLY: Final = (
    f"of a host with more than {bounds.MAX_FAILURES_OF_PEER} requests that were challenged, refused or not answered the latest ones are "
    "looked at one by one; all of them are counted"
)


class Failures:
    """Puts failures into `Peer.failures`, and takes the oldest out where there are too many."""

    def __init__(self, coverage: Coverage) -> None:
        self.coverage = coverage
        self.spared: list[Subject | Transaction] = []
        """What no peer keeps any longer, because of a bound."""
        self.octets = 0
        """Octets of SIP that the failures hold."""
        self._peers: dict[Transaction, Peer] = {}
        """Each failure's peer, the oldest failure first."""
        self._held: dict[Subject | Transaction, tuple[int, int]] = {}
        """How many failures hold a subject, and how many octets that subject had."""

    def keep(self, peer: Peer, transaction: Transaction) -> None:
        """Keep a failure of a peer until the peer settles."""
        owner = transaction.owner
        holder = owner or transaction
        failures, octets = self._held.get(holder, (0, 0))
        if not failures:
            octets = transaction.octets if owner is None else owner.octets
            self.octets += octets
        self._held[holder] = failures + 1, octets
        if owner is not None:
            owner.kept += 1
        else:
            transaction.kept += 1
        peer.failures.append(transaction)
        peer.failed += 1
        self._peers[transaction] = peer
        if is_everyday(transaction):
            peer.everyday += 1
            if peer.everyday > bounds.MAX_EVERYDAY_OF_PEER:
                self._spare_oldest(peer, everyday=True)
        elif len(peer.failures) - peer.everyday > bounds.MAX_FAILURES_OF_PEER:
            self._spare_oldest(peer, everyday=False)
        while len(self._peers) > bounds.MAX_FAILURES or self.octets > bounds.MAX_FAILURE_OCTETS:
            self._drop(next(iter(self._peers.values())))

    def release(self, peer: Peer) -> None:
        """The peer has settled: what it keeps counts no longer, but stays whole until the peer itself is let go."""
        if peer.failed > bounds.MAX_FAILURES_OF_PEER:
            self.coverage.note_once(LATEST_ONLY)
        for transaction in peer.failures:
            self._release(transaction)

    def _drop(self, peer: Peer) -> None:
        self.coverage.evicted["failed transactions of peers"] += 1
        self._spare(peer, peer.failures.popleft())

    def _spare_oldest(self, peer: Peer, *, everyday: bool) -> None:
        for failure in peer.failures:
            if is_everyday(failure) is everyday:
                peer.failures.remove(failure)
                self._spare(peer, failure)
                return

    def _spare(self, peer: Peer, transaction: Transaction) -> None:
        if is_everyday(transaction):
            peer.everyday -= 1
        else:
            peer.forgotten += 1
        self._release(transaction)
        owner = transaction.owner
        if owner is not None:
            owner.kept -= 1
            if not owner.kept:
                self.spared.append(owner)
        else:
            transaction.kept -= 1
            self.spared.append(transaction)

    def _release(self, transaction: Transaction) -> None:
        del self._peers[transaction]
        holder = transaction.owner or transaction
        failures, octets = self._held.pop(holder)
        if failures > 1:
            self._held[holder] = failures - 1, octets
        else:
            self.octets -= octets
