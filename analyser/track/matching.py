"""Which request a response answers, whether a message repeats or passes on another (RFC 3261 §17.1.3, §17.2.3), and what it grants."""

import re
from typing import Final

from analyser.sip import Request, Response
from analyser.track.sighting import Sighting
from analyser.track.transaction import Transaction
from analyser.wire import Hop

_BRANCH: Final = re.compile(rb"branch=([^;,\s]+)", re.IGNORECASE)
_MOST_HOPS: Final = 8
"""Hops, and places on the next hop, that are linked of a request outside a call; a ninth is told as a request of its own."""
_RELATED: Final = 16
"""How many of an owner's latest transactions a new one may forward or repeat."""


def share(message: Request | Response, transaction: Transaction) -> None:
    """Let one string serve all messages of a transaction: what is held for long should lie close together."""
    if message.call_id == transaction.call_id:
        message.call_id = transaction.call_id
    if message.from_tag == transaction.from_tag:
        message.from_tag = transaction.from_tag
    if message.branch == transaction.branch:
        message.branch = transaction.branch


def repeats(known: Transaction, message: Request) -> bool:
    """Whether a request with the key of an earlier one is its retransmission. With other octets it is not,
    once there was a final response, or where it has no CSeq that could tell."""
    request = known.request
    if request is None or request.message.raw == message.raw:
        return True
    return known.final is None and message.cseq >= 0


def rfc2543_key(message: Request | Response) -> str:
    """What stands for the branch where there is none with the cookie (RFC 3261 §17.2.3)."""
    return f"{message.branch} {message.call_id} {message.cseq} {message.from_tag}"


def answered(chain: Transaction, method: str, hop: Hop) -> Transaction | None:
    """Whose request the response on `hop` answers: best the exact way back, else the same hosts (no rport),
    else another host answering to the same source (a cluster)."""
    source, target, _ = hop
    link: Transaction | None = chain
    while link is not None:
        if link.method == method and link.hop.source == target and link.hop.target == source:
            return link
        link = link.other_hop
    same_hosts = same_source = None
    link = chain
    while link is not None:
        if link.method == method and link.hop.source.host == target.host:
            same_source = same_source or link
            if link.hop.target.host == source.host:
                same_hosts = same_hosts or link
        link = link.other_hop
    return same_hosts or same_source


def copied(responses: list[Sighting], message: Response) -> Sighting | None:
    """The earlier response that this one repeats: same octets, or the same final answer of the same UAS."""
    status = message.status
    for earlier in reversed(responses):
        before = earlier.message
        assert isinstance(before, Response)
        if before.status == status and (
            before.raw == message.raw or (status >= 200 and before.to_tag == message.to_tag)
        ):
            return earlier
    return None


def branch_before(raw: bytes) -> str:
    """The branch that a request had on the hop before: that of its second Via (RFC 3261 §16.6); empty where it has but one."""
    branches = _BRANCH.finditer(raw)
    next(branches, None)
    second = next(branches, None)
    return second[1].decode("latin-1") if second is not None else ""


def relate(transaction: Transaction, sighting: Sighting, earlier: list[Transaction]) -> None:
    """Link a new transaction with the one it forwards, or the one whose request it sends again, corrected."""
    raw, method = sighting.message.raw, transaction.method
    for before in reversed(earlier if len(earlier) <= _RELATED else earlier[-_RELATED:]):
        if before.method != method or before.from_tag != transaction.from_tag:
            continue
        if before.cseq == transaction.cseq:
            # One more Via on top of the earlier branch, or the same octets on another hop (RFC 3261 §16.6).
            if before.hop != transaction.hop and before.first.message.branch.encode() in raw:
                transaction.forward_of = before
                before.pass_on(transaction)
                return
        elif before.cseq < transaction.cseq and before.hop.source.host == transaction.hop.source.host:
            if 300 <= before.status < 500:
                transaction.previous = before
            return


def may_pass_on(before: Transaction) -> bool:
    """Whether a request outside a call may have one more hop: what is linked stays in memory for as long as the last hop of it does."""
    hops, link = 1, before.forward_of
    while link is not None:
        hops, link = hops + 1, link.forward_of
    return hops < _MOST_HOPS and len(before.forwards) < _MOST_HOPS


def granted_seconds(message: Response) -> int:
    """The lifetime that a 2xx grants: the longest of its Contacts, else Expires; 0 where it says nothing."""
    longest = message.expires or 0
    for contact in message.contacts:
        value = contact.params.get("expires", "")
        if value.isascii() and value.isdigit():
            longest = max(longest, int(value[:10]))
    return longest
