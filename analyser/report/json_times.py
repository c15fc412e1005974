"""Times and durations as JSON lines have them."""

from datetime import UTC, datetime
from functools import lru_cache

from analyser.wire import SECOND


def iso_time(time: int) -> str:
    """Nanoseconds since 1970 as ISO 8601 in UTC, to the last digit."""
    seconds, nanoseconds = divmod(time, SECOND)
    return f"{_iso_second(seconds)}.{nanoseconds:09d}Z"


@lru_cache(64)
def _iso_second(seconds: int) -> str:
    """The same without a fraction; messages come many to a second."""
    return datetime.fromtimestamp(seconds, UTC).isoformat()[:19]


def seconds(duration: int | None) -> float | None:
    """A duration in seconds."""
    return None if duration is None else round(duration / SECOND, 9)
