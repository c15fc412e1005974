"""Which request a response answers, and whether a message repeats another (RFC 3261 §17.1.3, §17.2.3)."""

from analyser.sip import Request, Response
from analyser.track.sighting import Sighting
from analyser.track.transaction import Transaction
from analyser.wire import Hop


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
