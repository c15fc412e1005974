"""The note beside a status line: what it is, to which request, after how long, and how it is to be taken.

It depends on nothing that came later than the response, so that live and offline say the same.
"""

from enum import StrEnum
from typing import NamedTuple

from analyser.codes import status_code
from analyser.sip import Request, Response
from analyser.track import Call, Sighting, Transaction


class Verdict(StrEnum):
    """How a response is to be taken."""

    NORMAL = "normal"
    ATTENTION = "attention"
    PROBLEM = "problem"


class Role(StrEnum):
    """What a response is in its exchange."""

    PROVISIONAL = "provisional"
    FINAL = "final"
    CHALLENGE = "challenge"
    RETRANSMISSION = "retransmission"
    FORWARD = "forward"
    STRAY = "stray"
    DUPLICATE = "duplicate"


class Annotation(NamedTuple):
    """Of one response."""

    verdict: Verdict
    role: Role
    elapsed: int | None
    """Nanoseconds since the request was first seen; None where the capture does not hold the request."""
    request_frame: int | None
    short: str
    """The catalogue's few words for this code and method."""
    meaning: str
    """The catalogue's meaning for this code and method."""


def annotate(sighting: Sighting, lang: str = "en") -> Annotation | None:
    """The annotation of a response; None for a request."""
    message = sighting.message
    if not isinstance(message, Response):
        return None
    words = status_code(message.status, lang).for_method(message.cseq_method)
    transaction = sighting.transaction
    request = transaction.request if transaction is not None else None
    known = request is not None and request.number < sighting.number
    return Annotation(
        verdict=_verdict(sighting, message, transaction),
        role=_role(sighting, message, transaction),
        elapsed=sighting.time - request.time if known and request is not None else None,
        request_frame=request.frame if known and request is not None else None,
        short=words.short,
        meaning=words.meaning,
    )


def _role(sighting: Sighting, message: Response, transaction: Transaction | None) -> Role:
    role = Role(sighting.role)
    if (
        role in (Role.PROVISIONAL, Role.FINAL, Role.CHALLENGE)
        and transaction is not None
        and answer_passed_on(sighting, message, transaction) is not None
    ):
        return Role.FORWARD
    return role


def answer_passed_on(sighting: Sighting, message: Response, transaction: Transaction) -> Sighting | None:
    """The response, seen before on a further hop of the request, that this one passes back (RFC 3261 §16.7)."""
    for further in transaction.forwards:
        for seen in further.responses:
            before = seen.message
            if (
                seen.number < sighting.number
                and isinstance(before, Response)
                and before.status == message.status
                and before.to_tag == message.to_tag
            ):
                return seen
    return None


def _verdict(sighting: Sighting, message: Response, transaction: Transaction | None) -> Verdict:
    status, method = message.status, message.cseq_method
    default = Verdict(status_code(status).default_verdict)
    request = transaction.request if transaction is not None else None
    if transaction is None or request is None or not isinstance(request.message, Request):
        return default
    match status:
        case 401 | 407:
            return _verdict_of_challenge(message, request.message)
        case 487:
            cancelled = transaction.cancel is not None or _has_bye(transaction, sighting)
            return Verdict.NORMAL if cancelled else Verdict.ATTENTION
        case 481 if method in ("BYE", "CANCEL"):
            # Both ends hung up at once, or the answer and the CANCEL crossed (RFC 3261 §9.2, §15.1.2).
            return Verdict.ATTENTION
        case 481 if method == "NOTIFY" and not (request.message.to_tag or request.message.head_cut):
            # It belongs to no subscription, and a phone need not take what it has not subscribed to (RFC 6665 §4.1.3).
            return Verdict.ATTENTION
        case 412 if method == "PUBLISH":
            repeated = _refused_before(transaction, 412)
            blameless = request.message.if_match and not repeated
            return Verdict.ATTENTION if blameless else Verdict.PROBLEM
        case 422 | 423 | 491:
            return Verdict.PROBLEM if _refused_before(transaction, status) else Verdict.ATTENTION
    return default


def _verdict_of_challenge(message: Response, request: Request) -> Verdict:
    """The first challenge is how digest works (RFC 3261 §22); one that rejects credentials is not, unless
    the nonce had only grown stale."""
    answered = {auth.params.get("realm", "") for auth in request.credentials}
    for challenge in message.challenges:
        if challenge.params.get("stale", "").lower() == "true":
            return Verdict.NORMAL
        if challenge.params.get("realm", "") in answered:
            return Verdict.PROBLEM
    return Verdict.NORMAL


def _has_bye(transaction: Transaction, sighting: Sighting) -> bool:
    owner = transaction.owner
    return isinstance(owner, Call) and any(bye.first.number < sighting.number for bye in owner.byes)


def _refused_before(transaction: Transaction, status: int) -> bool:
    """Whether the attempt just before, on the same hop and for the same owner, met the same refusal."""
    if transaction.owner is None:
        return False
    before = None
    for other in transaction.owner.transactions:
        if other is transaction:
            break
        if other.method == transaction.method and other.hop == transaction.hop:
            before = other
    return before is not None and before.status == status
