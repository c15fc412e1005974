"""How long a source was busy, in the unit that a reader expects."""

from analyser.wire import SECOND


def span_of(begin: int, end: int) -> str:
    """`38.8 s`, `20.1 min`, `13.9 h`."""
    seconds = (end - begin) / SECOND
    if seconds < 120:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.1f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
