"""Requests too large for UDP that get no answer, while smaller ones do (RFC 3261 §18.1.1)."""

from collections.abc import Iterator

from analyser.annotate import Evidence, Sentence, Severity, rule
from analyser.rules._due import in_vain
from analyser.rules.calls._legs import some
from analyser.rules.calls._silence import is_large, timed_out, unanswered
from analyser.track import Sighting, Transaction

_ETHERNET = 1472
"""Octets of UDP payload that fit into an Ethernet packet with IPv4."""

_SILENT = Sentence(
    "The {method} of {caller} to {target} has {size} octets, was sent {count} times over UDP, and got no answer."
)
_SMALLER = Sentence("A smaller {other} to the same address ({smaller} octets) was answered.")
_HEARD = Sentence("{target} does talk to {caller} otherwise.")
_FRAGMENTS = Sentence(
    "The request does not fit into one Ethernet packet, so it travels in fragments, which firewalls and NAT routers often drop."
)
_TUNNELS = Sentence("The request may not fit where a tunnel or DSL line makes packets smaller.")
_REMEDY = Sentence(
    "Use TCP or TLS between {caller} and {target}, or make the request smaller: fewer codecs, no video, "
    "compact header forms, no needless header fields. A capture at {target} shows whether the fragments "
    "arrive."
)


@rule(
    "oversized-datagram",
    on=Transaction,
    statuses=(0,),
    severity=Severity.WARNING,
    summary="a large request gets no answer while smaller ones do: its packet is probably dropped on the way",
    remedy="Use TCP or TLS between the two, or make the request smaller: fewer codecs, no video, compact header "
    "forms, no needless header fields. A capture at the far side shows whether the fragments arrive.",
    refs=("RFC 3261 §18.1.1", "RFC 3261 §18.1.2", "RFC 8085 §3.2"),
    due=in_vain,
    absence=True,
)
def oversized_datagram(
    transaction: Transaction, *, octets: int = 1300, copies: int = 3
) -> Iterator[Evidence]:
    """Looks for a request of more than `octets` octets over UDP that got no answer at all, although the other side
    is alive.

    A packet larger than the path carries is cut into fragments, and many firewalls and NAT routers drop those. The
    sender repeats the request, which has the same size and fares no better. SIP therefore asks for TCP where a
    request comes within 200 octets of the path MTU, or is larger than 1300 octets where that is not known.

    It is an error once 32 s have passed, a warning before. The note names a smaller request of the same call or
    registration to the same address that was answered, as after a first challenge: then size is what differs.

    Silent where any response came, where nothing at all was heard from the other side (then it may be off, and
    `unanswered-invite` and its like speak, which leave the rest to this rule), where the request was sent fewer
    than `copies` times and its timer had not run out when the capture ended.
    """
    sent = transaction.request
    if sent is None or not is_large(transaction, octets) or not unanswered(transaction, copies):
        return
    size = len(sent.message.raw) + sent.missing
    smaller = _answered_smaller(transaction, size)
    note = (
        _SILENT,
        _SMALLER if smaller is not None else _HEARD,
        _FRAGMENTS if size > _ETHERNET else _TUNNELS,
    )
    yield Evidence(
        sent,
        note,
        some([*transaction.requests[1:], *([smaller] if smaller is not None else [])]),
        remedy=_REMEDY,
        severity=Severity.ERROR if timed_out(transaction) else Severity.WARNING,
        caller=transaction.hop.source,
        target=transaction.hop.target,
        method=transaction.method,
        size=size,
        count=len(transaction.requests) + transaction.copies,
        other=smaller.message.cseq_method if smaller is not None else "",
        smaller=len(smaller.message.raw) if smaller is not None else 0,
    )


def _answered_smaller(transaction: Transaction, size: int) -> Sighting | None:
    """A smaller request of the same owner to the same address that was answered."""
    owner = transaction.owner
    if owner is None:
        return None
    for other in owner.transactions:
        if (
            other.hop == transaction.hop
            and other.responses
            and other.request is not None
            and len(other.request.message.raw) < size - 100
        ):
            return other.request
    return None
