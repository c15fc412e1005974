"""A redirection that does not say where to (RFC 3261 §13.3.1.2, §21.3)."""

from collections.abc import Iterator

from analyser.annotate import Evidence, Sentence, Severity, rule
from analyser.rules._refusals import dialled, refusal
from analyser.rules.calls._legs import speaker
from analyser.sip import Request, Response
from analyser.track import Transaction

_NOWHERE = Sentence(
    "{who} answered the call of {caller} to {number} with {status} {reason} but gave no Contact: {caller} has nowhere to go."
)
_ITSELF = Sentence(
    "{who} answered the call of {caller} to {number} with {status} {reason} and named the same address that was called."
)
_REMEDY = Sentence(
    "Look at {server} for the forwarding of {number}: its destination is empty, or the same number again;"
    " in the answer it belongs in Contact."
)


@rule(
    "redirect-without-target",
    on=Transaction,
    methods=("INVITE",),
    statuses=(300, 301, 302, 305),
    severity=Severity.ERROR,
    summary="the call was sent elsewhere, but the answer does not say where",
    remedy="Look at the server for the forwarding of the number that was called: its destination is empty, or "
    "the same number again; in the answer it belongs in Contact.",
    refs=("RFC 3261 §13.3.1.2", "RFC 3261 §21.3.3", "RFC 3261 §8.1.3.4"),
)
def redirect_without_target(invite: Transaction) -> Iterator[Evidence]:
    """Looks for 300, 301, 302 and 305 without a Contact, or with the very address that was called as the only
    Contact.

    A redirection names in Contact the addresses to try instead. Without one the caller has nothing to try, and the
    call fails although the callee is forwarded to somewhere. An address that was tried already must not be tried
    again, so naming it leaves nothing either.

    Told once for a call. Silent where the snap length cut the answer, inside a dialog, and where the capture does
    not hold the INVITE.
    """
    found = refusal(invite)
    if found is None or found.sent.message.to_tag or found.final.missing:
        return
    message, request = found.final.message, found.sent.message
    assert isinstance(message, Response)
    assert isinstance(request, Request)
    contacts = message.contacts
    if contacts and any(contact.uri.text != request.uri for contact in contacts):
        return
    if not contacts and message.headers.first("contact"):
        return  # there is one, though it cannot be read
    yield Evidence(
        found.final,
        _ITSELF if contacts else _NOWHERE,
        found.related,
        remedy=_REMEDY,
        who=speaker(found.final),
        server=found.final.hop.source,
        caller=invite.hop.source,
        number=dialled(found.sent),
        status=message.status,
        reason=message.reason[:60],
    )
