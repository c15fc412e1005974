"""Arrows -> a capture file: Ethernet, IPv4 or IPv6, UDP or TCP, with right checksums.

The same ladder gives the same bytes. The capture begins at a fixed moment, each sender counts its IP
identifications up, a TCP connection opens with a handshake just before its first message.
"""

import ipaddress
import struct
from typing import NamedTuple

from tests.support.ladder import Ladder, Station

START = 1_767_603_600 * 1_000_000_000
"""2026-01-05 09:00:00 UTC."""
MILLISECOND = 1_000_000
SEGMENT = 1400
UDP, TCP = 17, 6
_SYN, _ACK, _PUSH_ACK = 0x02, 0x10, 0x18


class Capture(NamedTuple):
    """A capture file, and which line of the ladder each of its frames (from 1) shows."""

    data: bytes
    lines: dict[int, int]


class _Packet(NamedTuple):
    time: int
    data: bytes
    line: int
    """0 for packets that no arrow stands for, such as a TCP handshake."""


class _Stream:
    """A TCP connection: the next sequence number of each side."""

    def __init__(self, opener: Station, other: Station) -> None:
        self.sequence = {opener.name: 1000, other.name: 500_000}


class _Wire:
    def __init__(self) -> None:
        self.packets: list[_Packet] = []
        self._idents: dict[str, int] = {}
        self._sent: dict[tuple[str, str, bytes], int] = {}
        self._streams: dict[frozenset[str], _Stream] = {}
        self._hosts: list[str] = []

    def datagram(
        self, time: int, source: Station, target: Station, data: bytes, line: int, *, copy: bool
    ) -> None:
        header = struct.pack("!HHHH", source.port, target.port, 8 + len(data), 0)
        key = (source.host, target.host, data)
        ident = self._sent[key] if copy and key in self._sent else self._ident(source.host)
        self._sent[key] = ident
        self._send(time, source, target, UDP, header, data, ident, line)

    def stream(
        self,
        time: int,
        source: Station,
        target: Station,
        data: bytes,
        line: int,
        *,
        again: bool = False,
        flags: int = 0,
    ) -> None:
        key = frozenset((source.address, target.address))
        stream = self._streams.get(key)
        if stream is None:
            stream = self._streams[key] = _Stream(source, target)
            self._segment(stream, time - 3 * MILLISECOND, source, target, _SYN)
            stream.sequence[source.name] += 1
            self._segment(stream, time - 2 * MILLISECOND, target, source, _SYN | _ACK)
            stream.sequence[target.name] += 1
            self._segment(stream, time - MILLISECOND, source, target, _ACK)
        if again:
            stream.sequence[source.name] -= len(data)
        if flags:
            self._segment(stream, time, source, target, _ACK | flags, b"", line)
            stream.sequence[source.name] += 1
            return
        pieces = [data[at : at + SEGMENT] for at in range(0, len(data), SEGMENT)]
        for number, piece in enumerate(pieces, 1):
            last = line if number == len(pieces) else 0
            self._segment(stream, time, source, target, _PUSH_ACK, piece, last)
            stream.sequence[source.name] += len(piece)
        self._segment(stream, time, target, source, _ACK)

    def _segment(
        self,
        stream: _Stream,
        time: int,
        source: Station,
        target: Station,
        flags: int,
        data: bytes = b"",
        line: int = 0,
    ) -> None:
        expected = stream.sequence[target.name] if flags & _ACK else 0
        ports = (source.port, target.port, stream.sequence[source.name], expected)
        header = struct.pack("!HHIIBBHHH", *ports, 5 << 4, flags, 65535, 0, 0)
        self._send(time, source, target, TCP, header, data, self._ident(source.host), line)

    def _ident(self, host: str) -> int:
        self._idents[host] = self._idents.get(host, 0) + 1
        return self._idents[host] & 0xFFFF

    def _send(
        self,
        time: int,
        source: Station,
        target: Station,
        protocol: int,
        header: bytes,
        data: bytes,
        ident: int,
        line: int,
    ) -> None:
        addresses = [ipaddress.ip_address(end.host) for end in (source, target)]
        if addresses[0].version != addresses[1].version:
            raise ValueError(f"{source.name} and {target.name} do not speak the same IP version")
        near, far = (address.packed for address in addresses)
        length = len(header) + len(data)
        pseudo = (
            near + far + struct.pack("!IxxxB" if len(near) == 16 else "!xBH", *_order(near, protocol, length))
        )
        total = _checksum(pseudo + header + data)
        if protocol == UDP:
            header = header[:6] + struct.pack("!H", total or 0xFFFF)
        else:
            header = header[:16] + struct.pack("!H", total) + header[18:]
        if len(near) == 16:
            ip = struct.pack("!IHBB", 6 << 28, length, protocol, 64) + near + far
        else:
            ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + length, ident, 0x4000, 64, protocol, 0) + near + far
            ip = ip[:10] + struct.pack("!H", _checksum(ip)) + ip[12:]
        ethernet = (
            self._mac(target.host)
            + self._mac(source.host)
            + (b"\x86\xdd" if len(near) == 16 else b"\x08\x00")
        )
        self.packets.append(_Packet(START + time, ethernet + ip + header + data, line))

    def _mac(self, host: str) -> bytes:
        if host not in self._hosts:
            self._hosts.append(host)
        return bytes((2, 0, 0, 0)) + struct.pack("!H", self._hosts.index(host) + 1)


def _order(near: bytes, protocol: int, length: int) -> tuple[int, int]:
    return (length, protocol) if len(near) == 16 else (protocol, length)


def _checksum(data: bytes) -> int:
    """Ones' complement sum (RFC 1071)."""
    padded = data + b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def capture(ladder: Ladder) -> Capture:
    """The capture that shows the ladder, in pcap format, microseconds."""
    wire = _Wire()
    for arrow in ladder.arrows:
        if arrow.transport == "tcp":
            wire.stream(
                arrow.time,
                arrow.source,
                arrow.target,
                arrow.data,
                arrow.line,
                again=arrow.again,
                flags=arrow.flags,
            )
        else:
            wire.datagram(arrow.time, arrow.source, arrow.target, arrow.data, arrow.line, copy=arrow.copy)
    if ladder.ends is not None:
        first = ladder.arrows[0]
        near, far = (Station(end.name, end.host, 9, 0) for end in (first.source, first.target))
        wire.datagram(ladder.ends, near, far, b"end of capture", 0, copy=False)
    packets = sorted(wire.packets, key=lambda packet: packet.time)
    records = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1)]
    for packet in packets:
        seconds, rest = divmod(packet.time, 1_000_000_000)
        records.append(
            struct.pack("<IIII", seconds, rest // 1000, len(packet.data), len(packet.data)) + packet.data
        )
    return Capture(b"".join(records), {frame: p.line for frame, p in enumerate(packets, 1) if p.line})
