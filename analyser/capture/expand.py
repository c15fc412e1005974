"""Octets of compressed files: gzip, bzip2, xz and zstd.

Decompression gives no more at once than was asked for, so that a small file that expands to a huge one
costs time and no memory. A compressed file that is cut or damaged ends early, with a note in the coverage.
"""

import bz2
import lzma
import zlib
from collections.abc import Callable
from typing import Final, Protocol

import zstandard

from analyser.capture.source import BZIP2, GZIP, XZ, ZSTANDARD, Source

COMPRESSED_CHUNK: Final = 256 * 1024
PIECE: Final = 1024
"""Octets that are expanded at a time: so little before a damage is lost with it."""
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


class _Zstandard:
    """The same for a frame of zstd, which is also told where it ends."""

    def __init__(self) -> None:
        self._inflate = zstandard.ZstdDecompressor(max_window_size=MAX_MEMORY).decompressobj()
        self._ready = memoryview(b"")
        """What a piece gave beyond what was asked for: `PIECE` octets give 32 MiB at most."""

    @property
    def eof(self) -> bool:
        return self._inflate.eof and not self._ready

    @property
    def needs_input(self) -> bool:
        return not self._ready

    @property
    def unused_data(self) -> bytes:
        return self._inflate.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        if data:
            self._ready = memoryview(self._inflate.decompress(data))
        given, self._ready = self._ready[:max_length], self._ready[max_length:]
        return bytes(given)


class Expanded:
    """The contents of a compressed file of any number of members."""

    def __init__(
        self,
        source: Source,
        magics: tuple[bytes, ...],
        make: Callable[[], Expander],
        note: Callable[[str], None],
    ) -> None:
        self._source = source
        self._magics = magics
        self._make = make
        self._note = note
        self._expander = make()
        self._input = b""
        self._at = 0
        """How much of the input has been taken."""
        self._ended = False

    def read(self, size: int) -> bytes:
        parts: list[bytes] = []
        while size and not self._ended and not (parts and self._at >= len(self._input)):
            try:
                data = self._next(size)
            except (zlib.error, OSError, lzma.LZMAError, EOFError, zstandard.ZstdError):
                self._ended = True
                self._note("the compressed data is damaged; what comes before the damage was read")
                break
            if data:
                parts.append(data)
                size -= len(data)
        return b"".join(parts)

    def _next(self, size: int) -> bytes:
        expander = self._expander
        fresh = b""
        if expander.eof:
            fresh = expander.unused_data or self._piece()
            # What follows is another member or, without harm, filling.
            if not fresh or all(fresh[: len(magic)] != magic[: len(fresh)] for magic in self._magics):
                self._ended = True
                return b""
            expander = self._expander = self._make()
        elif expander.needs_input:
            fresh = self._piece()
            if not fresh:
                self._ended = True
                self._note("the compressed file ends early; what is there was read")
                return b""
        return expander.decompress(fresh, size)

    def _piece(self) -> bytes:
        """The next octets of the source."""
        if self._at >= len(self._input):
            self._input, self._at = self._source.read(COMPRESSED_CHUNK), 0
        piece = self._input[self._at : self._at + PIECE]
        self._at += len(piece)
        return piece


def _xz() -> Expander:
    return lzma.LZMADecompressor(memlimit=MAX_MEMORY)


_EXPANDERS: Final[tuple[tuple[tuple[bytes, ...], Callable[[], Expander]], ...]] = (
    (GZIP, _Gzip),
    (BZIP2, bz2.BZ2Decompressor),
    (XZ, _xz),
    (ZSTANDARD, _Zstandard),
)


def expanded(head: bytes, source: Source, note: Callable[[str], None]) -> Source:
    """The contents of a compressed source that begins with `head`."""
    magics, make = next(kind for kind in _EXPANDERS if head.startswith(kind[0]))
    return Expanded(source, magics, make, note)
