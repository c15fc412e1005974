"""A request inside a call, or a CANCEL, that nobody answers (RFC 3261 §17.1.2.2, §12.2.1.2)."""

from collections.abc import Iterator
from typing import Final

from analyser.annotate import Evidence, Sentence, Severity, rule
from analyser.rules._due import in_vain
from analyser.rules._private import private_contact
from analyser.rules.calls._legs import downstream, some, upstream
from analyser.rules.calls._silence import given_up, unanswered
from analyser.rules.calls._unanswered import Opening, account
from analyser.sip.reach import is_private
from analyser.track import Call, Transaction
from analyser.track.bounds import TIMEOUT

_OPENING: Final = Opening(
    repeated=Sentence(
        "Within a call, {source} sent {method} to {target} over {transport} {copies} times in {sent}."
    ),
    once=Sentence("Within a call, {source} sent {method} to {target} over {transport}."),
    stopped=Sentence(
        "Within a call, {source} sent {method} to {target} over {transport} {copies} times in {sent}, then no more."
    ),
)
_OPENING_OTHER: Final = Opening(
    repeated=Sentence(
        "Within a dialog, {source} sent {method} to {target} over {transport} {copies} times in {sent}."
    ),
    once=Sentence("Within a dialog, {source} sent {method} to {target} over {transport}."),
    stopped=Sentence(
        "Within a dialog, {source} sent {method} to {target} over {transport} {copies} times in {sent}, then no more."
    ),
)
"""Of a dialog that is no call: a subscription's."""
_PRIVATE = Sentence(
    "{target_host} had given {contact} as its Contact, a private address, in a message that came from a public one: "
    "requests inside the call are lost there unless {source_host} puts the real address in."
)

_GRAVE: Final = frozenset({"INVITE", "UPDATE", "REFER", "SUBSCRIBE"})
_BYE = Sentence(
    "{client} has hung up all the same; check the call record of {target_host}, where the call may still run, and its address "
    "in the Contact and Route of the dialog."
)
_CANCEL = Sentence(
    "A CANCEL goes to the same address as its INVITE, from where responses did come: look in the log of {target} for both, and check whether it was restarted "
    "or overloaded between them. Check that nothing there rings on."
)
_REMEDY = Sentence(
    "Compare where the request went with the Contact and Record-Route of the dialog, and check that {target} is still up and reachable both "
    "ways; capture at its side."
)


@rule(
    "unanswered-in-dialog",
    on=Transaction,
    methods=(
        "BYE",
        "CANCEL",
        "INFO",
        "INVITE",
        "MESSAGE",
        "NOTIFY",
        "OPTIONS",
        "PRACK",
        "REFER",
        "SUBSCRIBE",
        "UPDATE",
    ),
    statuses=(0,),
    severity=Severity.WARNING,
    summary="a request within a call or a subscription, such as hanging up, got no response",
    remedy="Compare where the request went with the Contact and Record-Route of the dialog, and check that the other side is still up and "
    "reachable both ways; capture there.",
    refs=("RFC 3261 §17.1.2.2", "RFC 3261 §12.2.1.2", "RFC 3261 §15.1.1"),
    due=in_vain,
    absence=True,
)
def unanswered_in_dialog(request: Transaction, *, copies: int = 4) -> Iterator[Evidence]:
    """Looks for requests inside a dialog (BYE, INFO, PRACK, UPDATE, REFER, NOTIFY, re-INVITE …) and for CANCEL
    that got no final response.

    Such a request goes to the Contact of the other side along the recorded route, another way than the
    first INVITE took, so it can fail where the call itself was set up. Over UDP it is repeated for 32 s. A
    BYE without response ends the call for the one who sent it, while the other side may think that it goes
    on. A re-INVITE or UPDATE without response mostly ends the call. A private address in the Contact, from behind a
    NAT, is the usual reason, and named where it is seen.

    It is an error for re-INVITE, UPDATE, REFER and SUBSCRIBE once 32 s have passed, a warning for the
    others. Where the capture ended before, at least `copies` copies must be in it, and it is a warning.
    Copies are the proof that nothing was heard; a request that is sent over UDP but once is not judged.

    Of a run of such requests on one hop the first is told; of a chain of hops, the last. Silent for a
    CANCEL whose INVITE ended all the same, is not in the capture, or got no response either
    (`unanswered-invite`).
    """
    if request.method != "CANCEL" and (request.request is None or not request.request.message.to_tag):
        return
    if not _given_up(request, copies) or any(_given_up(further, copies) for further in downstream(request)):
        return
    invite = request.invite
    if request.method == "CANCEL" and (invite is None or _ended(invite, request) or not invite.responses):
        return
    if _run_goes_on(request, copies):
        return
    note, values, lost = account(
        request, copies, _OPENING if isinstance(request.owner, Call) else _OPENING_OTHER
    )
    contact = _private_contact(request)
    if contact:
        note.append(_PRIVATE)
    yield Evidence(
        request.first,
        tuple(note),
        some([*request.requests[1:], *request.responses, *(further.first for further in request.forwards)]),
        severity=Severity.ERROR if lost and request.method in _GRAVE else Severity.WARNING,
        remedy={"BYE": _BYE, "CANCEL": _CANCEL}.get(request.method, _REMEDY),
        **values,
        client=[request, *upstream(request)][-1].hop.source,
        contact=contact,
    )


def _ended(invite: Transaction, cancel: Transaction) -> bool:
    """Whether the INVITE had its final response before the client gave its CANCEL up."""
    return invite.final is not None and invite.final.time - cancel.first.time < TIMEOUT


def _private_contact(request: Transaction) -> str:
    """The private Contact that the other side gave when the call was set up, from a public address; else empty."""
    target = request.hop.target.host
    if is_private(target):
        return ""
    for other in request.owner.transactions if request.owner is not None else ():
        for seen in (other.request, other.final):
            if seen is not None and other.method == "INVITE" and seen.hop.source.host == target:
                return private_contact(seen.message.raw)
    return ""


def _given_up(request: Transaction, copies: int) -> bool:
    """Whether the client has heard no final response, as far as the capture can prove that."""
    if request.request is None:
        return False
    if request.responses:
        return request.final is None and request.method != "INVITE" and given_up(request)
    return unanswered(request, copies)


def _run_goes_on(request: Transaction, copies: int) -> bool:
    """Whether the request just before, on the same hop and for the same owner, fared no better."""
    before = None
    for other in request.owner.transactions if request.owner is not None else ():
        if other is request:
            break
        if other.method == request.method and other.hop == request.hop:
            before = other
    return before is not None and _given_up(before, copies)
