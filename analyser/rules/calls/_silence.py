"""When silence proves something: nothing came back, and the capture shows that the client missed it.

A request without an answer in the capture may have been answered out of sight. What proves that the client
got nothing is what it did: it sent the request again.
"""

from itertools import pairwise

from analyser.track import Ending, Transaction
from analyser.track.bounds import RETRANSMISSION_GAP, TIMEOUT


def repeats(transaction: Transaction) -> int:
    """Retransmissions of the request, closer copies left out (they may be the capture's own)."""
    requests = transaction.requests
    if len(requests) < 2:
        return 0
    times = [seen.time for seen in requests]
    return transaction.copies + sum(
        later - earlier >= RETRANSMISSION_GAP for earlier, later in pairwise(times)
    )


def timed_out(transaction: Transaction) -> bool:
    """Whether 64*T1 passed under observation: Timer B of an INVITE, Timer F of another request."""
    if transaction.ending is Ending.TIMEOUT:
        return True
    return (
        transaction.ending is not Ending.OPEN and transaction.settled_at - transaction.first.time >= TIMEOUT
    )


def given_up(transaction: Transaction) -> bool:
    """Whether 64*T1 passed and the client, as far as one can see, waited for that long.

    Over UDP a client that waits repeats its request. One that did not repeat it got an answer out of
    sight, or is no real client (scanners, home-made programs).
    """
    return timed_out(transaction) and (transaction.reliable or repeats(transaction) > 0)


def unanswered(transaction: Transaction, copies: int) -> bool:
    """Whether the request had no response at all, and the capture proves that.

    Either the client repeated it `copies` - 1 times or more, or 64*T1 passed in a capture that shows the
    other side talking.
    """
    if transaction.request is None or transaction.responses:
        return False
    if transaction.peer_heard and given_up(transaction):
        return True
    return repeats(transaction) + 1 >= copies
