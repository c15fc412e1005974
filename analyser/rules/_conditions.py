"""Conditions that spare a rule most of what it never judges (`when` of `@rule`).

Each is asked of every transaction of its kind, so they look at little, and are compiled with the hot rooms. Rules that wait for the
same condition name the same function: it is then asked once.
"""

import re
from typing import Final

from analyser.track import Transaction

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


def _look(invite: Transaction) -> int:
    """What a look at offer and answer of an INVITE says for certain, without parsing."""
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
