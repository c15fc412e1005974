"""403 and 433 to a call, where credentials are not the reason: barring, access lists, an unwanted caller identity (RFC 3261 §21.4.4, RFC 5079)."""

from collections.abc import Iterator

from analyser.annotate import Evidence, Sentence, Severity, rule
from analyser.rules._refusals import (
    Refusal,
    causes,
    clues,
    dialled,
    is_identity_refusal,
    let_in,
    origin,
    progressed,
)
from analyser.rules.calls._legs import speaker, status, status_line
from analyser.rules.registration._attempts import carries_credentials
from analyser.rules.routing._groups import CLUES, MORE, Group, refused_calls
from analyser.sip import Response
from analyser.track import Peer

_SAID = Sentence("{who} forbids {caller} to call {number}: {status} {reason}.")
_UNKNOWN = Sentence(
    "It has not asked for a password: most often the address {client}, the calling number {number_of_caller} or the number called is "
    "not allowed there."
)
_PROGRESSED = Sentence(
    "It is about this call and not about a password, for it came after {progress} (frame {progress_frame}): the callee, or the network on "
    "the way to it, does not take the call."
)
_CAUSE = Sentence(
    "It is about this call and not about a password, for it gives a cause of the telephone network: the callee, or the network on the way to it, "
    "does not take the call."
)
_BEHIND = Sentence(
    "It is about this call and not about a password, for it was {challenger} that had asked for one, and let the call pass."
)
_ANONYMOUS = Sentence("The callee takes no anonymous calls, and the caller is shown as {number_of_caller}.")
_REMEDY = Sentence(
    "Ask the operator of {server} what bars it: whether the address of {client} is on its access list, "
    "whether this customer may call such a destination (international, premium rate), and whether the "
    "calling number {number_of_caller} is one of the customer's and in the right form."
)
_REMEDY_LET_IN = Sentence(
    "Find out at {server} who refused: the callee (do-not-disturb, blocked callers, the key to decline), or the route to it, which may bar the destination "
    "or the calling number {number_of_caller}, or be without credit."
)
_REMEDY_ANONYMOUS = Sentence(
    "Let the caller show its number for this call (switch off number suppression), or let the callee take anonymous calls."
)


@rule(
    "call-forbidden",
    on=Peer,
    severity=Severity.ERROR,
    summary="the call is not allowed, and the caller's password is not the reason",
    remedy="Ask the operator of the server what bars it: whether the address of the caller is on its access "
    "list, whether this customer may call such a destination (international, premium rate), and whether "
    "the calling number is one of the customer's and in the right form.",
    refs=("RFC 3261 §21.4.4", "RFC 5079 §5"),
)
def call_forbidden(peer: Peer) -> Iterator[Evidence]:
    """Looks for 403 Forbidden and 433 Anonymity Disallowed to an INVITE outside a dialog that carries no
    credentials, or whose credentials had been taken.

    403 says that the server understood and will not do it; to repeat the request is pointless. Usual causes are an
    address that is not on the access list of a trunk, a barred destination, an account without credit, and a
    calling number that the customer may not use. An exchange also says 403, with Q.850 cause 21, where the callee declines. It is a warning where the caller
    had been let in: the call progressed, the refusal has a Q.850 cause, or not the one who had asked for credentials wrote it. 433 says that the callee refuses callers who hide their number.

    Silent where the credentials of the INVITE may be the reason (`forbidden-with-credentials` speaks of that), where the callee's device rang before (then somebody declined), where the refusal is
    about signed caller identity (`identity-refused`), where another attempt of the same call is answered, inside a
    dialog, where the capture does not hold the INVITE or cut its head, and on a source that a rule on security reports. All calls
    of one source that one server refused with one status code are one finding.
    """
    for group in refused_calls(peer, (403, 433), _is_barred, lambda found: let_in(found.invite)):
        yield _evidence(group)


def _is_barred(found: Refusal) -> bool:
    """Whether it is about what may be called, and not about credentials or signed identity, nor declined at a device that rang."""
    message = found.final.message
    assert isinstance(message, Response)
    if found.sent.missing and found.sent.message.head_cut:
        return False
    if is_identity_refusal(message):
        return False
    if message.status != 403:
        return True
    if any(status(seen) == 180 for seen in found.invite.provisionals):
        return False
    return not carries_credentials(found.invite) or let_in(found.invite)


def _evidence(group: Group) -> Evidence:
    invite, sent, final, _ = group.first
    message = group.answer
    said = clues(message)
    sender = sent.message.from_
    before, challenged = progressed(invite), invite.previous
    anonymous, known = message.status == 433, let_in(invite)
    reason = _PROGRESSED if before else _CAUSE if causes(message) else _BEHIND
    notes = [_SAID, _ANONYMOUS if anonymous else reason if known else _UNKNOWN]
    if said:
        notes.append(CLUES)
    if len(group.calls) > 1:
        notes.append(MORE)
    return Evidence(
        final,
        tuple(notes),
        group.related,
        severity=Severity.WARNING if known and not anonymous else None,
        remedy=_REMEDY_ANONYMOUS if anonymous else _REMEDY_LET_IN if known else _REMEDY,
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
        progress=status_line(before[0])[:64] if before else "",
        progress_frame=before[0].frame if before else 0,
        challenger=origin(challenged).hop.source if challenged is not None and challenged.final else "",
        count=len(group.calls),
    )
