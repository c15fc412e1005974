"""When the cycle collector runs: it would go through all the calls that are kept again and again, for a second each time."""

from __future__ import annotations

import gc
from time import monotonic
from typing import Final

_PERIOD: Final = 1.0
"""Seconds after which what came is looked through once and then left alone."""
_WHOLE_PERIOD: Final = 600.0
"""Seconds between two looks at everything."""
_LET_GO: Final = 25_000
"""Rows that were let go, after which everything is looked at before its time: some of them leave only then."""


class Collector:
    """Runs the collector in turns of the screen; by itself it does not run, for `__main__` has switched it off."""

    def __init__(self) -> None:
        gc.freeze()
        self._last = self._whole = monotonic()
        self._evicted = 0

    def turn(self, evicted: int) -> None:
        """Told how many rows were let go so far."""
        now = monotonic()
        if evicted - self._evicted >= _LET_GO or now - self._whole > _WHOLE_PERIOD:
            self._evicted, self._whole = evicted, now
            gc.unfreeze()
            gc.collect()
            gc.freeze()
        elif now - self._last > _PERIOD:
            gc.collect(1)
            gc.freeze()
        else:
            return
        self._last = monotonic()
