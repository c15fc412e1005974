"""A progress bar on standard error, for reads that take longer than a second.

The bar draws itself only when told of progress, so there is no thread; it takes itself away at the end of
the input, and at the latest when the process ends.
"""

from __future__ import annotations

import atexit
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from typing import TextIO

    from rich.progress import Progress, TaskID

PATIENCE: Final = 1.0
"""Seconds of reading before a bar appears."""
INTERVAL: Final = 0.1
"""Seconds between two drawings."""


class ProgressBar:
    """Called with octets read and their total, None where it is not known."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._due = time.monotonic() + PATIENCE
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._over = False

    def __call__(self, octets: int, total: int | None) -> None:
        if self._over:
            return
        if total is not None and octets >= total:
            self.stop()
            return
        now = time.monotonic()
        if now < self._due:
            return
        self._due = now + INTERVAL
        self._draw(octets, total)

    def stop(self) -> None:
        """Take the bar away."""
        self._over = True
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _draw(self, octets: int, total: int | None) -> None:
        if self._bar is None:
            from rich.console import Console  # noqa: PLC0415 - only long reads pay for it
            from rich.progress import (  # noqa: PLC0415
                BarColumn,
                DownloadColumn,
                Progress,
                TimeRemainingColumn,
            )

            self._bar = Progress(
                BarColumn(),
                DownloadColumn(),
                TimeRemainingColumn(),
                console=Console(file=self._stream),
                transient=True,
                auto_refresh=False,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            atexit.register(self.stop)  # Ctrl-C must leave the cursor visible
            self._bar.start()
            self._task = self._bar.add_task("", total=total)
        assert self._task is not None
        self._bar.update(self._task, completed=octets, total=total)
        self._bar.refresh()


def progress_for(stream: TextIO) -> ProgressBar | None:
    """A bar for a terminal, None for anything else."""
    return ProgressBar(stream) if stream.isatty() else None
