"""RTP beside the ladder of a call: which streams went where its SDP said, while it lasted (`track.media_of`).

A stream belongs to a call whose SDP announced the endpoint that it goes to; where none did, as behind a NAT that the SDP knows
nothing of, to one that announced where it comes from: RTP is symmetric as a rule (RFC 4961).
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate, islice
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
MAX_LOOK: Final = 64
"""Calls of one endpoint that are looked at for one stream, before it and again after it; more are not under way at one port."""


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
        self._by_endpoint: dict[Endpoint, _Announced] | None = None
        self._media: dict[int, list[Media]] = {}
        self._left_out = 0
        self._all = 0

    @property
    def left_out(self) -> int:
        """Streams of held subjects that were too many, or came where too many calls announced one endpoint."""
        return self._left_out

    def add(self, stream: RtpStream, subjects: Callable[[], Iterable[tuple[int, Ports]]]) -> None:
        """Find the subject of a stream. `subjects` is asked once, when the first stream comes."""
        if self._by_endpoint is None:
            self._by_endpoint = _by_endpoint(subjects())
        source, target, _ = stream.hop
        found, unseen = None, False
        for announced in filter(None, map(self._by_endpoint.get, (target, source))):
            found, complete = announced.lasting(stream)
            if found is not None:
                break
            unseen |= not complete
        if found is None:
            self._left_out += unseen
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


class _Announced:
    """The calls that announced one endpoint, by when they began."""

    def __init__(self, subjects: list[tuple[int, Ports]]) -> None:
        self._subjects = sorted(subjects, key=lambda subject: subject[1].start)
        self._starts = [ports.start for _, ports in self._subjects]
        self._ended = list(accumulate((ports.until for _, ports in self._subjects), max))
        """When the last of the calls up to here was over: where that was before a stream, no earlier one need be asked."""

    def lasting(self, stream: RtpStream) -> tuple[tuple[int, Ports] | None, bool]:
        """The call that lasted at the time of a stream; of several the latest that had begun, else the first to begin.

        And whether every call that may be it was looked at.
        """
        first, last, subjects = stream.first_time, stream.last_time, self._subjects
        begun = bisect_right(self._starts, first)
        oldest = max(0, begun - MAX_LOOK)
        for place in range(begun - 1, oldest - 1, -1):
            if self._ended[place] < first:
                oldest = 0
                break
            ports = subjects[place][1]
            if ports.until >= first and ports.since <= last:
                return subjects[place], True
        for subject in islice(subjects, begun, begun + MAX_LOOK):
            if subject[1].until >= first and subject[1].since <= last:
                return subject, True
        return None, not oldest


def _by_endpoint(subjects: Iterable[tuple[int, Ports]]) -> dict[Endpoint, _Announced]:
    found: dict[Endpoint, list[tuple[int, Ports]]] = {}
    for key, ports in subjects:
        for endpoint in ports.columns:
            found.setdefault(endpoint, []).append((key, ports))
    return {endpoint: _Announced(listed) for endpoint, listed in found.items()}


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
