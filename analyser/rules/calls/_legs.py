"""What the rules of this family ask of a request on its way: who is behind it, what came back, and when.

A proxy shows the same request on two hops. The rules tell a thing once for a call, on the hop where it begins.
"""

from collections.abc import Iterable, Iterator, Sequence

from analyser.sip import Defect, Response
from analyser.track import Call, Sighting, Transaction

MOST_RELATED = 20
"""Messages that one piece of evidence cites."""


def status(sighting: Sighting) -> int:
    """The status code; 0 of a request."""
    message = sighting.message
    return message.status if isinstance(message, Response) else 0


def status_line(sighting: Sighting) -> str:
    """Status code and reason phrase as sent: `486 Busy Here`."""
    message = sighting.message
    return f"{message.status} {message.reason}".rstrip() if isinstance(message, Response) else ""


def some(sightings: Sequence[Sighting]) -> tuple[Sighting, ...]:
    """These, or of many the first and the last."""
    if len(sightings) <= MOST_RELATED:
        return tuple(sightings)
    return (*sightings[: MOST_RELATED - 1], sightings[-1])


def speaker(sighting: Sighting) -> str:
    """Who sent it: the address, and the product where it names itself."""
    product = sighting.message.user_agent
    return f"{sighting.hop.source} ({product[:60]})" if product else str(sighting.hop.source)


def downstream(transaction: Transaction) -> Iterator[Transaction]:
    """The same request on all hops further on."""
    waiting = list(transaction.forwards)
    while waiting:
        further = waiting.pop()
        yield further
        waiting += further.forwards


def upstream(transaction: Transaction) -> Iterator[Transaction]:
    """The same request on all hops before, the nearest first."""
    before = transaction.forward_of
    while before is not None:
        yield before
        before = before.forward_of


def progress(transaction: Transaction) -> Sighting | None:
    """The first response that says more than 100 Trying does."""
    return next((seen for seen in transaction.responses if status(seen) > 100), None)


def progresses_elsewhere(transaction: Transaction) -> bool:
    """Whether the same request rings or is answered on another branch: then this one is a fork of a live call."""
    owner = transaction.owner
    if not isinstance(owner, Call):
        return False
    own = {id(transaction), *(id(further) for further in downstream(transaction))}
    return any(
        100 < status(seen) < 300
        for other in owner.transactions
        if other.method == "INVITE" and other.cseq == transaction.cseq and id(other) not in own
        for seen in other.responses
    )


def rings_on_another_branch(transaction: Transaction) -> bool:
    """Whether a proxy sent the same request to several places and another of them rings or answers.

    The hops before, which only show what comes back from any branch, are no branches.
    """
    before = list(upstream(transaction))
    return any(
        100 < status(seen) < 300
        for fork in before
        for branch in fork.forwards
        if branch is not transaction and branch not in before
        for further in (branch, *downstream(branch))
        for seen in further.responses
    )


def completed_elsewhere(cancel: Transaction) -> bool:
    """Whether a CANCEL says that another device has answered (RFC 3326 §3.1)."""
    request = cancel.request
    if request is None or b"eason" not in request.message.raw:
        return False
    return any(
        (reason.protocol.upper() == "SIP" and reason.cause == 200)
        or (reason.protocol.upper() == "Q.850" and reason.cause == 26)
        for reason in request.message.reasons
    )


def cancelled_at(invite: Transaction) -> Sighting | None:
    """The CANCEL for it on its hop, where seen."""
    return invite.cancel.request if invite.cancel is not None else None


def came_without_via(stray: Transaction, asked: Transaction) -> bool:
    """Whether a final response that has no Via, so that nothing ties it to any request, is for this one: same Call-ID, CSeq and From
    tag, between the same hosts (RFC 3261 §17.1.3 matches by Via alone)."""
    final = stray.final
    return (
        stray.request is None
        and final is not None
        and Defect.MISSING_VIA in final.message.scan_defects
        and asked.request is not None
        and asked.final is None
        and (stray.method, stray.call_id, stray.cseq, stray.from_tag)
        == (asked.method, asked.call_id, asked.cseq, asked.from_tag)
        and stray.hop.source.host == asked.hop.source.host
        and stray.hop.target.host == asked.hop.target.host
    )


def final_without_via(invite: Transaction) -> Sighting | None:
    """The final response that came back for a request but cannot be tied to it; `malformed-message` tells of it."""
    if invite.final is not None or invite.owner is None:
        return None
    return next((other.final for other in invite.owner.transactions if came_without_via(other, invite)), None)


def after(sightings: Iterable[Sighting], time: int) -> list[Sighting]:
    """Those later than `time`."""
    return [seen for seen in sightings if seen.time > time]
