"""A CANCEL that does not end its INVITE (RFC 3261 §9.1, §9.2)."""

from collections.abc import Iterator

from analyser.annotate import Duration, Evidence, Sentence, Severity, rule
from analyser.rules._due import cancelled
from analyser.rules.calls._legs import final_without_via, some, speaker
from analyser.rules.calls._silence import is_cut
from analyser.track import Sighting, Transaction
from analyser.wire import SECOND

_NO_FINAL = Sentence(
    "{who} accepted the CANCEL of {caller} ({answer}), but the INVITE got no final response in the {watched} that followed."
)
_UNKNOWN = Sentence(
    "{who} refused the CANCEL of {caller} with 481, {gap} after the INVITE, which had no final response yet."
)
_NOT_PASSED_ON = Sentence("The next hop did end it (frame {frame}), but that was not passed back.")
_REMEDY = Sentence(
    "Look at {target}: after a CANCEL it must answer the INVITE with 487. If it answered the CANCEL with "
    "481, it did not find the INVITE: compare the branch in the top Via, the Request-URI and the path of "
    "the two. Check that nothing there rings on."
)


@rule(
    "cancel-without-487",
    on=Transaction,
    methods=("CANCEL",),
    statuses=(200, 481),
    severity=Severity.WARNING,
    summary="the caller hung up before the answer, but the other side did not end the call",
    remedy="Look at the side that was to end the call: after a CANCEL it must answer the INVITE with 487. If it "
    "answered the CANCEL with 481, it did not find the INVITE: compare the branch in the top Via, the "
    "Request-URI and the path of the two. Check that nothing there rings on.",
    refs=("RFC 3261 §9.1", "RFC 3261 §9.2"),
    due=cancelled,
    absence=True,
)
def cancel_without_487(cancel: Transaction, *, wait: float = 32.0) -> Iterator[Evidence]:
    """Looks for a CANCEL that was accepted, while the INVITE never got its 487, and for one refused with 481
    in vain.

    A CANCEL is answered twice: itself with 200, which only says that it arrived, and the INVITE with 487
    Request Terminated. Without the 487 the caller's side keeps the call for another 32 s, and the callee
    may ring on. 481 says that the server knows no such INVITE, which is normal where the INVITE had its
    final response already, as the two cross.

    The INVITE must have had no final response for `wait` seconds since the CANCEL, in a capture that goes
    on for that long; and for a 481, none before it. Where the next hop shows the same, it is told there.
    Silent where the capture does not hold the INVITE or the CANCEL or cut the head of the INVITE, and where a final response did come but without the Via that would tie
    it to the INVITE (`malformed-message`).
    """
    invite = cancel.invite
    if invite is None or cancel.request is None or cancel.final is None or invite.request is None:
        return
    if is_cut(invite):
        return
    if cancel.status == 481:
        if invite.final is not None and invite.final.number < cancel.final.number:
            return
        if any(further.cancel is not None and further.cancel.status == 481 for further in invite.forwards):
            return
        refused, notes = True, [_UNKNOWN]
    else:
        if not _left_open(cancel, wait) or any(
            further.cancel is not None and _left_open(further.cancel, wait) for further in invite.forwards
        ):
            return
        refused, notes = False, [_NO_FINAL]
    passed: list[Sighting] = [further.final for further in invite.forwards if further.final is not None]
    if passed and not refused:
        notes.append(_NOT_PASSED_ON)
    yield Evidence(
        cancel.final,
        tuple(notes),
        some([invite.request, cancel.request, *passed]),
        remedy=_REMEDY,
        who=speaker(cancel.final),
        answer=cancel.status,
        caller=cancel.hop.source,
        target=cancel.hop.target,
        gap=Duration(cancel.request.time - invite.request.time),
        watched=Duration(cancel.settled_at - cancel.request.time),
        frame=passed[0].frame if passed else 0,
    )


def _left_open(cancel: Transaction, wait: float) -> bool:
    """Whether the CANCEL was accepted and the INVITE stayed without a final response for that long."""
    invite = cancel.invite
    if invite is None or cancel.request is None or not 200 <= cancel.status < 300:
        return False
    if invite.final is not None and invite.final.time - cancel.request.time < wait * SECOND:
        return False
    return cancel.settled_at - cancel.request.time >= wait * SECOND and final_without_via(invite) is None
