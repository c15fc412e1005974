"""The pcap format: batches of packets out of a source, in both byte orders, by micro- and nanoseconds.

Record headers are walked in one short loop that only collects where they are; everything else about them is
read for a whole batch at once.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache
from struct import Struct
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from analyser.capture.batch import PADDING, Batch
from analyser.capture.formats import PCAP_KINDS, PcapKind
from analyser.capture.source import Source

if TYPE_CHECKING:
    from mypy_extensions import i64

CHUNK = 1024 * 1024
"""Octets that are read at a time: enough for thousands of packets, few enough for the caches of the processor."""
MAX_PACKET: Final = 256 * 1024
"""Octets of one packet; no capture tool writes a longer one, so a greater length is damage."""

_ZEROS: Final = bytes(PADDING)
_LENGTH_AT: Final = 8
"""Where in a record its captured length stands."""
_STEPS = 32
"""Records that are walked one by one before the next look for a run of one size."""
_STRIDE: Final = 16
"""Records of one size that are taken together."""
_LONGEST_STRIDE: Final = 2048
_SHORT: Final = 0xFFFF
_SECOND: Final = 1_000_000_000

Note = Callable[[str], None]
Fields = NDArray[np.uint32]


def read_pcap(header: bytes, source: Source, number: int, note: Note) -> Iterator[Batch]:
    """The packets behind a file header of 24 octets. `number` is that of the file among the inputs."""
    kind = PCAP_KINDS[header[:4]]
    link = int.from_bytes(header[20:24], "little" if kind.order == "<" else "big") & 0xFFFF
    first_frame = 1
    tail = b""
    while chunk := source.read(CHUNK):
        buffer = b"".join((tail, chunk, _ZEROS))
        size = len(buffer) - PADDING
        starts, stop = _walk(buffer, size, kind)
        headers = _headers(buffer, starts, kind)
        if (headers[:, 2] > _SHORT).any():
            starts, stop = _walk_long(buffer, size, kind)
            headers = _headers(buffer, starts, kind)
        if starts:
            batch, sound = _columns(buffer, starts, headers, kind, link, first_frame, number)
            if len(batch):
                yield batch
                first_frame += len(batch)
            if not sound:
                note(f"the record of frame {first_frame} is damaged; nothing behind it could be read")
                return
        tail = buffer[stop:size]
        if len(tail) >= kind.header and _length(tail, kind) > MAX_PACKET:
            note(f"the record of frame {first_frame} is damaged; nothing behind it could be read")
            return
    if tail:
        note(f"the file ends inside the record of frame {first_frame}")


def _length(record: bytes, kind: PcapKind) -> int:
    return int(Struct(kind.order + "I").unpack_from(record, _LENGTH_AT)[0])


def _walk(buffer: bytes, size: int, kind: PcapKind) -> tuple[list[int], int]:
    """Where the captured lengths of the whole records stand, and where the first record begins that is not whole.

    Most of a capture is RTP, many packets of one size on end; such runs are taken in strides. Nearly every length fits into
    16 bits, so that no more is read of each; where that was too little, `_walk_long` has to do it again.
    """
    header: i64 = kind.header
    low: i64 = 0 if kind.order == "<" else 3
    high: i64 = 1 if kind.order == "<" else 2
    starts: list[int] = []
    position: i64 = _LENGTH_AT
    last: i64 = size
    last += _LENGTH_AT - header
    while position <= last:
        for _ in range(_STEPS):
            starts.append(position)
            position += (buffer[position + low] | buffer[position + high] << 8) + header
            if position > last:
                break
        else:
            step = position - starts[-1]
            if step == starts[-1] - starts[-2] == starts[-2] - starts[-3] and step <= _LONGEST_STRIDE:
                position = _stride(buffer, position, last, kind, step, starts)
    return _whole(starts, position, size)


def _walk_long(buffer: bytes, size: int, kind: PcapKind) -> tuple[list[int], int]:
    """The same where packets are longer than segmentation offload makes them."""
    unpack = Struct(kind.order + "I").unpack_from
    starts: list[int] = []
    position = _LENGTH_AT
    while position <= size - kind.header + _LENGTH_AT:
        starts.append(position)
        position += unpack(buffer, position)[0] + kind.header
    return _whole(starts, position, size)


def _whole(starts: list[int], position: int, size: int) -> tuple[list[int], int]:
    """Leave out the last record where it is not whole; `position` is where the next one has its length."""
    if position - _LENGTH_AT > size:
        position = starts.pop()
    return starts, position - _LENGTH_AT


def _stride(buffer: bytes, position: int, last: int, kind: PcapKind, step: int, starts: list[int]) -> int:
    """Go on as long as the records keep their size, and give where they stop to."""
    unpack = _lengths(kind.order, step).unpack_from
    length = step - kind.header
    expected = (length,) * _STRIDE
    while position + step * _STRIDE <= last:
        lengths = unpack(buffer, position)
        if lengths != expected:
            same = next(place for place, each in enumerate(lengths) if each != length)
            starts.extend(range(position, position + same * step, step))
            return position + same * step
        starts.extend(range(position, position + _STRIDE * step, step))
        position += _STRIDE * step
    return position


@lru_cache(256)
def _lengths(order: str, step: int) -> Struct:
    """The captured lengths of a stride of records of one size."""
    return Struct(order + f"I{step - 4}x" * (_STRIDE - 1) + "I")


def _headers(buffer: bytes, starts: list[int], kind: PcapKind) -> Fields:
    """Seconds, fraction, captured and original length of each record."""
    places = np.array(starts, dtype=np.int64) - _LENGTH_AT
    headers = np.ndarray((len(buffer) - 15,), "V16", buffer, 0, (1,))[places]
    return headers.view(kind.order + "u4").reshape(-1, 4)


def _columns(
    buffer: bytes, starts: list[int], headers: Fields, kind: PcapKind, link: int, first: int, number: int
) -> tuple[Batch, bool]:
    """The batch, and False when a length in it cannot be true; the batch ends before that."""
    too_long = headers[:, 2] > MAX_PACKET
    sound = not too_long.any()
    if not sound:
        headers = headers[: int(too_long.argmax())]
    offset = np.array(starts[: len(headers)], dtype=np.int64)
    offset += kind.header - _LENGTH_AT
    fields = headers.astype(np.int64)
    time = fields[:, 0] * _SECOND
    time += fields[:, 1] * kind.unit
    return Batch(buffer, offset, fields[:, 2], fields[:, 3], time, link, first, number), sound
