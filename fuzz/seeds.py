"""Inputs to begin with: the sample captures, what is in them, and what a script can make of that."""

import bz2
import gzip
import lzma
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import zstandard

from analyser.capture import read
from analyser.decode import Decoder
from analyser.sip import looks_like_sip
from analyser.wire import Coverage
from tests.support import captures as made
from tests.support.handshake import octets as tls
from tests.support.layers import LAYERS

SAMPLES = sorted((Path(__file__).parents[1] / "sample_pcaps").glob("*.pcap"))
_HEADS = {
    0: b"\2\0\0\0", 1: bytes(12) + b"\x08\0", 12: b"", 14: b"", 101: b"", 105: b"\x08\0" + bytes(22) + b"\xaa\xaa\3\0\0\0\x08\0",
    108: b"\0\0\0\2", 113: bytes(14) + b"\x08\0", 228: b"", 229: b"", 276: b"\x08\0" + bytes(18),
}  # fmt: skip
"""What stands before IP, by link type."""


def messages() -> Iterator[bytes]:
    """The SIP messages of the samples; four octets in front are line ends to one target, cuts to another."""
    for path in SAMPLES:
        decoder = Decoder(Coverage(), looks_like_sip)
        for batch in read([path], Coverage()):
            for payload in decoder.receive(batch)[:12]:
                yield b"\r\n\r\n" + payload.data


def session_descriptions() -> Iterator[bytes]:
    yield from {data[data.find(b"v=0") :] for data in messages() if b"v=0" in data}


def captures() -> Iterator[bytes]:
    """The beginnings of the samples, as pcap and as pcapng."""
    for path in SAMPLES:
        octets = path.read_bytes()[:6000]
        yield octets
        yield _pcapng(octets)


def compressed() -> Iterator[bytes]:
    octets = SAMPLES[0].read_bytes()[:3000]
    for compress in (gzip.compress, bz2.compress, lzma.compress, zstandard.compress):
        yield compress(octets)
        yield compress(octets) * 2


def frames(link: int) -> Iterator[bytes]:
    """Packets of the samples behind another link header, each with its length in front, and what else is known of the link type."""
    for path in SAMPLES:
        yield b"".join(_sized(_HEADS.get(link, b"") + packet) for packet in _ip_packets(path)[:6])
    yield from (_sized(packet) for other, packet in LAYERS.values() if other == link)


def segments() -> Iterator[bytes]:
    """The same over raw IP: whole, in two fragments each, and as TCP segments in a wrong order."""
    yield from frames(101)
    for path in SAMPLES[:4]:
        packets = _ip_packets(path)[:4]
        yield b"".join(_sized(part) for packet in packets for part in _fragments(packet))
        yield b"".join(_sized(part) for packet in packets for part in _segments(packet[28:]))


def layers() -> Iterator[bytes]:
    """Everything that may stand around IP in Ethernet, and IP in it."""
    for link, packet in LAYERS.values():
        if link in {1, 101}:
            yield _sized(packet if link == 1 else made.ethernet(packet)) * 2


def websockets() -> Iterator[bytes]:
    """Streams of frames: four octets that say how to cut, then masked, fragmented and compressed messages."""
    text = made.OPTIONS
    deflated = zlib.compress(text, wbits=-15)[:-4]
    yield b"\x80\3\7\1" + made.websocket(text, mask=b"abcd") + made.websocket(text)
    yield (
        b"\x10\3\7\1"
        + made.websocket(text[:50], fin=False)
        + made.websocket(b"x", opcode=9)
        + made.websocket(text[50:], opcode=0)
    )
    yield b"\xff\3\7\1" + made.websocket(deflated, deflated=True) * 2
    yield (
        b"\xff\3\7\1GET /ws HTTP/1.1\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: sip\r\n\r\n"
        + made.websocket(text, mask=b"abcd")
    )


def heps() -> Iterator[bytes]:
    """Datagrams of all versions, each with its length in front."""
    text = made.OPTIONS
    for packet in (
        made.hep3(text),
        made.hep3(text, payload=None, compressed=zlib.compress(text)),
        made.hep2(text),
        made.hep2(text, version=1),
    ):
        yield _sized(packet) * 2


def associations() -> Iterator[bytes]:
    """SCTP packets, each with its length in front."""
    text = made.OPTIONS
    yield _sized(made.sctp(made.sctp_data(text), made.sctp_data(text, tsn=2)))
    yield _sized(made.sctp(made.sctp_data(text[:90], flags=2))) + _sized(
        made.sctp(made.sctp_data(text[90:], tsn=2, flags=1))
    )
    yield _sized(made.sctp(made.sctp_idata(text[90:], tsn=2, flags=1, number=1))) + _sized(
        made.sctp(made.sctp_idata(text[:90], flags=2))
    )


def handshakes() -> Iterator[bytes]:
    """What two sides of TLS say, each time behind its length, the first bit of which says who."""
    hello, answer = tls("ClientHello sni=example.com alpn=sip"), tls("ServerHello version=1.2")
    certificate = tls("Certificate names=example.com until=2025-12-31")
    for more in (certificate, tls("Alert fatal unknown_ca"), tls("Data 40")):
        yield _sized(hello) + _spoken(answer) + _spoken(more) + _sized(tls("Alert fatal unknown_ca"))


def _spoken(octets: bytes) -> bytes:
    return struct.pack(">H", len(octets) | 0x8000) + octets


def _sized(packet: bytes) -> bytes:
    return struct.pack(">H", len(packet)) + packet if len(packet) < 2048 else b""


def _ip_packets(path: Path) -> list[bytes]:
    return [
        batch.buffer[start + 14 : start + size]
        for batch in read([path], Coverage())
        for start, size in zip(batch.offset.tolist(), batch.caplen.tolist(), strict=True)
    ]


def _fragments(packet: bytes) -> Iterator[bytes]:
    head, contents = packet[:20], packet[20:]
    for at, part, more in ((96, contents[96:], 0), (0, contents[:96], 0x2000)):
        yield head[:2] + struct.pack(">HHH", 20 + len(part), 7, more | at // 8) + head[8:] + part


def _segments(data: bytes) -> Iterator[bytes]:
    for at, flags in ((0, 2), (200, 24), (0, 24), (100, 24), (400, 25)):
        part = b"" if flags == 2 else data[at : at + 200]
        tcp = (
            struct.pack(">HHIIBBHHH", 5060, 5060, 99 if flags == 2 else 100 + at, 0, 80, flags, 9, 0, 0)
            + part
        )
        yield struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(tcp), 7, 0, 64, 6, 0) + bytes(8) + tcp


def _pcapng(octets: bytes) -> bytes:
    blocks = [
        struct.pack("<IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28),
        struct.pack("<IIHHII", 1, 20, 1, 0, 0, 20),
    ]
    at = 24
    while at + 16 <= len(octets):
        seconds, micros, size, _ = struct.unpack_from("<IIII", octets, at)
        packet = octets[at + 16 : at + 16 + size]
        ticks = seconds * 1_000_000 + micros
        body = struct.pack("<IIIII", 0, ticks >> 32, ticks & 0xFFFFFFFF, len(packet), len(packet))
        body += packet + bytes(-len(packet) % 4)
        blocks.append(struct.pack("<II", 6, len(body) + 12) + body + struct.pack("<I", len(body) + 12))
        at += 16 + size
    return b"".join(blocks)
