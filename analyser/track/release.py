"""Taking settled subjects apart, so that they leave memory at once.

Sightings, transactions and what owns them point at each other; left alone, they would wait for the cycle
collector, which costs as much as tracking does. `Release` unlinks them once nobody wants them: a subject
that a finding cites, or that the consumer of the events has marked as wanted, stays whole.
"""

from collections import deque

from analyser.track.subjects import Call, Peer, Subject
from analyser.track.transaction import OPEN, Transaction

_WAITING = 64
"""Subjects kept whole behind the latest, so that a consumer may look at what came just before."""


class Release:
    """A queue of settled subjects on their way out.

    A consumer that takes events one by one has looked at a subject once the next ones come. With `in_turns` it takes them many at a
    time: then nothing is taken apart before it has said, by `looked`, that it has looked at them.
    """

    def __init__(self, *, in_turns: bool = False) -> None:
        self._waiting: deque[Subject | Transaction] = deque()
        self._in_turns = in_turns

    def let_go(self, subject: Subject | Transaction | Peer, cited: bool) -> None:  # noqa: FBT001
        """Take apart what nobody needs: `cited` says that a finding is about it."""
        if isinstance(subject, Peer):
            self._let_go_failures(subject, cited=cited)
            return
        owner = subject.owner if isinstance(subject, Transaction) else None
        if cited:
            (owner or subject).wanted = True
        elif owner is None:  # else it goes with its owner
            self.spare(subject)

    def spare(self, subject: Subject | Transaction) -> None:
        """Take apart what a peer has kept, if it has settled; what has not is let go when it does."""
        if subject.ending is OPEN or subject.wanted or subject.kept:
            return
        waiting = self._waiting
        waiting.append(subject)
        if len(waiting) > _WAITING and not self._in_turns:
            _take_apart(waiting.popleft())

    def looked(self) -> None:
        """What has been let go so far has been looked at."""
        waiting = self._waiting
        while waiting:
            _take_apart(waiting.popleft())

    def _let_go_failures(self, peer: Peer, *, cited: bool) -> None:
        """What a peer has kept goes with it. A finding about the peer may cite each of them."""
        for transaction in peer.failures:
            subject = transaction.owner or transaction
            subject.kept -= 1
            if cited:
                subject.wanted = True
            else:
                self.spare(subject)


def _take_apart(subject: Subject | Transaction) -> None:
    if subject.wanted or subject.kept:  # since
        return
    if isinstance(subject, Transaction):
        _unlink(subject)
        return
    transactions = subject.transactions
    for transaction in transactions:
        _unlink(transaction)
    transactions.clear()
    if isinstance(subject, Call):
        subject.legs = None
        subject.dialogs.clear()
        subject.loose.clear()


def _unlink(transaction: Transaction) -> None:
    for sighting in transaction.requests:
        sighting.transaction = None
    for sighting in transaction.responses:
        sighting.transaction = None
    for sighting in transaction.acks:
        sighting.transaction = None
    transaction.owner = transaction.previous = (
        None  # `forward_of` stays: a peer may keep it as its first or last
    )
    if transaction.cancel is not None or transaction.invite is not None:
        transaction.cancel = transaction.invite = None
    if transaction.forwards:  # else it is the list of all that have none
        transaction.forwards.clear()
