"""Which octets of TCP streams a batch still brings, so that what comes out of order is told from what never comes."""

from bisect import bisect_left
from typing import Final

from analyser.decode.hops import IPV4_KEY, IPV6_KEY
from analyser.decode.rows import SEGMENT4, SEGMENT6, Packets, Rows

_LONGEST: Final = 65536
"""Octets that a segment has at most."""
_MAX_LOOKS: Final = 1024
"""Segments that are asked whether they hold an octet."""


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

    def first(self, name: bytes, since: int, until: int, frame: int) -> int:
        """The number of the first octet from `since` on that a later frame brings; `until` where none is before that. Around the end
        of the numbers there is none."""
        segments = self._segments.get(name, [])
        at = bisect_left(segments, (since - _LONGEST, 0, 0))
        for begins, number, size in segments[at : at + _MAX_LOOKS]:
            if begins >= until:
                break
            if number > frame and begins + size > since:
                return max(begins, since)
        return until
