"""A call as the element that began it saw it: one step a message, retransmissions folded, other hops left out.

So the same call is the same list of steps whatever addresses it was made from and however many hops the capture holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from analyser.report.cases import sightings_of
from analyser.sip import Request
from analyser.track import Transaction
from analyser.wire import DATAGRAM_TRANSPORTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyser.report.cases import Drawable
    from analyser.track import Sighting
    from analyser.wire import Endpoint

MAX_STEPS: Final = 300
"""Steps of one call that are compared: the work grows with the product."""

CALLER, CALLEE = "caller", "callee"
_CHALLENGES: Final = (401, 407)


class Step(NamedTuple):
    """One message from the caller's element or to it."""

    sent: bool
    """Whether the caller's element sent it."""
    kind: tuple[str, int]
    """Method, and status code; 0 for a request."""
    seen: Sighting
    copies: tuple[Sighting, ...]
    """Its retransmissions."""
    passing: bool
    """Whether nothing hangs on it: a provisional response, or a challenge that was answered, with what it led to."""

    @property
    def key(self) -> tuple[bool, str, int]:
        """What must be equal for two steps to be the same."""
        return (self.sent, *self.kind)


class Steps(NamedTuple):
    """Of one call."""

    steps: list[Step]
    left_out: int
    """Steps behind `MAX_STEPS`."""
    roles: dict[str, str]
    """The addresses of the two elements by what they are: `caller` began, `callee` is what it talks to."""
    caller: str
    callee: str
    other_hops: int
    """Messages on further hops, which are not compared."""


def steps_of(subject: Drawable) -> Steps:
    """The steps of a call, registration, subscription, publication or single transaction."""
    sightings = sightings_of(subject)
    if not sightings:
        return Steps([], 0, {}, "", "", 0)
    first = _opening(subject, sightings)
    caller, callee = first.hop.source, first.hop.target
    if not isinstance(first.message, Request):
        caller, callee = callee, caller
    by_port = _shares_its_host(caller, callee, sightings)

    def is_caller(endpoint: Endpoint) -> bool:
        return endpoint == caller if by_port else endpoint.host == caller.host

    steps: list[Step] = []
    copies: dict[int, list[Sighting]] = {}
    known: dict[tuple[object, ...], int] = {}
    other_hops = 0
    answered = _answered_challenges(sightings)
    for seen in sightings:
        sent, got = is_caller(seen.hop.source), is_caller(seen.hop.target)
        if seen.duplicate:
            continue
        if not (sent or got):
            other_hops += 1
            continue
        message = seen.message
        kind = (message.method, 0) if isinstance(message, Request) else (message.cseq_method, message.status)
        # The same response of another branch of a fork has another To tag.
        of = (sent, kind, message.cseq, message.branch, message.to_tag)
        if seen.retransmission and of in known:
            copies[known[of]].append(seen)
            continue
        known[of] = len(steps)
        copies[len(steps)] = []
        steps.append(Step(sent, kind, seen, (), passing=_is_passing(seen, kind, answered)))
    whole = [step._replace(copies=tuple(copies[number])) for number, step in enumerate(steps)]
    roles = {callee.host.lower(): CALLEE, caller.host.lower(): CALLER}
    return Steps(
        whole[:MAX_STEPS],
        max(0, len(whole) - MAX_STEPS),
        roles,
        str(caller) if by_port else caller.host,
        str(callee) if by_port else callee.host,
        other_hops,
    )


def _opening(subject: Drawable, sightings: Sequence[Sighting]) -> Sighting:
    """The request that began it, else its first message."""
    transactions = [subject] if isinstance(subject, Transaction) else subject.transactions
    for transaction in transactions:
        if transaction.request is not None and transaction.forward_of is None:
            return transaction.request
    return sightings[0]


def _answered_challenges(sightings: Sequence[Sighting]) -> set[int]:
    """The transactions, by identity, that met a challenge which the next attempt answered."""
    found = set()
    for seen in sightings:
        before = seen.transaction.previous if seen.transaction is not None else None
        if before is not None and before.status in _CHALLENGES:
            found.add(id(before))
    return found


def _is_passing(seen: Sighting, kind: tuple[str, int], answered: set[int]) -> bool:
    method, status = kind
    transaction = seen.transaction
    if 100 <= status < 200 or method == "PRACK":
        return True
    if transaction is None:
        return False
    if status or method == "ACK":
        return id(transaction) in answered
    return transaction.previous is not None and id(transaction.previous) in answered


def _shares_its_host(caller: Endpoint, callee: Endpoint, sightings: Sequence[Sighting]) -> bool:
    """Whether another element has the caller's address: on the same machine, or behind the same NAT."""
    if caller.host == callee.host:
        return True
    return any(
        seen.hop.target.host == caller.host
        and seen.hop.target.port != caller.port
        and seen.hop.transport in DATAGRAM_TRANSPORTS
        and seen.transaction is not None
        and seen.transaction.forward_of is not None
        and isinstance(seen.message, Request)
        and not seen.message.to_tag
        for seen in sightings
    )
