"""Octets from a file, a pipe or a compressed file, whichever it is, as one `Source` that reads forward only."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from analyser.errors import CaptureError
from analyser.wire import Coverage

MAGIC_OCTETS: Final = 16
GZIP: Final = (b"\x1f\x8b",)
BZIP2: Final = (b"BZh",)
XZ: Final = (b"\xfd7zXZ\0",)
ZSTANDARD: Final = (b"\x28\xb5\x2f\xfd", *(bytes((0x50 + number, 0x2A, 0x4D, 0x18)) for number in range(16)))
"""How compressed files begin. A frame of zstd may be one to skip (RFC 8878 §3.1.2); pzstd begins with one."""
_COMPRESSED: Final = (*GZIP, *BZIP2, *XZ, *ZSTANDARD)

Counted = Callable[[int], None]


class Source(Protocol):
    """Octets in order."""

    def read(self, size: int) -> bytes:
        """Up to `size` octets, as many as are at hand; none at the end."""


class Plain:
    """An open file; tells how much has been read from it."""

    def __init__(self, file: BinaryIO, name: str, counted: Counted | None) -> None:
        self._file = file
        self._name = name
        self._counted = counted

    def read(self, size: int) -> bytes:
        try:
            data = self._file.read(size)
        except OSError as error:
            raise CaptureError(f"{self._name}: {error.strerror or error}") from error
        if self._counted is not None:
            self._counted(len(data))
        return data


class Pushed:
    """A source with some octets put back in front."""

    def __init__(self, head: bytes, rest: Source) -> None:
        self._head = head
        self._rest = rest

    def read(self, size: int) -> bytes:
        if self._head:
            data, self._head = self._head[:size], self._head[size:]
            return data
        return self._rest.read(size)


def title(path: str) -> str:
    """What a path is called."""
    return "standard input" if path == "-" else path


def open_file(path: str) -> BinaryIO:
    """The file, or standard input for '-'."""
    if path == "-":
        try:
            return os.fdopen(os.dup(sys.stdin.fileno()), "rb", buffering=0)
        except (OSError, ValueError, AttributeError) as error:  # closed, or not a file at all
            raise CaptureError("standard input cannot be read") from error
    try:
        if Path(path).is_dir():
            raise CaptureError(f"{path}: is a directory")
        return Path(path).open("rb", buffering=0)
    except OSError as error:
        raise CaptureError(f"{path}: {error.strerror or error}") from error
    except ValueError as error:  # a NUL in the name
        raise CaptureError(f"{path!r}: {error}") from error


def open_source(file: BinaryIO, name: str, coverage: Coverage, counted: Counted | None = None) -> Source:
    """The octets of an open file, expanded where it is compressed."""

    def note(sentence: str) -> None:
        coverage.notes.append(f"{name}: {sentence}")

    plain = Plain(file, name, counted)
    head = read_exactly(plain, MAGIC_OCTETS)
    source = Pushed(head, plain)
    if not is_compressed(head):
        return source
    from analyser.capture.expand import expanded  # noqa: PLC0415 - four libraries that most captures do not need

    return expanded(head, source, note)


def is_compressed(head: bytes) -> bool:
    """Whether a file that begins so is compressed in a way that is known here."""
    return head.startswith(_COMPRESSED)


def read_exactly(source: Source, size: int) -> bytes:
    """`size` octets, fewer only at the end of the source."""
    parts = []
    while size > 0:
        part = source.read(size)
        if not part:
            break
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
