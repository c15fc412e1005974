"""Files as another program needs them: uncompressed, seekable, and under a name that no option can misread.

A regular file is linked to. What can be read only once or is compressed is copied into a folder that only its owner may
enter and that is removed afterwards.
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from analyser.capture.source import (
    MAGIC_OCTETS,
    Plain,
    Source,
    is_compressed,
    open_file,
    open_source,
    title,
)
from analyser.errors import CaptureError
from analyser.wire import Coverage

MAX_COPY: Final = 64 * 1024**3
"""Octets of one copy. What lies behind is not seen by the other program, and a note says so."""
COPY_CHUNK: Final = 1024 * 1024


def at_hand(path: str, place: Path, coverage: Coverage, name: str) -> Path:
    """The capture, expanded where it is compressed, now also at `place`. Notes call it by its name."""
    with open_file(path) as file:
        head = file.read(MAGIC_OCTETS)
        if not is_compressed(head) and linked(path, place):
            return place
    with open_file(path) as file:
        # What is wrong with the compressed file is said by whoever reads it for itself.
        copied(open_source(file, path, Coverage()), place, name, coverage)
    return place


def spooled(path: str, place: Path, coverage: Coverage) -> Path:
    """A copy, as it is, of what can be read only once."""
    with open_file(path) as file:
        copied(Plain(file, title(path), None), place, title(path), coverage)
    return place


def linked(path: str, place: Path) -> bool:
    """Whether `place` now leads to the regular file."""
    with suppress(OSError, ValueError, NotImplementedError):  # no links on this system
        target = Path(path).resolve()
        if target.is_file():
            place.symlink_to(target)
            return True
    return False


def copied(source: Source, place: Path, name: str, coverage: Coverage) -> None:
    """Write the octets of a source to `place`, which only we may read."""
    size = 0
    try:
        with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as copy:
            while chunk := source.read(COPY_CHUNK):
                size += len(chunk)
                if size > MAX_COPY:
                    coverage.notes.append(f"{name}: only a part of the file could be handed to tshark")
                    return
                copy.write(chunk)
    except OSError as error:
        raise CaptureError(f"{place}: {error.strerror or error}") from error
