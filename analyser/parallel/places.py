"""The place of an event in the order in which one process would yield all events, as one number.

An event belongs to the message at which it comes: first what the message's time lets settle, stage by stage
(`Tracker.places`), then the message, then its findings, which have the place of the message.
"""

from typing import Final

_STAGES: Final = 16
_SIGHTED: Final = 15
_ORDER_BITS: Final = 32


def settled_at(number: int, stage: int, order: int) -> int:
    """The place of a subject that settles when message `number` comes."""
    return ((number * _STAGES + stage) << _ORDER_BITS) + order


def sighted_at(number: int) -> int:
    """The place of message `number`."""
    return (number * _STAGES + _SIGHTED) << _ORDER_BITS


def beginning_of(number: int) -> int:
    """The first place that belongs to message `number`."""
    return (number * _STAGES) << _ORDER_BITS
