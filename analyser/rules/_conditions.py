"""Conditions that spare a rule most of what it never judges (`when` of `@rule`).

Each is asked of every transaction of its kind, so they look at little, and are compiled with the hot rooms. Rules that wait for the
same condition name the same function: it is then asked once.
"""

import re
from typing import Final

from analyser.track import Call, Transaction
from analyser.track.sighting import RETRANSMISSION
from analyser.wire import SECOND

LONG_CALL: Final = 50 * SECOND
"""What nobody's session interval is shorter than, give or take (RFC 4028 §5 has 90 s as the least)."""
_REFRESH_FAILED: Final = frozenset({0, 408, 481})

_LAST_STATIC: Final = 34
_COMFORT_NOISE: Final = 13
_STATIC: Final = frozenset(b"%d" % number for number in range(_LAST_STATIC + 1) if number != _COMFORT_NOISE)
"""Payload types that tell the codec by themselves (RFC 3551 §6)."""
_PLAIN: Final = re.compile(
    rb"\nc=IN IP4 ((?:10|192\.168|172|100|169\.254|127)\.)?[0-9.]+\r?\n(?:[bt]=[^\n]*\n)*+"
    rb"m=audio [1-9][0-9]* RTP/AVP ([0-9]{1,3})((?: [0-9]{1,3})*) *\r?\n(?:a=[^\n]*\n)*+\Z"
)
"""A description that ends with one audio medium, plain RTP at an IPv4 address; its groups: a private address, the codecs."""

_ALIKE, _PUBLIC = 1, 2
"""Both descriptions are plain and have a codec in common; neither has a private address."""


def has_repeats(request: Transaction) -> bool:
    """Whether the request was sent more than once."""
    return len(request.requests) > 1


def is_defective(transaction: Transaction) -> bool:
    """Whether the head scan found fault with one of its messages."""
    return transaction.defective


def answered_again(invite: Transaction) -> bool:
    """Whether anything came after the final response."""
    return invite.responses[-1] is not invite.final


def has_reason(release: Transaction) -> bool:
    """Whether the request may hold a Reason field."""
    return release.request is not None and b"eason" in release.request.message.raw


def repeats_provisional(request: Transaction) -> bool:
    """Whether a response was repeated, or a PRACK found no dialog."""
    if request.method == "PRACK":
        return request.status == 481
    return any(seen.role is RETRANSMISSION for seen in request.responses)


def holds_credentials(request: Transaction) -> bool:
    """Whether it is a REGISTER or another attempt, with credentials."""
    sent = request.request
    if sent is None or (request.previous is None and request.method != "REGISTER"):
        return False
    return b"uthorization" in sent.message.raw


def may_have_expired(call: Call) -> bool:
    """Whether a long call was hung up in which session timers were spoken of or a refresh failed."""
    for dialog in call.dialogs.values():
        bye, answer = dialog.bye, dialog.confirmed
        if bye is not None and answer is not None and bye.first.time - answer.time >= LONG_CALL:
            return _may_hold_timer(call)
    return False


def _may_hold_timer(call: Call) -> bool:
    for owned in call.transactions:
        if owned.method in {"INVITE", "UPDATE"}:
            final = owned.final
            if owned.status in _REFRESH_FAILED or (
                final is not None and (b"ession-" in final.message.raw or b"\nx:" in final.message.raw)
            ):
                return True
    return False


def lacks_contact(invite: Transaction) -> bool:
    """Whether the final response shows no Contact in a usual spelling."""
    final = invite.final
    if final is None:
        return False
    raw = final.message.raw
    return b"\nContact" not in raw and b"\nm:" not in raw


def offers_oddly(invite: Transaction) -> bool:
    """Whether offer and answer of an INVITE deserve a look: a quick one does not show a plain pair with a codec in common."""
    return not _look(invite)


def offers_privately(invite: Transaction) -> bool:
    """The same, or one of them names a private address."""
    return not _look(invite) & _PUBLIC


class _Memory:
    """The latest look, as several rules ask for it in turn."""

    __slots__ = ("invite", "look")

    def __init__(self) -> None:
        self.invite: Transaction | None = None
        self.look = 0


_memory: Final = _Memory()


def _look(invite: Transaction) -> int:
    """What a look at offer and answer of an INVITE says for certain, without parsing."""
    if _memory.invite is not invite:
        _memory.look = _look_at(invite)
        _memory.invite = invite
    return _memory.look


def _look_at(invite: Transaction) -> int:
    sent, final = invite.request, invite.final
    if sent is None or final is None:
        return 0
    asked, answered = sent.message, final.message
    offer, answer = _PLAIN.search(asked.raw, asked.body_at), _PLAIN.search(answered.raw, answered.body_at)
    if offer is None or answer is None:
        return 0
    codec = answer[2]
    if codec not in _STATIC or (codec != offer[2] and codec not in offer[3].split()):
        return 0
    return _ALIKE if offer[1] or answer[1] else _ALIKE | _PUBLIC
