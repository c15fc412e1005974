"""A call that was not hung up but broke off, by its own account (RFC 3326, ITU-T Q.850)."""

from collections.abc import Iterator
from typing import Final

from analyser.annotate import Evidence, Severity, rule
from analyser.rules._refusals import name_of_cause
from analyser.rules.calls._legs import seconds, speaker
from analyser.sip import Reason
from analyser.track import Call, Transaction

_SAID = (
    "{who} ended the call with {method}, {age:.1f} s after it was answered, and gives as its reason: {cause}."
)
_SAID_EARLY = "{who} ended the call with {method} and gives as its reason: {cause}."
_MEANING: Final = {
    "media": " No voice or RTCP came in for too long: look for the address and port where it should have come from, and for a firewall or NAT that closed.",
    "network": " The telephone network or a line behind it failed.",
    "lines": " The telephone network behind it had no line left.",
    "timer": " A timer ran out while it waited for the other side.",
    "bearer": " The radio link or bearer of the mobile phone was lost.",
}

_NORMAL: Final = frozenset({0, 1, 16, 17, 18, 19, 20, 21, 22, 23, 26, 28, 30, 31})
"""Q.850 causes of everyday: hung up, busy, no answer, rejected, answered elsewhere, a number that does not exist."""
_NETWORK: Final = frozenset({27, 38, 41, 111})
_LINES: Final = frozenset({34, 42, 44, 47})
_RELEASE_CAUSES: Final = {
    2: ("RTP/RTCP time-out", "media"),
    3: ("media bearer loss", "bearer"),
    4: ("SIP timeout, no ACK", "timer"),
    5: ("SIP response timeout", "timer"),
    6: ("call-setup timeout", "timer"),
    7: ("redirection failure", ""),
}
"""Of 3GPP TS 24.229 §7.2A.18."""


_REMEDY = (
    "Go to {who}: its log for this Call-ID says what it missed. Where it missed voice, look at the path "
    "of the media; where a timer ran out, at the messages before; where a line failed, at the trunk "
    "behind it."
)


@rule(
    "abnormal-release",
    on=Transaction,
    methods=("BYE", "CANCEL"),
    when=lambda release: release.request is not None and b"eason" in release.request.message.raw,
    severity=Severity.WARNING,
    summary="the call was not hung up by a person: a device or network on the way broke it off",
    remedy="Go to the device that broke it off: its log for this Call-ID says what it missed. Where it missed "
    "voice, look at the path of the media; where a timer ran out, at the messages before; where a line "
    "failed, at the trunk behind it.",
    refs=("RFC 3326 §2", "RFC 6432 §2"),
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
        judged = _judge(reason)
        if judged is None:
            continue
        cause, kind = judged
        owner = transaction.owner
        answered = owner.answered if isinstance(owner, Call) else None
        if kind == "timer" and isinstance(owner, Call) and _lacks_ack(owner, transaction):
            return
        known = answered is not None and transaction.method == "BYE"
        yield Evidence(
            sent,
            (_SAID if known else _SAID_EARLY) + _MEANING.get(kind, ""),
            [answered] if answered is not None else (),
            remedy=_REMEDY,
            who=speaker(sent),
            method=transaction.method,
            age=seconds(sent.time - answered.time) if answered is not None else 0.0,
            cause=cause,
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


def _judge(reason: Reason) -> tuple[str, str] | None:
    """What it says, and of which kind that is; None where it is everyday."""
    protocol, cause = reason.protocol.upper(), reason.cause
    quoted = f' "{reason.text[:100]}"' if reason.text else ""
    if cause is None:
        return None
    if protocol == "Q.850":
        if cause in _NORMAL or cause >= 127:
            return None
        kind = (
            "network"
            if cause in _NETWORK
            else "lines"
            if cause in _LINES
            else "timer"
            if cause == 102
            else ""
        )
        return f"Q.850 cause {cause}, {name_of_cause(cause)}{quoted}", kind
    if protocol == "RELEASE_CAUSE" and cause in _RELEASE_CAUSES:
        name, kind = _RELEASE_CAUSES[cause]
        return f"release cause {cause}, {name}{quoted}", kind
    if protocol == "SIP" and (cause == 408 or 500 <= cause < 600):
        return (
            f"SIP {cause}{quoted}",
            "media" if "rtp" in reason.text.lower() else "timer" if cause == 408 else "",
        )
    return None
