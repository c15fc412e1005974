"""A Contact that cannot be reached from where the message came through (RFC 3261 §8.1.1.8, RFC 5626)."""

from collections.abc import Iterator

from analyser.annotate import Evidence, Severity, rule
from analyser.rules._private import private_contact
from analyser.rules.calls._address import is_private
from analyser.rules.calls._legs import some, speaker
from analyser.sip import Response
from analyser.track import Call, Registration, Sighting, Transaction

_SAYS = "{who} says that it can be reached at {contact}, a private address, in a message that came from a public one."
_REGISTERED = (
    " {target} has taken that as its binding; calls to it arrive only if {target} keeps where the message came from and sends there, "
    "which many registrars do, and the NAT stays open."
)
_LOST = " {method} of {other} in this call got no answer."

_REMEDY = (
    "Let the server put the real address in (fix_nated_contact, set_contact_alias, nat=yes or rewrite_contact, as it is called there), or let {source} "
    "learn its public address (STUN, outbound); keep the NAT open with keep-alives."
)


@rule(
    "private-contact-address",
    on=Transaction,
    methods=("INVITE", "REGISTER"),
    statuses=(200,),
    severity=Severity.NOTICE,
    summary="a phone behind a NAT gives its inner address as the one where it can be reached",
    remedy=_REMEDY,
    refs=("RFC 3261 §8.1.1.8", "RFC 5626 §1", "RFC 3581 §4", "RFC 1918 §3"),
)
def private_contact_address(transaction: Transaction) -> Iterator[Evidence]:
    """Looks for a Contact with a private address in a REGISTER, in an INVITE or in its 2xx whose packet came from a
    public address.

    The Contact is where later requests go: calls to the phone after REGISTER, ACK, BYE and re-INVITE within a call.
    Behind a NAT the phone knows its inner address only. Most servers notice that and send to where the message came
    from. Where one does not, calls to the phone never arrive, or an answered call is cut after 32 s because the ACK
    is lost.

    After a REGISTER it is a notice, for the registrar may well mend it. In a call it is a warning, told only where a
    request from the other side went without an answer. It is told once for a registration or a call.

    Silent where the packet's source is private as well, where the answer to the REGISTER shows that the registrar
    keeps the public address (in the Contact or its received parameter), and on a hop to which the message was
    passed on.
    """
    sent, final = transaction.request, transaction.final
    if sent is None or final is None:
        return
    for sighting in (sent, final):
        contact = private_contact(sighting.message.raw)
        if contact and not is_private(sighting.hop.source.host):
            evidence = _evidence(transaction, sighting, final, contact)
            if evidence is not None:
                yield evidence
                return
        if transaction.method == "REGISTER":
            return


def _evidence(transaction: Transaction, at: Sighting, final: Sighting, contact: str) -> Evidence | None:
    owner = transaction.owner
    inside = bool(transaction.first.message.to_tag)
    if transaction.forward_of is not None or inside:
        return None
    note, lost = _SAYS, None
    if isinstance(owner, Registration):
        if any(
            other is not transaction and other.status == 200 and other.first.number < at.number
            for other in owner.transactions
        ):
            return None
        if owner.dropped or _kept_by_registrar(final, at.hop.source.host) or not at.message.contacts:
            return None
        if (
            any(address.params.get("expires") == "0" for address in at.message.contacts)
            or at.message.expires == 0
        ):
            return None
        note += _REGISTERED
    elif isinstance(owner, Call):
        towards = _towards(owner, transaction, at)
        if any(other.status for other in towards) or (at is final and transaction.acks):
            return None
        lost = next(
            (
                other
                for other in towards
                if other.peer_heard and not other.responses and len(other.requests) > 2
            ),
            None,
        )
        if lost is None:
            return None
        note += _LOST
    return Evidence(
        at,
        note,
        some(lost.requests) if lost is not None else (),
        severity=Severity.WARNING if lost is not None else Severity.NOTICE,
        who=speaker(at),
        source=at.hop.source,
        target=at.hop.target,
        contact=contact,
        method=lost.method if lost is not None else "",
        other=lost.hop.source if lost is not None else "",
    )


def _kept_by_registrar(final: Sighting, public: str) -> bool:
    """Whether the registrar's list of bindings shows the public address."""
    message = final.message
    assert isinstance(message, Response)
    return any(
        public in (address.uri.host, *address.params.values()) or public in address.params.get("received", "")
        for address in message.contacts
    )


def _towards(call: Call, invite: Transaction, at: Sighting) -> list[Transaction]:
    """Requests inside the call that the other side sent on this hop towards the one who gave the Contact."""
    host = at.hop.source.host
    return [
        other
        for other in call.transactions
        if other is not invite
        and other.request is not None
        and other.request.message.to_tag
        and other.hop.target.host == host
        and other.request.number > at.number
    ]
