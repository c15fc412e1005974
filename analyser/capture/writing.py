"""What was captured, written down as pcapng, in one file or in a ring of files.

Each turn ends with whole blocks in the file, so that a run that is killed leaves what can be read. Where nothing more can be
written, as on a full disk, writing stops and the analysis goes on.
"""

import re
import stat
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from analyser.capture.batch import Batch
from analyser.capture.live import Losses
from analyser.capture.pcapng_blocks import (
    interface_block,
    packet_block,
    section_block,
    statistics_block,
)
from analyser.errors import CaptureError
from analyser.wire import SECOND, Coverage

MAX_FILES: Final = 10_000
"""Files of which it is known which frames they hold."""
_DIGITS: Final = 5


class Place(NamedTuple):
    """Where a frame of the run was written."""

    path: Path
    frame: int
    """Its number in that file, from 1."""


class _File(NamedTuple):
    path: Path
    first_frame: int


class _Counts:
    """What one interface brought to one file."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.received = 0
        self.lost = 0


class Writer:
    """Writes batches to `path`, or where anything rotates to files beside it: `call.pcapng` -> `call_00001.pcapng`.

    A file is left for the next one when it has `rotate_size` octets, or when packets of `rotate_time` seconds are in it; only
    the last `rotate_files` files are kept. Raises CaptureError where the first file cannot be made, or exists.
    """

    def __init__(
        self,
        path: str | Path,
        rotate_size: int | None = None,
        rotate_time: float | None = None,
        rotate_files: int | None = None,
        coverage: Coverage | None = None,
    ) -> None:
        """Where writing ends early, `coverage` has a note of it."""
        self._coverage = coverage or Coverage()
        self.stopped: str | None = None
        """Why nothing more is written; None as long as it is."""
        self._path = Path(path)
        self._rotates = any(each is not None for each in (rotate_size, rotate_time, rotate_files))
        self._most_octets = rotate_size
        self._longest = None if rotate_time is None else int(rotate_time * SECOND)
        self._most_files = rotate_files
        self._number = _highest(self._path) if self._rotates else 0
        self._files: deque[_File] = deque(maxlen=MAX_FILES)
        self._kept: deque[Path] = deque()
        self._last_time = 0
        self._written_losses = 0
        self._next_frame = 1
        try:
            self._file = self._open()
        except FileExistsError as error:
            raise CaptureError(f"{self._path}: exists already; choose another name") from error
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise CaptureError(f"{self._path}: cannot be written: {reason}") from error

    def _open(self) -> BinaryIO:
        """The next file, with nothing but its section in it."""
        path = self._path
        if self._rotates:
            self._number += 1
            path = path.with_name(f"{path.stem}_{self._number:0{_DIGITS}}{path.suffix}")
        file = path.open("wb" if _is_device(path) else "xb", buffering=0)
        self._files.append(_File(path, self._next_frame))
        if self._most_files is not None:
            self._kept.append(path)
            while len(self._kept) > self._most_files:
                with suppress(OSError):
                    self._kept.popleft().unlink()
        self._interfaces: dict[tuple[int, int], _Counts] = {}
        self._size = 0
        self._first_time: int | None = None
        self._pending = [section_block()]
        try:
            self._flush(file)
        except OSError:
            file.close()
            raise
        return file

    @property
    def written(self) -> int:
        """The number, in the run, of the last frame that was written; 0 where there is none."""
        return self._next_frame - 1

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files that are there, oldest first."""
        return tuple(self._kept) if self._most_files is not None else tuple(each.path for each in self._files)

    def place(self, frame: int) -> Place | None:
        """Where a frame of the run is, by its number in the run; None where it was not written or is no longer there."""
        if not 1 <= frame < self._next_frame:
            return None
        for each in reversed(self._files):
            if each.first_frame <= frame:
                kept = self._most_files is None or each.path in self._kept
                return Place(each.path, frame - each.first_frame + 1) if kept else None
        return None

    def write(self, batch: Batch, names: Sequence[str]) -> None:
        """Write a batch; `names` are those of the source. Never raises: see `stopped`."""
        if self.stopped is not None:
            return
        try:
            self._write(batch, names)
            self._flush(self._file)
        except (OSError, ValueError) as error:
            self._next_frame = batch.first_frame
            self._stop(error)

    def _write(self, batch: Batch, names: Sequence[str]) -> None:
        self._next_frame = batch.first_frame
        count = len(batch)
        links = [batch.link] * count if isinstance(batch.link, int) else batch.link.tolist()
        interfaces = [0] * count if batch.interface is None else batch.interface.tolist()
        losses = [0] * count if batch.lost is None else batch.lost.tolist()
        for offset, size, wire, time, link, interface, lost in zip(
            batch.offset.tolist(),
            batch.caplen.tolist(),
            batch.wirelen.tolist(),
            batch.time.tolist(),
            links,
            interfaces,
            losses,
            strict=True,
        ):
            if self._is_over(time):
                self._turn(time)
            counts = self._interfaces.get((interface, link))
            if counts is None:
                counts = self._interfaces[interface, link] = _Counts(len(self._interfaces))
                name = names[interface] if interface < len(names) else "?"
                self._put(interface_block(name, link))
            counts.received += 1
            counts.lost += lost
            self._written_losses += lost
            self._put(packet_block(counts.number, time, batch.buffer[offset : offset + size], wire, lost))
            if self._first_time is None:
                self._first_time = time
            self._last_time = time
            self._next_frame += 1

    def _is_over(self, time: int) -> bool:
        """Whether the next packet belongs in the next file."""
        first = self._first_time
        if first is None:
            return False
        return (self._most_octets is not None and self._size >= self._most_octets) or (
            self._longest is not None and not 0 <= time - first < self._longest
        )

    def _turn(self, time: int) -> None:
        self._end(0, time)
        self._file = self._open()

    def _put(self, block: bytes) -> None:
        self._pending.append(block)
        self._size += len(block)

    def _flush(self, file: BinaryIO) -> None:
        data = memoryview(b"".join(self._pending))
        self._pending.clear()
        whole = file.tell() if file.seekable() else None
        try:
            while data:
                data = data[file.write(data) :]
        except OSError:
            if whole is not None:  # half a block would be the end of the file
                with suppress(OSError):
                    file.truncate(whole)
            raise

    def _end(self, lost: int, now: int) -> None:
        """Finish the file at the time `now`; `lost` packets are missing behind the last one."""
        end = max(now, self._last_time)
        for counts in self._interfaces.values():
            counts.lost += lost
            lost = 0  # nobody knows by which interface they came
            self._put(statistics_block(counts.number, end, counts.received, counts.lost))
        self._flush(self._file)
        self._file.close()

    def close(self, losses: Losses, now: int = 0) -> None:
        """Finish the last file; `losses` are those of the whole run. It says that until `now` (ns) packets would have been seen: what
        was awaited by then and did not come is missing in the file as well. Never raises: see `stopped`."""
        if self.stopped is not None or self._file.closed:
            return
        try:
            self._end(max(losses.all - self._written_losses, 0), now)
        except (OSError, ValueError) as error:
            self._stop(error)

    def _stop(self, error: Exception) -> None:
        self.stopped = getattr(error, "strerror", None) or str(error)
        self._coverage.notes.append(
            f"{self._path}: the packets behind frame {self.written} are not in it, as writing failed: {self.stopped}"
        )
        with suppress(OSError):
            self._file.close()


def _highest(path: Path) -> int:
    """The highest number that a file of this name has, so that no earlier run is overwritten."""
    pattern = re.compile(re.escape(path.stem) + r"_(\d{1,9})" + re.escape(path.suffix))
    with suppress(OSError):
        return max(
            (int(found[1]) for each in path.parent.iterdir() if (found := pattern.fullmatch(each.name))),
            default=0,
        )
    return 0


def _is_device(path: Path) -> bool:
    """Whether it is there and no file, such as a pipe or /dev/null."""
    with suppress(OSError, ValueError):
        return not stat.S_ISREG(path.stat().st_mode)
    return False
