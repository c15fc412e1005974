"""A call that was answered while its CANCEL was on the way (RFC 3261 §9.1, §15)."""

from collections.abc import Iterator

from analyser.annotate import Duration, Evidence, Sentence, Severity, rule
from analyser.rules._due import crossed
from analyser.rules._refusals import origin
from analyser.rules.calls._legs import completed_elsewhere, some, speaker, status
from analyser.track import Call, Sighting, Transaction
from analyser.track.bounds import TIMEOUT
from analyser.wire import SECOND

_CROSSED = Sentence(
    "{caller} cancelled the call {cancelled} after the INVITE, and {gap} later {who} answered it ({answer})."
)
_ENDED = Sentence(
    "A BYE ended it after {lasted}: as it should be, but records will show a call that was answered."
)
_LATE = Sentence(
    "Only after {lasted} a BYE ended it: until then the callee was in a call that the caller believed over."
)
_NO_BYE = Sentence("No BYE came within {watched}: the callee is in a call that the caller believes over.")
_CAPTURE_ENDED = Sentence("The capture ends {watched} after the answer, before a BYE.")
_CAPTURE_ENDED_WITH_IT = Sentence("The capture ends with that answer, before a BYE.")
_REMEDY = Sentence(
    "Check at {caller} that it acknowledges an answer that comes after its CANCEL and then sends BYE. "
    "Where records of such calls matter, treat an answered call of under a second as not connected."
)
_NOTHING_TO_MEND = Sentence(
    "Nothing needs mending: the call was ended at once, as it should be. "
    "Where records of such calls matter, treat an answered call of under a second as not connected."
)


@rule(
    "answer-crossed-cancel",
    on=Transaction,
    methods=("CANCEL",),
    severity=Severity.NOTICE,
    summary="the callee picked up in the moment in which the caller hung up",
    remedy="Check at the caller that it acknowledges an answer that comes after its CANCEL and then sends BYE. "
    "Where records of such calls matter, treat an answered call of under a second as not connected.",
    refs=("RFC 3261 §9.1", "RFC 3261 §13.2.2.4", "RFC 3261 §15"),
    due=crossed,
    absence=True,
)
def answer_crossed_cancel(cancelling: Transaction, *, bye_within: float = 5.0) -> Iterator[Evidence]:
    """Looks for a 2xx to an INVITE that came after the CANCEL for it.

    A CANCEL has no effect on a call that is answered already, and the two can cross on the way. Then the
    call exists, and the caller's side must acknowledge it and end it with BYE at once. One that forgets
    leaves a ghost call: the callee talks into silence, the line stays busy, and the call is paid for.

    It is a notice where the BYE came or the capture ended too soon, and an error where no BYE followed
    within `bye_within` seconds though the capture goes on. Told once, on the caller's first hop. Silent
    where the answer came more than 32 s after the CANCEL (`cancel-without-487`); where the CANCEL says that the call was completed elsewhere, for then a proxy ended one branch of a
    fork, and where the callee answered another INVITE of the same call into the same dialog.
    """
    invite, cancel = cancelling.invite, cancelling.request
    if invite is None or cancel is None or invite.forward_of is not None or not 200 <= invite.status < 300:
        return
    answer = next((seen for seen in invite.answers if not seen.retransmission), None)
    if (
        answer is None
        or not cancel.time < answer.time < cancel.time + TIMEOUT
        or completed_elsewhere(cancelling)
    ):
        return
    if _same_call_kept(invite, answer):
        return
    bye = _bye(invite, answer)
    watched = cancelling.settled_at - answer.time
    if bye is not None and bye.time - answer.time <= bye_within * SECOND:
        note, severity = _ENDED, Severity.NOTICE
    elif bye is None and watched < bye_within * SECOND:
        note, severity = _CAPTURE_ENDED if watched > 0 else _CAPTURE_ENDED_WITH_IT, Severity.NOTICE
    else:
        note, severity = _LATE if bye else _NO_BYE, Severity.ERROR
    yield Evidence(
        answer,
        (_CROSSED, note),
        # A refusal of the CANCEL is part of it: nothing was left to cancel.
        some([cancel, *(seen for seen in (invite.ack, cancelling.final, bye) if seen is not None)]),
        remedy=_NOTHING_TO_MEND if note is _ENDED else _REMEDY,
        severity=severity,
        caller=invite.hop.source,
        who=speaker(origin(invite)),
        answer=status(answer),
        cancelled=Duration(cancel.time - invite.first.time),
        gap=Duration(answer.time - cancel.time),
        lasted=Duration(bye.time - answer.time if bye else 0),
        watched=Duration(watched),
    )


def _same_call_kept(invite: Transaction, answer: Sighting) -> bool:
    """Whether another INVITE, not cancelled, was answered into the same dialog."""
    owner = invite.owner
    return isinstance(owner, Call) and any(
        other is not invite and other.cancel is None and seen.message.to_tag == answer.message.to_tag
        for other in owner.transactions
        if other.method == "INVITE" and other.cseq != invite.cseq
        for seen in other.answers
    )


def _bye(invite: Transaction, answer: Sighting) -> Sighting | None:
    """The BYE of the dialog that the answer made."""
    owner = invite.owner
    dialog = owner.dialogs.get(answer.message.to_tag) if isinstance(owner, Call) else None
    return dialog.bye.request if dialog is not None and dialog.bye is not None else None
