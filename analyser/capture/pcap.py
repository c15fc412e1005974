"""The pcap format: batches of packets out of a source, in both byte orders, by micro- and nanoseconds.

Record headers are walked in one short loop that only collects where they are; everything else about them is
read for a whole batch at once.

A file of which a part was never written, because the machine failed, has zeros there: records of no octets, at no time. They are no
packets, but keep their numbers, for Wireshark numbers them as well.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise
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
_EMPTY: Final = bytes(16)
_LEAST_HOLE: Final = 256
"""Empty records one after another that are none: file systems lose blocks of 4 KiB. Fewer, amid others, somebody has written."""
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
    hole = _Hole()
    tail = b""
    while chunk := source.read(CHUNK):
        buffer = b"".join((tail, chunk, _ZEROS))
        size = len(buffer) - PADDING
        if first_frame == 1:
            kind = _variant(buffer, size, kind)
        if buffer.startswith(_EMPTY) and not np.frombuffer(buffer, np.uint8).any():
            records = size // kind.header
            hole.add(first_frame, records)
            first_frame += records
            tail = buffer[records * kind.header : size]
            continue
        starts, stop = _walk(buffer, size, kind)
        headers = _headers(buffer, starts, kind)
        if (headers[:, 2] > _SHORT).any():
            starts, stop = _walk_long(buffer, size, kind)
            headers = _headers(buffer, starts, kind)
        if starts:
            batch, sound = _columns(buffer, starts, headers, kind, link, first_frame, number)
            first_frame += len(batch)
            yield from hole.written(batch)
            if not sound:
                hole.tell(kind, note)
                note(f"the record of frame {first_frame} is damaged; nothing behind it could be read")
                return
        tail = buffer[stop:size]
        if len(tail) >= kind.header and _length(tail, kind) > MAX_PACKET:
            hole.tell(kind, note)
            note(f"the record of frame {first_frame} is damaged; nothing behind it could be read")
            return
    hole.tell(kind, note)
    if tail.strip(b"\0") or (tail and not hole.records):
        note(f"the file ends inside the record of frame {first_frame}")


class _Hole:
    """What of a file was never written."""

    def __init__(self) -> None:
        self.records = 0
        self._first_frame = 0

    def add(self, frame: int, records: int) -> None:
        """Note that so many records are empty from this one on."""
        self._first_frame = self._first_frame or frame
        self.records += records

    def written(self, batch: Batch) -> Iterator[Batch]:
        """What is left of a batch, which may be empty, without the empty records: those that are many together, or may be so with
        what comes before the batch or behind it."""
        empty = (batch.caplen == 0) & (batch.wirelen == 0) & (batch.time == 0)
        if not empty.any():
            if len(batch):
                yield batch
            return
        edges = [0, *(np.flatnonzero(np.diff(empty)) + 1).tolist(), len(batch)]
        begin = 0
        for since, until in pairwise(edges):
            if empty[since] and (until - since >= _LEAST_HOLE or not since or until == len(batch)):
                self.add(batch.first_frame + since, until - since)
                if since > begin:
                    yield _rows(batch, begin, since)
                begin = until
        if begin < len(batch):
            yield _rows(batch, begin, len(batch))

    def tell(self, kind: PcapKind, note: Note) -> None:
        """Say how much is missing, and where."""
        if self.records:
            octets = self.records * kind.header
            note(
                f"the file holds {octets} octets of zeros where frame {self._first_frame} should begin, as after a crash; "
                "anything that was captured there is lost"
            )


def _rows(batch: Batch, since: int, until: int) -> Batch:
    """Some packets of a batch, one after another."""
    offset, caplen, wirelen, time = (
        column[since:until] for column in (batch.offset, batch.caplen, batch.wirelen, batch.time)
    )
    return replace(
        batch, offset=offset, caplen=caplen, wirelen=wirelen, time=time, first_frame=batch.first_frame + since
    )


def _variant(buffer: bytes, size: int, kind: PcapKind) -> PcapKind:
    """The kind, with longer headers of records where these make sense and those of its magic number do not: the libpcap of Red Hat 6.1 and
    of Nokia had the usual number, that of SuSE 6.3 the one of Kuznetzov."""
    if not _makes_sense(buffer, size, kind):
        for header in _OTHER_HEADERS.get(kind.header, ()):
            other = kind._replace(header=header)
            if _makes_sense(buffer, size, other):
                return other
    return kind


_OTHER_HEADERS: Final[dict[int, tuple[int, ...]]] = {16: (24, 20), 24: (28,)}
_LOOKED_AT: Final = 8
"""Records, the first ones, that have to make sense."""
_YEAR: Final = 366 * 86_400


def _makes_sense(buffer: bytes, size: int, kind: PcapKind) -> bool:
    """Whether the first records are of one time, and none is longer than its packet was."""
    unpack = Struct(kind.order + "IIII").unpack_from
    position, begun = 0, -1
    for _ in range(_LOOKED_AT):
        if position + kind.header > size:
            break
        seconds, fraction, captured, length = unpack(buffer, position)
        if begun < 0:
            begun = seconds
        if (
            fraction * kind.unit >= _SECOND
            or captured > min(length, MAX_PACKET)
            or abs(seconds - begun) > _YEAR
        ):
            return False
        position += kind.header + captured
    return True


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
