"""What a capture shows of an ACK that does not reach the callee: how far it got, and why no further."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from analyser.rules.calls._legs import upstream
from analyser.sip import Request
from analyser.sip.reach import are_apart, same_place
from analyser.track import Call
from analyser.track.bounds import RETRANSMISSION_GAP, T1, T2

if TYPE_CHECKING:
    from analyser.sip import Uri
    from analyser.track import Sighting, Transaction

ONE_SIDED: Final = 3
"""Repeats that prove a missing ACK where the capture holds the callee's side only."""
_CANNOT_SEND: Final = frozenset({476, 477, 478})
"""What Kamailio and OpenSIPS say when they cannot send to the next hop."""


class Fate(Enum):
    """What became of the ACK."""

    UNSEEN = "no ACK is in the capture"
    PASSED = "it went to the callee"
    DROPPED = "a proxy got it and did not send it on"
    OTHER_CSEQ = "one came with the CSeq of another request"
    OTHER_TAG = "one came for another dialog"


@dataclass(frozen=True, slots=True)
class Seen:
    """What the capture shows besides the repeats."""

    answer: Sighting
    fate: Fate
    ack: Sighting | None
    """The one that has had this fate."""
    again: list[Sighting]
    """Copies of the INVITE behind the answer."""
    kept_by: Transaction | None
    """The INVITE before a proxy that has kept the answer to itself."""
    passed: Sighting | None
    """The answer on the caller's hop, where the ACK has to come back."""
    refused: Sighting | None
    """What a proxy said that could not send to the Contact."""
    bye: Sighting | None
    """That of the callee."""

    @property
    def contact(self) -> Uri | None:
        """Where the ACK must go."""
        contacts = self.answer.message.contacts
        return contacts[0].uri if contacts else None

    @property
    def tells_nothing(self) -> bool:
        """Whether nothing but the repeats speaks for a missing ACK."""
        return self.fate is Fate.UNSEEN and self.bye is None and not self.again

    @property
    def is_strange(self) -> bool:
        """Whether the ACK belongs to something else."""
        return self.fate in (Fate.OTHER_CSEQ, Fate.OTHER_TAG)

    @property
    def dropped(self) -> Sighting | None:
        """The ACK that a proxy did not send on."""
        return self.ack if self.fate is Fate.DROPPED else None


def look(invite: Transaction, answer: Sighting, ack: Sighting | None) -> Seen:
    """All of it; `ack` is the one that went to the callee, if any did."""
    found, fate = _trace(invite, ack, answer)
    unseen = fate is Fate.UNSEEN
    return Seen(
        answer,
        fate,
        found,
        [seen for seen in invite.requests if seen.time - answer.time >= RETRANSMISSION_GAP],
        _kept_to_itself(invite) if unseen else None,
        _passed_back(invite, answer) if unseen else None,
        _undelivered(invite, answer),
        _hung_up(invite, answer),
    )


def has_stopped(invite: Transaction, repeats: list[Sighting]) -> bool:
    """Whether a callee that has repeated its answer once or twice let the time of the next repeat pass."""
    times = [seen.time for seen in invite.answers if seen.number <= repeats[-1].number][-2:]
    due = min(2 * (times[-1] - times[0]), T2) + T1
    return len(repeats) < ONE_SIDED and invite.settled_at - times[-1] > due


def _trace(invite: Transaction, ack: Sighting | None, answer: Sighting) -> tuple[Sighting | None, Fate]:
    """The ACK that the capture shows, wherever it does, and what became of it."""
    if ack is not None:
        return ack, Fate.PASSED
    for before in upstream(invite):
        for seen in before.acks:
            if (
                seen.message.to_tag == answer.message.to_tag
                and seen.hop.target.host == before.hop.target.host
            ):
                return seen, Fate.DROPPED
    answered = {seen.message.to_tag for seen in invite.answers}
    for seen in invite.acks:
        if seen.message.to_tag not in answered and seen.number > answer.number:
            return seen, Fate.OTHER_TAG
    owner = invite.owner
    if isinstance(owner, Call):
        for seen in owner.loose:
            if seen.message.to_tag == answer.message.to_tag and seen.message.cseq != invite.cseq:
                return seen, Fate.OTHER_CSEQ
    return None, Fate.UNSEEN


def _passed_back(invite: Transaction, answer: Sighting) -> Sighting | None:
    """The answer on the caller's hop, where the proxy that sent it there has put itself in the way of the ACK."""
    first = None
    for first in upstream(invite):  # noqa: B007 - the last one is the caller's
        pass
    if first is None:
        return None
    routes = {route.uri.host for route in answer.message.record_routes}
    return next(
        (
            seen
            for seen in first.answers
            if seen.message.to_tag == answer.message.to_tag and seen.hop.source.host in routes
        ),
        None,
    )


def _kept_to_itself(invite: Transaction) -> Transaction | None:
    """The same INVITE on the hop before, where the capture shows what comes back there, and that no 2xx does."""
    before = invite.forward_of
    if (
        before is None
        or before.answers
        or not before.responses
        or before.hop.target.host != invite.hop.source.host
    ):
        return None
    return before


def goes_to(sent: Sighting, contact: Uri) -> bool:
    """Whether a request is addressed to that Contact."""
    return isinstance(sent.message, Request) and same_place(sent.message.request_uri, contact)


def is_apart(contact: Uri, answer: Sighting) -> bool:
    """Whether the Contact is in another private network than the callee, as far as the answer came from that and from no proxy."""
    peer = answer.hop.source.host
    return are_apart(contact.host, peer) and all(
        route.uri.host != peer for route in answer.message.record_routes
    )


def _undelivered(invite: Transaction, answer: Sighting) -> Sighting | None:
    """The failure of a later request to the same Contact, by a proxy that could not send it there."""
    owner, contacts = invite.owner, answer.message.contacts
    if not isinstance(owner, Call) or not contacts:
        return None
    return next(
        (
            other.final
            for other in owner.transactions
            if other.status in _CANNOT_SEND
            and other.request is not None
            and other.request.number > answer.number
            and other.request.message.to_tag == answer.message.to_tag
            and goes_to(other.request, contacts[0].uri)
        ),
        None,
    )


def _hung_up(invite: Transaction, answer: Sighting) -> Sighting | None:
    """The BYE by which the callee's side ends it."""
    owner = invite.owner
    dialog = owner.dialogs.get(answer.message.to_tag) if isinstance(owner, Call) else None
    request = dialog.bye.request if dialog is not None and dialog.bye is not None else None
    if request is None or request.message.from_tag != answer.message.to_tag:
        return None
    return request
