"""Octets of a stream that wait to be a whole message, and the frames that brought them."""

from collections import deque
from collections.abc import Iterable

from analyser.decode.bounds import MAX_MESSAGE_FRAMES
from analyser.decode.stream import Run


class Inflow:
    """A buffer that remembers which frames its octets came in."""

    __slots__ = ("_base", "_marks", "octets")

    def __init__(self) -> None:
        self.octets = bytearray()
        self._base = 0
        """Octets that have left the buffer."""
        self._marks: deque[tuple[int, tuple[int, ...]]] = deque()
        """Where each run ends, counted from the beginning of the stream, and its frames."""

    def add(self, run: Run) -> None:
        self.octets += run.data
        if len(self._marks) >= MAX_MESSAGE_FRAMES:
            self._marks.pop()
        self._marks.append((self._base + len(self.octets), run.frames))

    def take(self, size: int) -> tuple[bytes, tuple[int, ...]]:
        """The first octets, and the frames that carried them."""
        octets = bytes(self.octets[:size])
        del self.octets[:size]
        self._base += size
        found: list[tuple[int, ...]] = []
        while self._marks:
            end, frames = self._marks[0]
            found.append(frames)
            if end > self._base:
                break
            self._marks.popleft()
            if end == self._base:
                break
        return octets, joined(found)

    def clear(self) -> None:
        self._base += len(self.octets)
        self.octets.clear()
        self._marks.clear()


def joined(frames: Iterable[tuple[int, ...]]) -> tuple[int, ...]:
    """The frames of several runs, each once; the last one stays the last."""
    every = [frame for each in frames for frame in each]
    if not every:
        return ()
    last = every[-1]
    kept = dict.fromkeys(every)
    del kept[last]
    return (*list(kept)[: MAX_MESSAGE_FRAMES - 1], last)
