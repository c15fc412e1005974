"""481 to a request inside a dialog that both sides have confirmed (RFC 3261 §12.2.1.2, §12.2.2)."""

from collections.abc import Iterator

from analyser.annotate import Duration, Evidence, Sentence, Severity, rule
from analyser.rules.calls._legs import some, speaker
from analyser.track import Call, Dialog, Sighting, Transaction

_FORGOTTEN = Sentence(
    "{who} answered the {method} of {source} with 481, though the call was answered {age} before (frame {frame}) and no BYE has ended it."
)
_BYE = Sentence(
    "{who} answered the BYE of {source} with 481, though no other BYE had ended the call, answered {age} before (frame {frame}): "
    "it had lost the call already."
)
_MOVED = Sentence(
    "The answer came from {answerer}, the 481 from {refuser}: another machine got this request."
)
_REMEDY = Sentence(
    "Find out why {target} has no record of this dialog: a restart, a failover without shared state, or a"
    " load balancer that sent this request elsewhere. Compare Call-ID, both tags and Route of the request"
    " with those of the answer."
)


@rule(
    "dialog-unknown-to-peer",
    on=Transaction,
    methods=("INVITE", "UPDATE", "INFO", "NOTIFY", "REFER", "MESSAGE", "OPTIONS", "BYE"),
    statuses=(481,),
    severity=Severity.ERROR,
    summary="one side of a running call says that it does not know the call",
    remedy="Find out why the side that refused has no record of this dialog: a restart, a failover without "
    "shared state, or a load balancer that sent this request elsewhere. Compare Call-ID, both tags and "
    "Route of the request with those of the answer.",
    refs=("RFC 3261 §12.2.1.2", "RFC 3261 §12.2.2"),
    absence=True,
)
def dialog_unknown_to_peer(request: Transaction) -> Iterator[Evidence]:
    """Looks for 481 Call/Transaction Does Not Exist to a request inside a call that the capture shows being
    answered.

    Whoever gets 481 inside a dialog should take the dialog for dead: the call ends although both people are
    still talking. The other side has restarted or failed over to a machine without the state, or the
    request went to the wrong machine, or something in between changed a tag.

    It is a warning for BYE, since the call was over for one side anyway. Told once for a call, on the hop
    nearest to the one who said it. Silent where a BYE had been sent for the call before the 481 came, for
    then two requests crossed; and where the capture does not hold the answer to the call.
    """
    owner, final = request.owner, request.final
    if request.request is None or final is None or not isinstance(owner, Call):
        return
    if any(further.status == 481 for further in request.forwards):
        return
    dialog = _dialog(owner, request.request)
    if dialog is None or dialog.confirmed is None or dialog.confirmed.number > request.request.number:
        return
    if _ended_before(owner, request, final) or _said_before(owner, request):
        return
    answerer = dialog.confirmed.hop.source
    notes = [_BYE if request.method == "BYE" else _FORGOTTEN]
    if answerer.host != final.hop.source.host and dialog.invite.hop.source.host == request.hop.source.host:
        notes.append(_MOVED)
    yield Evidence(
        final,
        tuple(notes),
        some([dialog.confirmed, request.request]),
        remedy=_REMEDY,
        severity=Severity.WARNING if request.method == "BYE" else None,
        who=speaker(final),
        method="re-INVITE" if request.method == "INVITE" else request.method,
        source=request.hop.source,
        target=request.hop.target,
        age=Duration(request.request.time - dialog.confirmed.time),
        frame=dialog.confirmed.frame,
        answerer=answerer,
        refuser=final.hop.source,
    )


def _dialog(call: Call, sent: Sighting) -> Dialog | None:
    """The dialog of a request: both tags must match, whichever way it goes."""
    ends = {sent.message.from_tag, sent.message.to_tag}
    for tag in ends:
        dialog = call.dialogs.get(tag)
        if dialog is not None and {dialog.caller_tag, dialog.callee_tag} == ends:
            return dialog
    return None


def _ended_before(call: Call, request: Transaction, final: Sighting) -> bool:
    """Whether another BYE had been sent by the time of the 481."""
    kin = {id(request), id(request.forward_of), *(id(further) for further in request.forwards)}
    return any(
        bye.first.number < final.number and id(bye) not in kin and bye.cseq != request.cseq
        for bye in call.transactions
        if bye.method == "BYE" and bye.status not in {401, 407}
    )


def _said_before(call: Call, request: Transaction) -> bool:
    """Whether another request in a dialog of this call had got 481 already."""
    return any(
        other.status == 481
        and other.first.number < request.first.number
        and other.cseq != request.cseq
        and other.method not in {"CANCEL", "PRACK"}
        and other.first.message.to_tag
        for other in call.transactions
    )
