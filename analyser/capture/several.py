"""`Several`: network interfaces and HEP agents side by side, as one source of live packets."""

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from analyser.capture.batch import Batch
from analyser.capture.live import Live, Losses
from analyser.errors import CaptureError
from analyser.wire import Coverage

SLICE: Final = 0.005
"""Seconds that one source waits for packets while the others may have some: so much later they are seen, at most."""


class Several:
    """Takes turns among its sources (`Live`): their frames are numbered through as they come, their interfaces stand behind one
    another in `names`."""

    def __init__(self, lives: Sequence[Live], coverage: Coverage | None = None) -> None:
        """`lives` is not empty. A source that fails is noted in `coverage`, and the others go on."""
        self._coverage = coverage or Coverage()
        self._lives: Final = tuple(lives)
        self.names: Final = tuple(name for live in lives for name in live.names)
        starts = np.cumsum([0, *(len(live.names) for live in lives)]).tolist()
        self._listening = list(zip(lives, starts, strict=False))
        """Those that have not failed, whose turn is next first, and where their names begin."""
        self._frames = 0

    @property
    def now(self) -> int:
        """The earliest of all, but for a source that does not know yet: nothing older is to come."""
        return min((now for live, _ in self._listening if (now := live.now)), default=0)

    @property
    def losses(self) -> Losses:
        """Of all of them, those that have failed as well."""
        return Losses(*map(sum, zip(*(live.losses for live in self._lives), strict=True)))

    def receive(self, wait: float) -> Batch | None:
        """The packets of the first source that has some, waiting up to `wait` seconds. Raises the CaptureError of the last source
        to fail."""
        until = time.monotonic() + wait
        for _ in self._lives:  # what is at hand comes first, whoever has it
            batch = self._turn(0)
            if batch is not None:
                return batch
        while (left := until - time.monotonic()) > 0:
            batch = self._turn(min(SLICE, left) if len(self._listening) > 1 else left)
            if batch is not None:
                return batch
        return None

    def _turn(self, wait: float) -> Batch | None:
        live, start = self._listening.pop(0)
        try:
            batch = live.receive(wait)
        except CaptureError as error:
            if not self._listening:
                self._listening.append((live, start))  # it will say so again
                raise
            self._coverage.note_once(f"{error}")
            return None
        self._listening.append((live, start))
        return None if batch is None else self._numbered(batch, start)

    def _numbered(self, batch: Batch, start: int) -> Batch:
        """The batch with the numbers that its frames and interfaces have here."""
        interface = np.zeros(len(batch), np.int64) if batch.interface is None else batch.interface
        first, self._frames = self._frames + 1, self._frames + len(batch)
        return replace(batch, first_frame=first, interface=interface + start)

    def close(self) -> None:
        for live in self._lives:
            live.close()
