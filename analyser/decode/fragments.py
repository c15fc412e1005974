"""Puts datagrams together from IP fragments, in any order (RFC 791 §3.2, RFC 8200 §4.5).

Where fragments overlap, the one that came first counts. What a fragment lacks because the snap length cut it is missing from
there on.
"""

from analyser.decode.bounds import (
    FRAGMENT_LIFETIME,
    MAX_DATAGRAM,
    MAX_DATAGRAMS,
    MAX_FRAGMENT_OCTETS,
    MAX_FRAGMENTS,
    MAX_HELD_FRAGMENTS,
)
from analyser.decode.packet import Packet
from analyser.wire import Coverage


class _Pieces:
    """The fragments of one datagram so far."""

    __slots__ = ("frames", "parts", "received", "started", "total")

    def __init__(self, started: int) -> None:
        self.started = started
        self.received = 0
        """Octets claimed by all fragments, repeated ones too."""
        self.total = -1
        """Octets of the whole, once the last fragment is here."""
        self.parts: dict[int, tuple[int, bytes]] = {}
        """Offset -> octets claimed, octets captured."""
        self.frames: list[int] = []


class Fragments:
    """Collects fragments; a bounded number of datagrams, the oldest of which goes first."""

    def __init__(self, coverage: Coverage) -> None:
        self._coverage = coverage
        self._waiting: dict[bytes, _Pieces] = {}
        self._octets = 0
        self._frames = 0

    def add(self, packet: Packet, ident: bytes, at: int, end: int, offset: int, *, more: bool) -> bool:
        """Take the fragment at `offset`; True when the packet now holds the whole datagram's contents."""
        size = packet.claimed - at
        if size <= 0 or offset + size > MAX_DATAGRAM or (more and size % 8):
            return False
        key = b"".join((packet.tunnel, packet.addresses, ident))
        pieces = self._waiting.get(key)
        if pieces is not None and not -FRAGMENT_LIFETIME < packet.time - pieces.started < FRAGMENT_LIFETIME:
            self._forget(key)
            pieces = None
        if pieces is None:
            pieces = self._waiting[key] = _Pieces(packet.time)
            if len(self._waiting) > MAX_DATAGRAMS:
                self._evict()
        if len(pieces.parts) >= MAX_FRAGMENTS:
            self._forget(key)
            return False
        pieces.frames.extend(packet.frames)
        self._frames += len(packet.frames)
        pieces.received += size
        known = pieces.parts.get(offset)
        if known is None or known[0] < size:
            pieces.parts[offset] = size, packet.data[at:end]
            self._octets += size - (known[0] if known else 0)
        while self._octets > MAX_FRAGMENT_OCTETS or self._frames > MAX_HELD_FRAGMENTS:
            self._evict()
        if not more and pieces.total < 0:
            pieces.total = offset + size
        if pieces.received < pieces.total or (whole := _join(pieces)) is None:
            return False
        self._take(key)
        packet.data = whole
        packet.claimed = pieces.total
        packet.frames = tuple(pieces.frames)
        return True

    def close(self) -> None:
        """The capture has ended: what is still incomplete could not be read."""
        for key in list(self._waiting):
            self._forget(key)

    def _take(self, key: bytes) -> _Pieces:
        pieces = self._waiting.pop(key)
        self._octets -= sum(size for size, _ in pieces.parts.values())
        self._frames -= len(pieces.frames)
        return pieces

    def _forget(self, key: bytes) -> None:
        self._coverage.not_decoded["incomplete IP fragments"] += len(self._take(key).frames)

    def _evict(self) -> None:
        self._coverage.evicted["IP fragments"] += len(self._take(next(iter(self._waiting))).frames)


def _join(pieces: _Pieces) -> bytes | None:
    """The contents up to the first octet that was not captured; None while a fragment is missing."""
    if pieces.total < 0:
        return None
    reached = 0
    octets = bytearray()
    for offset in sorted(pieces.parts):
        size, part = pieces.parts[offset]
        if offset > reached:
            return None
        if len(octets) == reached:
            octets += part[reached - offset :]
        reached = max(reached, offset + size)
    if reached < pieces.total:
        return None
    return bytes(octets[: pieces.total])
