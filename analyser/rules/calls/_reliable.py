"""Reliable provisional responses that the callee repeats in vain (RFC 3262 §3)."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from analyser.track import Call, Sighting, Transaction
from analyser.wire import SECOND

REPEATS: Final = 2
"""Repeats that prove a missing PRACK."""
_PATIENCE: Final = 30 * SECOND
"""A refusal so long after the response is that of a callee that has waited 64*T1 for the PRACK."""


class Unconfirmed(NamedTuple):
    """A reliable provisional response, its repeats since the PRACK if there was one, and that PRACK."""

    first: Sighting
    rseq: int
    repeated: list[Sighting]
    prack: Sighting | None


def unconfirmed(invite: Transaction, repeats: int = REPEATS) -> Iterator[Unconfirmed]:
    """Those that were repeated at least `repeats` times with no PRACK in sight, or after it."""
    if len(invite.responses) <= repeats + (invite.status > 0) or not invite.requests:
        return
    copies = [seen for seen in invite.responses if seen.retransmission]
    if len(copies) < repeats:
        return
    for first in invite.responses:
        if first.retransmission or first.message.status >= 200 or b"100rel" not in first.message.raw:  # type: ignore[union-attr]
            continue
        repeated = [seen for seen in copies if seen.message.raw == first.message.raw]
        if len(repeated) < repeats or any(_same_at(further, first) for further in invite.forwards):
            continue
        rseq = first.message.rseq
        if rseq is None or "100rel" not in first.message.require:
            continue
        prack = prack_of(invite, rseq, {invite.hop.source.host, invite.hop.target.host})
        if prack is not None:
            repeated = [seen for seen in repeated if seen.time > prack.time]
        if len(repeated) >= repeats:
            yield Unconfirmed(first, rseq, repeated, prack)


def gave_up_on_prack(invite: Transaction) -> bool:
    """Whether the callee refused the call because the PRACK did not come, as it should after 64*T1."""
    final = invite.final
    return final is not None and any(
        final.time - waiting.first.time >= _PATIENCE for waiting in unconfirmed(invite)
    )


def prack_of(invite: Transaction, rseq: int, hosts: set[str]) -> Sighting | None:
    """The PRACK for a provisional response of this INVITE, on a hop from one of the hosts."""
    for sent in _pracks(invite, hosts):
        rack = sent.message.rack
        if rack is None or (
            rack.rseq == rseq and rack.cseq == invite.cseq
        ):  # cut or garbled: perhaps this one
            return sent
    return None


def strange_prack(invite: Transaction, unanswered: Unconfirmed) -> Sighting | None:
    """A PRACK after the response whose RAck names no provisional response of this INVITE."""
    known = {(seen.message.rseq, invite.cseq) for seen in invite.provisionals}
    return next(
        (
            sent
            for sent in _pracks(invite, {invite.hop.source.host})
            if sent.number > unanswered.first.number
            and sent.message.rack is not None
            and (sent.message.rack.rseq, sent.message.rack.cseq) not in known
        ),
        None,
    )


def _pracks(invite: Transaction, hosts: set[str]) -> Iterator[Sighting]:
    owner = invite.owner
    for other in owner.transactions if isinstance(owner, Call) else ():
        sent = other.request
        if other.method == "PRACK" and sent is not None and sent.hop.source.host in hosts:
            yield sent


def _same_at(further: Transaction, first: Sighting) -> bool:
    """Whether the next hop shows the same response, so that it is told there."""
    return any(
        seen.message.rseq == first.message.rseq and seen.retransmission for seen in further.provisionals
    )
