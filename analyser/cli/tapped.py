"""A live source with what is done to its packets before they are looked at: they are written to a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from analyser.capture.live import Through
from analyser.errors import CaptureError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyser.capture.batch import Batch
    from analyser.capture.live import Live, Losses
    from analyser.capture.writing import Place


class Writing(Protocol):
    """Where packets are kept (`analyser.capture.writing.Writer`)."""

    stopped: str | None
    """Why nothing is written any more; None as long as it is."""

    @property
    def written(self) -> int:
        """The number, in the run, of the last frame that was written."""

    def write(self, batch: Batch, names: Sequence[str]) -> None:
        """Keep the packets."""

    def place(self, frame: int) -> Place | None:
        """Where a frame of the run is; None where it was not written or is no longer there."""

    def close(self, losses: Losses, now: int) -> None:
        """Finish the file, in which packets would have been seen until `now` (ns)."""


class Tapped(Through):
    """A `Live` that keeps its packets, and that ends quietly: why it did is in `failure`."""

    def __init__(self, live: Live, writer: Writing | None) -> None:
        super().__init__(live)
        self.writer = writer
        self.failure: CaptureError | None = None

    def receive(self, wait: float) -> Batch | None:
        """None as well where there is nothing left to listen to."""
        if self.failure is not None:
            return None
        try:
            batch = super().receive(wait)
        except CaptureError as failure:
            self.failure = failure
            return None
        if batch is not None and self.writer is not None:
            self.writer.write(batch, self.names)
        return batch

    def close(self) -> None:
        if self.writer is not None:
            self.writer.close(self.losses, self.now)
        super().close()
