"""A refused INVITE or UPDATE, told once for a call: who refused it, and what the refusal says about why.

A proxy shows one refusal on several hops. It is judged where its first sender sees it, for that is what becomes of the call, and
traced to the hop where it was written.
"""

from typing import Final, NamedTuple

from analyser.annotate import CauseName, Clause, Sentence
from analyser.rules.calls._legs import MOST_RELATED, downstream, status
from analyser.rules.registration._attempts import signature
from analyser.sip import Reason, Request, Response
from analyser.track import Call, Peer, Sighting, Transaction

MAX_CLUES = 4
MAX_CLUE = 120
"""Characters of one text from the wire that a note quotes."""
_CAUSE: Final = Sentence("Reason {protocol} cause {cause} ({name})")
_CAUSE_TEXT: Final = Sentence('Reason {protocol} cause {cause} ({name}) "{text}"')


class Refusal(NamedTuple):
    """A refused request outside or inside of a dialog."""

    invite: Transaction
    """On its first hop."""
    sent: Sighting
    final: Sighting
    """The refusal where it was written, as far along as the capture shows."""
    again: tuple[Transaction, ...]
    """Further attempts of the call that ended with the same status code."""

    @property
    def related(self) -> tuple[Sighting, ...]:
        """The request, the refusal on the first hop, and those of further attempts."""
        first_hop = [self.invite.final] if self.invite.final not in (None, self.final) else []
        others = [seen.final for seen in self.again if seen.final is not None]
        return tuple(seen for seen in [self.sent, *first_hop, *others] if seen is not None)[:MOST_RELATED]


def refusal(invite: Transaction) -> Refusal | None:
    """What was refused, None where this is not the place to tell it.

    That is where the capture does not hold the request (MID), where it was passed on from a hop seen before (LEG), where an
    earlier attempt of the call met the same, where the same request rings or is answered on another branch, and where the sender signs
    as a known scanner: that it is refused is as it should be.
    """
    sent, final, owner = invite.request, invite.final, invite.owner
    if sent is None or final is None or invite.forward_of is not None or not isinstance(owner, Call):
        return None
    inside = bool(sent.message.to_tag)
    again: list[Transaction] = []
    for other in owner.transactions:
        if other is invite or other.method != invite.method or other.request is None:
            continue
        if other.forward_of is not None or bool(other.request.message.to_tag) is not inside:
            continue
        if other.status == invite.status and not (inside and other.hop.source.host != invite.hop.source.host):
            if other.request.number < sent.number:
                return None
            again.append(other)
        elif not inside and other.cseq == invite.cseq and _progresses(other):
            return None
    if signature(Peer(invite.hop.source.host, invite)) is not None:
        return None
    return Refusal(invite, sent, origin(invite), tuple(again))


def origin(transaction: Transaction) -> Sighting:
    """Its final response on the hop where it was written."""
    final = transaction.final
    assert final is not None
    for further in transaction.forwards:
        if further.status == transaction.status:
            return origin(further)
    return final


def let_in(invite: Transaction) -> bool:
    """Whether a 403 is about the call, for its caller had been let in: the call progressed before, the refusal has the cause of a telephone
    network, or who wrote it is not who had asked for credentials. An exchange says 403 with Q.850 cause 21 where a phone declined the call.
    """
    final, before = invite.final, invite.previous
    if final is None:
        return False
    if progressed(invite) or causes(final.message):
        return True
    asked = before is not None and before.status in (401, 407)
    return asked and before is not None and origin(before).hop.source.host != origin(invite).hop.source.host


def progressed(invite: Transaction) -> list[Sighting]:
    """The provisional responses that say more than 100 Trying does."""
    return [seen for seen in invite.provisionals if status(seen) > 100]


def behind(found: Refusal) -> Sighting | None:
    """What the server that wrote the refusal had met behind it, where that is of another status code: the refusal that it got, where that was written, or
    the request that got no response. A proxy answers 500 for a 503 (RFC 3261 §16.7), and chooses a code for silence. None where it sent nothing on.
    """
    final = found.final
    writer = next((seen for seen in (found.invite, *downstream(found.invite)) if seen.final is final), None)
    if writer is None:
        return None
    refused = [seen for seen in writer.forwards if _is_blamed(seen) and seen.final is not None]
    before = [seen for seen in refused if seen.final is not None and seen.final.number < final.number]
    if before:
        return origin(before[-1])
    return next((seen.request for seen in writer.forwards if not seen.responses), None)


def _is_blamed(further: Transaction) -> bool:
    """Whether a proxy may have refused a call for what it got here; not where it cancelled or was asked for credentials."""
    return further.status >= 300 and further.status not in (401, 407, 487)


def _progresses(transaction: Transaction) -> bool:
    return any(
        isinstance(seen.message, Response) and 100 < seen.message.status < 300
        for seen in transaction.responses
    )


def clues(message: Request | Response) -> list[str | Clause]:
    """What Warning, Reason and Error-Info say, each in a few words; empty where there is none."""
    found: list[str | Clause] = [f'Warning {warn.code} "{warn.text[:MAX_CLUE]}"' for warn in message.warnings]
    found += map(_told, message.reasons)
    error_info = message.headers.first("error-info")
    if error_info:
        found.append(f"Error-Info {error_info[:MAX_CLUE]}")
    return found[:MAX_CLUES]


def _told(reason: Reason) -> str | Clause:
    """What one Reason says; a Q.850 cause has a name."""
    protocol, cause = reason.protocol[:20], reason.cause
    text = reason.text[:MAX_CLUE]
    if cause is not None and protocol.upper() == "Q.850":
        template = _CAUSE_TEXT if text else _CAUSE
        return Clause(template, protocol=protocol, cause=cause, name=CauseName(cause), text=text)
    told = f"Reason {protocol}" if cause is None else f"Reason {protocol} cause {cause}"
    return f'{told} "{text}"' if text else told


def causes(message: Request | Response) -> list[int]:
    """The Q.850 causes of its Reason header fields."""
    if b"Q.850" not in message.raw and b"q.850" not in message.raw:
        return []
    return [
        reason.cause
        for reason in message.reasons
        if reason.protocol.upper() == "Q.850" and reason.cause is not None
    ]


def dialled(sent: Sighting) -> str:
    """The Request-URI without its parameters."""
    message = sent.message
    return message.uri.partition(";")[0][:MAX_CLUE] if isinstance(message, Request) else ""


def is_identity_refusal(message: Response) -> bool:
    """Whether it is about who the caller claims to be, or blocks an unwanted caller (RFC 8224 §6.2.2, RFC 8197, RFC 8688)."""
    if message.status in {428, 436, 437, 438, 607, 608}:
        return True
    if message.status == 403:
        return "stale date" in message.reason.lower()
    if message.status != 603:
        return False
    return "network blocked" in message.reason.lower() or any(
        "v=analytics" in reason.text for reason in message.reasons
    )
