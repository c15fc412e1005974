"""New packets that carry redacted messages: nothing of the original packets is in them, so nothing that was not read can leak.

Ethernet without addresses, IPv4 or IPv6 between the pseudonyms, then UDP (in as many fragments as the datagram had), TCP, SCTP or a
frame of WebSocket in TCP. Times and the identification of IPv4 datagrams are those of the capture, so that retransmissions and
copies are told apart as before; what the snap length cut stays cut. What had been decrypted goes over plain TCP: there is no key that would
make TLS of it again. Sequence numbers go on for each direction; handshakes, acknowledgements without data and media are left out.
"""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from analyser.redact.checksums import crc32c, internet_checksum

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyser.track import Sighting
    from analyser.wire import Endpoint, Hop

ETHERNET: Final = 1
"""Link type."""
_UDP, _TCP, _SCTP, _FRAGMENT = 17, 6, 132, 44
_TTL: Final = 64
_IPV4, _IPV6 = 0x0800, 0x86DD
_MORE: Final = 0x2000
_PUSH_ACK: Final = 0x18
_WINDOW: Final = 0xFFFF
_UDP_HEADER, _TCP_HEADER = 8, 20
LONGEST: Final = 65_000
"""Octets of one datagram, segment or chunk; a longer message goes into several, a longer datagram is cut."""
_TEXT_FRAME, _BINARY_FRAME = 0x81, 0x82
_MODULUS: Final = 1 << 32


class Composed(NamedTuple):
    """A packet, as far as it was captured."""

    octets: bytes
    wire: int
    """Octets that it had on the wire."""


@dataclass(slots=True)
class _Direction:
    """What one end has sent to another."""

    sequence: int = 1
    tsn: int = 1


class Composer:
    """Makes packets of messages, in order."""

    def __init__(self) -> None:
        self._directions: dict[tuple[Endpoint, Endpoint], _Direction] = {}

    def packets(self, sighting: Sighting) -> list[Composed]:
        """The packets of one message; none where an end of its hop has no address."""
        hop, data, missing = sighting.hop, sighting.message.raw, sighting.missing
        try:
            source, target = _address(hop.source.host), _address(hop.target.host)
        except OSError:
            return []
        if len(source) != len(target):
            return []
        network = _Network(source, target)
        count = len(sighting.frames)
        if hop.transport == "UDP":
            return network.fragments(
                _datagram(network, hop, data[:LONGEST], missing), count, max(sighting.ident, 0)
            )
        direction = self._direction(hop)
        if hop.transport == "SCTP":
            return [network.packet(_SCTP, *each) for each in _chunks(direction, hop, data, missing)]
        if hop.transport in ("WS", "WSS"):
            data = _frame(data, missing)
        acknowledged = self._direction(hop._replace(source=hop.target, target=hop.source)).sequence
        return [
            network.packet(_TCP, *each)
            for each in _segments(network, direction, acknowledged, hop, (data, missing), count)
        ]

    def _direction(self, hop: Hop) -> _Direction:
        return self._directions.setdefault((hop.source, hop.target), _Direction())


class _Network:
    """Ethernet and IP between two addresses."""

    def __init__(self, source: bytes, target: bytes) -> None:
        self._addresses = source + target
        self._six = len(source) > 4

    def pseudo_header(self, protocol: int, length: int) -> bytes:
        """What the checksums of UDP and TCP begin with."""
        shape = ">II" if self._six else ">HH"
        first, second = (length, protocol) if self._six else (protocol, length)
        return self._addresses + struct.pack(shape, first, second)

    def packet(self, protocol: int, contents: bytes, missing: int, ident: int = 0) -> Composed:
        """A packet whose last octets are missing."""
        return self._cut(protocol, contents, len(contents) + missing, ident, 0)

    def fragments(self, datagram: tuple[bytes, int], count: int, ident: int) -> list[Composed]:
        """A datagram in so many packets."""
        contents, missing = datagram
        total = len(contents) + missing
        size = -(-total // max(count, 1)) + 7 & ~7
        if count < 2 or size >= total:
            return [self.packet(_UDP, contents, missing, ident)]
        return [
            self._cut(
                _UDP,
                contents[at : at + size],
                min(size, total - at),
                ident,
                at // 8 | (_MORE if at + size < total else 0),
                fragmented=True,
            )
            for at in range(0, total, size)
        ]

    def _cut(
        self,
        protocol: int,
        contents: bytes,
        claimed: int,
        ident: int,
        place: int,
        *,
        fragmented: bool = False,
    ) -> Composed:
        if self._six:
            header = self._header_six(protocol, claimed, ident, place, fragmented=fragmented)
        else:
            header = self._header_four(protocol, claimed, ident, place)
        octets = bytes(12) + struct.pack(">H", _IPV6 if self._six else _IPV4) + header + contents
        return Composed(octets, len(octets) + claimed - len(contents))

    def _header_four(self, protocol: int, claimed: int, ident: int, place: int) -> bytes:
        front = struct.pack(">BBHHHBB", 0x45, 0, min(20 + claimed, 0xFFFF), ident, place, _TTL, protocol)
        return front + struct.pack(">H", internet_checksum(front, self._addresses)) + self._addresses

    def _header_six(self, protocol: int, claimed: int, ident: int, place: int, *, fragmented: bool) -> bytes:
        extension = b""
        if fragmented:
            offset = (place & ~_MORE) << 3 | bool(place & _MORE)
            extension = struct.pack(">BBHI", protocol, 0, offset, ident)
        following = _FRAGMENT if fragmented else protocol
        length = min(len(extension) + claimed, 0xFFFF)
        return struct.pack(">IHBB", 6 << 28, length, following, _TTL) + self._addresses + extension


def _address(host: str) -> bytes:
    """The octets of an address. Raises OSError where it is none."""
    plain = host.partition("%")[0]
    return socket.inet_pton(socket.AF_INET6 if ":" in plain else socket.AF_INET, plain)


def _datagram(network: _Network, hop: Hop, data: bytes, missing: int) -> tuple[bytes, int]:
    missing = min(missing, LONGEST - len(data))
    length = _UDP_HEADER + len(data) + missing
    ports = struct.pack(">HHH", hop.source.port, hop.target.port, length)
    checksum = 0
    if not missing:  # nobody knows that of octets which are not there
        checksum = internet_checksum(network.pseudo_header(_UDP, length), ports, b"\0\0", data) or 0xFFFF
    return ports + struct.pack(">H", checksum) + data, missing


def _segments(
    network: _Network,
    direction: _Direction,
    acknowledged: int,
    hop: Hop,
    message: tuple[bytes, int],
    count: int,
) -> Iterator[tuple[bytes, int]]:
    """Segments with their headers, and how many octets of the last are missing."""
    data, missing = message
    size = max(1, min(LONGEST, -(-len(data) // max(count, 1))))
    for at in range(0, len(data), size):
        piece = data[at : at + size]
        lost = min(missing, LONGEST - len(piece)) if at + size >= len(data) else 0
        header = struct.pack(
            ">HHIIBBH",
            hop.source.port,
            hop.target.port,
            direction.sequence,
            acknowledged,
            _TCP_HEADER << 2,
            _PUSH_ACK,
            _WINDOW,
        )
        length = _TCP_HEADER + len(piece) + lost
        checksum = internet_checksum(network.pseudo_header(_TCP, length), header, bytes(4), piece)
        yield header + struct.pack(">HH", checksum, 0) + piece, lost
        direction.sequence = (direction.sequence + len(piece)) % _MODULUS
    direction.sequence = (direction.sequence + missing) % _MODULUS


def _chunks(direction: _Direction, hop: Hop, data: bytes, missing: int) -> Iterator[tuple[bytes, int]]:
    """SCTP packets with one DATA chunk each (RFC 9260 §3.3.1)."""
    for at in range(0, len(data), LONGEST):
        piece = data[at : at + LONGEST]
        last = at + LONGEST >= len(data)
        lost = min(missing, LONGEST - len(piece)) if last else 0
        flags = (2 if at == 0 else 0) | (1 if last else 0)
        size = 16 + len(piece) + lost
        chunk = struct.pack(">BBHIHHI", 0, flags, size, direction.tsn, 0, direction.tsn & 0xFFFF, 0) + piece
        if not lost:
            chunk += bytes(-len(chunk) % 4)
        ports = struct.pack(">HHI", hop.source.port, hop.target.port, 1)
        direction.tsn = (direction.tsn + 1) % _MODULUS
        yield ports + struct.pack("<I", crc32c(ports + bytes(4) + chunk)) + chunk, lost


def _frame(data: bytes, missing: int) -> bytes:
    """A WebSocket frame around a message (RFC 6455 §5.2), without a mask: who is the client is not known."""
    size = len(data) + missing
    opcode = _TEXT_FRAME
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        opcode = _BINARY_FRAME
    if size < 126:
        length = struct.pack(">BB", opcode, size)
    elif size <= 0xFFFF:
        length = struct.pack(">BBH", opcode, 126, size)
    else:
        length = struct.pack(">BBQ", opcode, 127, size)
    return length + data
