"""When silence proves something: nothing came back, and the capture shows that the client missed it.

A request without an answer in the capture may have been answered out of sight. What proves that the client
got nothing is what it did: it sent the request again.
"""

from collections import Counter
from itertools import pairwise
from typing import Final, NamedTuple

from analyser.rules.calls._legs import downstream, rings_on_another_branch
from analyser.rules.registration._attempts import attacks
from analyser.track import Ending, Peer, Transaction
from analyser.track.bounds import RETRANSMISSION_GAP, T1, T2, TIMEOUT
from analyser.wire import Endpoint

_FULL: Final = 50 * T1
"""A client that repeats its request for so long has nearly used up its 64*T1."""
_WITHIN: Final = frozenset({"BYE", "CANCEL", "PRACK", "UPDATE", "INFO"})
"""Methods that belong to a call under way, also where a To tag is missing."""


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
    return transaction.ending is Ending.TIMEOUT or transaction.settled_at - transaction.first.time >= TIMEOUT


def given_up(transaction: Transaction) -> bool:
    """Whether 64*T1 passed and the client, as far as one can see, waited for that long.

    Over UDP a client that waits repeats its request. One that did not repeat it got an answer out of
    sight, or is no real client (scanners, home-made programs).
    """
    return timed_out(transaction) and (transaction.reliable or repeats(transaction) > 0)


def is_cut(transaction: Transaction) -> bool:
    """Whether the capture cut the head of the request: then those of its answers are cut as well, and did not all find back to it."""
    sent = transaction.request
    return sent is not None and sent.missing > 0 and bool(sent.message.head_cut)


def kept_trying(transaction: Transaction) -> bool:
    """Whether the client went on repeating its request for as long as it may, or until it cancelled or the capture ended.

    One that stops before may have heard an answer that the capture does not hold.
    """
    times = [seen.time for seen in transaction.requests]
    if transaction.reliable or times[-1] - times[0] >= _FULL:
        return True
    if len(times) < 2:
        return False
    gap = 2 * (times[-1] - times[-2])
    due = times[-1] + (gap if transaction.method == "INVITE" else min(gap, T2)) + T1
    end = transaction.settled_at
    if transaction.cancel is not None:
        end = min(end, transaction.cancel.first.time)
    return end <= due


def unanswered(transaction: Transaction, copies: int) -> bool:
    """Whether the request had no response at all, and the capture proves that.

    Either the client repeated it `copies` - 1 times or more, or 64*T1 passed in a capture that shows the
    other side talking.
    """
    if transaction.request is None or transaction.responses or is_cut(transaction):
        return False
    if transaction.peer_heard and given_up(transaction):
        return True
    return repeats(transaction) + 1 >= copies


def is_large(transaction: Transaction, octets: int = 1300) -> bool:
    """Whether the request is a datagram larger than RFC 3261 §18.1.1 allows, to somebody who is heard otherwise."""
    sent = transaction.request
    return (
        sent is not None
        and transaction.peer_heard
        and not transaction.reliable
        and len(sent.message.raw) + sent.missing > octets
    )


class Silence(NamedTuple):
    """The requests outside a dialog that one source sent to one address and that nobody answered; at least one."""

    target: Endpoint
    requests: list[Transaction]

    @property
    def calls(self) -> list[Transaction]:
        """The INVITEs of them."""
        return [seen for seen in self.requests if seen.method == "INVITE"]

    @property
    def asked(self) -> list[str]:
        """What was sent, counted: `REGISTER (3)`, `SUBSCRIBE (1)`."""
        counted = Counter(seen.method for seen in self.requests)
        return [f"{method} ({count})" for method, count in counted.most_common(6)]


def silences(peer: Peer, copies: int = 4, copies_of_invite: int = 3) -> list[Silence]:
    """What a source sent into silence, by target, each request at the last hop that shows it.

    One target is one silence, whatever was sent there, so that a dead server is told once. INVITEs that are a branch of a call which
    rings or is answered elsewhere are left out, and everything of a source that the rules on security report.
    """
    found: dict[Endpoint, list[Transaction]] = {}
    for seen in peer.failures:
        if seen.status or seen.method in _WITHIN:
            continue
        least = copies_of_invite if seen.method == "INVITE" else copies
        if not _silent(seen, least) or any(_silent(further, least) for further in downstream(seen)):
            continue
        if is_large(seen) and unanswered(seen, copies_of_invite):
            continue  # `oversized-datagram` names the cause
        if seen.method == "INVITE" and rings_on_another_branch(seen):
            continue
        found.setdefault(seen.hop.target, []).append(seen)
    if not found or attacks(peer):
        return []
    return [Silence(*one) for one in found.items()]


def _silent(request: Transaction, copies: int) -> bool:
    """Whether no final response came, and for an INVITE no response at all, as far as the capture proves that."""
    if request.request is None:
        return False
    if request.responses:
        return request.method != "INVITE" and request.final is None and given_up(request)
    return unanswered(request, copies)
