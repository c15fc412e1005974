"""The place of an event in the order in which one process would yield all events, as one number.

An event belongs to the message at which it comes: first what the message's time lets settle, stage by stage
(`Tracker.places`), then the message, then its findings, which have the place of the message:
`number << BITS_OF_NUMBER | SIGHTED`.
"""

from typing import Final

_ORDER_BITS: Final = 32
BITS_OF_NUMBER: Final = _ORDER_BITS + 4
"""Bits below the number of the message: the stage, and the order within it."""
SIGHTED: Final = 15 << _ORDER_BITS
"""The stage of the message itself."""


def settled_at(number: int, stage: int, order: int) -> int:
    """The place of a subject that settles when message `number` comes."""
    return number << BITS_OF_NUMBER | stage << _ORDER_BITS | order


def beginning_of(number: int) -> int:
    """The first place that belongs to message `number`."""
    return number << BITS_OF_NUMBER
