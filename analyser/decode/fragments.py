"""Puts datagrams together from IP fragments, in any order (RFC 791 §3.2, RFC 8200 §4.5).

Where fragments overlap, the octets that came first count, and the coverage says that it happened. What a fragment lacks because the snap
length cut it is missing from there on.

A capture that holds packets twice, as with a bridge and its port, has fragments left over once the datagram is complete. They wait like
others, for a datagram may well come twice; but where they wait in vain, nothing was lost.
"""

from bisect import bisect_left, bisect_right
from collections import OrderedDict
from typing import Final

from analyser.decode.bounds import (
    FRAGMENT_LIFETIME,
    MAX_DATAGRAM,
    MAX_DATAGRAMS,
    MAX_FRAGMENT_OCTETS,
    MAX_FRAGMENTS,
    MAX_HELD_FRAGMENTS,
)
from analyser.decode.packet import Packet
from analyser.wire import MILLISECOND, OTHER, Coverage

_INCOMPLETE: Final = "incomplete IP fragments"
_OVERLAP: Final = "IP fragments overlap; the octets that came first were taken"

_COPY_GAP: Final = 100 * MILLISECOND
"""Nothing else can have the same identification sooner after a datagram was complete than this."""


class _Pieces:
    """The fragments of one datagram so far."""

    __slots__ = ("_ends", "_starts", "frames", "octets", "parts", "spare", "started", "total", "weight")

    def __init__(self, started: int, *, spare: bool) -> None:
        self.started = started
        self.spare = spare
        """Whether the whole has just been here."""
        self.total = -1
        """Octets of the whole, once the last fragment is here."""
        self.parts: dict[tuple[int, int], bytes] = {}
        """Offset and octets claimed -> octets captured, in the order of arrival."""
        self.octets = 0
        """Octets that the parts claim."""
        self.frames: list[int] = []
        self.weight = 0
        """How many of the frames count with the datagram; those do not that have other parts."""
        self._starts: list[int] = []
        """Where the stretches begin that are claimed without a hole; `_ends` has where they end."""
        self._ends: list[int] = []

    @property
    def is_whole(self) -> bool:
        return self.total >= 0 and self._starts[0] == 0 and self._ends[0] >= self.total

    def cover(self, start: int, end: int) -> int:
        """Note that a part claims a stretch; how many octets of it another part claimed before."""
        starts, ends = self._starts, self._ends
        first, behind = bisect_left(ends, start), bisect_right(starts, end)
        stretches = list(zip(starts[first:behind], ends[first:behind], strict=True))
        known = sum(min(until, end) - max(since, start) for since, until in stretches)
        if stretches:
            start, end = min(start, stretches[0][0]), max(end, stretches[-1][1])
        starts[first:behind] = [start]
        ends[first:behind] = [end]
        return known

    def contents(self) -> bytes:
        """The whole, up to the first octet that was not captured."""
        contents = bytearray(self._ends[-1])
        for (offset, _), part in reversed(self.parts.items()):
            contents[offset : offset + len(part)] = part
        reached = 0
        for start, end in sorted((offset, offset + len(part)) for (offset, _), part in self.parts.items()):
            if start > reached:
                break
            reached = max(reached, end)
        return bytes(contents[: min(reached, self.total)])


class Fragments:
    """Collects fragments; a bounded number of datagrams, the oldest of which goes first. Until a datagram is complete its frames
    are here and not with the packet, so that each counts once."""

    def __init__(self, coverage: Coverage) -> None:
        self._coverage = coverage
        self._waiting: OrderedDict[bytes, _Pieces] = OrderedDict()
        self._complete: OrderedDict[bytes, int] = OrderedDict()
        """When the latest datagrams were complete."""
        self._octets = 0
        self._frames = 0

    def add(self, packet: Packet, ident: bytes, at: int, end: int, offset: int, *, more: bool) -> bool:
        """Take the fragment at `offset`; True when the packet now holds the whole datagram's contents."""
        size = packet.claimed - at
        if size <= 0 or offset + size > MAX_DATAGRAM or (more and size % 8):
            packet.reason = "malformed IP fragment"
            return False
        self._expire(packet.time)
        key = b"".join((packet.tunnel, packet.addresses, ident))
        pieces = self._waiting.get(key)
        if pieces is not None and (
            not -FRAGMENT_LIFETIME < packet.time - pieces.started < FRAGMENT_LIFETIME
            or len(pieces.parts) >= MAX_FRAGMENTS
        ):
            self._forget(key)
            pieces = None
        if pieces is None:
            pieces = self._waiting[key] = _Pieces(packet.time, spare=self._was_complete(key, packet.time))
            if len(self._waiting) > MAX_DATAGRAMS:
                self._evict()
        part = packet.data[at:end]
        if pieces.parts.setdefault((offset, size), part) is not part:
            self._repeated(pieces, offset, size, part)
            return False
        fresh = packet.frames if not packet.shared or packet.frames[-1] not in pieces.frames else ()
        pieces.frames.extend(fresh)
        self._frames += len(fresh)
        if not packet.shared:
            pieces.weight += packet.weight
            packet.weight = 0
        if pieces.cover(offset, offset + size):
            self._coverage.note_once(_OVERLAP)
        if not more and pieces.total < 0:
            pieces.total = offset + size
        pieces.octets += size
        self._octets += size
        if not pieces.is_whole:
            while self._octets > MAX_FRAGMENT_OCTETS or self._frames > MAX_HELD_FRAGMENTS:
                self._evict()
            return False
        self._take(key)
        self._complete[key] = packet.time
        if len(self._complete) > MAX_DATAGRAMS:
            self._complete.popitem(last=False)
        packet.data = pieces.contents()
        packet.claimed = pieces.total
        packet.frames = tuple(pieces.frames)
        packet.weight += pieces.weight
        return True

    def close(self) -> None:
        """The capture has ended: what is still incomplete could not be read."""
        for key in list(self._waiting):
            self._forget(key)

    def _repeated(self, pieces: _Pieces, offset: int, size: int, part: bytes) -> None:
        """A part that is here already; a longer capture of it is worth having."""
        known = pieces.parts[offset, size]
        if part.startswith(known):
            pieces.parts[offset, size] = part
        elif not known.startswith(part):
            self._coverage.note_once(_OVERLAP)

    def _was_complete(self, key: bytes, now: int) -> bool:
        then = self._complete.get(key)
        return then is not None and -_COPY_GAP < now - then < _COPY_GAP

    def _expire(self, now: int) -> None:
        """Forget the datagrams whose rest comes no more."""
        while self._waiting:
            key, oldest = next(iter(self._waiting.items()))
            if now - oldest.started < FRAGMENT_LIFETIME:
                return
            self._forget(key)

    def _take(self, key: bytes) -> _Pieces:
        pieces = self._waiting.pop(key)
        self._octets -= pieces.octets
        self._frames -= len(pieces.frames)
        return pieces

    def _forget(self, key: bytes) -> None:
        pieces = self._take(key)
        if pieces.spare:
            self._coverage.carried[OTHER] += pieces.weight
        else:
            self._coverage.not_decoded[_INCOMPLETE] += pieces.weight

    def _evict(self) -> None:
        oldest = next(iter(self._waiting))
        if not self._waiting[oldest].spare:
            self._coverage.evicted["IP fragments"] += len(self._waiting[oldest].frames)
        self._forget(oldest)
