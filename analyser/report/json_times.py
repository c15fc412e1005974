"""Times and durations as JSON lines have them."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from analyser.wire import SECOND

_FIRST: Final = -62_135_596_800 * SECOND
_LAST: Final = 253_402_300_800 * SECOND - 1
"""The years 1 to 9999, which is what ISO 8601 writes with four digits, ns since 1970."""


def iso_time(time: int) -> str:
    """Nanoseconds since 1970 as ISO 8601 in UTC, to the last digit; what lies beyond the years 1 to 9999 as their first or last moment."""
    seconds, nanoseconds = divmod(max(_FIRST, min(time, _LAST)), SECOND)
    return f"{_iso_second(seconds)}.{nanoseconds:09d}Z"


@lru_cache(64)
def _iso_second(seconds: int) -> str:
    """The same without a fraction; messages come many to a second."""
    return datetime.fromtimestamp(seconds, UTC).isoformat()[:19]


def seconds(duration: int | None) -> float | None:
    """A duration in seconds."""
    return None if duration is None else round(duration / SECOND, 9)
