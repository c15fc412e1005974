"""A 2xx to an INVITE that the callee repeats because no ACK reaches it (RFC 3261 §13.3.1.4)."""

from collections.abc import Iterator
from typing import Any

from analyser.annotate import Duration, Evidence, Sentence, Severity, rule
from analyser.rules._conditions import answered_again
from analyser.rules._due import repeated
from analyser.rules.calls._acknowledgement import ONE_SIDED, Fate, Seen, goes_to, has_stopped, is_apart, look
from analyser.rules.calls._legs import some, speaker, status
from analyser.sip import Uri
from analyser.sip.reach import is_private
from analyser.track import Transaction
from analyser.track.bounds import RETRANSMISSION_GAP
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
_FATES = {
    Fate.UNSEEN: _NO_ACK,
    Fate.PASSED: _ACK_SEEN,
    Fate.DROPPED: _ACK_DROPPED,
    Fate.OTHER_CSEQ: _ACK_STRANGE,
    Fate.OTHER_TAG: _ACK_ELSEWHERE,
}

_PATIENCE = 30 * SECOND
"""A BYE so long after the answer is that of a callee that has waited 64*T1 for the ACK."""


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
    answer = invite.answers[0]
    copies = [seen for seen in invite.answers[1:] if seen.message.to_tag == answer.message.to_tag]
    ack = next((seen for seen in invite.acks if seen.message.to_tag in (answer.message.to_tag, "")), None)
    if ack is not None:
        enough = repeats_after_ack
    else:
        enough = repeats if invite.request is not None else max(repeats, ONE_SIDED)
    since = (ack or answer).time
    proof = [seen for seen in copies if seen.time - since >= RETRANSMISSION_GAP]
    if len(proof) < enough or any(len(further.answers) > 1 for further in invite.forwards):
        return
    seen = look(invite, answer, ack)
    if seen.tells_nothing and has_stopped(invite, proof):
        return  # as it does once the ACK has come, by a way that does not pass here
    shown = [each for each in (seen.ack, seen.passed, seen.refused, seen.bye) if each is not None]
    yield Evidence(
        answer,
        (_REPEATED, *_notes(seen)),
        some([*proof, *seen.again[:3], *shown]),
        severity=Severity.WARNING if len(proof) < 2 and seen.bye is None else Severity.ERROR,
        remedy=_remedy(seen),
        who=speaker(answer),
        answer=status(answer),
        count=len(copies),
        span=Duration(copies[-1].time - answer.time),
        expected=invite.cseq,
        caller=invite.hop.source,
        **_values(seen),
    )


def _notes(seen: Seen) -> Iterator[Sentence]:
    """How far the ACK got, and what stands in its way."""
    yield _FATES[seen.fate]
    if seen.again:
        yield _REQUEST_AGAIN
    elif seen.kept_by is not None:
        yield _NOT_PASSED
    elif seen.contact is not None and not seen.is_strange:
        yield from _way(seen, seen.contact)
    if seen.bye is not None:
        yield _GAVE_UP if seen.bye.time - seen.answer.time >= _PATIENCE else _HUNG_UP


def _way(seen: Seen, contact: Uri) -> Iterator[Sentence]:
    """The way that the ACK has to take."""
    answer = seen.answer
    used = seen.dropped is not None and goes_to(seen.dropped, contact)
    yield _CONTACTS[used, bool(answer.message.record_routes)]
    if seen.passed is not None:
        yield _PASSED_BACK
    elif is_private(contact.host) and not is_private(answer.hop.source.host):
        yield _PRIVATE
    elif is_apart(contact, answer):
        yield _APART
    if seen.refused is not None:
        yield _UNDELIVERED


def _remedy(seen: Seen) -> Sentence | None:
    """Where to look; None for what the rule says of any."""
    cases = (
        (seen.again, _WAY_BACK),
        (seen.kept_by, _AT_SILENT_PROXY),
        (seen.is_strange, _AT_AUTHOR),
        (seen.dropped, _AT_PROXY),
        (seen.passed, _AT_CALLER),
    )
    return next((remedy for applies, remedy in cases if applies), None)


def _values(seen: Seen) -> dict[str, Any]:
    """What the sentences name."""
    answer, ack, kept_by, passed, refused, bye, contact = (
        seen.answer,
        seen.ack,
        seen.kept_by,
        seen.passed,
        seen.refused,
        seen.bye,
        seen.contact,
    )
    return {
        "again": len(seen.again),
        "ack": Duration(ack.time - answer.time if ack else 0),
        "frame": ack.frame if ack else 0,
        "ack_target": ack.hop.target if ack else "",
        "proxy": kept_by.hop.target if kept_by else ack.hop.target if ack else "",
        "found_tag": ack.message.to_tag[:60] if ack else "",
        "tag": answer.message.to_tag[:60],
        "answer_frame": answer.frame,
        "invite_frame": kept_by.first.frame if kept_by else 0,
        "found": ack.message.cseq if ack else 0,
        "contact": contact.text if contact is not None else "",
        "routes": [route.uri.text for route in answer.message.record_routes],
        "peer": answer.hop.source.host,
        "after": Duration(bye.time - answer.time if bye else 0),
        "bye_frame": bye.frame if bye else 0,
        "client": passed.hop.target if passed else kept_by.hop.source if kept_by else "",
        "passed_frame": passed.frame if passed else 0,
        "refuser": refused.hop.source if refused else "",
        "refusal": status(refused) if refused else 0,
        "refused_frame": refused.frame if refused else 0,
        "method": refused.message.cseq_method[:20] if refused else "",
    }
