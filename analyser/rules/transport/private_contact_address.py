"""A phone that registers an address which means nothing outside of its own network (RFC 3261 §8.1.1.8, RFC 5626)."""

from collections.abc import Iterator

from analyser.annotate import Evidence, Sentence, Severity, rule
from analyser.rules._private import private_contact
from analyser.rules.calls._legs import speaker
from analyser.sip import Response
from analyser.sip.reach import is_private
from analyser.track import Registration, Sighting, Transaction

_SAYS = Sentence(
    "{who} says that it can be reached at {contact}, a private address, in a message that came from a public one."
)
_TAKEN = Sentence(
    "{target} has taken that as its binding; calls to it arrive only if {target} keeps where the message came from and sends there, which "
    "many registrars do, and the NAT stays open."
)
_REMEDY = Sentence(
    "Let the server put the real address in (fix_nated_contact, set_contact_alias, nat=yes or rewrite_contact, as it is called there), or "
    "let {source} learn its public address (STUN, outbound); keep the NAT open with keep-alives."
)


@rule(
    "private-contact-address",
    on=Transaction,
    methods=("REGISTER",),
    statuses=(200,),
    severity=Severity.NOTICE,
    summary="a phone behind a NAT gives its inner address as the one where it can be reached",
    remedy="Let the server put the real address in (fix_nated_contact, set_contact_alias, nat=yes or "
    "rewrite_contact, as it is called there), or let the phone learn its public address (STUN, outbound);"
    " keep the NAT open with keep-alives.",
    refs=("RFC 3261 §8.1.1.8", "RFC 5626 §1", "RFC 3581 §4", "RFC 1918 §3"),
)
def private_contact_address(register: Transaction) -> Iterator[Evidence]:
    """Looks for a Contact with a private address in a REGISTER whose packet came from a public address.

    The Contact is where calls to the phone go. Behind a NAT the phone knows its inner address only. Most registrars
    notice that and send to where the message came from; where one does not, calls to the phone never arrive.

    It is a notice, for the registrar may well mend it, and told once for a registration. Within calls,
    `unacknowledged-answer` and `unanswered-in-dialog` name a private Contact where it has done harm.

    Silent where the packet's source is private as well, where the answer shows that the registrar keeps the public
    address (in the Contact or its received parameter), where the phone registered its public address later in this registration, for removals, where the snap length cut the answer, and on a hop to which the message was passed
    on.
    """
    sent, final, owner = register.request, register.final, register.owner
    if (
        sent is None
        or final is None
        or not isinstance(owner, Registration)
        or register.forward_of is not None
    ):
        return
    contact = private_contact(sent.message.raw)
    if not contact or is_private(sent.hop.source.host) or owner.dropped or final.missing:
        return
    if any(
        other is not register and other.status == 200 and other.first.number < sent.number
        for other in owner.transactions
    ):
        return
    contacts = sent.message.contacts
    if not contacts or _kept_by_registrar(final, sent.hop.source.host):
        return
    if any(_is_public(other, register) for other in owner.transactions):
        return  # it has learnt its outer address from the answer, and registered that
    if sent.message.expires == 0 or any(address.params.get("expires") == "0" for address in contacts):
        return
    yield Evidence(
        sent,
        (_SAYS, _TAKEN),
        remedy=_REMEDY,
        who=speaker(sent),
        source=sent.hop.source,
        target=sent.hop.target,
        contact=contact,
    )


def _is_public(other: Transaction, register: Transaction) -> bool:
    """Whether a later REGISTER of the same source bound an address that is not private."""
    request = other.request
    return (
        other.status == 200
        and request is not None
        and request.number > register.first.number
        and request.hop.source.host == register.hop.source.host
        and any(
            address.uri.host and not is_private(address.uri.host) and address.params.get("expires") != "0"
            for address in request.message.contacts
        )
    )


def _kept_by_registrar(final: Sighting, public: str) -> bool:
    """Whether the registrar's list of bindings shows the public address."""
    message = final.message
    assert isinstance(message, Response)
    return any(
        public in (address.uri.host, *address.params.values()) or public in address.params.get("received", "")
        for address in message.contacts
    )
