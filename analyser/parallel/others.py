"""Datagrams of other processes: told by their octets before there is a payload, which costs more than all that is done with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from zlib import crc32

from analyser.decode import Choice
from analyser.parallel.share import CALL_ID, TELLING, UNKNOWN, answers_publish

if TYPE_CHECKING:
    from analyser.parallel.share import Share
    from analyser.wire import Coverage, Hop

MOST_HOPS: Final = 100_000
"""Hops that are known to have been heard; a cache, so what it forgets is not lost."""
_P: Final = ord("P")
_S: Final = ord("S")
_LF, _CR = b"\n\r"
_SPACE: Final = b" "


class Others(Choice):
    """Leaves the datagrams of other processes, and remembers what they mean for this one: a number, a time, a hop that was heard.

    A batch is decoded before any of its messages is tracked, so what is remembered says where it belongs among the payloads.
    """

    def __init__(self, share: Share, index: int, jobs: int, coverage: Coverage) -> None:
        self._share = share
        self._index = index
        self._jobs = jobs
        self._coverage = coverage
        self._heard: dict[int, Hop] = {}
        """Hops of which the tracker knows, by identity."""
        self.places: list[int] = []
        """Of each datagram that was left: the number of payloads before it. With it go its time (ns) and its hop."""
        self.times: list[int] = []
        self.hops: list[Hop] = []
        self.fresh: set[int] = set()
        """Which of them came on a hop that had not been heard."""
        self.own: list[int] = []
        """The places of payloads that are this process's by the guess."""

    def leaves(self, data: bytes, time: int, hop: Hop, missing: int, place: int) -> bool:
        """Most of what several processes read takes this way, so it calls nothing that it need not."""
        at = data.find(CALL_ID)
        start = at + len(CALL_ID)
        call_id = data[start : start + TELLING]
        if (
            at > 0
            and data[at - 1] == _LF
            and data[0] != _P
            and _CR not in call_id
            and call_id[:1] > _SPACE
            and not missing
            and not (self._share.publishes and data[0] == _S and answers_publish(data, at))
        ):
            guess = crc32(call_id) % self._jobs  # as `Share.guess` would say
        else:
            guess = self._share.guess(data)
        if guess == self._index:
            self.own.append(place)
            return False
        if guess == UNKNOWN:
            return False
        heard = self._heard
        if heard.get(id(hop)) is not hop:
            self.fresh.add(len(self.hops))
            heard[id(hop)] = hop
            if len(heard) > MOST_HOPS:
                heard.clear()
        self.places.append(place)
        self.times.append(time)
        self.hops.append(hop)
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
