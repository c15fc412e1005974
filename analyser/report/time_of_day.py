"""Times as the lines of a live view show them."""

from functools import lru_cache

from analyser.wire import MILLISECOND, SECOND


def time_of_day(time: int) -> str:
    """`12:03:04.123`, in UTC as in the report; `time` is in ns since 1970."""
    second, rest = divmod(time, SECOND)
    return f"{_second(second)}.{rest // MILLISECOND:03d}"


@lru_cache(64)
def _second(second: int) -> str:
    return f"{second // 3600 % 24:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
