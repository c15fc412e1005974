"""The caller's identity was not believed, or the call was blocked for what it looks like (RFC 8224, RFC 8197, RFC 8688)."""

from collections.abc import Iterator
from typing import Final

from analyser.annotate import Evidence, Sentence, Severity, rule
from analyser.rules._refusals import Refusal, clues, dialled, is_identity_refusal
from analyser.rules.calls._legs import speaker
from analyser.rules.routing._groups import CLUES, MORE, Group, refused_calls
from analyser.sip import Response
from analyser.track import Peer

_SAID = Sentence("{who} refused the call of {number_of_caller} to {number} with {status} {reason}.")
_UNSIGNED = Sentence("It wants a signed caller identity, and the call has none.")
_MEANING: Final = {
    403: Sentence("The signature of the caller's identity is too old (its Date)."),
    428: Sentence("It wants a signed caller identity, and does not take the one that the call has."),
    436: Sentence("It could not fetch the certificate that the signature names."),
    437: Sentence("It does not trust the certificate that the signature names, or cannot use it."),
    438: Sentence(
        "The signature does not match the call; From, To or Date were changed on the way, or it is false."
    ),
    603: Sentence("The network takes it for an unwanted call and has blocked it."),
    607: Sentence("The callee has said that it does not want this call."),
    608: Sentence("A call-blocking service takes it for an unwanted call."),
}
_CONTACT = Sentence("Call-Info says whom to ask where a caller was blocked by mistake: {info}.")

_REMEDY = Sentence(
    "Look at the Identity field of the INVITE on the hop to {server}: whether it is there, its "
    "certificate address answers, its numbers agree with From and To as they arrive, and its time is "
    "right."
)
_BLOCKED: Final = Sentence(
    "Ask for redress at the address that the answer names (Reason or Call-Info), and have {number_of_caller} registered as a legitimate "
    "caller; repeating the call makes its reputation worse."
)
_CLOCK: Final = Sentence(
    "Correct the clock (NTP) of whoever signs the calls of {caller}, and look for what delays them on the way."
)


@rule(
    "identity-refused",
    on=Peer,
    severity=Severity.ERROR,
    summary="the call was refused because the caller's number is not trusted, or is taken for an unwanted caller's",
    remedy="Look at the Identity field of the INVITE on the hop to the refusing server: whether it is there, its"
    " certificate address answers, its numbers agree with From and To as they arrive, and its time is "
    "right.",
    refs=("RFC 8224 §6.2.2", "RFC 8197 §3", "RFC 8688 §3", "RFC 3261 §21.4.4"),
)
def identity_refused(peer: Peer) -> Iterator[Evidence]:
    """Looks for refusals that are about who the caller claims to be: 428 Use Identity Header, 436 Bad Identity
    Info, 437 Unsupported Credential, 438 Invalid Identity Header, 403 Stale Date; and for calls that were blocked
    as unwanted: 607 Unwanted, 608 Rejected, and 603 Network Blocked.

    A caller's network may sign the calling number (STIR, SHAKEN). The called network checks the signature and may
    refuse calls without one, with one that it cannot check, or with one that does not fit, for instance because a
    border controller on the way has changed a number or left the field out. Analytics block callers by their
    reputation; the answer should name whom to ask.

    Other 403 and 603 mean other things, and no finding here. All calls of one source that one server refused with
    one status code are one finding. Silent inside a dialog, where the capture does not hold the INVITE, where
    another attempt of the same call is answered, and on a source that a rule on security reports.
    """
    for group in refused_calls(peer, _MEANING, _is_about_identity):
        yield _evidence(group)


def _is_about_identity(found: Refusal) -> bool:
    message = found.final.message
    return isinstance(message, Response) and is_identity_refusal(message)


def _evidence(group: Group) -> Evidence:
    _, sent, final, _ = group.first
    message, request = group.answer, sent.message
    said = clues(message)
    info = (message.headers.first("call-info") or "")[:120]
    sender = request.from_
    unsigned = message.status == 428 and not request.headers.first("identity")
    notes = [_SAID, _UNSIGNED if unsigned else _MEANING[message.status]]
    if said:
        notes.append(CLUES)
    if info:
        notes.append(_CONTACT)
    if len(group.calls) > 1:
        notes.append(MORE)
    return Evidence(
        final,
        tuple(notes),
        group.related,
        remedy=_BLOCKED if message.status > 600 else _CLOCK if message.status == 403 else _REMEDY,
        who=speaker(final),
        server=final.hop.source,
        caller=group.caller,
        number=dialled(sent),
        numbers=group.numbers,
        count=len(group.calls),
        number_of_caller=(sender.uri.user or sender.uri.text)[:80] if sender is not None else "?",
        status=message.status,
        reason=message.reason[:60],
        clues=said,
        info=info,
    )
