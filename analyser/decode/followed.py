"""Which TCP streams may still matter, so coarsely that a whole batch can be asked at once.

Each name of a stream has a slot in a table. A slot that is marked may be that of a stream which is followed; one that is not
marked certainly is none. `Streams` asks and answers exactly; this only spares it most questions.
"""

from collections.abc import Iterable
from struct import Struct
from typing import Final

import numpy as np

from analyser.decode.hops import IPV4_KEY
from analyser.decode.rows import SEGMENT4, Mask, Words

_SLOTS: Final = 65536
_MULTIPLIERS: Final = tuple(2 * (40503 * step % 32768) + 1 for step in range(1, 19))
"""One for each 16-bit word of a name, odd ones so that every bit of a word counts."""
_NAME4, _NAME6 = Struct(">6H"), Struct(">18H")
_FIRST_WORD4, _FIRST_WORD6 = 6, 4
"""Where in an IP header the name begins: the addresses, then the ports behind them."""


class Followed:
    """A table of marks; they are taken away only all at once."""

    def __init__(self) -> None:
        self._marks = np.zeros(_SLOTS, dtype=np.bool_)
        self.marked = 0
        """How many names have been marked since the table was empty."""

    def mark(self, name: bytes) -> None:
        """From now on the stream of this name may matter."""
        words = (_NAME4 if len(name) == IPV4_KEY else _NAME6).unpack(name)
        slot = sum(word * factor for word, factor in zip(words, _MULTIPLIERS, strict=False)) % _SLOTS
        self._marks[slot] = True
        self.marked += 1

    def keep_only(self, names: Iterable[bytes]) -> None:
        """Begin anew with these."""
        self._marks[:] = False
        for name in names:
            self.mark(name)
        self.marked = 0

    def among(self, words: Words, kind: int, opening: Mask) -> Mask:
        """Which of these headers are of streams that may matter, now or once the `opening` ones have been seen."""
        at, count = (_FIRST_WORD4, _NAME4.size // 2) if kind == SEGMENT4 else (_FIRST_WORD6, _NAME6.size // 2)
        slots = np.zeros(len(words), dtype=np.uint16)
        for place in range(count):
            slots += words[:, at + place].astype(np.uint16) * np.uint16(_MULTIPLIERS[place])
        marks = self._marks
        if opening.any():
            marks = marks.copy()
            marks[slots[opening]] = True
        found: Mask = marks[slots]
        return found
