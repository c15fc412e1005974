"""Datagrams of other processes: told by their octets before there is a payload, which costs more than all that is done with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from analyser.decode import NO_FRAME, Choice
from analyser.decode.hops import Hops
from analyser.parallel.share import UNKNOWN
from analyser.parallel.sift import LEFT, Sieve
from analyser.sip.octets import COMPILED
from analyser.wire import SIP

if TYPE_CHECKING:
    from mypy_extensions import i64

    from analyser.decode.rows import Column, Packets
    from analyser.parallel.share import Share
    from analyser.wire import Coverage, Hop

MOST_HOPS: Final = 100_000
"""Hops that are known to have been heard; a cache, so what it forgets is not lost."""


class Others(Choice):
    """Leaves the datagrams of other processes, and remembers what they mean for this one: a number, a time, a hop that was heard.

    A batch is decoded before any of its messages is tracked, so what is remembered says where it belongs among the payloads.
    """

    def __init__(self, share: Share, index: int, jobs: int, coverage: Coverage) -> None:
        self._share = share
        self._index = index
        self._coverage = coverage
        self._heard: dict[int, Hop] = {}
        """Hops of which the tracker knows, by identity."""
        self._hops = Hops("UDP")
        """Those of the decoder, by addresses and ports as on the wire."""
        self._sieve = Sieve(index, jobs)
        self._placed: i64 = 0
        """How many of the datagrams that the sieve has left have had their turn."""
        self.places: list[int] = []
        """Of each datagram that was left: the number of payloads before it. With it go its time (ns) and its hop."""
        self.times: list[int] = []
        self.hops: list[Hop] = []
        self.fresh: list[int] = []
        """Which of them came on a hop that had not been heard."""
        self.own: list[int] = []
        """The places of payloads that are this process's by the guess."""

    def sift(self, batch: Packets, hops: Hops) -> Column | None:
        """See `Choice`."""
        sieve = self._sieve
        self._placed = 0
        if not COMPILED or not sieve.sift(batch):
            sieve.clear()
            return None
        self._hops = hops
        self._coverage.carried[SIP] += len(sieve.frames)
        return np.flatnonzero(np.frombuffer(sieve.told, dtype=np.uint8) != LEFT)

    def reached(self, number: int, place: int) -> int:
        """See `Choice`."""
        sieve, hops = self._sieve, self._hops
        frames = sieve.frames
        at = self._placed
        count: i64 = len(frames)
        turn: i64 = number
        while at < count and frames[at] < turn:
            self._leave(place, sieve.times[at], hops[sieve.key(at)])
            at += 1
        self._placed = at
        return frames[at] if at < count else NO_FRAME

    def _leave(self, place: int, time: int, hop: Hop) -> None:
        """Remember a datagram, and whether the tracker has not heard of its hop yet."""
        if self._heard.get(id(hop)) is not hop:
            self.fresh.append(len(self.hops))
            self._heard[id(hop)] = hop
            if len(self._heard) > MOST_HOPS:
                self._heard.clear()
        self.places.append(place)
        self.times.append(time)
        self.hops.append(hop)

    def leaves(self, data: bytes, number: int, time: int, hop: Hop, missing: int, place: int) -> bool:
        """See `Choice`."""
        if self._sieve.is_own(number):
            self.own.append(place)
            return False
        guess = self._share.guess(data)
        if guess == self._index:
            self.own.append(place)
            return False
        if guess == UNKNOWN:
            return False
        self._leave(place, time, hop)
        if missing:
            self._coverage.truncated += 1
        return True

    def clear(self) -> None:
        """Nothing of the batch is needed any more."""
        self.places.clear()
        self.times.clear()
        self.hops.clear()
        self.fresh.clear()
        self.own.clear()
