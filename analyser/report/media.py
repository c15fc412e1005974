"""RTP beside the ladder of a call: which streams went where its SDP said, while it lasted (`track.media_of`).

A stream belongs to a call whose SDP announced the endpoint that it goes to; where none did, as behind a NAT that the SDP knows
nothing of, to one that announced where it comes from: RTP is symmetric as a rule (RFC 4961).
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from analyser.report.json_times import seconds
from analyser.track import Call, media_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from analyser.report.cases import Drawable
    from analyser.report.columns import Columns
    from analyser.report.shapes import Media
    from analyser.track import Sighting
    from analyser.wire import Endpoint, RtpStream

MAX_PORTS: Final = 32
"""Endpoints that are remembered of one call."""
MAX_STREAMS: Final = 24
"""RTP streams that are told of one call."""
MAX_ALL_STREAMS: Final = 60_000


class Ports(NamedTuple):
    """Of one subject."""

    start: int
    """Of its first message, ns."""
    since: int
    """From when to when a stream may be of it, ns."""
    until: int
    columns: dict[Endpoint, int]
    """The column of the element that announced an endpoint first."""
    hosts: dict[str, int]
    """The column of each host in the ladder."""


def ports_of(subject: Drawable, shown: Sequence[Sighting], columns: Columns) -> Ports:
    """Where RTP of a subject may be met: nowhere but for a call. `columns` are those of the messages that are shown."""
    start = shown[0].time
    if not isinstance(subject, Call):
        return Ports(start, start, start, {}, {})
    found = media_of(subject)
    known = {seen.hop.source: columns.number(seen.hop.source) for seen in shown}
    ends = (end for end in found.ends.values() if not end.rtcp and end.described_by in known)
    announced = {end.endpoint: known[end.described_by] for end in islice(ends, MAX_PORTS)}
    hosts: dict[str, int] = {}
    for endpoint, column in known.items() if announced else ():
        hosts.setdefault(endpoint.host, column)
    return Ports(start, found.since, found.until, announced, hosts)


class Heard:
    """RTP streams by the subject that they belong to."""

    def __init__(self) -> None:
        self._by_endpoint: dict[Endpoint, list[tuple[int, Ports]]] | None = None
        self._media: dict[int, list[Media]] = {}
        self._left_out = 0
        self._all = 0

    @property
    def left_out(self) -> int:
        """Streams of held subjects that were too many."""
        return self._left_out

    def add(self, stream: RtpStream, subjects: Callable[[], Iterable[tuple[int, Ports]]]) -> None:
        """Find the subject of a stream. `subjects` is asked once, when the first stream comes."""
        if self._by_endpoint is None:
            self._by_endpoint = {}
            for key, ports in subjects():
                for endpoint in ports.columns:
                    self._by_endpoint.setdefault(endpoint, []).append((key, ports))
        source, target, _ = stream.hop
        known = self._by_endpoint
        found = _lasting(known.get(target, ()), stream) or _lasting(known.get(source, ()), stream)
        if found is None:
            return
        key, ports = found
        listed = self._media.setdefault(key, [])
        if len(listed) >= MAX_STREAMS or self._all >= MAX_ALL_STREAMS:
            self._left_out += 1
            return
        self._all += 1
        listed.append(_media(stream, ports))

    def of(self, key: int) -> list[Media]:
        """The streams of a subject, in the order in which they began."""
        return sorted(self._media.get(key, ()), key=lambda media: media["start"])


def _lasting(subjects: Sequence[tuple[int, Ports]], stream: RtpStream) -> tuple[int, Ports] | None:
    """Of the calls that announced an endpoint the one that lasted at the time of a stream; of several the latest that had begun."""
    best = None
    for key, ports in subjects:
        if ports.until < stream.first_time or ports.since > stream.last_time:
            continue
        if best is None or ports.start <= stream.first_time:
            best = key, ports
    return best


def _media(stream: RtpStream, ports: Ports) -> Media:
    hop = stream.hop
    source, target = (_column(endpoint, ports) for endpoint in hop[:2])
    if target is None:
        target = _other(source, ports)
    if source is None:
        source = _other(target, ports)
    return {
        "source": source,
        "target": target,
        "start": seconds(stream.first_time - ports.start) or 0.0,
        "end": seconds(stream.last_time - ports.start) or 0.0,
        "packets": stream.packets,
        "payload_types": list(stream.payload_types),
        "ssrc": [stream.ssrc],
        "from_": str(hop.source),
        "to": str(hop.target),
    }


def _column(endpoint: Endpoint, ports: Ports) -> int | None:
    known = ports.columns.get(endpoint)
    return ports.hosts.get(endpoint.host) if known is None else known


def _other(column: int | None, ports: Ports) -> int:
    """Where what the SDP does not know belongs: to another element that announced something, else to the one itself."""
    return next((other for other in ports.columns.values() if other != column), column or 0)
