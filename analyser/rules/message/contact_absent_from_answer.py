"""A 2xx to INVITE without Contact: nobody knows where to send the ACK (RFC 3261 §12.1.1, §13.3.1.4)."""

from collections.abc import Iterator
from typing import Final

from analyser.annotate import Evidence, Sentence, Severity, rule
from analyser.rules._conditions import lacks_contact
from analyser.rules.calls._legs import MOST_RELATED, speaker, status_line
from analyser.track import Transaction

_ABSENT: Final = Sentence(
    "The {response} of {who} has no Contact, so {caller} does not know where to send the ACK and what follows."
)
_REPEATED: Final = Sentence("For want of the ACK, {who} repeated it (repeats: {count}).")
_ROUTED: Final = Sentence("The Record-Route fields may still lead the ACK to the last proxy.")
_REMEDY: Final = Sentence(
    "Correct {server}: a 200 OK to INVITE must have a Contact. Where a proxy or border controller stands "
    "between, compare with its other side; it may have removed the field."
)


@rule(
    "contact-absent-from-answer",
    on=Transaction,
    methods=("INVITE",),
    statuses=(200, 202),
    when=lacks_contact,
    severity=Severity.ERROR,
    summary="the answer to the call does not say where the answering phone can be reached, so the call breaks off",
    remedy="Correct the side that answered: a 200 OK to INVITE must have a Contact. Where a proxy or border "
    "controller stands between, compare with its other side; it may have removed the field.",
    refs=("RFC 3261 §12.1.1", "RFC 3261 §13.3.1.4"),
)
def contact_absent_from_answer(invite: Transaction) -> Iterator[Evidence]:
    """Looks for a 2xx to INVITE without a Contact.

    The caller sends its ACK, and later BYE and re-INVITE, to the Contact of the answer. Without one most callers
    send the ACK to where the INVITE went, or not at all; then the callee repeats its answer for 32 s and hangs up.

    It is an error where the callee repeats the answer, and a warning where it does not: then the caller has guessed
    well.

    Silent where the snap length cut the head, and on a hop to which the INVITE was passed on.
    """
    final = invite.final
    assert final is not None
    message = final.message
    if final.missing or message.head_cut or invite.forward_of is not None or message.headers.first("contact"):
        return
    if any(defect.broken for defect in message.scan_defects):
        return
    repeats = [seen for seen in invite.answers[1:] if seen.retransmission]
    notes = [_ABSENT]
    if repeats:
        notes.append(_REPEATED)
    elif message.record_routes:
        notes.append(_ROUTED)
    yield Evidence(
        final,
        tuple(notes),
        [invite.first, *repeats][:MOST_RELATED],
        remedy=_REMEDY,
        severity=Severity.ERROR if repeats else Severity.WARNING,
        who=speaker(final),
        server=final.hop.source,
        caller=invite.hop.source,
        response=status_line(final)[:60],
        count=len(repeats),
    )
