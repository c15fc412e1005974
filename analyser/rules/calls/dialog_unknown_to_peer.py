"""481 to a request inside a dialog that both sides have confirmed (RFC 3261 §12.2.1.2, §12.2.2)."""

from collections.abc import Iterator

from analyser.annotate import Duration, Evidence, Sentence, Severity, rule
from analyser.rules.calls._legs import some, speaker
from analyser.sip import Request
from analyser.sip.reach import same_place
from analyser.track import Call, Dialog, Sighting, Transaction

_FORGOTTEN = Sentence(
    "{who} answered the {method} of {source} with 481, though the call was answered {age} before (frame {frame}) and no BYE has ended it."
)
_BYE = Sentence(
    "{who} answered the BYE of {source} with 481, though no other BYE had ended the call, answered {age} before (frame {frame}): "
    "it had lost the call already."
)
_ASTRAY = Sentence(
    "{who} answered the {method} of {source} with 481, though the call was answered {age} before (frame {frame}) and no other BYE has ended it. But that request is addressed to "
    "{uri} and not to a Contact of the other side ({contacts}): it went astray, and the other side may know the call well."
)
_ADDRESS = Sentence(
    "Correct {source}: a request inside of a call goes to the Contact that the other side gave, here {contacts}, by way of the Record-Route of the answer (RFC 3261 §12.2.1.1). "
    "Check that the other side does not keep the call."
)
_MOVED = Sentence(
    "The answer came from {answerer}, the 481 from {refuser}: another machine got this request."
)
_REMEDY = Sentence(
    "Find out why {target} has no record of this dialog: a restart, a failover without shared state, or a"
    " load balancer that sent this request elsewhere. Compare Call-ID, both tags and Route of the request"
    " with those of the answer."
)

_MAX_URI = 120
_MOST_CONTACTS = 3


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

    Where the request is not addressed to the other side at all (RFC 3261 §12.2.1.1), it is that: a proxy answers for itself.

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
    contacts = _astray(owner, request)
    notes = [_ASTRAY if contacts else _BYE if request.method == "BYE" else _FORGOTTEN]
    if answerer.host != final.hop.source.host and dialog.invite.hop.source.host == request.hop.source.host:
        notes.append(_MOVED)
    yield Evidence(
        final,
        tuple(notes),
        some([dialog.confirmed, request.request]),
        remedy=_ADDRESS if contacts else _REMEDY,
        severity=Severity.WARNING if request.method == "BYE" else None,
        who=speaker(final),
        method="re-INVITE" if request.method == "INVITE" else request.method,
        source=request.hop.source,
        target=request.hop.target,
        age=Duration(request.request.time - dialog.confirmed.time),
        frame=dialog.confirmed.frame,
        answerer=answerer,
        refuser=final.hop.source,
        uri=request.request.message.uri[:_MAX_URI] if isinstance(request.request.message, Request) else "",
        contacts=contacts,
    )


def _astray(call: Call, request: Transaction) -> list[str]:
    """The Contacts that the other side has given by way of a proxy, where the request to that proxy is addressed to none of them and was
    not passed on; else empty."""
    sent = request.request
    if sent is None or not isinstance(sent.message, Request) or request.forwards:
        return []
    if not any(
        invite.method == "INVITE" and invite.forwards and invite.hop.target.host == sent.hop.target.host
        for invite in call.transactions
    ):
        return []  # the one who answered is no proxy, as far as the capture shows
    contacts = [
        contact.uri
        for seen in call.sightings
        if seen.number < sent.number
        and seen.hop.target.host == sent.hop.source.host
        and seen.hop.source.host == sent.hop.target.host
        for contact in seen.message.contacts
    ]
    aim = sent.message.request_uri
    aims = [
        aim,
        *(route.uri for route in sent.message.routes[-1:]),
    ]  # the last one where a strict router comes first
    if any(same_place(known, aimed) for known in contacts for aimed in aims):
        return []
    return list(dict.fromkeys(known.text[:_MAX_URI] for known in contacts))[:_MOST_CONTACTS]


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
