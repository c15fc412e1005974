"""Checksums of IP, UDP, TCP (RFC 1071) and SCTP (CRC32c, RFC 9260 appendix A)."""

from __future__ import annotations

import struct
from functools import cache
from typing import Final

_POLYNOMIAL: Final = 0x82F63B78


def internet_checksum(*parts: bytes) -> int:
    """The ones' complement of the ones' complement sum of all 16-bit words; each part but the last has an even length."""
    data = b"".join(parts)
    if len(data) % 2:
        data += b"\0"
    total: int = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return 0xFFFF - total


def crc32c(data: bytes) -> int:
    """The checksum of an SCTP packet, in which its own place holds zeros."""
    table, crc = _table(), 0xFFFFFFFF
    for octet in data:
        crc = table[(crc ^ octet) & 0xFF] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


@cache
def _table() -> tuple[int, ...]:
    return tuple(_entry(number) for number in range(256))


def _entry(number: int) -> int:
    for _ in range(8):
        number = number >> 1 ^ (_POLYNOMIAL if number & 1 else 0)
    return number
