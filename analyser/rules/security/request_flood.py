"""One source that sends far more requests than anybody answers (RFC 3261 §26.1.5)."""

from collections.abc import Iterator

from analyser.annotate import Duration, Evidence, Sentence, Severity, rule
from analyser.rules.registration._attempts import (
    busiest,
    failures,
    is_fresh,
    open_challenge,
    request_of,
    unmatched,
)
from analyser.track import Peer, Transaction

_FLOOD = Sentence(
    "{source} sent {count} requests outside a dialog within {span} ({methods}) that were refused or not answered: {silent} without "
    "any answer, {refused} refused."
)
_ONE_WAY = Sentence("Nothing that {server} sends to it is in this capture, so answers may have been missed.")
_REMEDY = Sentence(
    "Limit the rate of {source} at the firewall or at {server}. If it is a phone or server of yours, look"
    " for a loop or a restart that lets everything try at once."
)

_FLOODING = frozenset({"REGISTER", "INVITE", "OPTIONS", "SUBSCRIBE", "MESSAGE"})
_IN_DIALOG = ("BYE", "PRACK", "UPDATE", "INFO")


@rule(
    "request-flood",
    on=Peer,
    severity=Severity.WARNING,
    summary="one sender floods the server with requests that come to nothing",
    remedy="Limit the rate of the source at the firewall or at the server. If it is a phone or server of yours, "
    "look for a loop or a restart that lets everything try at once.",
    refs=("RFC 3261 §26.1.5",),
    absence=True,
)
def request_flood(peer: Peer, *, requests: int = 100, within: float = 60.0) -> Iterator[Evidence]:
    """It fires where one source sent `requests` or more requests outside a dialog within `within` seconds, each a transaction of its own, that
    were refused or never answered. That is an attack on the server, a scan at full speed, or a device gone wild. One
    finding a source.

    A trunk or a dialler sends as many, but most of them succeed: it is silent on a source with as many 2xx as such
    failures, and does not count calls that ended busy, unanswered or cancelled, or challenges that were answered or are less than 5 s old when
    the capture ends. Where the capture
    has nothing of the other direction it is a notice, and silent if the source goes on as if it had been answered (BYE, credentials).
    Requests that a proxy passed on count at the hop before, where the capture has it.
    """
    if len(peer.failures) < requests:
        return
    vain = [seen for seen in failures(peer) if seen.method in _FLOODING and _in_vain(seen, peer)]
    if len(vain) < requests:
        return
    burst = busiest(vain, within, id)
    served = sum(
        count
        for (method, status), count in peer.statuses.items()
        if 200 <= status < 300 and method in _FLOODING
    )
    if len(burst) < requests or served >= len(vain):
        return
    first, last = burst[0], burst[-1]
    silent = sum(1 for seen in burst if not seen.status)
    one_way = not any(seen.peer_heard for seen in burst)
    if one_way and any(peer.requests[method] for method in _IN_DIALOG):
        return
    methods = sorted({seen.method for seen in burst})
    yield Evidence(
        request_of(first),
        (_FLOOD, _ONE_WAY) if one_way else _FLOOD,
        [request_of(seen) for seen in (*burst[1:10], last)],
        remedy=_REMEDY,
        severity=Severity.NOTICE if one_way else None,
        source=peer.host,
        server=first.hop.target,
        count=len(burst),
        span=Duration(request_of(last).time - request_of(first).time),
        methods=methods,
        silent=silent,
        refused=len(burst) - silent,
    )


def _in_vain(seen: Transaction, peer: Peer) -> bool:
    """Whether nothing came of it, and not because the called party was busy, away or unwilling."""
    status = seen.status
    if unmatched(seen):
        return False
    if seen.provisionals and seen.method == "INVITE" and status in {0, 408, 480, 486, 487, 600, 603}:
        return False
    if status in {401, 407}:
        return open_challenge(seen) and not is_fresh(seen, peer)
    return status in {0, 400, 403, 404, 408, 480, 482, 484, 604} or status >= 500
