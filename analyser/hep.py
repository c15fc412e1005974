"""HEP, the Homer encapsulation: how its packets are laid out, for those who read, receive and write them.

Version 3 is a list of chunks behind its magic; versions 1 and 2 are C structures.
Source: https://github.com/sipcapture/HEP (HEP3 network protocol specification).
"""

import socket
import struct
from typing import Final

from analyser.errors import UsageError
from analyser.wire import SECOND, Hop

MAGIC: Final = b"HEP3"
FIRST_OCTETS: Final = frozenset(b"\x01\x02H")
"""First octets of a HEP packet of versions 1, 2 and 3."""
FAMILIES: Final = {2: 4, 10: 16, 28: 16, 30: 16}
"""Octets of an address by AF_INET, and AF_INET6 of Linux, FreeBSD and macOS."""
TRANSPORTS: Final = {17: "UDP", 6: "TCP", 22: "TLS", 132: "SCTP"}
"""By IP protocol; 22 is used in place of TLS, which has none."""
MAX_PACKET: Final = 0xFFFF
"""Octets of a packet of version 3, which counts them in 16 bits."""
MAX_CHUNKS: Final = 4096
"""Chunks that are looked at in one packet."""

HEAD, CHUNK, LEAST = 6, 6, 16
"""Octets of the head of version 3, of the head of a chunk, and of the shortest packet that says anything."""
FIXED: Final = 8
"""Octets of versions 1 and 2 before the addresses."""
(
    FAMILY,
    PROTOCOL,
    SOURCE4,
    TARGET4,
    SOURCE6,
    TARGET6,
    SOURCE_PORT,
    TARGET_PORT,
    SECONDS,
    MICROSECONDS,
    KIND,
    AGENT,
) = range(1, 13)
KEY, PAYLOAD, COMPRESSED, CORRELATION = 14, 15, 16, 17
SIP_KIND: Final = 1
AGENT_ID: Final = 2060
"""What we call ourselves in the packets that we write."""

_EARLIEST: Final = 631_152_000 * SECOND
"""1990: no SIP is older, so an earlier time is none."""
_AHEAD: Final = 86_400 * SECOND
"""How far the clock of an agent may be ahead. It may be far behind: agents also send what a file held."""
_MICROSECOND: Final = 1000
_MAX_MICROSECONDS: Final = 1_000_000
_NUMBERS: Final = {**{name: number for number, name in TRANSPORTS.items()}, "WS": 6, "WSS": 22}
_MAX_PORT: Final = 0xFFFF


def begins_hep3(data: bytes) -> bool:
    """Whether a stream that begins with the magic goes on as HEP, as far as it is here."""
    return len(data) < HEAD + CHUNK or (
        int.from_bytes(data[4:6], "big") >= LEAST and int.from_bytes(data[10:12], "big") >= CHUNK
    )


def chunks_of(data: bytes) -> dict[int, bytes]:
    """The generic chunks of a packet of version 3 by type; the first of a type counts."""
    end = min(len(data), int.from_bytes(data[4:6], "big"))
    chunks: dict[int, bytes] = {}
    at = HEAD
    for _ in range(MAX_CHUNKS):
        if end - at < CHUNK:
            break
        vendor, kind, length = struct.unpack_from(">HHH", data, at)
        if length < CHUNK:
            break
        if not vendor:
            chunks.setdefault(kind, data[at + CHUNK : min(at + length, end)])
        at += length
    return chunks


def time_of_version2(stamp: bytes, frame_time: int) -> int | None:
    """The time in version 2, ns since 1970, in whichever byte order it is nearer to that of the frame; None if it cannot be."""
    if len(stamp) < 8:
        return frame_time
    seconds: int
    microseconds: int
    times = []
    for order in ("<II", ">II"):
        seconds, microseconds = struct.unpack(order, stamp[:8])
        time = seconds * SECOND + microseconds * _MICROSECOND
        if _is_plausible(time, microseconds, frame_time):
            times.append(time)
    return min(times, key=lambda time: abs(time - frame_time), default=None)


def time_of_version3(chunks: dict[int, bytes], frame_time: int) -> int | None:
    """The time in the chunks, ns since 1970; None if it cannot be."""
    seconds = int.from_bytes(chunks.get(SECONDS, b"")[-8:], "big")
    microseconds = int.from_bytes(chunks.get(MICROSECONDS, b"")[-8:], "big")
    time = seconds * SECOND + microseconds * _MICROSECOND
    return time if _is_plausible(time, microseconds, frame_time) else None


def time_of(data: bytes, frame_time: int) -> int | None:
    """When the agent saw what a packet of any version holds, ns since 1970; the frame's time where it does not say, None
    where this is no HEP."""
    time: int | None = None
    if data[:4] == MAGIC:
        time = time_of_version3(chunks_of(data), frame_time)
    elif len(data) <= LEAST or data[0] not in (1, 2) or data[2] not in FAMILIES or data[3] not in TRANSPORTS:
        return None
    elif data[0] == 2:
        at = FIXED + 2 * FAMILIES[data[2]]
        time = time_of_version2(data[at : at + 8], frame_time)
    return frame_time if time is None else time


def _is_plausible(time: int, microseconds: int, frame_time: int) -> bool:
    return microseconds < _MAX_MICROSECONDS and _EARLIEST <= time < frame_time + _AHEAD


def hep3_packet(time: int, hop: Hop, message: bytes, call_id: str) -> bytes | None:
    """A packet of version 3 with a SIP message; None where it would be longer than its length can say.

    `time` is ns since 1970. WebSocket is told as the TCP or TLS below it, for which HEP has numbers.
    """
    six = ":" in hop.source.host
    family = socket.AF_INET6 if six else socket.AF_INET
    chunks = (
        (FAMILY, b"\x0a" if six else b"\x02"),
        (PROTOCOL, bytes((_NUMBERS[hop.transport],))),
        (SOURCE6 if six else SOURCE4, socket.inet_pton(family, hop.source.host)),
        (TARGET6 if six else TARGET4, socket.inet_pton(family, hop.target.host)),
        (SOURCE_PORT, hop.source.port.to_bytes(2, "big")),
        (TARGET_PORT, hop.target.port.to_bytes(2, "big")),
        (SECONDS, (time // SECOND & 0xFFFFFFFF).to_bytes(4, "big")),
        (MICROSECONDS, (time % SECOND // _MICROSECOND).to_bytes(4, "big")),
        (KIND, bytes((SIP_KIND,))),
        (AGENT, AGENT_ID.to_bytes(4, "big")),
        (CORRELATION, call_id.encode()),
        (PAYLOAD, message),
    )
    size = HEAD + sum(CHUNK + len(value) for _, value in chunks)
    if size > MAX_PACKET:
        return None
    parts = [MAGIC, size.to_bytes(2, "big")]
    for kind, value in chunks:
        if value:
            parts += struct.pack(">HHH", 0, kind, CHUNK + len(value)), value
    return b"".join(parts)


def host_and_port(text: str, spec: str) -> tuple[str, int]:
    """`192.0.2.1:9060`, `[::1]:9060`, `name:9060` or `9060` in its parts; without a host that is empty.

    Raises UsageError, which quotes `spec`.
    """
    host, _, port = text.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    if (
        (":" in host) != bracketed
        or not (port.isascii() and port.isdigit())
        or len(port) > 5
        or int(port) > _MAX_PORT
    ):
        raise UsageError(
            f"{spec}: an address for HEP is host:port, as 192.0.2.1:9060 or [::1]:9060, with or without udp: in front"
        )
    return host[1:-1] if bracketed else host, int(port)
