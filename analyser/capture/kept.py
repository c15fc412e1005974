"""The latest packets of a live source, kept so that they can be saved."""

from collections import deque

from analyser.capture.batch import Batch
from analyser.capture.live import Live, Through
from analyser.wire import Coverage

MAX_KEPT_OCTETS = 256 * 1024 * 1024
"""Octets of packets that are kept; the oldest go first, counted in the coverage."""


class Kept(Through):
    """A live source that remembers the latest packets."""

    def __init__(self, live: Live, coverage: Coverage | None = None) -> None:
        super().__init__(live)
        self.coverage = coverage or Coverage()
        self._batches: deque[Batch] = deque()
        self._octets = 0

    def receive(self, wait: float) -> Batch | None:
        batch = super().receive(wait)
        if batch is not None:
            self._batches.append(batch)
            self._octets += len(batch.buffer)
            while self._octets > MAX_KEPT_OCTETS and len(self._batches) > 1:
                gone = self._batches.popleft()
                self._octets -= len(gone.buffer)
                self.coverage.evicted["packets kept for saving"] += len(gone)
        return batch

    def batches(self) -> list[Batch]:
        """What is kept, the oldest first."""
        return list(self._batches)
