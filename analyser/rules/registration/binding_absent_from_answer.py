"""A 200 to REGISTER that does not list the binding that was to be made (RFC 3261 §10.3)."""

import re
from collections.abc import Iterator
from typing import Any

from analyser.annotate import Evidence, Sentence, Severity, rule
from analyser.rules._refusals import origin
from analyser.track import Transaction

_CONTACT = re.compile(rb"\n(?:contact|m)[ \t]*:[^<\r\n]*<([^>;?\r\n]+)", re.IGNORECASE)
"""The address of the first Contact, without its parameters, in its usual form."""

_NONE = Sentence(
    "{registrar} accepts the REGISTER of {source} for {user}, but lists no binding at all: {contact} is not registered."
)
_OTHERS = Sentence(
    "{registrar} accepts the REGISTER of {source} for {user}, but {contact} is not among the bindings that it lists: {listed}."
)
_REWRITTEN = Sentence(
    "{registrar} lists the binding of {user} as {listed} where {source} sent {contact}: something between them, or the registrar, has "
    "changed the address, and a client that looks for its own binding does not find it."
)
_REWRITTEN_NAT = Sentence(
    "{registrar} lists the binding of {user} as {listed}, the address that the REGISTER came from, where {source} sent {contact}: the registrar puts "
    "the outer address of a NAT in, so that calls arrive. A client that looks for its own binding does not find it."
)
_REMEDY_NAT = Sentence(
    "Nothing needs mending while {source} refreshes its registration in time. If it does not, or registers over and over, let it learn its outer address "
    "(STUN, rport), or let {registrar} keep the Contact as it came and note the outer address beside it."
)
_REMEDY_REWRITTEN = Sentence(
    "If incoming calls fail, switch off the SIP ALG of the router, or let the registrar keep the Contact as it came and note the real "
    "address beside it."
)
_REMEDY = Sentence(
    "Look at {registrar} for a limit of contacts of {user} or a policy that drops {contact}; incoming "
    "calls will not reach it."
)


@rule(
    "binding-absent-from-answer",
    on=Transaction,
    severity=Severity.ERROR,
    summary="the server says that the registration worked, but does not list the phone that registered",
    remedy="Look at the registrar for a limit of contacts of this user or a policy that drops this address; "
    "incoming calls will not reach it.",
    refs=("RFC 3261 §10.2.4", "RFC 3261 §10.3"),
    methods={"REGISTER"},
    statuses={200, 202},
)
def binding_absent_from_answer(register: Transaction) -> Iterator[Evidence]:
    """The 200 OK to a REGISTER lists every binding of the address of record, each with its lifetime. The client finds its
    own one there, and takes the granted lifetime from it. If it is not there, the registrar has not stored it: a limit of
    contacts was met, a policy has dropped it, or the registrar is broken.

    Addresses are compared by host and port only. Where the list has another address for the same user, it was
    rewritten on the way (ALG, SBC) or by the registrar, which is a warning: calls may well arrive. It is a notice where
    the listed address is the one that the REGISTER came from: many registrars do that for phones behind a NAT.

    It is silent on queries (no Contact), on removals (expires=0 or Contact: *), on messages that the capture has cut, on
    the further hops of a proxy, and after the first such answer of a registration.
    """
    request, final = register.request, register.final
    if request is None or final is None:
        return
    found = _CONTACT.search(request.message.raw)
    if found is not None and found[1] in final.message.raw:
        return
    if request.missing or final.missing or register.forward_of is not None or _told(register):
        return
    asked: Any = request.message
    contacts = [contact for contact in asked.contacts if not contact.is_star and contact.uri.host]
    if not contacts or _is_removal(asked, contacts):
        return
    answer: Any = final.message
    listed = answer.contacts
    places = {_place(contact) for contact in listed}
    absent = [contact for contact in contacts if _place(contact) not in places]
    if not absent:
        return
    contact = absent[0]
    rewritten = [other for other in listed if other.uri.user == contact.uri.user]
    outer = any(_place(other) == tuple(register.hop.source) for other in rewritten)
    to = asked.to
    yield Evidence(
        final,
        _REWRITTEN_NAT if outer else _REWRITTEN if rewritten else _OTHERS if listed else _NONE,
        [request],
        severity=Severity.NOTICE if outer else Severity.WARNING if rewritten else Severity.ERROR,
        remedy=_REMEDY_NAT if outer else _REMEDY_REWRITTEN if rewritten else _REMEDY,
        registrar=origin(register).hop.source,
        source=register.hop.source,
        user=to.uri if to is not None else "",
        contact=contact.uri,
        listed=[str(other.uri) for other in listed[:5]],
    )


def _place(contact: Any) -> tuple[str, int]:
    """Where calls would go; the default port is as good as none."""
    uri = contact.uri
    return uri.host.lower(), uri.port or (5061 if uri.scheme == "sips" else 5060)


def _is_removal(asked: Any, contacts: list[Any]) -> bool:
    return all(contact.params.get("expires", str(asked.expires)) == "0" for contact in contacts)


def _told(register: Transaction) -> bool:
    """Whether an earlier answer of this registration was of the same kind: it lists what this one lists."""
    if register.owner is None:
        return False
    return register.owner.dropped > 0 or any(
        200 <= seen.status < 300 and seen.hop == register.hop and seen.first.number < register.first.number
        for seen in register.owner.transactions
    )
