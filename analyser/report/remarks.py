"""The plain words beside an arrow: what a request asks for, what a response says to it.

They depend on the message and on what came before it, so that a capture cut at any point reads the same up to
there. All that comes from the wire has passed the gate of `wire_text`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from analyser.annotate import Role, Verdict, annotate
from analyser.report.defect_words import brief
from analyser.report.wire_text import wire_text
from analyser.sip import Request, Response
from analyser.track import Call
from analyser.wire import SECOND

if TYPE_CHECKING:
    from analyser.report.words import Words
    from analyser.track import Sighting, Transaction

_CHALLENGES: Final = (401, 407)
_AT_ONCE: Final = 32 * SECOND
"""A challenge that a request answers is not longer ago; a later one refreshes with the same credentials."""
_MAX_TEXT: Final = 100
_MAX_REASONS: Final = 2
_MAX_DEFECTS: Final = 3


def remark(sighting: Sighting, words: Words) -> tuple[str, str]:
    """The words, and the verdict of a response; empty for a request."""
    message = sighting.message
    if isinstance(message, Request):
        return _of_request(sighting, message, words) + _grammar(sighting, words), ""
    text, verdict = _of_response(sighting, message, words)
    return text + _grammar(sighting, words), verdict


def _of_response(sighting: Sighting, message: Response, words: Words) -> tuple[str, str]:
    annotation = annotate(sighting, words.lang)
    assert annotation is not None
    transaction = sighting.transaction
    match annotation.role:
        case Role.RETRANSMISSION:
            text = words("row.answer-again")
        case Role.FORWARD:
            text = words("row.answer-passed-on")
        case Role.STRAY:
            text = words("row.stray", meaning=annotation.short)
        case Role.CHALLENGE if annotation.verdict is Verdict.PROBLEM:
            text = words("row.challenge-again")
        case Role.FINAL if 200 <= message.status < 300:
            text = _accepted(message.cseq_method, transaction, words) or annotation.short
        case Role.FINAL if _refuses_unasked(message, transaction):
            text = words("row.unasked-refused") + _why(message, words)
        case Role.FINAL:
            text = annotation.short + _why(message, words)
        case _:
            text = annotation.short
    if annotation.elapsed is not None and annotation.elapsed >= 0:  # else the clock was set back
        text += words("row.after", duration=words.duration(annotation.elapsed))
    return text, str(annotation.verdict)


def _accepted(method: str, transaction: Transaction | None, words: Words) -> str:
    """What a 2xx says where the request was not the usual one of its method."""
    request = transaction.request.message if transaction is not None and transaction.request else None
    if not isinstance(request, Request):
        return ""
    if method == "INVITE" and request.to_tag:
        return words("row.change-accepted")
    if method == "REGISTER":
        kind = _register(request)
        return words(f"row.registered{kind}") if kind else ""
    if method == "SUBSCRIBE" and request.expires == 0:
        return words("row.last-notify")
    return ""


def _of_request(sighting: Sighting, message: Request, words: Words) -> str:
    transaction, method = sighting.transaction, message.method
    if sighting.retransmission:
        first = transaction.request if transaction is not None else None
        if method == "ACK" or first is None:
            return words("row.request-again")
        return words("row.request-again-after", duration=words.duration(sighting.time - first.time))
    if method == "ACK":
        return _ack(message, transaction, words)
    why = _why(message, words) if method in ("BYE", "CANCEL") else ""
    if transaction is not None and transaction.forward_of is not None:
        return words("row.request-passed-on") + why
    if method == "CANCEL" and (_answered_before(sighting) or _says_elsewhere(message)):
        return words("method.CANCEL-branch") + why
    wish = _wish(message)
    text = words.find(f"method.{wish}", "method.other") + why
    if message.credentials:
        before = transaction.previous if transaction is not None else None
        asked = (
            before is not None
            and before.status in _CHALLENGES
            and before.final is not None
            and sighting.time - before.final.time < _AT_ONCE
        )
        text += words("row.now-with-credentials") if asked else words("row.with-credentials")
    return text


def is_unasked(message: Request) -> bool:
    """Whether a NOTIFY belongs to no subscription: within one it has a To tag, the subscriber's (RFC 6665 §4.1.3). Exchanges that know
    of a mailbox tell the phone so."""
    return message.method == "NOTIFY" and not message.to_tag and not message.head_cut


def _refuses_unasked(message: Response, transaction: Transaction | None) -> bool:
    """Whether a 481 says only that a phone takes no NOTIFY that it has not subscribed to."""
    request = transaction.request.message if transaction is not None and transaction.request else None
    return message.status == 481 and isinstance(request, Request) and is_unasked(request)


def _ack(message: Request, transaction: Transaction | None, words: Words) -> str:
    """The ACK for a refusal is part of its transaction and has its branch; the ACK for a 2xx has its own
    (RFC 3261 §17.1.1.3, §13.2.2.4)."""
    if transaction is None or not transaction.status:
        return words("method.ACK")
    first = transaction.request.message if transaction.request is not None else None
    final = transaction.final
    if transaction.status >= 300 and first is not None and final is not None:
        if first.branch == message.branch:
            return words("method.ACK-final", status=transaction.status)
        if not transaction.answers:  # some put a branch of its own into this one, too
            refused = final.message.to_tag == message.to_tag
            return words("method.ACK-final", status=transaction.status) if refused else words("method.ACK")
    change = isinstance(first, Request) and first.to_tag
    return words("method.ACK-change") if change else words("method.ACK-answer")


def _wish(message: Request) -> str:
    """The method, and which of the things that it can ask for it asks."""
    match message.method:
        case "INVITE" if message.to_tag:
            return "INVITE-again"
        case "REGISTER":
            return f"REGISTER{_register(message)}"
        case "SUBSCRIBE" if message.expires == 0:
            return "SUBSCRIBE-end" if message.to_tag else "SUBSCRIBE-once"
        case "SUBSCRIBE" if message.to_tag:
            return "SUBSCRIBE-again"
        case "NOTIFY" if is_unasked(message):
            return "NOTIFY-unasked"
        case "NOTIFY":
            state = message.subscription_state
            return "NOTIFY-last" if state is not None and state.state == "terminated" else "NOTIFY"
        case "PUBLISH" if message.if_match:
            if message.expires == 0:
                return "PUBLISH-end"
            return "PUBLISH-change" if message.body else "PUBLISH-again"
    return message.method


def _register(message: Request) -> str:
    """A query has no Contact, the end of a binding no lifetime (RFC 3261 §10.2.2, §10.2.3)."""
    contacts = message.contacts
    if not contacts:
        return "" if message.head_cut else "-query"
    ended = all(
        contact.params.get("expires", "").strip() == "0"
        if "expires" in contact.params
        else message.expires == 0
        for contact in contacts
    )
    return "-end" if ended else ""


def _says_elsewhere(message: Request) -> bool:
    """Whether a CANCEL says that another device has the call, as those of a back-to-back user agent do: what it answers has
    another Call-ID (RFC 3326 §3.1)."""
    return any(reason.protocol.upper() == "SIP" and reason.cause == 200 for reason in message.reasons)


def _answered_before(sighting: Sighting) -> bool:
    """Whether the call of a CANCEL was answered elsewhere: then it ends a branch, not the call."""
    transaction = sighting.transaction
    owner = transaction.owner if transaction is not None else None
    if not isinstance(owner, Call):
        return False
    return any(
        other.method == "INVITE"
        and other.branch != sighting.message.branch
        and 200 <= other.status < 300
        and other.final is not None
        and other.final.number < sighting.number
        for other in owner.transactions
    )


def _why(message: Request | Response, words: Words) -> str:
    """Reason and Warning as the sender gives them (RFC 3326, RFC 3261 §20.43)."""
    given = [
        " ".join(
            filter(
                None,
                (
                    reason.protocol,
                    "" if reason.cause is None else str(reason.cause),
                    f'"{reason.text}"' if reason.text else "",
                ),
            )
        )
        for reason in message.reasons[:_MAX_REASONS]
    ]
    given += [f'{warning.code} "{warning.text}"' for warning in message.warnings[:1]]
    if not given:
        return ""
    return words("row.why", reason="; ".join(wire_text(text, _MAX_TEXT) for text in given))


def _grammar(sighting: Sighting, words: Words) -> str:
    """What a strict element would object to; of a message that the capture cut, nothing."""
    if sighting.missing or sighting.retransmission:
        return ""
    broken = [defect for defect in sighting.message.scan_defects if defect.broken]
    if not broken:
        return ""
    text = words("list.comma").join(brief(defect, words.lang) for defect in broken[:_MAX_DEFECTS])
    more = len(broken) - _MAX_DEFECTS
    return words("row.malformed", defects=text) + (
        words("row.malformed-more", number=more) if more > 0 else ""
    )
