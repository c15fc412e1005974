"""The pcapng format: sections of either byte order, several interfaces each with its link type and clock.

Packets come from Enhanced, Simple and the obsolete Packet Blocks; what they and Interface Statistics Blocks say of lost packets
is passed on, as is how long the capture listened; a Decryption Secrets Block is noticed, other blocks are skipped by their length.
A file is walked block by block; runs of Enhanced Packet Blocks, which is nearly everything, are then read
as one batch.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from struct import Struct
from typing import Final

import numpy as np

from analyser.capture.batch import PADDING, Batch, Column, Interface
from analyser.capture.formats import PCAPNG_MAGIC, refuse
from analyser.capture.pcap import CHUNK, Note
from analyser.capture.pcapng_blocks import APPLICATION, is_excerpt
from analyser.capture.pcapng_options import Fields, drop_counts, options, statistics, texts
from analyser.capture.source import Source
from analyser.wire import Coverage

MAX_BLOCK: Final = 16 * 1024 * 1024
"""Octets of one block; a greater length is damage."""
MAX_INTERFACES: Final = 65536
"""Interfaces of a section that are told apart."""

UNDECLARED: Final = -1
"""The link type of a packet whose interface the file does not describe."""

_ZEROS: Final = bytes(PADDING)
_SECTION, _INTERFACE, _PACKET, _SIMPLE, _STATISTICS, _ENHANCED, _SECRETS = 0x0A0D0D0A, 1, 2, 3, 5, 6, 10
_TLS_KEY_LOG: Final = 0x544C534B
_LEAST_BLOCK, _LEAST_SECTION, _LEAST_SECRETS, _LEAST_STATISTICS = 12, 28, 20, 24
_BYTE_ORDERS: Final = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}
_RESOLUTION, _OFFSET, _END_TIME = 9, 14, 3
_SECOND: Final = 1_000_000_000
_LATEST: Final = 2**62
"""The last nanosecond that a clock may show, in the year 2116."""
_MOST_SECONDS: Final = _LATEST // _SECOND


@dataclass(slots=True)
class _Section:
    """What holds for the packets that follow: the byte order and the interfaces."""

    order: str
    excerpt: bool = False
    links: list[int] = field(default_factory=list)
    snaplens: list[int] = field(default_factory=list)
    resolutions: list[int] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)
    """Seconds to add."""
    interfaces: list[Interface] = field(default_factory=list)


def read_pcapng(
    source: Source, number: int, note: Note, name: str, missed: Callable[[int], None], coverage: Coverage
) -> Iterator[Batch]:
    """The packets of a pcapng file from its first octet. `number` is that of the file among the inputs.

    `missed` is told of packets that were lost without a packet behind them to say so in `Batch.lost`.
    """
    walk = _Walk(number)
    tail = b""
    while chunk := source.read(CHUNK):
        buffer = b"".join((tail, chunk, _ZEROS))
        size = len(buffer) - PADDING
        yield from walk.batches(buffer, size)
        if walk.damaged:
            break
        tail = buffer[walk.position : size]
    if walk.owed:
        missed(walk.owed)
    coverage.watched_until = max(coverage.watched_until, walk.watched_until)
    if walk.section is None:
        raise refuse(name, PCAPNG_MAGIC)
    if walk.damaged:
        note(f"a block behind frame {walk.next_frame - 1} is damaged; nothing behind it could be read")
    elif tail:
        note(f"the file ends inside a block, behind frame {walk.next_frame - 1}")


class _Walk:
    """Goes from block to block through one buffer after the other."""

    def __init__(self, number: int) -> None:
        self.section: _Section | None = None
        self.position = 0
        """Where in the buffer the first block begins that is not whole."""
        self.damaged = False
        """Whether no further block can be found."""
        self.has_keys = False
        self.watched_until = 0
        """The latest time up to which the file says that packets would have been seen."""
        self.next_frame = 1
        self.owed = 0
        """Packets that were lost before the next one, by the statistics of an interface."""
        self._told: dict[int, int] = {}
        """How many packets of each interface of the section were known to be lost so far."""
        self._number = number
        self._clock = 0

    def batches(self, buffer: bytes, size: int) -> Iterator[Batch]:
        """The packets of the whole blocks, in runs of one kind. Ends with `position` set."""
        position = 0
        last = size - 12
        run: list[int] = []
        run_kind = _ENHANCED
        append = run.append
        unpack = Struct((self.section.order if self.section else "<") + "II").unpack_from
        while position <= last:
            kind, length = unpack(buffer, position)
            if kind == _SECTION:
                yield from self._columns(buffer, run_kind, run)
                run.clear()
                order = _BYTE_ORDERS.get(buffer[position + 8 : position + 12], "")
                unpack = Struct(order + "II").unpack_from
                kind, length = unpack(buffer, position)
                self.damaged = not order or not _LEAST_SECTION <= length <= MAX_BLOCK
                if self.damaged or position + length > size:
                    break
                self.section = _Section(order, _is_excerpt(buffer, position, length, order))
                self._told.clear()
            elif not _LEAST_BLOCK <= length <= MAX_BLOCK or self.section is None:
                self.damaged = True
                break
            elif position + length > size:
                break
            elif kind == run_kind:
                append(position)
            elif kind in _LEAST_LENGTH:
                yield from self._columns(buffer, run_kind, run)
                run.clear()
                run_kind = kind
                append(position)
            elif kind == _INTERFACE:
                _add_interface(self.section, buffer, position, length)
            elif kind == _STATISTICS:
                yield from self._columns(buffer, run_kind, run)
                run.clear()
                self._count(buffer, position, length)
                if length >= _LEAST_STATISTICS:
                    self.watched_until = max(
                        self.watched_until, _end_of(self.section, buffer, position, length)
                    )
            elif kind == _SECRETS and length >= _LEAST_SECRETS:
                self.has_keys |= unpack(buffer, position + 8)[0] == _TLS_KEY_LOG
            position += length
        self.position = position
        yield from self._columns(buffer, run_kind, run)

    def _columns(self, buffer: bytes, kind: int, run: list[int]) -> Iterator[Batch]:
        if not run or self.section is None:
            return
        starts = np.array(run, dtype=np.int64)
        order = self.section.order
        heads = np.ndarray((len(buffer) - 27,), "V28", buffer, 0, (1,))[starts]
        fields = heads.view(order + "u4").reshape(-1, 7).astype(np.int64)
        least = _LEAST_LENGTH[kind]
        if (short := fields[:, 1] < least).any():
            starts, fields = starts[~short], fields[~short]
            if not len(starts):
                return
        room = fields[:, 1] - least
        if kind == _SIMPLE:
            snaplen = self.section.snaplens[0] if self.section.snaplens else 0
            wirelen = fields[:, 2]
            caplen = np.minimum(wirelen, snaplen) if snaplen else wirelen
            interface = np.zeros_like(wirelen)
            time = np.full_like(wirelen, self._clock)
            offset = starts + 12
        else:
            interface, caplen, wirelen = fields[:, 2], fields[:, 5], fields[:, 6]
            if kind == _PACKET:
                interface = interface & 0xFFFF if order == "<" else interface >> 16
            time = _times(fields[:, 3], fields[:, 4], interface, self.section)
            offset = starts + 28
        batch = Batch(
            buffer,
            offset,
            np.minimum(caplen, room),
            wirelen,
            time,
            _link_types(interface, self.section),
            self.next_frame,
            self._number,
            self.has_keys,
            self._lost(buffer, kind, starts, fields, order),
            interface if len(self.section.links) > 1 else None,
            self.section.interfaces,
            self.section.excerpt,
        )
        self.next_frame += len(batch)
        self._clock = int(time[-1])
        yield batch

    def _lost(self, buffer: bytes, kind: int, starts: Column, fields: Fields, order: str) -> Column | None:
        lost = drop_counts(buffer, starts, fields, order) if kind == _ENHANCED else None
        if lost is not None and len(self._told) < MAX_INTERFACES:
            for each in np.unique(fields[lost > 0, 2]).tolist():
                self._told[each] = self._told.get(each, 0) + int(lost[fields[:, 2] == each].sum())
        if self.owed:
            lost = np.zeros(len(starts), dtype=np.int64) if lost is None else lost
            lost[0] += self.owed
            self.owed = 0
        return lost

    def _count(self, buffer: bytes, position: int, length: int) -> None:
        """Statistics count from the beginning: what was told before is in them."""
        assert self.section is not None
        interface, lost = statistics(buffer, position, length, self.section.order)
        before = self._told.get(interface, 0)
        if lost > before and (before or len(self._told) < MAX_INTERFACES):
            self.owed += lost - before
            self._told[interface] = lost


_LEAST_LENGTH: Final = {_ENHANCED: 32, _SIMPLE: 16, _PACKET: 32}
"""Octets of a packet block around its packet."""


def _is_excerpt(buffer: bytes, position: int, length: int, order: str) -> bool:
    return any(
        code == APPLICATION and is_excerpt(buffer[at : at + size])
        for code, at, size in options(buffer, position + 24, position + length - 4, order)
    )


def _add_interface(section: _Section, buffer: bytes, position: int, length: int) -> None:
    if length < 20 or len(section.links) >= MAX_INTERFACES:
        return
    link, _, snaplen = Struct(section.order + "HHI").unpack_from(buffer, position + 8)
    resolution, offset = 6, 0
    for code, at, size in options(buffer, position + 16, position + length - 4, section.order):
        if code == _RESOLUTION and size == 1:
            resolution = buffer[at]
        elif code == _OFFSET and size == 8:
            (offset,) = Struct(section.order + "q").unpack_from(buffer, at)
    section.links.append(link)
    section.snaplens.append(snaplen)
    section.resolutions.append(resolution)
    section.offsets.append(max(-_MOST_SECONDS, min(offset, _MOST_SECONDS)))
    section.interfaces.append(
        Interface(link, snaplen, texts(buffer, position + 16, position + length - 4, section.order))
    )


def _end_of(section: _Section, buffer: bytes, position: int, length: int) -> int:
    """When the capture ended on the interface of an Interface Statistics Block: isb_endtime, else when the block was written."""
    interface, high, low = Struct(section.order + "III").unpack_from(buffer, position + 8)
    for code, at, size in options(buffer, position + 20, position + length - 4, section.order):
        if code == _END_TIME and size == 8:
            high, low = Struct(section.order + "II").unpack_from(buffer, at)
    columns = np.array([[high], [low], [interface]], dtype=np.int64)
    return int(_times(columns[0], columns[1], columns[2], section)[0])


def _link_types(interface: Column, section: _Section) -> int | Column:
    """The link type of each packet; UNDECLARED for one of an interface that the file does not describe."""
    if section.links and len(set(section.links)) == 1 and int(interface.max()) < len(section.links):
        return section.links[0]
    table = np.array([*section.links, UNDECLARED], dtype=np.int64)
    column: Column = table[np.minimum(interface, len(section.links))]
    return column


def _times(high: Column, low: Column, interface: Column, section: _Section) -> Column:
    """Nanoseconds since 1970, from the ticks of each interface's clock."""
    ticks = (high.astype(np.uint64) << np.uint64(32)) | low.astype(np.uint64)
    known = np.minimum(interface, len(section.links))
    resolution = np.array([*section.resolutions, 6], dtype=np.int64)[known]
    offset = np.array([*section.offsets, 0], dtype=np.int64)[known]
    time = np.empty(len(ticks), dtype=np.int64)
    for each in np.unique(resolution).tolist():
        chosen = resolution == each
        time[chosen] = _nanoseconds(ticks[chosen], each)
    np.maximum(time + offset * _SECOND, 0, out=time)
    return time


def _nanoseconds(ticks: np.ndarray[tuple[int], np.dtype[np.uint64]], resolution: int) -> Column:
    """Ticks of 10**-resolution s, or of 2**-n s where the high bit is set, bounded."""
    power = resolution & 0x7F
    if resolution & 0x80:
        seconds = ticks >> np.uint64(power) if power < 64 else np.zeros_like(ticks)
        fraction = ticks - (seconds << np.uint64(power)) if power < 64 else ticks
        fine = min(power, 30)
        fraction = fraction >> np.uint64(min(power - fine, 63))
        part = (fraction * np.uint64(_SECOND)) >> np.uint64(fine)
        total = np.minimum(seconds, np.uint64(_MOST_SECONDS)) * np.uint64(_SECOND) + part
    elif power <= 9:
        factor = 10 ** (9 - power)
        total = np.minimum(ticks, np.uint64(_LATEST // factor)) * np.uint64(factor)
    else:
        total = ticks // np.uint64(10 ** min(power - 9, 19))
    bounded: Column = np.minimum(total, np.uint64(_LATEST)).astype(np.int64)
    return bounded
