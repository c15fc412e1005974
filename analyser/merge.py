"""Two engines, one sequence of messages: what tshark has read goes among what the native decoder has read.

tshark answers only for frames of which the native decoder has given no message; so the messages of a capture that
decodes natively are the same with both. Each file is read by both side by side, and a message of tshark takes its place
before the first native message of a later frame.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final
from weakref import finalize

from analyser.capture import is_pipe
from analyser.capture.at_hand import spooled
from analyser.capture.keys import Keys, checked
from analyser.capture.source import title
from analyser.capture.tshark import FOLDER_PREFIX, find_tshark, read_with_tshark
from analyser.decode.first import SIPS_PORT
from analyser.errors import TsharkError, UsageError
from analyser.sip import looks_like_sip, parse
from analyser.track import Sighting

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from analyser.capture import Batch
    from analyser.capture.found import Found
    from analyser.capture.tshark_child import Program
    from analyser.wire import Coverage

NATIVE: Final = "native"
TSHARK: Final = "tshark"
ENGINES: Final = (NATIVE, TSHARK)
_SEALED: Final = f"TLS on port {SIPS_PORT}"
"""Why the native decoder could not read a frame that certainly carried SIP."""


class Merge:
    """Whether tshark is asked, and where its messages go."""

    def __init__(
        self, inputs: Sequence[str], coverage: Coverage, engine: str | None = None, keys: Keys | None = None
    ) -> None:
        """Without an engine named, tshark is chosen where there are keys. Raises TsharkError where it then is missing."""
        keys = keys or Keys()
        if engine not in (None, *ENGINES):
            raise UsageError(f"no engine '{engine}'; there are {' and '.join(ENGINES)}")
        if any(keys) and engine == NATIVE:
            raise UsageError("keys are for the tshark engine; the native engine does not decrypt")
        self._coverage = coverage
        self._inputs = inputs
        self._engine = TSHARK if any(keys) else engine
        self._keys = checked(keys)
        self._program: Program | None = None
        self.copies: dict[str, str] = {}
        """Where the octets of inputs lie that can be read only once."""
        if self._engine == TSHARK:
            self._program = find_tshark()
            self._spool()
        self._reading = -1
        """The input that tshark reads now."""
        self._chosen = -1
        """The last input whose own keys made us choose tshark."""
        self._settled = -1
        """The last input that has shown keys."""
        self._found: Iterator[Found] = iter(())
        self._next: Found | None = None
        self._last_opened = 0
        """The last frame of the input that keys have opened."""
        self._opened: Counter[str | None] = Counter()
        """Frames that keys have opened, by the reason why the native decoder could not read them, if it gave one."""
        self._added = 0
        """Messages that only tshark has read."""

    def _spool(self) -> None:
        pipes = [path for path in self._inputs if is_pipe(path)]
        if pipes:
            folder = TemporaryDirectory(prefix=FOLDER_PREFIX)
            finalize(self, folder.cleanup)
        for number, path in enumerate(dict.fromkeys(pipes)):
            self.copies[path] = str(spooled(path, Path(folder.name) / str(number), self._coverage))

    def concerns(self, batch: Batch) -> bool:
        """Whether tshark is asked about the packets of the batch."""
        if batch.has_keys and self._settled != batch.input:
            self._settled = batch.input
            if self._engine != TSHARK and self._may_use_keys(self._inputs[batch.input]):
                self._chosen = batch.input
        return self._engine == TSHARK or self._chosen == batch.input or self._added > 0

    def _may_use_keys(self, path: str) -> bool:
        """Whether the keys in the capture itself can be used; a note says why where they cannot."""
        name = title(path)
        note = self._coverage.notes.append
        if self._engine == NATIVE:
            note(f"{name}: the capture holds TLS keys, with which only the tshark engine decrypts")
        elif is_pipe(path):
            note(
                f"{name}: the capture holds TLS keys; to decrypt what comes through a pipe, add --engine tshark"
            )
        else:
            try:
                self._program = find_tshark()
            except TsharkError:
                note(f"{name}: the capture holds TLS keys; to decrypt with them, install tshark and pyshark")
                return False
            return True
        return False

    def receive(self, batch: Batch, sightings: Iterable[Sighting], number: int) -> Iterator[Sighting]:
        """The messages of the batch by both engines. `number` is that of the last native message before."""
        natives = list(sightings)
        if self._reading != batch.input and (self._engine == TSHARK or self._chosen == batch.input):
            self._begin(batch.input)
        read = {frame for sighting in natives if sighting.input == batch.input for frame in sighting.frames}
        found = [each for each in self._found_in(batch) if each.frame not in read]
        place = 0
        for native in natives:
            while place < len(found) and native.input == batch.input and found[place].frame < native.frame:
                yield from self._sighted(found[place], batch, number)
                place += 1
            number = native.number
            native.number += self._added
            yield native
        for each in found[place:]:
            yield from self._sighted(each, batch, number)

    def rest(self, sightings: Iterable[Sighting]) -> Iterator[Sighting]:
        """The native messages that only the end of the last capture completes."""
        for native in sightings:
            native.number += self._added
            yield native
        for reason, frames in self._opened.items():  # only now has the native decoder counted all of them
            self._coverage.opened(frames, reason)
        if any(self._keys) and not self._opened:
            self._coverage.notes.append(
                "the keys opened no SIP message: they are those of other connections, or the capture does not hold the "
                "handshake"
            )

    def _begin(self, number: int) -> None:
        assert self._program is not None
        self._reading = number
        path = self._inputs[number]
        self._found = read_with_tshark(
            self._program, self.copies.get(path, path), self._keys, self._coverage, title(path)
        )
        self._next = next(self._found, None)
        self._last_opened = 0

    def _found_in(self, batch: Batch) -> Iterator[Found]:
        """What tshark finds in the frames of the batch. Before the first batch with keys it can have decrypted nothing."""
        if self._reading != batch.input:
            return
        last = batch.first_frame + len(batch) - 1
        while self._next is not None and self._next.frame <= last:
            if self._next.frame >= batch.first_frame:
                yield self._next
            self._next = next(self._found, None)

    def _sighted(self, found: Found, batch: Batch, number: int) -> Iterator[Sighting]:
        """The message, numbered behind the native one with that number, unless our parser finds that it is none."""
        message = parse(found.octets) if looks_like_sip(found.octets) else None
        if message is None:
            return
        self._added += 1
        time = int(batch.time[found.frame - batch.first_frame])
        if found.sealed:
            sips = SIPS_PORT in {found.hop.source.port, found.hop.target.port}
            self._opened[_SEALED if sips else None] += sum(
                frame > self._last_opened for frame in found.frames
            )
            self._last_opened = found.frame
        yield Sighting(number + self._added, time, found.hop, message, found.frames, input=batch.input)
