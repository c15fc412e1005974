"""Octets of compressed files: gzip, bzip2, xz and zstd.

Decompression gives no more at once than was asked for, so that a small file that expands to a huge one
costs time and no memory. A compressed file that is cut or damaged ends early, with a note in the coverage.
"""

import bz2
import lzma
import zlib
from collections.abc import Callable
from typing import IO, Final, Protocol, cast

import zstandard

from analyser.capture.source import Source

COMPRESSED_CHUNK: Final = 256 * 1024
MAX_MEMORY: Final = 64 * 1024 * 1024
"""Octets that a decompressor may take for its own window."""


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


def expanded(head: bytes, source: Source, note: Callable[[str], None]) -> Source:
    """The contents of a compressed source that begins with `head`."""
    for magic, make in _EXPANDERS.items():
        if head.startswith(magic):
            return Expanded(source, magic, make, note)
    return ExpandedZstandard(source, note)
