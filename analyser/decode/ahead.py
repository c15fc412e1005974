"""Which octets of TCP streams a batch still brings, so that what comes out of order is told from what never comes."""

from bisect import bisect_right
from typing import Final

from analyser.decode.hops import IPV4_KEY, IPV6_KEY
from analyser.decode.rows import SEGMENT4, SEGMENT6, Packets, Rows

_LONGEST: Final = 65536
"""Octets that a segment has at most."""
_MAX_LOOKS: Final = 256
"""Segments that begin before an octet and are asked whether they hold it."""


class Ahead:
    """The segments of a batch by their streams, as far as the wide lane knows them."""

    def __init__(self, batch: Packets, rows: Rows) -> None:
        self._segments: dict[bytes, list[tuple[int, int, int]]] = {}
        """Where each begins, its frame, and how many octets it has."""
        buffer, first = batch.buffer, batch.first_frame
        for packet, kind, start, end, missing, key, sequence in zip(
            *(column.tolist() for column in rows[:7]), strict=True
        ):
            size = end - start + missing
            if size and kind in (SEGMENT4, SEGMENT6):
                name = buffer[key : key + (IPV4_KEY if kind == SEGMENT4 else IPV6_KEY)]
                self._segments.setdefault(name, []).append((sequence, first + packet, size))
        for segments in self._segments.values():
            segments.sort()

    def brings(self, name: bytes, sequence: int, frame: int) -> bool:
        """Whether a later frame has the octet with this number. Around the end of the numbers it says no."""
        segments = self._segments.get(name, [])
        at = bisect_right(segments, (sequence + 1, 0, 0))
        for begins, number, size in reversed(segments[max(0, at - _MAX_LOOKS) : at]):
            if begins + _LONGEST <= sequence:
                break
            if number > frame and sequence < begins + size:
                return True
        return False
