"""RTP beside the ladder of a call: which streams went where its SDP said, while it lasted.

A stream belongs to a call whose SDP announced the address and port that it goes to; where none did, as behind a NAT that the SDP knows
nothing of, to one that announced where it comes from: RTP is symmetric as a rule (RFC 4961).
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING, Final, NamedTuple

from analyser.report.json_times import seconds
from analyser.track import Call
from analyser.wire import SECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from analyser.report.cases import Drawable
    from analyser.report.columns import Columns
    from analyser.report.shapes import Media
    from analyser.track import Sighting
    from analyser.wire import RtpStream

MAX_PORTS: Final = 16
"""Addresses and ports that are remembered of one call."""
MAX_STREAMS: Final = 24
"""RTP streams that are told of one call."""
MAX_ALL_STREAMS: Final = 60_000
_SLACK: Final = 2 * SECOND
"""RTP may be under way before the answer and after the BYE."""

Address = tuple[str, int]


class Ports(NamedTuple):
    """Of one subject."""

    start: int
    """Of its first message, ns."""
    end: int | None
    """Of its last message; None for a call that nobody was seen to end."""
    columns: dict[Address, int]
    """The column of the element that announced it first, by address and port."""
    hosts: dict[str, int]
    """The column of each host in the ladder."""


def ports_of(subject: Drawable, shown: Sequence[Sighting], columns: Columns) -> Ports:
    """Where RTP of a subject may be met: nowhere but for a call."""
    announced: dict[Address, int] = {}
    hosts: dict[str, int] = {}
    if isinstance(subject, Call):
        for seen in shown:
            hosts.setdefault(seen.hop.source.host, columns.number(seen.hop.source))
            if len(announced) < MAX_PORTS and seen.message.raw.find(b"m=", seen.message.body_at) >= 0:
                for address in _addresses(seen):
                    announced.setdefault(address, columns.number(seen.hop.source))
    start, end = shown[0].time, shown[-1].time
    goes_on = isinstance(subject, Call) and subject.goes_on
    return Ports(start, None if goes_on else end, announced, hosts if announced else {})


def _addresses(seen: Sighting) -> Iterator[Address]:
    sdp = seen.message.sdp
    for medium in sdp.media if sdp is not None else ():
        if medium.port:
            try:
                yield str(ip_address(medium.connection)), medium.port  # in the form that hops have
            except ValueError:  # a name, or nonsense
                continue


class Heard:
    """RTP streams by the subject that they belong to."""

    def __init__(self) -> None:
        self._by_address: dict[Address, list[tuple[int, Ports]]] | None = None
        self._media: dict[int, list[Media]] = {}
        self._left_out = 0
        self._all = 0

    @property
    def left_out(self) -> int:
        """Streams of held subjects that were too many."""
        return self._left_out

    def add(self, stream: RtpStream, subjects: Callable[[], Iterable[tuple[int, Ports]]]) -> None:
        """Find the subject of a stream. `subjects` is asked once, when the first stream comes."""
        if self._by_address is None:
            self._by_address = {}
            for key, ports in subjects():
                for address in ports.columns:
                    self._by_address.setdefault(address, []).append((key, ports))
        source, target = stream.hop.source, stream.hop.target
        known = self._by_address
        found = _lasting(known.get((target.host, target.port), ()), stream) or _lasting(
            known.get((source.host, source.port), ()), stream
        )
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
    """Of the calls that announced an address the one that lasted at the time of a stream; of several the latest that had begun."""
    best = None
    for key, ports in subjects:
        over = ports.end is not None and ports.end + _SLACK < stream.first_time
        if over or ports.start - _SLACK > stream.last_time:
            continue
        if best is None or ports.start <= stream.first_time:
            best = key, ports
    return best


def _media(stream: RtpStream, ports: Ports) -> Media:
    hop = stream.hop
    target = _column((hop.target.host, hop.target.port), ports)
    source = _column((hop.source.host, hop.source.port), ports)
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


def _column(address: Address, ports: Ports) -> int | None:
    known = ports.columns.get(address)
    return ports.hosts.get(address[0]) if known is None else known


def _other(column: int | None, ports: Ports) -> int:
    """Where what the SDP does not know belongs: to another element that announced something, else to the one itself."""
    return next((other for other in ports.columns.values() if other != column), column or 0)
