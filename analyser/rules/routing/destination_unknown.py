"""The number or address that was called does not exist (RFC 3261 §21.4.5, §21.4.22, §21.6.3)."""

from collections.abc import Iterator
from typing import Final

from analyser.annotate import Duration, Evidence, Sentence, Severity, rule
from analyser.rules._refusals import Refusal, clues, dialled
from analyser.rules.calls._legs import speaker
from analyser.rules.routing._groups import CAME_FROM, CLUES, MORE, REMEDY_BEHIND, Group, refused_calls
from analyser.sip import Request
from analyser.track import Call, Peer

_SAID = Sentence("{caller} called {number}; {who} answered {status} {reason} after {delay}.")
_MEANING: Final = {
    404: Sentence(
        "It knows no such user, or the user is not registered there now (480 would be right for that, but many proxies say 404), or it is not responsible for the domain {domain}."
    ),
    410: Sentence("The number has been given up, and no other is named."),
    484: Sentence("The number is too short, or in a form that the dial plan there does not know."),
    485: Sentence("More than one user fits, so it does not know whom to ring."),
    604: Sentence("It knows for all of the network that there is no such user."),
}
_UNKNOWN: Final = Sentence(
    "It knows no such user or number, or the user is not registered there now (480 would be right for that, but many proxies say 404)."
)
_RANG = Sentence("The call rang before, so most likely a forwarding behind that number leads nowhere.")
_PLUS = Sentence("The number is written internationally with +; networks differ in which form they take.")
_PREFIX = Sentence(
    "The number is written internationally with 00 or 011; networks differ in which form they take."
)
_NATIONAL = Sentence(
    "The number is written nationally with a leading 0; networks differ in which form they take."
)
_BARE = Sentence("The number is written without + or leading 0; networks differ in which form they take.")
_EMERGENCY: Final = "urn:service:sos"
_REMEDY = Sentence(
    "If the number is right, look at {server}: is {number} set up there and, where it is a phone's, registered now, does the dial plan rewrite it as that side expects (with +, with "
    "00 or 011, national, extension), does the call take the right route? If one caller alone meets this, it was probably misdialled."
)


@rule(
    "destination-unknown",
    on=Peer,
    severity=Severity.WARNING,
    summary="the number or address that was called is not known where the call arrived",
    remedy="If the number is right, look at the server: is it set up there and, where it is a phone's, registered now, does the dial plan rewrite it as that side expects "
    "(with +, with 00 or 011, national, extension), does the call take the right route? If one caller alone meets this, it was probably "
    "misdialled.",
    refs=("RFC 3261 §21.4.5", "RFC 3261 §21.4.22", "RFC 3261 §21.6.3", "RFC 3966 §5.1"),
)
def destination_unknown(peer: Peer, *, error: int = 5) -> Iterator[Evidence]:
    """Looks for calls that ended with 404 Not Found, 410 Gone, 484 Address Incomplete, 485 Ambiguous or 604 Does
    Not Exist Anywhere.

    One such call is a wrong number, and everyday life: a warning. `error` calls or more that one server refuses
    like that are an error: a missing route, numbers that were not set up, or a dial plan that rewrites them in a
    way that the other side does not expect. A user who is known but not registered should get 480; many a proxy, Kamailio with its usual
    script among them, says 404 of that one too. The note says who refused, how the number was written, and what Reason
    and Warning add.

    All calls of one source that one server refused with one status code are one finding; it tells of the first and
    counts the rest (of the latest 512 failures). Silent inside a dialog, where the capture does not hold the
    INVITE, where another branch or another attempt of the same call rings or is answered (hunting through routes),
    where digits are still being dialled (a 484 that is followed by a longer number), and on a source that a rule on
    security reports; and on emergency calls (`urn:service:sos`), of which `emergency-call-failed` tells.
    """
    for group in refused_calls(peer, _MEANING, _is_told_here):
        yield _evidence(group, error)


def _evidence(group: Group, error: int) -> Evidence:
    invite, sent, final, _ = group.first
    message, request = group.answer, sent.message
    assert isinstance(request, Request)
    number = dialled(sent)
    said, shape = clues(message), _shape(number)
    uri, behind = request.request_uri, group.behind
    domain = uri.host[:80] if uri is not None else ""
    meaning = _UNKNOWN if message.status == 404 and not domain else _MEANING[message.status]
    notes = [_SAID, behind.note if behind else meaning]
    if final is not invite.final:
        notes.append(CAME_FROM)
    if b" 180 " in b"".join(seen.message.raw[:12] for seen in invite.provisionals):
        notes.append(_RANG)
    if said:
        notes.append(CLUES)
    if len(group.calls) > 1:
        notes.append(MORE)
    if shape is not None:
        notes.append(shape)
    return Evidence(
        final,
        tuple(notes),
        [*group.related, *(behind.seen if behind else [])],
        remedy=REMEDY_BEHIND if behind and behind.refused else _REMEDY,
        severity=Severity.ERROR if len(group.calls) >= error else Severity.WARNING,
        caller=group.caller,
        number=number,
        numbers=group.numbers,
        who=speaker(final),
        server=final.hop.source,
        status=message.status,
        reason=message.reason[:60],
        delay=Duration(final.time - sent.time),
        domain=domain,
        **(behind.values if behind else {}),
        clues=said,
        count=len(group.calls),
    )


def _is_told_here(found: Refusal) -> bool:
    """Whether no rule of its own tells of such a call, and the number was whole."""
    return not dialled(found.sent).lower().startswith(_EMERGENCY) and _is_complete(found)


def _is_complete(found: Refusal) -> bool:
    """Whether no attempt with more digits follows (overlap dialling, RFC 3578)."""
    owner = found.invite.owner
    if found.invite.status != 484 or not isinstance(owner, Call):
        return True
    user = dialled(found.sent).partition("@")[0]
    later = [
        other.request.message
        for other in owner.transactions
        if other.method == "INVITE" and other.request is not None and other.request.number > found.sent.number
    ]
    return not any(
        isinstance(message, Request)
        and message.uri.startswith(user)
        and len(message.uri.partition("@")[0]) > len(user)
        for message in later
    )


def _shape(number: str) -> Sentence | None:
    """How a telephone number is written; None where it is none."""
    user = number.partition(":")[2].partition("@")[0]
    digits = user.lstrip("+").replace("-", "")
    if not (digits.isascii() and digits.isdigit()) or len(digits) < 7:
        return None
    if user.startswith("+"):
        return _PLUS
    if user.startswith(("00", "011")):
        return _PREFIX
    return _NATIONAL if user.startswith("0") else _BARE
