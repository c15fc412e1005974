"""Runs the analysis in a thread of its own and hands its events over in portions.

The analysis never touches a widget, the screen never calls the analysis. What both look at are messages and subjects: these
only grow while they are looked at, and stay whole until the store lets them go.
"""

from __future__ import annotations

from queue import Empty, Full, Queue
from threading import Event as Flag
from threading import Thread
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyser.annotate import Event
    from analyser.tui.source import Source

_WAITING: Final = 16
"""Portions that wait for the screen; then the analysis waits, and a live source drops packets and counts them."""
_PATIENCE: Final = 0.2
"""Seconds after which a waiting analysis looks whether it is over."""
_GOODBYE: Final = 3.0
"""Seconds that the end waits for the analysis to stop."""


class Feed:
    """The events of a source, as they come."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._queue: Queue[Sequence[Event]] = Queue(_WAITING)
        self._over = Flag()
        self._thread = Thread(target=self._run, name="analysis", daemon=True)
        self._ended = False
        self.failure: BaseException | None = None
        """Why the analysis stopped before its end."""

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def stop(self) -> None:
        """See to it that it ends."""
        self._over.set()
        if self._thread.ident is not None:
            self._thread.join(_GOODBYE)

    @property
    def ended(self) -> bool:
        """Whether all has been taken."""
        return self._ended and self._queue.empty()

    def take(self) -> Sequence[Event] | None:
        """The next portion, None where there is none."""
        try:
            return self._queue.get_nowait()
        except Empty:
            return None

    def _run(self) -> None:
        try:
            for events in self._source.turns(self._over.is_set):
                if events and not self._hand_over(events):
                    break
        except BaseException as failure:  # noqa: BLE001 - the screen tells it, or raises it again
            self.failure = failure
        self._ended = True

    def _hand_over(self, events: Sequence[Event]) -> bool:
        while not self._over.is_set():
            try:
                self._queue.put(events, timeout=_PATIENCE)
            except Full:
                continue
            return True
        return False
