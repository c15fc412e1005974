"""Content-Length does not agree with what the datagram holds (RFC 3261 §18.3)."""

from collections.abc import Iterator

from analyser.annotate import Evidence, Sentence, Severity, rule
from analyser.rules._conditions import is_defective
from analyser.rules.calls._legs import some, speaker, status
from analyser.sip import Defect, Request, Response
from analyser.track import Sighting, Transaction

_WRONG = frozenset({Defect.CONTENT_LENGTH_TOO_LONG, Defect.TRAILING_OCTETS})

_SHORT = Sentence("The {what} of {who} announces a body of {said} octets, but only {size} arrived.")
_NONE = Sentence("The {what} of {who} announces a body of {said} octets, but none arrived.")
_LONG = Sentence(
    "The {what} of {who} announces a body of {said} octets, but {size} arrived: the receiver drops the last {rest}."
)
_SHORT_ANSWER = Sentence(
    "The {status} of {who} to {what} announces a body of {said} octets, but only {size} arrived."
)
_NONE_ANSWER = Sentence(
    "The {status} of {who} to {what} announces a body of {said} octets, but none arrived."
)
_LONG_ANSWER = Sentence(
    "The {status} of {who} to {what} announces a body of {said} octets, but {size} arrived: the receiver drops the last {rest}."
)
_WHOLE = Sentence(
    "What arrived is a session description that ends with a whole line, so most likely nothing is lost and only the length is wrong."
)
_TORN = Sentence(
    "The session description that arrived breaks off inside of a line: most likely the end of it is lost."
)
_LINES = Sentence("That cuts the session description in the middle of what it says.")
_REFUSED = Sentence("It was refused with {status}.")
_SERVED = Sentence("It was answered with {status} all the same.")
_ALG = Sentence(
    "A router that rewrites addresses in the body without correcting the length (SIP ALG) makes such a difference."
)
_MUCH = Sentence("Whoever put the body in, or changed it on the way, did not correct the length.")
_REMEDY = Sentence(
    "Switch off SIP ALG in the router between; where there is none, correct the sender ({source}). "
    "Compare with a capture on the other side of the router to see which of them changed the body or the "
    "Content-Length."
)

_OF_ADDRESSES = 60
"""Octets by which rewritten addresses may change a body."""


@rule(
    "body-cut-short",
    on=Transaction,
    when=is_defective,
    severity=Severity.ERROR,
    summary="the length that a message gives for its body is wrong, so part of the body may be lost, or the message dropped",
    remedy="Switch off SIP ALG in the router between; where there is none, correct the sender. Compare with a "
    "capture on the other side of the router to see which of them changed the body or the Content-Length.",
    refs=("RFC 3261 §18.3", "RFC 3261 §20.14", "RFC 4475 §3.1.2.2"),
)
def body_cut_short(transaction: Transaction) -> Iterator[Evidence]:
    """Looks for messages in a datagram whose Content-Length is not the size of the body that came.

    If the body is shorter than announced, the server must refuse a request with 400, and a client must drop a
    response. If it is longer, the rest is dropped: of a session description that may be the codecs. Routers that
    rewrite addresses in the body without correcting the length (SIP ALG) are the usual cause.

    The note says whether a session description that came too short ends with a whole line, which a mere miscount does, or breaks off.

    A body that is too short is an error. Octets too many are a warning if what is left out is more than white space
    and the body is a session description, a notice for other bodies, and nothing at all where they are white space
    or zeros, which receivers drop without harm.

    One finding for each transaction. Silent where the capture itself cut the packet (snap length), and on streams,
    where the length is what separates messages.
    """
    wrong = [seen for seen in (*transaction.requests[:1], *transaction.responses) if _is_wrong(seen)]
    if not wrong:
        return
    first = wrong[0]
    message = first.message
    assert message.content_length is not None
    asks = isinstance(message, Request)
    size = len(message.raw) - message.body_at
    short = size < message.content_length
    body = message.raw[message.body_at :]
    sdp = b"v=0" in body
    refused = asks and transaction.status >= 400 and transaction.final is not None
    notes = [_announced(size, message.content_length, asks=asks)]
    if sdp:
        notes.append(_cut(body, message.content_length - size))
    if refused:
        notes.append(_REFUSED)
    elif asks and transaction.status:
        notes.append(_SERVED)
    notes.append(_ALG if size and abs(size - message.content_length) <= _OF_ADDRESSES else _MUCH)
    yield Evidence(
        first,
        tuple(notes),
        some([*wrong[1:], *([transaction.final] if refused and transaction.final is not None else [])]),
        remedy=_REMEDY,
        severity=Severity.ERROR if short else Severity.WARNING if sdp else Severity.NOTICE,
        what=message.cseq_method,
        who=speaker(first),
        source=first.hop.source,
        said=message.content_length,
        size=size,
        rest=size - message.content_length,
        status=transaction.status if asks else status(first),
    )


def _announced(size: int, said: int, *, asks: bool) -> Sentence:
    """What is wrong with the body of a request or of a response."""
    if size >= said:
        return _LONG if asks else _LONG_ANSWER
    if size:
        return _SHORT if asks else _SHORT_ANSWER
    return _NONE if asks else _NONE_ANSWER


def _cut(body: bytes, lacking: int) -> Sentence:
    """What is to be seen of a session description that lacks so many octets; where it has more than announced, they are dropped."""
    if lacking <= 0 or b"\nm=" not in body:
        return _LINES
    return _WHOLE if body.endswith(b"\n") or lacking <= len(b"\r\n") else _TORN


def _is_wrong(sighting: Sighting) -> bool:
    """Whether the length is wrong and the capture did not do it."""
    message = sighting.message
    if sighting.missing or sighting.hop.transport != "UDP" or _WRONG.isdisjoint(message.scan_defects):
        return False
    if message.content_length is None or not isinstance(message, Request | Response):
        return False
    rest = message.raw[message.body_at + message.content_length :]
    return message.content_length > len(message.raw) - message.body_at or bool(rest.strip(b"\r\n\t \x00"))
