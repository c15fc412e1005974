"""Which TCP streams may still matter, so coarsely that a whole batch can be asked at once.

Each name of a stream has a slot in a table. A slot that is marked may be that of a stream which is followed; one that is not
marked certainly is none. `Streams` asks and answers exactly; this only spares it most questions.
"""

from collections.abc import Callable, Collection
from operator import mul
from struct import Struct
from typing import Final

import numpy as np

from analyser.decode.hops import IPV4_KEY
from analyser.decode.rows import SEGMENT4, Mask, Words

_SLOTS: Final = 65536
_LEAST_MARKS: Final = 16
"""Marks that are too few to be worth sweeping."""
_ODD: Final = tuple(2 * (40503 * step % 32768) + 1 for step in range(1, 10))
"""Multipliers for the 16-bit words of a name, odd ones so that every bit of a word counts."""
_FACTORS4: Final = _ODD[:2] * 2 + _ODD[8:] * 2
_FACTORS6: Final = _ODD[:8] * 2 + _ODD[8:] * 2
"""Both directions of a connection have one slot: what opens the one may open the other."""
_NAME4, _NAME6 = Struct(">6H"), Struct(">18H")
_FIRST_WORD4, _FIRST_WORD6 = 6, 4
"""Where in an IP header the name begins: the addresses, then the ports behind them."""


class Followed:
    """A table of marks, made anew from the names that are left when it holds many more than these."""

    def __init__(self, may_become_sip: Callable[[bytes], bool]) -> None:
        self._may_become_sip = may_become_sip
        self._marks = np.zeros(_SLOTS, dtype=np.bool_)
        self._marked = 0

    def mark(self, name: bytes) -> None:
        """From now on the stream of this name may matter."""
        four = len(name) == IPV4_KEY
        words = (_NAME4 if four else _NAME6).unpack(name)
        self._marks[sum(map(mul, words, _FACTORS4 if four else _FACTORS6)) % _SLOTS] = True
        self._marked += 1

    def sweep(self, *names: Collection[bytes]) -> None:
        """Take away the marks of all but these, once they are few among many."""
        if self._marked > _LEAST_MARKS + 2 * sum(map(len, names)):
            self._marks[:] = False
            for each in names:
                for name in each:
                    self.mark(name)
            self._marked = sum(map(len, names))

    def may_become_sip(self, buffer: bytes, starts: list[int], ends: list[int]) -> list[bool]:
        """Which segments of streams that are not followed are worth following."""
        ask = self._may_become_sip
        return [ask(buffer[start:end]) for start, end in zip(starts, ends, strict=True)]

    def slots(self, words: Words, kind: int) -> Words:
        """The slot of each of these headers."""
        at, factors = (_FIRST_WORD4, _FACTORS4) if kind == SEGMENT4 else (_FIRST_WORD6, _FACTORS6)
        slots = np.zeros(len(words), dtype=np.uint16)
        for place, factor in enumerate(factors):
            slots += words[:, at + place].astype(np.uint16) * np.uint16(factor)
        return slots

    def among(self, slots: Words, opening: Mask | None = None) -> Mask:
        """Which of these slots are of streams that may matter, now or once the `opening` ones have been seen."""
        marks = self._marks
        if opening is not None and opening.any():
            marks = marks.copy()
            marks[slots[opening]] = True
        found: Mask = marks[slots]
        return found
