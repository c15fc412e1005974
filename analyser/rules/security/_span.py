"""How long a source was busy, in the unit that a reader expects."""

from typing import Final

from analyser.annotate import Clause, Sentence
from analyser.wire import SECOND

_SECONDS: Final = Sentence("{span:.1f} s")
_MINUTES: Final = Sentence("{span:.1f} min")
_HOURS: Final = Sentence("{span:.1f} h")


def span_of(begin: int, end: int) -> Clause:
    """`38.8 s`, `20.1 min`, `13.9 h`."""
    seconds = (end - begin) / SECOND
    if seconds < 120:
        return Clause(_SECONDS, span=seconds)
    return Clause(_MINUTES, span=seconds / 60) if seconds < 7200 else Clause(_HOURS, span=seconds / 3600)
