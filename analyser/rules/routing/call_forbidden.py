"""403 and 433 to a call that carried no credentials: barring, access lists, an unwanted caller identity (RFC 3261 §21.4.4, RFC 5079)."""

from collections.abc import Iterator

from analyser.annotate import Evidence, Sentence, Severity, rule
from analyser.rules._refusals import Refusal, clues, dialled, is_identity_refusal
from analyser.rules.calls._legs import speaker
from analyser.rules.registration._attempts import carries_credentials
from analyser.rules.routing._groups import CLUES, MORE, Group, refused_calls
from analyser.sip import Response
from analyser.track import Peer

_SAID = Sentence("{who} forbids {caller} to call {number}: {status} {reason}.")
_UNKNOWN = Sentence(
    "It has not asked for a password: most often the address {client}, the calling number {number_of_caller} or the number called is "
    "not allowed there."
)
_ANONYMOUS = Sentence("The callee takes no anonymous calls, and the caller is shown as {number_of_caller}.")
_REMEDY = Sentence(
    "Ask the operator of {server} what bars it: whether the address of {client} is on its access list, "
    "whether this customer may call such a destination (international, premium rate), and whether the "
    "calling number {number_of_caller} is one of the customer's and in the right form."
)
_REMEDY_ANONYMOUS = Sentence(
    "Let the caller show its number for this call (switch off number suppression), or let the callee take anonymous calls."
)


@rule(
    "call-forbidden",
    on=Peer,
    severity=Severity.ERROR,
    summary="the call is not allowed: the server knows why, and does not ask for a password",
    remedy="Ask the operator of the server what bars it: whether the address of the caller is on its access "
    "list, whether this customer may call such a destination (international, premium rate), and whether "
    "the calling number is one of the customer's and in the right form.",
    refs=("RFC 3261 §21.4.4", "RFC 5079 §5"),
)
def call_forbidden(peer: Peer) -> Iterator[Evidence]:
    """Looks for 403 Forbidden and 433 Anonymity Disallowed to an INVITE outside a dialog that carries no
    credentials.

    403 says that the server understood and will not do it; to repeat the request is pointless. Usual causes are an
    address that is not on the access list of a trunk, a barred destination, an account without credit, and a
    calling number that the customer may not use. 433 says that the callee refuses callers who hide their number.

    Silent where the INVITE carries credentials (`forbidden-with-credentials` speaks of that), where the refusal is
    about signed caller identity (`identity-refused`), where another attempt of the same call is answered, inside a
    dialog, where the capture does not hold the INVITE or cut its head, and on a source that a rule on security reports. All calls
    of one source that one server refused with one status code are one finding.
    """
    for group in refused_calls(peer, (403, 433), _is_barred):
        yield _evidence(group)


def _is_barred(found: Refusal) -> bool:
    """Whether it is about what may be called, and not about credentials or signed identity."""
    message = found.final.message
    assert isinstance(message, Response)
    if found.sent.missing and found.sent.message.head_cut:
        return False
    return not is_identity_refusal(message) and not (
        message.status == 403 and carries_credentials(found.invite)
    )


def _evidence(group: Group) -> Evidence:
    invite, sent, final, _ = group.first
    message = group.answer
    said = clues(message)
    sender = sent.message.from_
    notes = [_SAID, _ANONYMOUS if message.status == 433 else _UNKNOWN]
    if said:
        notes.append(CLUES)
    if len(group.calls) > 1:
        notes.append(MORE)
    return Evidence(
        final,
        tuple(notes),
        group.related,
        remedy=_REMEDY_ANONYMOUS if message.status == 433 else _REMEDY,
        who=speaker(final),
        server=final.hop.source,
        caller=group.caller,
        client=invite.hop.source if final is invite.final else final.hop.target,
        number=dialled(sent),
        numbers=group.numbers,
        number_of_caller=(sender.uri.user or sender.uri.text)[:80] if sender is not None else "?",
        status=message.status,
        reason=message.reason[:60],
        clues=said,
        count=len(group.calls),
    )
