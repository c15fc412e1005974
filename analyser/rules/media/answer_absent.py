"""A call that is answered without the session description that the other side waits for (RFC 3261 §13.2.1, §13.3.1.4)."""

from collections.abc import Iterator

from analyser.annotate import Duration, Evidence, Sentence, Severity, rule
from analyser.rules._conditions import offers_oddly
from analyser.rules._due import acknowledged
from analyser.rules.calls._legs import speaker, status_line
from analyser.rules.media._offers import describes
from analyser.sip import Request, Response
from analyser.track import Call, Sighting, Transaction

_NO_ANSWER = Sentence(
    "{caller} described its media in the INVITE, and {who} answered with {status} without any description, nor had a reliable "
    "provisional response brought one before: {caller} does not learn where to send."
)
_NO_OFFER = Sentence(
    "{caller} sent the INVITE without media and so left the offer to the other side, but {who} answered with {status} without any description."
)
_NO_ANSWER_IN_ACK = Sentence(
    "{caller} left the offer to the other side; {who} made it in the {status}, and the ACK of {caller} has no answer to it: {peer} does not learn where to send."
)
_PASSED_ON = Sentence("That was passed on to {caller} as it was (frame {passed_frame}).")
_TAKEN_OUT = Sentence(
    "{silent} took the description out: in frame {had_frame}, which it got from {beyond}, the same answer has one."
)
_EARLY = Sentence(
    "The {early} before had one, but was not sent reliably, so it does not count as the answer, though many callers use it."
)
_ENDED = Sentence("The call ended {after} later.")
_REMEDY = Sentence(
    "Look for the missing session description at {silent}: it must come in the 200 OK (or in the ACK, "
    "where the 200 OK made the offer). Where {silent} is a proxy or border controller, compare with its "
    "other side; it may have removed the body."
)

_REMEDY_TAKEN_OUT = Sentence(
    "Find out why {silent} takes the session description out of the answer: what it does to bodies, to codecs and to media, and whether "
    "it could read the one in frame {had_frame}."
)


@rule(
    "answer-absent",
    on=Transaction,
    methods=("INVITE",),
    statuses=(200,),
    when=offers_oddly,
    severity=Severity.ERROR,
    summary="the call was answered, but one side never told where and how to send voice to it",
    remedy="Look for the missing session description at the side that left it out: it must come in the 200 OK "
    "(or in the ACK, where the 200 OK made the offer). Where the side that left it out is a proxy or "
    "border controller, compare with its other side; it may have removed the body.",
    refs=("RFC 3261 §13.2.1", "RFC 3261 §13.2.2.4", "RFC 3261 §13.3.1.4", "RFC 3262 §5"),
    due=acknowledged,
    absence=True,
)
def answer_absent(invite: Transaction) -> Iterator[Evidence]:
    """Looks for an answered INVITE whose exchange of offer and answer is not complete.

    Voice flows only when both sides have said where they receive it. If the INVITE has a session description, the
    answer must be in the 200 OK, unless a reliable provisional response (100rel) brought it before. If the INVITE
    has none, the 200 OK must make the offer, and the ACK must answer it.

    It is an error; a warning where an unreliable 180 or 183 had a description that the 200 OK does not repeat, for
    many callers use that, and inside of a call, where the media from before may go on. Where proxies pass the answer on, it is told of the
    one furthest along that sent it so: the phone, or the proxy that took the description out.

    Bodies of several parts are looked into. Silent where the snap length cut a message, where the body is encrypted
    or compressed, where no ACK was seen, on a hop to which the call was passed on, and where PRACK or UPDATE may
    have carried offer and answer.
    """
    sent, final = invite.request, invite.final
    if sent is None or final is None:
        return
    offered, answered = describes(sent.message), describes(final.message)
    if (offered and answered) or invite.forward_of is not None or sent.missing or final.missing:
        return
    assert isinstance(final.message, Response)
    if _opaque(sent.message) or _opaque(final.message) or _elsewhere(invite):
        return
    early = next((seen for seen in invite.provisionals if describes(seen.message)), None)
    if early is not None and _reliable(early.message):
        return
    if offered or not answered:
        written, had = _written(invite, offered=offered)
        yield _evidence(
            invite, written, _NO_ANSWER if offered else _NO_OFFER, sent, early if offered else None, had
        )
    else:
        ack = next((seen for seen in invite.acks if seen.message.to_tag == final.message.to_tag), None)
        if ack is not None and not ack.missing and not describes(ack.message) and not _opaque(ack.message):
            yield _evidence(invite, ack, _NO_ANSWER_IN_ACK, final, None, None)


def _written(invite: Transaction, *, offered: bool) -> tuple[Sighting, Sighting | None]:
    """The answer without a description on the hop where it was written, as far along as the capture shows; and the same answer
    with one on the hop behind, where the one between took it out."""
    final = invite.final
    assert final is not None
    for further in invite.forwards:
        came, sent = further.final, further.request
        if came is None or sent is None or came.number > final.number or came.missing or sent.missing:
            continue
        if further.status != invite.status or came.message.to_tag != final.message.to_tag:
            continue
        if _opaque(came.message) or bool(describes(sent.message)) is not bool(offered):
            continue
        return (final, came) if describes(came.message) else _written(further, offered=offered)
    return final, None


def _reliable(message: Request | Response) -> bool:
    return b"RSeq" in message.raw or message.rseq is not None


def _opaque(message: Request | Response) -> bool:
    """Whether its body may hide a description: encrypted, compressed, or of a kind that we cannot read."""
    if len(message.raw) <= message.body_at:
        return False
    if message.headers.first("content-encoding"):
        return True
    kind = message.content_type
    return kind is None or "pkcs7" in kind.type or "encrypted" in kind.type or "signed" in kind.type


def _elsewhere(invite: Transaction) -> bool:
    """Whether PRACK or UPDATE of the call carried a description while the INVITE was open."""
    owner = invite.owner
    if not isinstance(owner, Call):
        return True
    return any(
        other.method in {"PRACK", "UPDATE"} and any(describes(seen.message) for seen in other.sightings)
        for other in owner.transactions
    )


def _evidence(
    invite: Transaction,
    at: Sighting,
    said: Sentence,
    other: Sighting,
    early: Sighting | None,
    had: Sighting | None,
) -> Evidence:
    final, owner = invite.final, invite.owner
    assert final is not None
    assert isinstance(owner, Call)
    bye = next((seen.request for seen in owner.byes if seen.request is not None), None)
    notes = [said]
    passed = final if said is not _NO_ANSWER_IN_ACK and at is not final else None
    if had is not None:
        notes.append(_TAKEN_OUT)
    elif passed is not None:
        notes.append(_PASSED_ON)
    if early is not None:
        notes.append(_EARLY)
    if bye is not None and bye.time > final.time:
        notes.append(_ENDED)
    mild = early is not None or invite.first.message.to_tag
    return Evidence(
        at,
        tuple(notes),
        [seen for seen in (other, had, passed, early, bye) if seen is not None],
        remedy=_REMEDY if had is None else _REMEDY_TAKEN_OUT,
        severity=Severity.WARNING if mild else Severity.ERROR,
        caller=invite.hop.source,
        peer=final.hop.source,
        who=speaker(at if passed is not None else final),
        status=status_line(final)[:60],
        silent=at.hop.source,
        passed_frame=final.frame,
        had_frame=had.frame if had is not None else 0,
        beyond=had.hop.source if had is not None else "",
        early=status_line(early)[:60] if early is not None else "",
        after=Duration(bye.time - final.time if bye is not None else 0),
    )
