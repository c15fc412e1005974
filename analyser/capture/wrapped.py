"""Octets that came over a socket, as packets: a raw IP packet with a UDP datagram around each.

So what agents send is decoded, written to files and read again as if it had been captured on its way.
"""

import struct
from collections.abc import Sequence
from socket import AF_INET, AF_INET6, inet_pton
from typing import Final, NamedTuple

import numpy as np

from analyser.capture.batch import PADDING, Batch, Column
from analyser.wire import Endpoint

RAW_IP: Final = 101
"""LINKTYPE_RAW: IPv4 or IPv6, as the first four bits say."""
MAX_DATAGRAM: Final = 65_507
"""Octets of a datagram in one IPv4 packet (RFC 791 §3.1, RFC 768)."""

_IPV4: Final = struct.Struct(">BBHHHBBH")
_IPV6: Final = struct.Struct(">IHBB")
_UDP: Final = struct.Struct(">HHHH")
_UDP_NUMBER, _TTL = 17, 64
_WHOLE: Final = 0x4000
"""Do not fragment: what is never cut needs no Identification (RFC 6864 §4.1)."""


class Arrived(NamedTuple):
    """A datagram, or a packet out of a stream, as it arrived."""

    time: int
    """Nanoseconds since 1970-01-01 UTC."""
    source: Endpoint
    target: Endpoint
    """Of the same IP version as the source."""
    data: bytes
    """At most MAX_DATAGRAM octets."""
    lost: int = 0
    """How many were lost just before it."""


def wrapped(arrived: Sequence[Arrived], first_frame: int) -> Batch:
    """The batch of what arrived, which is not empty."""
    parts: list[bytes] = []
    sizes = []
    for each in arrived:
        head = _head(each.source, each.target, each.data)
        parts += head, each.data
        sizes.append(len(head) + len(each.data))
    caplen = _column(sizes)
    lost = _column([each.lost for each in arrived])
    return Batch(
        buffer=b"".join((*parts, bytes(PADDING))),
        offset=np.cumsum(caplen) - caplen,
        caplen=caplen,
        wirelen=caplen,
        time=_column([each.time for each in arrived]),
        link=RAW_IP,
        first_frame=first_frame,
        input=0,
        lost=lost if lost.any() else None,
    )


def _column(values: list[int]) -> Column:
    return np.array(values, dtype=np.int64)


def _head(source: Endpoint, target: Endpoint, data: bytes) -> bytes:
    """The headers of IP (RFC 791, RFC 8200) and UDP (RFC 768), checksums right."""
    size = _UDP.size + len(data)
    six = ":" in source.host
    family = AF_INET6 if six else AF_INET
    addresses = inet_pton(family, source.host) + inet_pton(family, target.host)
    ports = _UDP.pack(source.port, target.port, size, 0)
    pseudo = addresses + struct.pack(">II", size, _UDP_NUMBER)
    checksum = _checksum(pseudo + ports + data) or 0xFFFF
    udp = _UDP.pack(source.port, target.port, size, checksum)
    if six:
        return _IPV6.pack(6 << 28, size, _UDP_NUMBER, _TTL) + addresses + udp
    fields = 0x45, 0, 20 + size, 0, _WHOLE, _TTL, _UDP_NUMBER
    return _IPV4.pack(*fields, _checksum(_IPV4.pack(*fields, 0) + addresses)) + addresses + udp


def _checksum(octets: bytes) -> int:
    """RFC 1071; a great number modulo 2**16-1 is the sum of its 16 bits with the carries put back."""
    octets += bytes(len(octets) & 1)
    return -int.from_bytes(octets, "big") % 0xFFFF
