"""A call that was not hung up but broke off, by its own account (RFC 3326, ITU-T Q.850)."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from analyser.annotate import CauseName, Clause, Duration, Evidence, Sentence, Severity, rule
from analyser.rules._conditions import has_reason
from analyser.rules._due import sent
from analyser.rules.calls._legs import speaker
from analyser.sip import Reason
from analyser.track import Call, Transaction

_SAID = Sentence(
    "{who} ended the call with {method}, {age} after it was answered, and gives as its reason: {cause}."
)
_SAID_EARLY = Sentence("{who} ended the call with {method} and gives as its reason: {cause}.")
_TEXT = Sentence('The text with it says "{text}".')
_MEANING: Final = {
    "media": Sentence(
        "No voice or RTCP came in for too long: look for the address and port where it should have come from, and for a firewall or NAT "
        "that closed."
    ),
    "network": Sentence("The telephone network or a line behind it failed."),
    "lines": Sentence("The telephone network behind it had no line left."),
    "timer": Sentence("A timer ran out while it waited for the other side."),
    "bearer": Sentence("The radio link or bearer of the mobile phone was lost."),
}
_REMEDY = Sentence(
    "Go to {who}: its log for this Call-ID says what it missed. Where it missed voice, look at the path "
    "of the media; where a timer ran out, at the messages before; where a line failed, at the trunk "
    "behind it."
)

_Q850: Final = Sentence("Q.850 cause {number}, {name}")
_RELEASE: Final = Sentence("release cause {number}, {name}")
_NORMAL: Final = frozenset({0, 1, 16, 17, 18, 19, 20, 21, 22, 23, 26, 28, 30, 31})
"""Q.850 causes of everyday: hung up, busy, no answer, rejected, answered elsewhere, a number that does not exist."""
_NETWORK: Final = frozenset({27, 38, 41, 111})
_LINES: Final = frozenset({34, 42, 44, 47})
_RELEASE_CAUSES: Final = {
    2: (Sentence("RTP/RTCP time-out"), "media"),
    3: (Sentence("media bearer loss"), "bearer"),
    4: (Sentence("SIP timeout, no ACK"), "timer"),
    5: (Sentence("SIP response timeout"), "timer"),
    6: (Sentence("call-setup timeout"), "timer"),
    7: (Sentence("redirection failure"), ""),
}
"""Of 3GPP TS 24.229 §7.2A.18."""


class _Told(NamedTuple):
    """What a Reason says, and of which kind that is."""

    cause: Clause | str
    kind: str


@rule(
    "abnormal-release",
    on=Transaction,
    methods=("BYE", "CANCEL"),
    when=has_reason,
    severity=Severity.WARNING,
    summary="the call was not hung up by a person: a device or network on the way broke it off",
    remedy="Go to the device that broke it off: its log for this Call-ID says what it missed. Where it missed "
    "voice, look at the path of the media; where a timer ran out, at the messages before; where a line "
    "failed, at the trunk behind it.",
    refs=("RFC 3326 §2", "RFC 6432 §2"),
    due=sent,
)
def abnormal_release(transaction: Transaction) -> Iterator[Evidence]:
    """Looks for BYE and CANCEL whose Reason field tells of something other than a person hanging up.

    Gateways and mobile networks say in Reason why they release: Q.850 causes of the telephone network (38 network
    out of order, 41 temporary failure, 102 a timer ran out), release causes of 3GPP (no RTP, bearer lost), or a SIP
    status code such as 408 that the call met elsewhere. The user sees a call that breaks off.

    Causes of everyday are silent: hung up (16), busy (17), no answer (18, 19), rejected (21), answered elsewhere
    (26), normal (31), not specified (127), SIP 200 and 487, and every Reason that cannot be read; and where a timer
    ran out for want of the ACK, which `unacknowledged-answer` tells. Told once, on the hop where it comes from.
    """
    sent = transaction.request
    if sent is None or b"eason" not in sent.message.raw or transaction.forward_of is not None:
        return
    for reason in sent.message.reasons:
        told = _judge(reason)
        if told is None:
            continue
        owner = transaction.owner
        answered = owner.answered if isinstance(owner, Call) else None
        if told.kind == "timer" and isinstance(owner, Call) and _lacks_ack(owner, transaction):
            return
        known = answered is not None and transaction.method == "BYE"
        meaning = _MEANING.get(told.kind)
        yield Evidence(
            sent,
            (
                _SAID if known else _SAID_EARLY,
                *([_TEXT] if reason.text else []),
                *([meaning] if meaning is not None else []),
            ),
            [answered] if answered is not None else (),
            remedy=_REMEDY,
            who=speaker(sent),
            method=transaction.method,
            age=Duration(sent.time - answered.time if answered is not None else 0),
            cause=told.cause,
            text=reason.text[:100],
        )
        return


def _lacks_ack(call: Call, bye: Transaction) -> bool:
    """Whether the one who hangs up had repeated its answer in vain."""
    return any(
        seen.method == "INVITE"
        and not seen.acks
        and seen.hop.target.host == bye.hop.source.host
        and len(seen.answers) > 2
        for seen in call.transactions
    )


def _judge(reason: Reason) -> _Told | None:
    """What it says; None where it is everyday."""
    protocol, cause = reason.protocol.upper(), reason.cause
    if cause is None:
        return None
    if protocol == "Q.850":
        if cause in _NORMAL or cause >= 127:
            return None
        return _Told(Clause(_Q850, number=cause, name=CauseName(cause)), _kind_of(cause))
    if protocol == "RELEASE_CAUSE" and cause in _RELEASE_CAUSES:
        name, kind = _RELEASE_CAUSES[cause]
        return _Told(Clause(_RELEASE, number=cause, name=name), kind)
    if protocol == "SIP" and (cause == 408 or 500 <= cause < 600):
        silent = "rtp" in reason.text.lower()
        return _Told(f"SIP {cause}", "media" if silent else "timer" if cause == 408 else "")
    return None


def _kind_of(cause: int) -> str:
    """What kind of failure a Q.850 cause is, as far as the number tells."""
    if cause in _NETWORK:
        return "network"
    if cause in _LINES:
        return "lines"
    return "timer" if cause == 102 else ""
