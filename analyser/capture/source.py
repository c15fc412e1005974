"""Octets from a file, a pipe or a compressed file, whichever it is, as one `Source` that reads forward only.

Decompression gives no more at once than was asked for, so that a small file that expands to a huge one
costs time and no memory. A compressed file that is cut or damaged ends early, with a note in the coverage.
"""

import bz2
import lzma
import os
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, BinaryIO, Final, Protocol, cast

import zstandard

from analyser.errors import CaptureError
from analyser.wire import Coverage

MAGIC_OCTETS: Final = 16
COMPRESSED_CHUNK: Final = 256 * 1024
MAX_MEMORY: Final = 64 * 1024 * 1024
"""Octets that a decompressor may take for its own window."""

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


class Expander(Protocol):
    """What bz2 and lzma give, and `_Gzip` for zlib."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class _Gzip:
    """zlib with the manners of bz2 and lzma: it keeps the input that it has not used."""

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(wbits=31)

    @property
    def eof(self) -> bool:
        return self._inflate.eof

    @property
    def needs_input(self) -> bool:
        return not self._inflate.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._inflate.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return self._inflate.decompress(self._inflate.unconsumed_tail + data, max_length)


class Expanded:
    """The contents of a gzip, bzip2 or xz file of any number of members."""

    def __init__(
        self, source: Source, magic: bytes, make: Callable[[], Expander], note: Callable[[str], None]
    ) -> None:
        self._source = source
        self._magic = magic
        self._make = make
        self._note = note
        self._expander = make()
        self._ended = False

    def read(self, size: int) -> bytes:
        while not self._ended:
            try:
                data = self._next(size)
            except (zlib.error, OSError, lzma.LZMAError, EOFError):
                self._ended = True
                self._note("the compressed data is damaged; what comes before the damage was read")
                break
            if data:
                return data
        return b""

    def _next(self, size: int) -> bytes:
        expander = self._expander
        fresh = b""
        if expander.eof:
            fresh = expander.unused_data or self._source.read(COMPRESSED_CHUNK)
            # What follows is another member or, without harm, filling.
            if not fresh or fresh[: len(self._magic)] != self._magic[: len(fresh)]:
                self._ended = True
                return b""
            expander = self._expander = self._make()
        elif expander.needs_input:
            fresh = self._source.read(COMPRESSED_CHUNK)
            if not fresh:
                self._ended = True
                self._note("the compressed file ends early; what is there was read")
                return b""
        return expander.decompress(fresh, size)


class ExpandedZstandard:
    """The contents of a zstd file of any number of frames."""

    def __init__(self, source: Source, note: Callable[[str], None]) -> None:
        decompressor = zstandard.ZstdDecompressor(max_window_size=MAX_MEMORY)
        # It calls nothing but `read`.
        self._reader = decompressor.stream_reader(
            cast("IO[bytes]", source), read_size=COMPRESSED_CHUNK, read_across_frames=True
        )
        self._note = note

    def read(self, size: int) -> bytes:
        try:
            return self._reader.read(size)
        except zstandard.ZstdError:
            self._note("the compressed data is damaged; what comes before the damage was read")
            return b""


def _xz() -> Expander:
    return lzma.LZMADecompressor(memlimit=MAX_MEMORY)


_EXPANDERS: Final[dict[bytes, Callable[[], Expander]]] = {
    b"\x1f\x8b": _Gzip,
    b"BZh": bz2.BZ2Decompressor,
    b"\xfd7zXZ\0": _xz,
}
_ZSTANDARD: Final = b"\x28\xb5\x2f\xfd"


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
    if head.startswith(_ZSTANDARD):
        return ExpandedZstandard(source, note)
    for magic, make in _EXPANDERS.items():
        if head.startswith(magic):
            return Expanded(source, magic, make, note)
    return source


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
