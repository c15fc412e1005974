"""Requests that go round in circles (RFC 3261 §16.3, §16.6, RFC 5393)."""

from collections import Counter
from collections.abc import Iterator
from typing import Final, NamedTuple

from analyser.annotate import Evidence, Sentence, Severity, rule
from analyser.rules.calls._legs import MOST_RELATED, progresses_elsewhere, speaker, status, status_line
from analyser.rules.registration._attempts import attacks, failures
from analyser.sip import Request
from analyser.track import Peer, Sighting, Transaction

_LOOP: Final = Sentence(
    "{who} refused the {method} of {caller} to {uri} with {refusal}: it has seen this request before."
)
_HOPS: Final = Sentence(
    "{who} refused the {method} of {caller} to {uri} with {refusal}: on its way there the request had used up its Max-Forwards."
)
_VISITED: Final = Sentence(
    "The {method} of {caller} to {uri} came to nothing after it had passed {host} {times} times."
)
_ALSO: Final = Sentence("It had passed {host} {times} times.")
_PATH: Final = Sentence("Its way, the latest first: {path}.")
_FEW: Final = Sentence(
    "Its Max-Forwards was only {start} at the start, so there may be no loop at all, only a number too small for the way."
)
_MORE: Final = Sentence("{count} requests of {caller} met the same.")
_REMEDY: Final = Sentence(
    "Follow the addresses of the way to those that send {uri} to each other. Look there for forwarding "
    "between two users, for a domain or an alias that a server does not know as its own, and for a "
    "default route that points back."
)
_REMEDY_FEW: Final = Sentence(
    "Let the sender begin with a Max-Forwards of 70, as is usual. If the request is refused all the same, follow the addresses of the "
    "way to those that send {uri} to each other."
)

_REFUSED: Final = frozenset({482, 483})
_SMALL: Final = 10
"""A Max-Forwards to begin with that is suspiciously small; 70 is usual."""
_NAMED: Final = 12
"""Hosts that a note names of the way."""


class _Way(NamedTuple):
    """How far a request got."""

    begun: Transaction
    sent: Sighting
    """As far along as the capture shows."""
    hosts: list[str]
    """Whose Via it carries, the latest first."""
    last: Sighting | None
    """What came back there."""


@rule(
    "request-loop",
    on=Peer,
    severity=Severity.ERROR,
    summary="the request goes round in circles between servers and never arrives",
    remedy="Follow the addresses of the way to those that send the request to each other. Look there for "
    "forwarding between two users, for a domain or an alias that a server does not know as its own, and "
    "for a default route that points back.",
    refs=("RFC 3261 §16.3", "RFC 3261 §21.4.20", "RFC 3261 §21.4.21", "RFC 5393 §4.2"),
)
def request_loop(peer: Peer, *, visits: int = 3) -> Iterator[Evidence]:
    """Looks for requests that were refused with 482 Loop Detected or 483 Too Many Hops, and for requests that
    failed or got no answer after they had passed the same server at least `visits` times (Via).

    Each server adds its address to Via and takes one from Max-Forwards. One that finds itself in Via with nothing
    changed answers 482; when Max-Forwards is used up the answer is 483. Both mean that servers send the request in
    a circle, or that it was let go with a Max-Forwards too small for its way; the note says so where it began with
    less than ten.

    All requests of one source with one method and outcome are one finding; it tells of the first, on the hop
    furthest along. Silent where a request passes a server twice, which is a legitimate spiral; on a 482 to one
    branch of a call that rings elsewhere, which is two copies that met after forking; on OPTIONS that began with a small
    Max-Forwards, which asks the next hop whether it is there, as traceroute does; inside a dialog; and on a source that a rule
    on security reports.
    """
    groups: dict[tuple[str, int], list[_Way]] = {}
    for seen in failures(peer):
        if seen.status in _REFUSED or _passed(seen, visits):
            way = _follow(seen)
            most = _most(way.hosts)[1]
            if seen.method == "OPTIONS" and seen.status == 483 and most < visits and _start(way) < _SMALL:
                continue
            if (seen.status in _REFUSED or most >= visits) and not progresses_elsewhere(seen):
                groups.setdefault((seen.method, seen.status), []).append(way)
    if groups and not attacks(peer):
        for ways in groups.values():
            yield _evidence(ways, visits)


def _passed(transaction: Transaction, visits: int) -> bool:
    """Whether it may have passed so many servers at all."""
    sent = _deepest(transaction).first
    return sent.message.raw.count(b"branch=") > visits


def _deepest(transaction: Transaction) -> Transaction:
    while transaction.forwards:
        same = [seen for seen in transaction.forwards if seen.status == transaction.status]
        transaction = (same or transaction.forwards)[0]
    return transaction


def _follow(begun: Transaction) -> _Way:
    furthest = _deepest(begun)
    sent = furthest.request or begun.first
    return _Way(begun, sent, [via.sent_by for via in sent.message.vias], furthest.final)


def _most(hosts: list[str]) -> tuple[str, int]:
    return Counter(hosts).most_common(1)[0] if hosts else ("", 0)


def _start(way: _Way) -> int:
    """The Max-Forwards that it began with, as the Via of its way tell."""
    return (way.sent.message.max_forwards or 0) + len(way.hosts) - 1


def _evidence(ways: list[_Way], visits: int) -> Evidence:
    begun, sent, hosts, last = ways[0]
    host, times = _most(hosts)
    refused = begun.status in _REFUSED and last is not None
    notes = [_VISITED if not refused else _HOPS if begun.status == 483 else _LOOP]
    if refused and times > 1:
        notes.append(_ALSO)
    if hosts:
        notes.append(_PATH)
    start = _start(ways[0])
    few = begun.status == 483 and start < _SMALL and times < visits
    if few:
        notes.append(_FEW)
    if len(ways) > 1:
        notes.append(_MORE)
    request = sent.message
    assert isinstance(request, Request)
    at = last if refused and last is not None and status(last) in _REFUSED else sent
    others = [seen.last or seen.sent for seen in ways[1:MOST_RELATED]]
    sources = {way.begun.hop.source for way in ways}
    return Evidence(
        at,
        tuple(notes),
        [*([sent] if at is not sent else []), *([begun.first] if begun.first is not sent else []), *others][
            :MOST_RELATED
        ],
        remedy=_REMEDY_FEW if few else _REMEDY,
        who=speaker(at),
        caller=begun.hop.source if len(sources) == 1 else begun.hop.source.host,
        method=begun.method,
        uri=request.uri.partition(";")[0][:80],
        refusal=status_line(at)[:60],
        host=host[:60],
        times=times,
        path=[*(via[:40] for via in hosts[:_NAMED]), *(["…"] if len(hosts) > _NAMED else [])],
        start=start,
        count=len(ways),
    )
