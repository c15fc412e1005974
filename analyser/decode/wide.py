"""The wide lane: one look at every packet of a batch at once, with arrays.

It knows the everyday shapes: Ethernet with VLAN tags, Linux cooked, raw and loopback links; IPv4 without
options or fragments and IPv6 without extension headers; UDP and TCP. `look` gives a row for each packet that
deserves a look by itself, in order: a datagram that may be SIP, a TCP segment with something in it, or a packet
of another shape for the narrow lane. Everything else, which is nearly everything, is passed over. Whatever
this lane decides, the narrow lane would decide the same.
"""

from typing import Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from analyser.decode import link, tunnels
from analyser.decode.first import (
    FIRST_RECORD,
    HANDSHAKE,
    LAST_MINOR,
    LAST_RECORD,
    LOOKED_AT,
    MAY_BE_FIRST,
    MAY_FOLLOW,
    RECORD_MAJOR,
    SHORTEST,
    SIPS_PORT,
)
from analyser.decode.ip import SILENT_PROTOCOLS
from analyser.decode.packet import TCP, UDP

Column = NDArray[np.int64]
Mask = NDArray[np.bool_]

HEAD: Final = 64
"""Octets of a packet that are looked at together; a batch has as many behind its last packet."""


class Packets(Protocol):
    """The packets of a batch, as columns with one row a packet; `HEAD` octets follow the last one in the buffer."""

    @property
    def buffer(self) -> bytes: ...
    @property
    def offset(self) -> Column: ...
    @property
    def caplen(self) -> Column: ...
    @property
    def time(self) -> Column: ...
    @property
    def link(self) -> int | Column: ...
    @property
    def first_frame(self) -> int: ...
    @property
    def input(self) -> int: ...


DATAGRAM4, DATAGRAM6, SEGMENT4, SEGMENT6, OTHER = range(5)
"""What a row is: UDP or TCP in IPv4 or IPv6, or a shape for the narrow lane."""


class Rows(NamedTuple):
    """One row for each packet that deserves a look, in order."""

    packet: Column
    """Which packet of the batch."""
    kind: Column
    start: Column
    """Where the payload begins; for OTHER the packet."""
    end: Column
    missing: Column
    """Octets that should follow but were not captured."""
    key: Column
    """Where the source address begins; target address and ports follow."""
    extra: Column
    """A datagram's IPv4 identification, or -1; a segment's sequence number."""
    flags: Column
    """Of a segment."""


_NO_ROWS: Final = np.zeros((8, 0), dtype=np.int64)

_PASS, _UDP, _TCP, _OTHER, _IP = range(5)
_MAX_TAGS: Final = 8
_LEAST_SIZE: Final = 20
"""Octets of the shortest IP packet, which may be the last fragment of one that matters."""

SYN_FIN_RST: Final = 0x07
MAY_BEGIN: Final = 0x100
"""Beside the flags of a segment: its octets can begin SIP."""
SEALED: Final = 0x200
"""Beside the flags of a segment: it begins with a record of TLS."""
OPENS: Final = 0x400
"""Beside the flags of a segment: that record may be the first of a connection worth watching."""


def _types() -> tuple[NDArray[np.uint8], Mask]:
    """What to do by Ethernet type, and which types are VLAN tags."""
    todo = np.full(65536, _OTHER, dtype=np.uint8)
    todo[list(link.SILENT_TYPES)] = _PASS
    todo[list(link.IP_TYPES)] = _IP
    tags = np.zeros(65536, dtype=np.bool_)
    tags[list(link.VLAN_TAGS)] = True
    return todo, tags


def _protocols() -> NDArray[np.uint8]:
    todo = np.full(256, _OTHER, dtype=np.uint8)
    todo[list(SILENT_PROTOCOLS)] = _PASS
    todo[[UDP, TCP]] = _UDP, _TCP
    return todo


def _tunnels() -> Mask:
    ports = np.zeros(65536, dtype=np.bool_)
    ports[list(tunnels.PORTS)] = True
    return ports


_BY_TYPE, _IS_TAG = _types()
_BY_PROTOCOL: Final = _protocols()
_IS_TUNNEL: Final = _tunnels()


class _Frames(NamedTuple):
    """Packets that carry IP in an everyday way."""

    packet: Column
    net: Column
    """Where the IP header begins."""
    end: Column
    octets: NDArray[np.uint8]
    """The first octets of the IP header, one row a packet."""

    @property
    def words(self) -> NDArray[np.uint16]:
        """The same in 16-bit numbers."""
        words: NDArray[np.uint16] = self.octets.view(">u2")
        return words

    def only(self, chosen: Column | Mask) -> "_Frames":
        packet, net, end, octets = self
        return _Frames(packet[chosen], net[chosen], end[chosen], octets[chosen])


def look(batch: Packets) -> Rows:
    """The packets of the batch that deserve a look."""
    links = batch.link
    buffer = np.frombuffer(batch.buffer, dtype=np.uint8)
    end = batch.offset + batch.caplen
    if isinstance(links, int):
        found = _look(buffer, links, np.arange(len(end)), batch.offset, end)
    else:
        found = []
        for each in np.unique(links).tolist():
            packet = np.flatnonzero(links == each)
            found += _look(buffer, each, packet, batch.offset[packet], end[packet])
    found = [rows for rows in found if rows.shape[1]]
    if not found:
        return Rows(*_NO_ROWS)
    if len(found) == 1:
        return Rows(*found[0])
    joined = np.concatenate(found, axis=1)
    return Rows(*joined[:, joined[0].argsort()])


def _look(
    buffer: NDArray[np.uint8], link_type: int, packet: Column, offset: Column, end: Column
) -> list[Column]:
    """The rows of the packets of one link type, in groups."""
    shape = link.SHAPES.get(link_type)
    if shape is None:
        return [_rows(packet, OTHER, offset, end)]
    net = offset + shape.size
    found = []
    fits = net + _LEAST_SIZE <= end
    if shape.type_at is not None:
        kind = _windows(buffer, ">u2")[offset + shape.type_at]
        if link_type != link.COOKED2:
            kind = _skip_tags(buffer, kind, net)
            fits = net + _LEAST_SIZE <= end
        todo = _BY_TYPE[kind]
        other = todo == _OTHER
        if other.any():
            found.append(_rows(packet[other], OTHER, offset[other], end[other]))
        fits &= todo == _IP
    if not fits.all():
        chosen = np.flatnonzero(fits)
        packet, offset, net, end = packet[chosen], offset[chosen], net[chosen], end[chosen]
    heads = _windows(buffer, f"V{HEAD}")[net]
    frames = _Frames(packet, net, end, heads.view(np.uint8).reshape(-1, HEAD))
    return found + _look_at_ip(buffer, frames, offset)


def _skip_tags(buffer: NDArray[np.uint8], kind: NDArray[np.uint16], net: Column) -> NDArray[np.uint16]:
    """Move `net` behind VLAN tags; the Ethernet type that stands there."""
    for _ in range(_MAX_TAGS):
        tagged = np.flatnonzero(_IS_TAG[kind])
        if not len(tagged):
            break
        net[tagged] += 4
        kind[tagged] = _windows(buffer, ">u2")[net[tagged] - 2]
    return kind


def _look_at_ip(buffer: NDArray[np.uint8], frames: _Frames, offset: Column) -> list[Column]:
    """Tell the everyday shapes apart. Nearly all packets are UDP in plain IPv4, so these are looked at first."""
    octets = frames.octets
    first = octets[:, 0]
    unfragmented = (frames.words[:, 3] & 0x3FFF) == 0
    udp4 = (first == 0x45) & (octets[:, 9] == UDP) & unfragmented & ~_IS_TUNNEL[frames.words[:, 11]]
    found = [_datagrams(frames.only(np.flatnonzero(udp4 & MAY_BE_FIRST[octets[:, 28]])), DATAGRAM4)]
    if udp4.all():
        return found
    rest = np.flatnonzero(~udp4)
    frames, offset, unfragmented = frames.only(rest), offset[rest], unfragmented[rest]
    octets = frames.octets
    first = octets[:, 0]
    version = first >> 4
    six = version == 6
    four = version == 4
    plain = six | ((first == 0x45) & unfragmented)
    protocol = _BY_PROTOCOL[np.where(six, octets[:, 6], octets[:, 9])]
    tunnel = (protocol == _UDP) & _IS_TUNNEL[np.where(six, frames.words[:, 21], frames.words[:, 11])]
    other = ((six | four) & ((protocol == _OTHER) | tunnel)) | (four & ~plain & (protocol != _PASS))
    udp6 = six & (protocol == _UDP) & ~tunnel & MAY_BE_FIRST[octets[:, 48]]
    tcp = plain & (protocol == _TCP)
    return [
        *found,
        _datagrams(frames.only(udp6), DATAGRAM6),
        _segments(buffer, frames.only(tcp & four), SEGMENT4),
        _segments(buffer, frames.only(tcp & six), SEGMENT6),
        _rows(frames.packet[other], OTHER, offset[other], frames.end[other]),
    ]


def _datagrams(frames: _Frames, kind: int) -> Column:
    """The datagrams whose first octets can begin SIP; the first one has been looked at."""
    header = 20 if kind == DATAGRAM4 else 40
    octets, words = frames.octets, frames.words
    claimed = _claimed(frames, kind)
    at = frames.net + header
    length = words[:, header // 2 + 2].astype(np.int64)
    claimed = np.where(length == 0, claimed, np.minimum(claimed, at + length))
    start, end = at + 8, np.minimum(claimed, frames.end)
    keep = end - start >= SHORTEST
    for place in range(header + 9, header + 12):
        keep &= MAY_FOLLOW[octets[:, place]]
    key = frames.net + (12 if kind == DATAGRAM4 else 8)
    ident = words[:, 2].astype(np.int64) if kind == DATAGRAM4 else np.full_like(at, -1)
    return _rows(frames.packet, kind, start, end, claimed - end, key, ident)[:, keep]


def _segments(buffer: NDArray[np.uint8], frames: _Frames, kind: int) -> Column:
    """The segments that carry octets, open a connection or end it."""
    header = 20 if kind == SEGMENT4 else 40
    octets = frames.octets
    claimed = _claimed(frames, kind)
    end = np.minimum(claimed, frames.end)
    size = (octets[:, header + 12] >> 4).astype(np.int64) * 4
    start = frames.net + header + size
    flags = octets[:, header + 13].astype(np.int64)
    keep = (size >= 20) & (start <= end) & ((start < end) | ((flags & SYN_FIN_RST) != 0))
    chosen = np.flatnonzero(keep)
    frames, start, end, claimed, flags = (
        frames.only(chosen),
        start[chosen],
        end[chosen],
        claimed[chosen],
        flags[chosen],
    )
    sequence = frames.octets[:, header + 4 : header + 8].copy().view(">u4")[:, 0].astype(np.int64)
    begins = _windows(buffer, f"V{LOOKED_AT}")[start].view(np.uint8).reshape(-1, LOOKED_AT)
    may = MAY_BE_FIRST[begins[:, 0]] & (start < end)
    for place in range(1, LOOKED_AT):
        may &= MAY_FOLLOW[begins[:, place]] | (start + place >= end)
    key = frames.net + (12 if kind == SEGMENT4 else 8)
    first = begins[:, 0]
    sealed = (first >= FIRST_RECORD) & (first <= LAST_RECORD) & (begins[:, 1] == RECORD_MAJOR)
    sealed &= (begins[:, 2] <= LAST_MINOR) & (start + LOOKED_AT <= end)
    ports = frames.words[:, header // 2 : header // 2 + 2]
    opens = sealed & ((first == HANDSHAKE) | (ports == SIPS_PORT).any(axis=1))
    flags |= may * MAY_BEGIN | sealed * SEALED | opens * OPENS
    return _rows(frames.packet, kind, start, end, claimed - end, key, sequence, flags)


def _claimed(frames: _Frames, kind: int) -> Column:
    """Where IP says that its packet ends; where the packet ends, if it says nothing."""
    if kind in {DATAGRAM4, SEGMENT4}:
        length, header = frames.words[:, 1].astype(np.int64), 0
    else:
        length, header = frames.words[:, 2].astype(np.int64), 40
    return np.where(length == 0, frames.end, frames.net + length + header)


def _windows(buffer: NDArray[np.uint8], kind: str) -> NDArray[np.uint16]:
    """The buffer as numbers or runs of octets that begin at every octet."""
    size = np.dtype(kind).itemsize
    windows: NDArray[np.uint16] = np.ndarray((len(buffer) - size + 1,), kind, buffer, 0, (1,))
    return windows


def _rows(
    packet: Column,
    kind: int,
    start: Column,
    end: Column,
    missing: Column | int = 0,
    key: Column | int = 0,
    extra: Column | int = 0,
    flags: Column | int = 0,
) -> Column:
    rows = np.empty((8, len(packet)), dtype=np.int64)
    for place, column in enumerate((packet, kind, start, end, missing, key, extra, flags)):
        rows[place] = column
    return rows
