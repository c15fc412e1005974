"""Where the interactive view has its events from: captures, or interfaces."""

from __future__ import annotations

import copy
import os
import sys
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from analyser.capture import inputs_of, is_pipe, read
from analyser.capture.kept import Kept
from analyser.cli.captures import check_names
from analyser.errors import CaptureError, UsageError
from analyser.pipeline import analyse
from analyser.tui.source import Packet
from analyser.watch import Watch
from analyser.wire import Coverage

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from analyser.annotate import Event, Summary
    from analyser.capture import Batch
    from analyser.capture.live import Live, Losses
    from analyser.tui.source import Place

_PORTION: Final = 500
"""Events handed over together at most."""
_PERIOD: Final = 0.05
"""Seconds after which fewer are handed over."""
REFRESHED_EVERY = 10.0
"""Seconds after which what was told early is looked at anew: how often it has happened, how long it has lasted."""


class FileSource:
    """Captures, read once for the events and again for the packets that are to be saved."""

    live = False
    losses: Losses | None = None
    notes: Sequence[str] = ()
    summary: Summary | None = None

    def __init__(self, captures: Sequence[str], wanted: Mapping[str, Any], keys: Mapping[str, Any]) -> None:
        """Raises CaptureError for what cannot be read."""
        check_names(captures)
        self.names = [name if name != "-" else "standard input" for name in captures]
        self._paths = [_beside_the_keyboard() if name == "-" else name for name in captures]
        self._progress: tuple[int, int | None] = (0, None)
        self._events = analyse(self._paths, progress=self._read, **wanted, **keys)
        self._first: Event = next(self._events)

    def _read(self, done: int, total: int | None) -> None:
        self._progress = done, total

    @property
    def progress(self) -> tuple[int, int | None]:
        return self._progress

    def turns(self, over: Callable[[], bool]) -> Iterator[Sequence[Event]]:
        portion: list[Event] = [self._first]
        begun = monotonic()
        for event in self._events:
            portion.append(event)
            if len(portion) >= _PORTION or monotonic() - begun > _PERIOD:
                yield portion
                if over():
                    return
                portion, begun = [], monotonic()
        yield portion

    def packets(self, places: Collection[Place]) -> Iterator[Packet]:
        """The packets of these frames, in order. Raises CaptureError where the captures cannot be read again."""
        inputs = inputs_of(self._paths)
        if any(is_pipe(path) for path in inputs):
            raise CaptureError("what came through a pipe cannot be read again to save it")
        frames: dict[int, set[int]] = {}
        for number, frame in places:
            frames.setdefault(number, set()).add(frame)
        left = len(set(places))
        # From the first file on, as the numbers count; nothing is read behind the last frame.
        for batch in read(inputs, Coverage()):
            for packet in chosen(batch, frames.get(batch.input, set())):
                yield packet
                left -= 1
            if not left:
                return

    def close(self) -> None:
        """Nothing is left open."""


class LiveSource:
    """Interfaces; the latest packets are kept for saving."""

    live = True
    progress: tuple[int, int | None] = (0, None)

    def __init__(self, live: Live, wanted: Mapping[str, Any], coverage: Coverage | None = None) -> None:
        """`coverage` is that of the interfaces."""
        self._kept = Kept(live, coverage)
        self._watch = Watch(self._kept, self._kept.coverage, **wanted, release=False)
        self._asked = False
        self._summary: Summary | None = None
        self.names = live.names

    @property
    def losses(self) -> Losses:
        return self._kept.losses

    @property
    def notes(self) -> Sequence[str]:
        return self._kept.coverage.notes

    @property
    def summary(self) -> Summary | None:
        """As it was a turn ago: what counts now would change under the reader."""
        self._asked = True
        return self._summary

    def turns(self, over: Callable[[], bool]) -> Iterator[Sequence[Event]]:
        refreshed = monotonic()
        for turn in self._watch.turns(over):
            events = turn
            if monotonic() - refreshed >= REFRESHED_EVERY:
                events = [*turn, *self._watch.refresh()]
                refreshed = monotonic()
            if self._asked:
                self._summary, self._asked = copy.deepcopy(self._watch.summary), False
            for start in range(0, len(events), _PORTION):
                yield events[start : start + _PORTION]

    def packets(self, places: Collection[Place]) -> Iterator[Packet]:
        """The packets of these frames that are still kept, in order."""
        frames = {frame for _, frame in places}
        for batch in self._kept.batches():
            yield from chosen(batch, frames)

    def close(self) -> None:
        self._kept.close()


def chosen(batch: Batch, frames: Collection[int]) -> Iterator[Packet]:
    """The packets of a batch with these frame numbers."""
    if not frames:
        return
    first = batch.first_frame
    numbers = np.arange(first, first + len(batch))
    for place in np.flatnonzero(np.isin(numbers, np.fromiter(frames, np.int64, len(frames)))).tolist():
        start = int(batch.offset[place])
        link = batch.link if isinstance(batch.link, int) else int(batch.link[place])
        data = batch.buffer[start : start + int(batch.caplen[place])]
        yield Packet(int(batch.time[place]), link, int(batch.wirelen[place]), data)


def _beside_the_keyboard() -> str:
    """Standard input under another name, while the keyboard takes its place: the screens read keys from there."""
    if sys.stdin.isatty():
        raise UsageError("standard input is the keyboard; pipe a capture into it, or name a file")
    capture = os.dup(0)
    try:
        keyboard = os.open("/dev/tty", os.O_RDONLY)
    except OSError as error:
        raise UsageError(f"/dev/tty: {error.strerror}") from error
    os.dup2(keyboard, 0)
    os.close(keyboard)
    return str(Path("/dev/fd") / str(capture))
