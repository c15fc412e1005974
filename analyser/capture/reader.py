"""`read`: the batches of several captures, one file after the other, and the account of what was read."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from analyser.capture.batch import Batch, Column
from analyser.capture.formats import PCAP_KINDS, PCAPNG_MAGIC, refuse
from analyser.capture.pcap import read_pcap
from analyser.capture.pcapng import read_pcapng
from analyser.capture.source import Pushed, open_file, open_source, read_exactly, title
from analyser.errors import CaptureError
from analyser.wire import MILLISECOND, SECOND, Coverage

Progress = Callable[[int, int | None], None]

_HEADER: Final = 24
LONG_SILENCE: Final = 3600 * SECOND
"""Without a single packet for so long, a capture was hardly listening: captures were joined, or the machine slept."""
BETWEEN_FILES: Final = 60 * SECOND
"""So much later than the end of what came before, a file is another capture, not the next of a series."""
_HEAP: Final = 16 * 1024 * 1024
"""Octets that are asked for once and given back untouched: from then on glibc keeps blocks of up to this size in its heap.
Otherwise it gives the buffer of each batch back to the system, whose clearing of fresh pages costs more than the reading."""


@cache
def _keep_blocks() -> None:
    """Once a process: a second time the block would come from the heap, and be cleared."""
    bytes(_HEAP)


def read(
    paths: Sequence[str | Path],
    coverage: Coverage,
    progress: Progress | None = None,
    copies: Mapping[str, str] | None = None,
) -> Iterator[Batch]:
    """The packets of the captures, in this order; '-' is standard input, a directory its captures.

    `progress` is told the octets read so far and their total, None where that is not known. `copies` tells
    where the octets of a path are read instead, such as those of standard input.
    Raises CaptureError for a file that is no capture, when its turn comes.
    """
    _keep_blocks()
    inputs = inputs_of(paths, coverage)
    total = _total(inputs)
    done = 0

    def counted(octets: int) -> None:
        nonlocal done
        done += octets
        if progress is not None:
            progress(done, total)

    latest = 0
    for number, path in enumerate(inputs):
        clock = 0
        for batch in _batches(path, number, coverage, counted, (copies or {}).get(path)):
            coverage.frames += len(batch)
            coverage.octets += int(batch.caplen.sum())
            if batch.lost is not None:
                coverage.lost["capture"] += int(batch.lost.sum())
            steps = np.diff(batch.time, prepend=clock or batch.time[0])
            coverage.clock_jumps += int(np.count_nonzero(steps < -MILLISECOND))
            if not batch.excerpt:  # in which silence says nothing
                batch.unwatched = _unwatched(batch, steps)
            watched = max(latest, coverage.watched_until)
            if latest and not clock and batch.time[0] - watched > BETWEEN_FILES:
                batch.unwatched.append((watched, int(batch.time[0])))
            clock = int(batch.time[-1])
            coverage.latest = latest = max(latest, batch.last_time)
            yield batch


def _unwatched(batch: Batch, steps: Column) -> list[tuple[int, int]]:
    """When nothing at all came for long. A packet whose clock was far ahead of the next one's is a moment, no silence."""
    spans = []
    times = batch.time
    for index in np.flatnonzero(steps > LONG_SILENCE).tolist():
        end = int(times[index])
        begin = end - int(steps[index])
        came_back = index + 1 < len(batch) and times[index + 1] < end - LONG_SILENCE
        spans.append((begin, begin if came_back else end))
    return spans


def inputs_of(paths: Sequence[str | Path], coverage: Coverage | None = None) -> list[str]:
    """The files to read: each path, or for a directory the captures in it, ordered by their first packet.

    What a directory holds besides is named in the notes of the coverage.
    """
    inputs: list[str] = []
    for path in map(str, paths):
        if path != "-" and _is_directory(path):
            inputs += _captures_in(path, coverage)
        else:
            if not is_pipe(path):  # which can be opened only once
                open_file(path).close()
            inputs.append(path)
    return inputs


def _is_directory(path: str) -> bool:
    try:
        return Path(path).is_dir()
    except (OSError, ValueError):
        return False


def is_pipe(path: str) -> bool:
    """Whether the path can be read only once."""
    try:
        return path == "-" or Path(path).is_fifo()
    except (OSError, ValueError):
        return False


def _captures_in(directory: str, coverage: Coverage | None) -> list[str]:
    found: list[tuple[int, str]] = []
    try:
        members = sorted(str(member) for member in Path(directory).iterdir() if member.is_file())
    except OSError as error:
        raise CaptureError(f"{directory}: {error.strerror or error}") from error
    for member in members:
        try:
            batch = next(_batches(member, 0, Coverage(), None), None)
        except CaptureError as error:
            if coverage is not None:
                coverage.notes.append(f"not read: {error}")
            continue
        found.append((int(batch.time[0]) if batch is not None else 0, member))
    if not found:
        raise CaptureError(f"{directory}: holds no packet capture")
    return [member for _, member in sorted(found)]


def _batches(
    path: str,
    number: int,
    coverage: Coverage,
    counted: Callable[[int], None] | None,
    copy: str | None = None,
) -> Iterator[Batch]:
    name = title(path)

    def note(sentence: str) -> None:
        coverage.notes.append(f"{name}: {sentence}")

    def missed(packets: int) -> None:
        coverage.lost["capture"] += packets

    said = len(coverage.notes)
    with open_file(copy or path) as file:
        source = open_source(file, name, coverage, counted)
        head = read_exactly(source, _HEADER)
        if head.startswith(PCAPNG_MAGIC) and len(head) == _HEADER:
            yield from read_pcapng(Pushed(head, source), number, note, name, missed, coverage)
        elif head[:4] in PCAP_KINDS and len(head) == _HEADER:
            yield from read_pcap(head, source, number, note)
        elif len(head) < _HEADER and len(coverage.notes) > said:
            raise CaptureError(f"{name}: the compressed data is damaged or cut, before the first packet")
        else:
            raise refuse(name, head)


def _total(inputs: list[str]) -> int | None:
    try:
        return None if any(map(is_pipe, inputs)) else sum(Path(path).stat().st_size for path in inputs)
    except OSError:
        return None
