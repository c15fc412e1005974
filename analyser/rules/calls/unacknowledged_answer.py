"""A 2xx to an INVITE that the callee repeats because no ACK reaches it (RFC 3261 §13.3.1.4)."""

from collections.abc import Iterator

from analyser.annotate import Duration, Evidence, Sentence, Severity, rule
from analyser.rules._conditions import answered_again
from analyser.rules._due import repeated
from analyser.rules.calls._legs import some, speaker, status, upstream
from analyser.sip import Request, Uri
from analyser.sip.reach import are_apart, is_private, same_place
from analyser.track import Call, Sighting, Transaction
from analyser.track.bounds import RETRANSMISSION_GAP, T1, T2
from analyser.wire import SECOND

_REPEATED = Sentence("{who} answered the call ({answer}), then repeated that for {span} (repeats: {count}).")
_NO_ACK = Sentence("No ACK is in this capture.")
_ACK_SEEN = Sentence(
    "The ACK did pass here {ack} after the answer (frame {frame}, to {ack_target}), but it does not reach the callee."
)
_ACK_DROPPED = Sentence("{proxy} got the ACK (frame {frame}) and did not send it on.")
_ACK_STRANGE = Sentence("The ACK in frame {frame} does not belong to it (CSeq {found}, expected {expected}).")
_ACK_ELSEWHERE = Sentence(
    "The ACK in frame {frame} does not belong to it: its To tag is {found_tag}, that of the answer is {tag}."
)
_NOT_PASSED = Sentence(
    "{proxy} did not pass the answer on to {client}, from where the INVITE had come (frame {invite_frame}): the caller knows nothing of it, "
    "so it has nothing to acknowledge."
)
_CONTACT = Sentence("The caller must send the ACK to the Contact of the answer, {contact}.")
_CONTACT_ROUTED = Sentence(
    "The caller must send the ACK to the Contact of the answer, {contact}, by way of {routes}."
)
_CONTACT_USED = Sentence("The caller sent it as it must, to the Contact of the answer, {contact}.")
_CONTACT_USED_ROUTED = Sentence(
    "The caller sent it as it must, to the Contact of the answer, {contact}, by way of {routes}."
)
_APART = Sentence(
    "The address in that Contact is of another private network than {peer}, where the answer came from: most likely the callee is behind a NAT "
    "and cannot be reached there."
)
_UNDELIVERED = Sentence(
    "{refuser} answered the {method} to the same address with {refusal} (frame {refused_frame}): it could not send there."
)
_PASSED_BACK = Sentence(
    "The answer was passed on to {client} (frame {passed_frame}), and by its Record-Route the ACK has to come back the same way: either it did not arrive "
    "at {client}, or {client} sent no ACK there, or the ACK got lost before it came by here."
)
_PRIVATE = Sentence(
    "The address in that Contact is private, and the answer came from {peer}: most likely the caller cannot reach it."
)
_REQUEST_AGAIN = Sentence(
    "{caller} sent the INVITE again after the answer (copies: {again}): the answer does not reach it, so it has nothing to acknowledge."
)
_WAY_BACK = Sentence(
    "Follow the answer back to {caller}: compare the top Via of the INVITE (sent-by, received, rport) with the address that the INVITE came from "
    "and the address that the answer was sent to, then the NAT and the firewalls in between."
)
_AT_PROXY = Sentence(
    "Look in the log of {proxy} for what it did with the ACK of frame {frame}: has it a route to {contact}, does it know the ACK for part of a dialog (Route, tags)? "
    "Where the callee is behind a NAT, let {proxy} put the address that its messages come from into the Contact (fix_nated_contact, set_contact_alias, nat=yes or "
    "rewrite_contact, as it is called there)."
)
_AT_CALLER = Sentence(
    "Capture at {client}: does the answer of frame {passed_frame} arrive there, does an ACK leave it, and where to? By the Record-Route it must go to {contact} by way of "
    "{routes}. If the answer does not arrive, look at the NAT and firewalls between."
)
_AT_AUTHOR = Sentence(
    "Correct whoever wrote the ACK of frame {frame}: it must have the CSeq number of the INVITE and both tags of the answer. Where a border controller or "
    "another B2BUA stands between, compare the ACK on both of its sides."
)
_AT_SILENT_PROXY = Sentence(
    "Look in the log of {proxy} for what it did with the answer of frame {answer_frame}: a proxy must pass every 2xx on at once, whatever has become of the call "
    "there (RFC 3261 §16.7)."
)
_HUNG_UP = Sentence("{after} after the answer the callee hung up (frame {bye_frame}).")
_GAVE_UP = Sentence(
    "{after} after the answer the callee hung up (frame {bye_frame}), as it should without an ACK."
)
_CONTACTS = {
    (False, False): _CONTACT,
    (False, True): _CONTACT_ROUTED,
    (True, False): _CONTACT_USED,
    (True, True): _CONTACT_USED_ROUTED,
}
"""By whether the caller is seen to do so, and whether there are routes."""

_CANNOT_SEND = frozenset({476, 477, 478})
"""What Kamailio and OpenSIPS say when they cannot send to the next hop."""
_PATIENCE = 30 * SECOND
"""A BYE so long after the answer is that of a callee that has waited 64*T1 for the ACK."""
_ONE_SIDED = 3
"""Repeats that prove a missing ACK where the capture holds the callee's side only."""


@rule(
    "unacknowledged-answer",
    on=Transaction,
    methods=("INVITE",),
    statuses=range(200, 300),
    when=answered_again,
    severity=Severity.ERROR,
    summary="the call was answered, but the caller's confirmation does not reach the callee, so the call will drop after about 32 seconds",
    remedy="Compare the Contact and Record-Route of the 200 OK with the addresses that the caller can reach, then follow the ACK: it goes to "
    "that Contact by way of those routes. On a NAT or SBC in between, mend the Contact, or switch off the router's SIP ALG (also called SIP helper).",
    refs=("RFC 3261 §13.3.1.4", "RFC 3261 §13.2.2.4", "RFC 3261 §12.1.2"),
    due=repeated,
    absence=True,
)
def unacknowledged_answer(
    invite: Transaction, *, repeats: int = 1, repeats_after_ack: int = 2
) -> Iterator[Evidence]:
    """Looks for a 2xx to an INVITE that comes again and again.

    The callee repeats its 2xx after 0.5 s, 1 s, 2 s, then every 4 s until an ACK comes, over any
    transport. After 64*T1 (32 s) without one it hangs up: the classic call that drops after half a
    minute. The ACK of a 2xx is no part of the INVITE's transaction. It is sent afresh to the Contact of
    the answer along the recorded route, so it can get lost where all the rest went well; a private
    address in the Contact is the usual reason. A caller that repeats its INVITE after the answer did not
    even get that.

    The repeats are the proof that the ACK is missing at the callee, not merely unseen here. It takes at
    least `repeats` of them where no ACK was seen (three where the capture holds nothing of the caller), and `repeats_after_ack` later than an ACK that was,
    since one repeat may cross it. It is a warning while there is but one repeat and no hang-up.

    Where several hops show it, it is told on the one nearest to the callee. The note says how far the ACK got: dropped by a proxy, or never come back
    from a caller to whom the answer was passed on; whether the Contact is of a network that cannot be reached; and whether a proxy said (477) that it
    could not send there; whether the ACK that was sent belongs to another dialog; and whether a proxy kept the answer to itself. Silent for a 2xx that comes
    but once (an ACK may pass by another way), for one or two repeats that stopped although the capture goes on, and for repeats that stopped once an ACK came.
    """
    responses = invite.responses
    if responses[-1] is invite.final or (invite.acks and responses[-1].number < invite.acks[0].number):
        return  # nothing came after the answer, or after its ACK
    if any(len(further.answers) > 1 for further in invite.forwards):
        return
    answer = invite.answers[0]
    tag = answer.message.to_tag
    copies = [seen for seen in invite.answers[1:] if seen.message.to_tag == tag]
    ack = next((seen for seen in invite.acks if seen.message.to_tag in (tag, "")), None)
    if ack is None:
        proof = [seen for seen in copies if seen.time - answer.time >= RETRANSMISSION_GAP]
        enough = repeats if invite.request is not None else max(repeats, _ONE_SIDED)
    else:
        proof = [seen for seen in copies if seen.time - ack.time >= RETRANSMISSION_GAP]
        enough = repeats_after_ack
    if len(proof) < enough:
        return
    bye = _hung_up(invite, answer)
    elsewhere, traced = _trace(invite, ack, answer)
    notes = [_REPEATED, traced]
    contacts = answer.message.contacts
    uri = contacts[0].uri if contacts else None
    dropped = elsewhere if traced is _ACK_DROPPED else None
    passed = _passed_back(invite, answer) if traced is _NO_ACK else None
    refused = _undelivered(invite, answer, uri) if uri is not None else None
    again = [seen for seen in invite.requests if seen.time - answer.time >= RETRANSMISSION_GAP]
    if traced is _NO_ACK and bye is None and not again and _has_stopped(invite, proof):
        return  # as it does once the ACK has come, by a way that does not pass here
    strange = traced in (_ACK_STRANGE, _ACK_ELSEWHERE)
    kept_by = _kept_to_itself(invite) if traced is _NO_ACK else None
    if again:
        notes.append(_REQUEST_AGAIN)
    elif kept_by is not None:
        notes.append(_NOT_PASSED)
    elif uri is not None and not strange:
        used = dropped is not None and _goes_to(dropped, uri)
        notes.append(_CONTACTS[used, bool(answer.message.record_routes)])
        if passed is not None:
            notes.append(_PASSED_BACK)
        elif is_private(uri.host) and not is_private(answer.hop.source.host):
            notes.append(_PRIVATE)
        elif _is_apart(uri, answer):
            notes.append(_APART)
        if refused is not None:
            notes.append(_UNDELIVERED)
    if bye is not None:
        notes.append(_GAVE_UP if bye.time - answer.time >= _PATIENCE else _HUNG_UP)
    shown = elsewhere or ack
    proxy = kept_by.hop.target if kept_by else shown.hop.target if shown else ""
    yield Evidence(
        answer,
        tuple(notes),
        some([*proof, *again[:3], *(seen for seen in (shown, passed, refused, bye) if seen is not None)]),
        severity=Severity.WARNING if len(proof) < 2 and bye is None else Severity.ERROR,
        remedy=_WAY_BACK
        if again
        else _AT_SILENT_PROXY
        if kept_by
        else _AT_AUTHOR
        if strange
        else _AT_PROXY
        if dropped
        else _AT_CALLER
        if passed
        else None,
        who=speaker(answer),
        caller=invite.hop.source,
        again=len(again),
        answer=status(answer),
        count=len(copies),
        span=Duration(copies[-1].time - answer.time),
        ack=Duration(shown.time - answer.time if shown else 0),
        frame=shown.frame if shown else 0,
        ack_target=shown.hop.target if shown else "",
        proxy=proxy,
        found_tag=shown.message.to_tag[:60] if shown else "",
        tag=tag[:60],
        answer_frame=answer.frame,
        invite_frame=kept_by.first.frame if kept_by else 0,
        found=shown.message.cseq if shown else 0,
        expected=invite.cseq,
        contact=uri.text if uri is not None else "",
        routes=[route.uri.text for route in answer.message.record_routes],
        peer=answer.hop.source.host,
        after=Duration(bye.time - answer.time if bye else 0),
        bye_frame=bye.frame if bye else 0,
        client=passed.hop.target if passed else kept_by.hop.source if kept_by else "",
        passed_frame=passed.frame if passed else 0,
        refuser=refused.hop.source if refused else "",
        refusal=status(refused) if refused else 0,
        refused_frame=refused.frame if refused else 0,
        method=refused.message.cseq_method[:20] if refused else "",
    )


def _has_stopped(invite: Transaction, repeats: list[Sighting]) -> bool:
    """Whether a callee that has repeated its answer once or twice let the time of the next repeat pass."""
    times = [seen.time for seen in invite.answers if seen.number <= repeats[-1].number][-2:]
    due = min(2 * (times[-1] - times[0]), T2) + T1
    return len(repeats) < _ONE_SIDED and invite.settled_at - times[-1] > due


def _trace(invite: Transaction, ack: Sighting | None, answer: Sighting) -> tuple[Sighting | None, Sentence]:
    """How far the ACK got: where another hop, another CSeq or another To tag shows it, that sighting; and the sentence."""
    if ack is not None:
        return None, _ACK_SEEN
    for before in upstream(invite):
        for seen in before.acks:
            if (
                seen.message.to_tag == answer.message.to_tag
                and seen.hop.target.host == before.hop.target.host
            ):
                return seen, _ACK_DROPPED
    answered = {seen.message.to_tag for seen in invite.answers}
    for seen in invite.acks:
        if seen.message.to_tag not in answered and seen.number > answer.number:
            return seen, _ACK_ELSEWHERE
    owner = invite.owner
    if isinstance(owner, Call):
        for seen in owner.loose:
            if seen.message.to_tag == answer.message.to_tag and seen.message.cseq != invite.cseq:
                return seen, _ACK_STRANGE
    return None, _NO_ACK


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


def _goes_to(sent: Sighting, contact: Uri) -> bool:
    """Whether a request is addressed to that Contact."""
    return isinstance(sent.message, Request) and same_place(sent.message.request_uri, contact)


def _is_apart(contact: Uri, answer: Sighting) -> bool:
    """Whether the Contact is in another private network than the callee, as far as the answer came from that and from no proxy."""
    peer = answer.hop.source.host
    return are_apart(contact.host, peer) and all(
        route.uri.host != peer for route in answer.message.record_routes
    )


def _undelivered(invite: Transaction, answer: Sighting, contact: Uri) -> Sighting | None:
    """The failure of a later request to the same Contact, by a proxy that could not send it there."""
    owner = invite.owner
    if not isinstance(owner, Call):
        return None
    return next(
        (
            other.final
            for other in owner.transactions
            if other.status in _CANNOT_SEND
            and other.request is not None
            and other.request.number > answer.number
            and other.request.message.to_tag == answer.message.to_tag
            and _goes_to(other.request, contact)
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
