"""A 3xx to 6xx to an INVITE that is repeated because no ACK comes (RFC 3261 §17.2.1, Timers G and H)."""

from collections.abc import Iterator

from analyser.annotate import Duration, Evidence, Sentence, Severity, rule
from analyser.rules._due import repeated
from analyser.rules.calls._legs import some, speaker, status, status_line
from analyser.track import Transaction
from analyser.track.bounds import RETRANSMISSION_GAP

_REPEATED = Sentence("{who} answered {refusal}, then repeated that for {span} (repeats: {count}).")
_NO_ACK = Sentence("No ACK from {caller} is in this capture.")
_ACK_OTHER = Sentence(
    "An ACK came (frame {frame}), but with another branch ({found}, not {branch}), so it matches no transaction."
)
_ACK_SEEN = Sentence(
    "The ACK did pass here (frame {frame}), so the refusal arrived; but the ACK does not reach {callee}, or {callee} does not take it for that of this INVITE."
)
_REQUEST_AGAIN = Sentence(
    "{caller} sent the INVITE again after the refusal (copies: {again}): the refusal does not reach it."
)
_REMEDY_ACK_SEEN = Sentence(
    "Capture at {callee}. If the ACK of frame {frame} does not arrive there, follow its way from here (firewall, routing, NAT). If it does, "
    "look in the log of {callee} why it does not match the INVITE, although its top Via has the same branch."
)


@rule(
    "unacknowledged-refusal",
    on=Transaction,
    methods=("INVITE",),
    statuses=range(300, 700),
    severity=Severity.WARNING,
    summary="the call was refused, but no confirmation that the caller's side heard so reaches whoever refused it",
    remedy="Capture at the caller: if the response does not arrive there, follow the way back (top Via sent-by, received and rport, NAT, firewall). "
    "If it does arrive, the caller must send an ACK with the branch of its INVITE.",
    refs=("RFC 3261 §17.1.1.3", "RFC 3261 §17.2.1", "RFC 3581 §4"),
    due=repeated,
    absence=True,
)
def unacknowledged_refusal(invite: Transaction, *, repeats: int = 2) -> Iterator[Evidence]:
    """Looks for a final response of 300 to 699 to an INVITE that was repeated at least `repeats` times.

    Each hop acknowledges a refusal by itself: the ACK has the branch of the INVITE and goes where the
    INVITE went. Until it comes, the server repeats the refusal over UDP for 32 s. Mostly the refusal
    never arrived, because the address in the top Via cannot be reached; then the caller hears silence in
    place of busy, or cannot answer a challenge. If the caller repeats its INVITE after the refusal, that
    is proved, and the finding is an error. Some programs, scanners among them, simply never send an ACK.

    Silent where the repeats stop once the ACK has come, and for closer copies, which the capture may have
    made. If the ACK was seen and still `repeats` more copies came later, the note says so: the refusal arrived, and the ACK is lost behind the
    place of the capture, or not taken.
    """
    responses = invite.responses
    if (
        len(responses) <= repeats
        or invite.final is None
        or (invite.acks and responses[-1].time < invite.acks[0].time)
    ):
        return
    refusal = invite.final
    ack = next((seen for seen in invite.acks if seen.message.branch == invite.first.message.branch), None)
    since = refusal if ack is None else ack
    code = invite.status
    copies = [
        seen
        for seen in invite.finals
        if seen.time - since.time >= RETRANSMISSION_GAP and status(seen) == code
    ]
    if len(copies) < repeats:
        return
    again = [
        seen for seen in invite.requests if ack is None and seen.time - refusal.time >= RETRANSMISSION_GAP
    ]
    other = invite.ack if ack is None else None
    shown = ack or other
    notes = [_REPEATED, _ACK_SEEN if ack else _ACK_OTHER if other else _NO_ACK]
    if again:
        notes.append(_REQUEST_AGAIN)
    yield Evidence(
        refusal,
        tuple(notes),
        some([*copies, *([shown] if shown else []), *again]),
        remedy=_REMEDY_ACK_SEEN if ack else None,
        severity=Severity.ERROR if again else None,
        who=speaker(refusal),
        refusal=status_line(refusal),
        count=len(copies),
        span=Duration(copies[-1].time - refusal.time),
        caller=invite.hop.source,
        callee=invite.hop.target,
        frame=shown.frame if shown else 0,
        found=shown.message.branch if shown else "",
        branch=invite.branch,
        again=len(again),
    )
