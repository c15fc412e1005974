"""Captures without a single SIP message, as frames in time order: TCP connections, and RTP streams.

They ask how fast packets are passed over that are nothing to us. Take a number of packets and a source of chance;
give `(time in microseconds, Ethernet frame)`. Memory holds the connections or streams that go on, never the capture.
"""

import random
import struct
from collections.abc import Iterator
from typing import NamedTuple

Frame = tuple[int, bytes]

LEAST_FRAME, MOST_FRAME = 64, 1514
CONNECTIONS = 500
"""TCP connections that go on at a time."""
STREAMS = 400
"""RTP streams that go on at a time."""
_POOL = 1 << 20
_SYN, _FIN, _PUSH, _ACK = 2, 1, 8, 16
_TCP, _UDP = 6, 17


class _Side(NamedTuple):
    address: bytes
    port: int


class _Network:
    """Puts Ethernet and IPv4 around segments and datagrams, all checksums right."""

    def __init__(self) -> None:
        self._ident = 0

    def frame(self, source: _Side, target: _Side, protocol: int, contents: bytes, checksum_at: int) -> bytes:
        """`contents` begins behind the two ports, its checksum field at `checksum_at` from the ports on is zero."""
        self._ident = self._ident + 1 & 0xFFFF
        contents = struct.pack("!HH", source.port, target.port) + contents
        length = len(contents)
        addresses = source.address + target.address
        address_sum = int.from_bytes(addresses, "big")
        head = struct.pack("!BBHHHBB", 0x45, 0, length + 20, self._ident, 0x4000, 64, protocol)
        # The ones' complement sum of 16-bit words is the number itself modulo 65535.
        head_sum = 65535 - (int.from_bytes(head, "big") + address_sum) % 65535
        padded = contents + bytes(length % 2)
        body_sum = 65535 - (address_sum + protocol + length + int.from_bytes(padded, "big")) % 65535
        body = contents[:checksum_at] + struct.pack("!H", body_sum) + contents[checksum_at + 2 :]
        ethernet = b"\x02\0" + target.address + b"\x02\0" + source.address + b"\x08\0"
        frame = b"".join((ethernet, head, struct.pack("!H", head_sum), addresses, body))
        return frame.ljust(LEAST_FRAME, b"\0")


class Octets:
    """Random octets, cut out of one pool since a million draws of a kilobyte take long."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._pool = dice.randbytes(_POOL)

    def cut(self, size: int) -> bytes:
        at = self._dice.randrange(_POOL - size)
        return self._pool[at : at + size]


_HTTP_REQUEST = (
    "GET /articles/{number}?page={page} HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: Mozilla/5.0\r\n"
    "Accept: text/html,application/xhtml+xml\r\nAccept-Language: en\r\nCookie: visit={number}{page}\r\n\r\n"
)
_HTTP_RESPONSE = "HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {length}\r\n\r\n"
_PROSE = (
    "<p>The gateway took the call at once and gave it to the next hop, which rang for a minute; nobody came. "
    "A second attempt went by way of the other carrier and found the line busy.</p>\r\n"
) * 40


def _connection(dice: random.Random, octets: Octets) -> Iterator[tuple[bool, int, bytes]]:
    """Segments of a connection: whether the client sends, flags, data. A third is HTTP, the rest is anything."""
    yield True, _SYN, b""
    yield False, _SYN | _ACK, b""
    yield True, _ACK, b""
    text = dice.random() < 0.33
    for _ in range(dice.randrange(1, 5)):
        number, page = dice.randrange(10_000), dice.randrange(100)
        segments = dice.randrange(2, 12)
        if text:
            yield True, _PUSH | _ACK, _HTTP_REQUEST.format(number=number, page=page).encode()
            yield False, _ACK, _HTTP_RESPONSE.format(length=segments * 1400).encode()
        else:
            yield True, _PUSH | _ACK, octets.cut(dice.randrange(10, 1400))
        for _ in range(segments):
            size = MOST_FRAME - 54 if dice.random() < 0.5 else dice.randrange(10, MOST_FRAME - 54)
            start = dice.randrange(100)
            yield False, _ACK, _PROSE[start : start + size].encode() if text else octets.cut(size)
            if dice.random() < 0.5:
                yield True, _ACK, b""
    yield True, _FIN | _ACK, b""
    yield False, _FIN | _ACK, b""
    yield True, _ACK, b""


class _Connection:
    """One TCP connection between a client and a server, with the sequence numbers of both."""

    def __init__(self, number: int, dice: random.Random, octets: Octets) -> None:
        client = struct.pack("!I", 0x0A000000 + number % 50_000)
        server = struct.pack("!I", 0xC6336400 + dice.randrange(200))
        self._sides = (
            _Side(server, dice.choice((80, 443, 8080, 3306, 22))),
            _Side(client, 1024 + number % 60_000),
        )
        self._sequence = [dice.getrandbits(32), dice.getrandbits(32)]
        self._segments = _connection(dice, octets)

    def next_frame(self, network: _Network) -> bytes | None:
        segment = next(self._segments, None)
        if segment is None:
            return None
        by_client, flags, data = segment
        source, target = self._sides[by_client], self._sides[not by_client]
        head = struct.pack(
            "!IIBBHHH",
            self._sequence[by_client], self._sequence[not by_client] if flags & _ACK else 0, 0x50, flags, 64240, 0, 0,
        )  # fmt: skip
        self._sequence[by_client] = (
            self._sequence[by_client] + len(data) + bool(flags & (_SYN | _FIN)) & 0xFFFFFFFF
        )
        return network.frame(source, target, _TCP, head + data, 16)


def connections(count: int, start: int) -> Iterator[Frame]:
    """Frames of TCP connections, several hundred at a time, 64 to 1514 octets long."""
    dice = random.Random(count)
    octets, network = Octets(dice), _Network()
    going = [_Connection(number, dice, octets) for number in range(CONNECTIONS)]
    opened = CONNECTIONS
    for written in range(count):
        time = start + written * 10
        place = dice.randrange(CONNECTIONS)
        frame = going[place].next_frame(network)
        if frame is None:
            going[place] = _Connection(opened, dice, octets)
            opened += 1
            frame = going[place].next_frame(network)
            assert frame is not None
        yield time, frame


class _Voice:
    """One RTP stream: G.711 in 20 ms frames, or one in eight a video of changing sizes."""

    def __init__(self, number: int, dice: random.Random) -> None:
        self._sides = (
            _Side(struct.pack("!I", 0xC6336400 + number % 200), 10_000 + 2 * (number % 20_000)),
            _Side(struct.pack("!I", 0xCB007100 + number % 16), 20_000 + 2 * (number % 20_000)),
        )
        self._video = number % 8 == 7
        self._ssrc, self._sequence, self._stamp = (dice.getrandbits(bits) for bits in (32, 16, 32))

    def next_frame(self, network: _Network, dice: random.Random, octets: Octets) -> bytes:
        size = dice.randrange(200, 1200) if self._video else 160
        head = struct.pack("!BBHII", 0x80, 96 if self._video else 8, self._sequence, self._stamp, self._ssrc)
        self._sequence = self._sequence + 1 & 0xFFFF
        self._stamp = self._stamp + (3000 if self._video else 160) & 0xFFFFFFFF
        datagram = struct.pack("!HH", 8 + 12 + size, 0) + head + octets.cut(size)
        return network.frame(*self._sides, _UDP, datagram, 6)


def voices(count: int, start: int) -> Iterator[Frame]:
    """Frames of RTP streams; each ends now and then, and another with another SSRC takes its place."""
    dice = random.Random(count)
    octets, network = Octets(dice), _Network()
    going = [_Voice(number, dice) for number in range(STREAMS)]
    begun = STREAMS
    for written in range(count):
        place = written % STREAMS
        if dice.random() < 0.001:
            going[place] = _Voice(begun, dice)
            begun += 1
        yield start + written * 50, going[place].next_frame(network, dice, octets)
