"""Short names and colours of calls, so that one call is seen among many: `a3f`, always in the same colour.

A name follows from the Call-ID, so that two runs, and two screens, give a call the same one; where another call that
was seen lately has it, the next one that is free.
"""

from __future__ import annotations

from collections import OrderedDict
from hashlib import blake2b
from typing import Final, NamedTuple

MAX_NAMED: Final = 5_000
"""Calls whose names are kept apart, those seen last: more than a screen can be scrolled back."""
LETTERS: Final = "bcdfghjkmnpqrstvwxz23456789"
"""What a name is made of: nothing that could be taken for another letter, and no vowels, so that it is no word."""
NAMES: Final = len(LETTERS) ** 3
SHADES: Final = (28, 30, 32, 63, 65, 67, 99, 100, 130, 132, 133, 166)
"""Colours of 256 (as xterm numbers them) that stand out from black and from white."""


class CallName(NamedTuple):
    """Of one Call-ID."""

    text: str
    shade: int


class CallNames:
    """Gives names; remembers the latest `MAX_NAMED`."""

    def __init__(self) -> None:
        self._names: OrderedDict[bytes, tuple[int, CallName]] = OrderedDict()
        """By a digest of the Call-ID, which may be long."""
        self._taken: set[int] = set()

    def __call__(self, call_id: str) -> CallName:
        """The name of a call."""
        key = blake2b(call_id.encode("utf-8", "surrogatepass"), digest_size=12).digest()
        known = self._names.get(key)
        if known is not None:
            self._names.move_to_end(key)
            return known[1]
        number = int.from_bytes(key) % NAMES
        while number in self._taken:
            number = (number + 1) % NAMES
        self._taken.add(number)
        name = CallName(_text(number), SHADES[number % len(SHADES)])
        self._names[key] = number, name
        if len(self._names) > MAX_NAMED:
            _, (oldest, _) = self._names.popitem(last=False)
            self._taken.discard(oldest)
        return name


def _text(number: int) -> str:
    rest, last = divmod(number, len(LETTERS))
    first, middle = divmod(rest, len(LETTERS))
    return LETTERS[first] + LETTERS[middle] + LETTERS[last]
