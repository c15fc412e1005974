"""How far behind our clock the messages of HEP agents are, and so how far time has come for them."""

from typing import Final

from analyser.wire import SECOND

MARGIN: Final = SECOND // 2
"""Nanoseconds that a message may be later still than the latest ones were: agents gather several, networks queue them."""
SPAN: Final = 30 * SECOND
"""For so long, and up to twice as long, a lag is remembered."""
SPREAD: Final = 10 * SECOND
"""By how much one agent may hold time back against the others. One whose clock is further off is out of order whatever is
done, as the messages of the others have let time pass already; it must not stop the timers of everybody."""


class Lag:
    """Remembers the least and the greatest lag of the last while, of whatever agents.

    The lag of a message is our clock minus the agent's: below zero where its clock is ahead, years where it sends what a
    file held. Time is then that of the file, and passes with ours.
    """

    def __init__(self) -> None:
        self._least: int | None = None
        self._greatest = 0
        self._before: tuple[int, int] | None = None
        """The least and the greatest of the span before."""
        self._since = 0

    def saw(self, time: int, arrived: int) -> None:
        """Take note of a message of an agent's `time` that arrived at ours, both ns since 1970."""
        lag = arrived - time
        if self._least is None:
            self._least = self._greatest = lag
            self._since = arrived
            return
        if not 0 <= arrived - self._since < SPAN:  # also where our clock was set back
            self._before = (self._least, self._greatest)
            self._least = self._greatest = lag
            self._since = arrived
            return
        self._least = min(self._least, lag)
        self._greatest = max(self._greatest, lag)

    def now(self, clock: int) -> int:
        """How far time has come when ours is `clock`; 0 before any agent was heard, since that may be any time."""
        if self._least is None:
            return 0
        least, greatest = self._before or (self._least, self._greatest)
        least, greatest = min(least, self._least), max(greatest, self._greatest)
        return clock - min(greatest, least + SPREAD) - MARGIN
