"""Options of pcapng blocks, and what they say of packets that the capture lost."""

from collections.abc import Iterator
from struct import Struct
from typing import Final

import numpy as np
from numpy.typing import NDArray

Fields = NDArray[np.int64]

MAX_OPTIONS: Final = 8
"""Options of a packet that are looked at for the one that counts losses."""
MOST_LOST: Final = 2**40
"""No capture loses more at once; a greater count is damage, and is taken for so many."""
_TEXTS: Final = frozenset({1, 2, 3, 11, 12, 15})
"""Options of an interface that are the same in every byte order: comment, name, description, filter, system, hardware."""
MAX_TEXT: Final = 1024
"""Octets of such an option; a longer one is left out."""
MAX_TEXTS: Final = 16
_END, _PACKET_DROPS, _INTERFACE_DROPS, _SYSTEM_DROPS = 0, 4, 5, 7
_LEAST_STATISTICS: Final = 24
_PACKET_AT: Final = 28


def options(buffer: bytes, at: int, end: int, order: str) -> Iterator[tuple[int, int, int]]:
    """The code, the place and the size of each option between two places."""
    option = Struct(order + "HH").unpack_from
    while at + 4 <= end:
        code, size = option(buffer, at)
        at += 4
        if code == _END or at + size > end:
            break
        yield code, at, size
        at += (size + 3) & ~3


def texts(buffer: bytes, at: int, end: int, order: str) -> tuple[tuple[int, bytes], ...]:
    """The options of an interface that describe it to people."""
    found = [
        (code, buffer[place : place + size])
        for code, place, size in options(buffer, at, end, order)
        if code in _TEXTS and size <= MAX_TEXT
    ]
    return tuple(found[:MAX_TEXTS])


def statistics(buffer: bytes, position: int, length: int, order: str) -> tuple[int, int]:
    """Of an Interface Statistics Block, the interface and how many of its packets were dropped so far."""
    if length < _LEAST_STATISTICS:
        return 0, 0
    (interface,) = Struct(order + "I").unpack_from(buffer, position + 8)
    lost = 0
    for code, at, size in options(buffer, position + 20, position + length - 4, order):
        if code in (_INTERFACE_DROPS, _SYSTEM_DROPS) and size == 8:
            lost += min(Struct(order + "Q").unpack_from(buffer, at)[0], MOST_LOST)
    return interface, lost


def drop_counts(buffer: bytes, starts: Fields, fields: Fields, order: str) -> Fields | None:
    """How many packets were lost before each of many Enhanced Packet Blocks; None where none says so.

    `fields` are the first seven words of each block.
    """
    at = starts + _PACKET_AT + ((fields[:, 5] + 3) & ~3)
    end = starts + fields[:, 1] - 4
    rows = np.flatnonzero(at + 4 < end)
    if not len(rows):
        return None
    shorts = np.ndarray((len(buffer) - 1,), order + "u2", buffer, 0, (1,))
    longs = np.ndarray((len(buffer) - 7,), order + "u8", buffer, 0, (1,))
    lost = np.zeros(len(starts), dtype=np.int64)
    at, end = at[rows], end[rows]
    for _ in range(MAX_OPTIONS):
        code, size = shorts[at], shorts[at + 2].astype(np.int64)
        fits = at + 4 + size <= end
        counts = np.flatnonzero((code == _PACKET_DROPS) & (size == 8) & fits)
        lost[rows[counts]] = np.minimum(longs[at[counts] + 4], np.uint64(MOST_LOST)).astype(np.int64)
        at = at + 4 + ((size + 3) & ~3)
        further = np.flatnonzero((code != _END) & fits & (at + 4 < end))
        if not len(further):
            break
        rows, at, end = rows[further], at[further], end[further]
    return lost if lost.any() else None
