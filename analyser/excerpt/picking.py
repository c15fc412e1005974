"""The second pass: reads the captures again, and gives the packets that a `Choice` names, as they were captured."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from analyser.capture import Batch, read
from analyser.capture.batch import Interface
from analyser.decode import Decoder
from analyser.decode.onlooker import Onlooker
from analyser.decode.packet import TCP, UDP, Packet
from analyser.decode.rows import (
    DATAGRAM4,
    SEGMENT4,
    SYN_FIN_RST,
    Column,
    Frames,
    Mask,
    Octets,
    Packets,
    Words,
)
from analyser.excerpt.choice import FRAME_BITS, Choice
from analyser.sip import looks_like_sip
from analyser.wire import SIP, Coverage

Progress = Callable[[int, int | None], None]

_IPV4_HEADER: Final = 20
_IPV6_HEADER: Final = 40
_FLAGS_AT: Final = 13


class Captured(NamedTuple):
    """A packet as it was captured."""

    time: int
    """Nanoseconds since 1970-01-01 UTC."""
    source: "SourceInterface"
    data: bytes
    wirelen: int
    lost: int
    """Packets that the capture lost since the packet before this one."""
    input: int
    frame: int


@dataclass(frozen=True, slots=True, eq=False)
class SourceInterface:
    """By what a packet came: an interface of a section of one of the captures."""

    input: int
    described: Interface


def pick(inputs: Sequence[str], choice: Choice, progress: Progress | None = None) -> Iterator[Captured]:
    """The packets chosen, in the order of the captures. Raises CaptureError where these cannot be read again."""
    picker = _Picker(choice)
    decoder = Decoder(Coverage(), looks_like_sip, onlooker=picker) if picker.looks else None
    sources = _Sources()
    left = {number: len(frames) for number, frames in choice.frames.items()}
    for batch in read(inputs, Coverage(), progress):
        picker.begin(batch)
        if decoder is not None:
            decoder.receive(batch)
        rows = np.flatnonzero(picker.marked)
        yield from _packets(batch, rows, sources)
        if decoder is None:
            left[batch.input] = left.get(batch.input, 0) - len(rows)
            if not any(left.values()):
                return


def _packets(batch: Batch, rows: Column, sources: "_Sources") -> Iterator[Captured]:
    links = [batch.link] * len(rows) if isinstance(batch.link, int) else batch.link[rows].tolist()
    interfaces = [0] * len(rows) if batch.interface is None else batch.interface[rows].tolist()
    lost = sources.lost(batch, rows)
    buffer, number = batch.buffer, batch.input
    for place, row in enumerate(rows.tolist()):
        if links[place] >= 0:  # else the file does not say what it is
            at = int(batch.offset[row])
            yield Captured(
                int(batch.time[row]),
                sources.of(batch, interfaces[place], links[place]),
                buffer[at : at + int(batch.caplen[row])],
                int(batch.wirelen[row]),
                lost[place],
                number,
                batch.first_frame + row,
            )


class _Sources:
    """The interfaces met so far, and how many packets were lost since the last one that was given."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], SourceInterface] = {}
        self._of: tuple[int, Sequence[Interface]] = -1, ()
        self._lost = 0

    def of(self, batch: Batch, interface: int, link: int) -> SourceInterface:
        if (
            self._of[0] != batch.input or self._of[1] is not batch.interfaces
        ):  # another file, or section of it
            self._of = batch.input, batch.interfaces
            self._known.clear()
        known = self._known.get((interface, link))
        if known is None:
            described = Interface(link, 0)
            if interface < len(batch.interfaces):
                described = batch.interfaces[interface]
            known = self._known[interface, link] = SourceInterface(batch.input, described)
        return known

    def lost(self, batch: Batch, rows: Column) -> list[int]:
        """How many packets were lost before each of these. A time in which nobody listened counts as one: an excerpt has no other
        way to tell it from a time in which nothing was chosen."""
        each = np.zeros(len(batch), dtype=np.int64) if batch.lost is None else batch.lost.copy()
        for _, end in batch.unwatched:
            each[int((batch.time == end).argmax())] += 1
        total = np.cumsum(each) + self._lost
        found = np.diff(total[rows], prepend=0)
        self._lost = int(total[-1]) - (int(total[rows[-1]]) if len(rows) else 0)
        return [int(number) for number in found]


class _Picker(Onlooker):
    """Marks the packets of a batch that are wanted."""

    def __init__(self, choice: Choice) -> None:
        self._frames = choice.frames
        self._opened, self._whole, self._media = choice.opened, choice.whole, choice.media
        self.looks = any(map(len, (self._opened, self._whole, self._media)))
        """Whether more than the numbers of frames has to be looked at."""
        self.marked: Mask = np.zeros(0, dtype=np.bool_)
        self._batch: Packets | None = None

    def begin(self, batch: Packets) -> None:
        if batch is self._batch:  # the decoder tells of it once more
            return
        self._batch = batch
        self._time, self._first_frame, self._input = batch.time, batch.first_frame, batch.input
        self.marked = np.zeros(len(batch.offset), dtype=np.bool_)
        frames = self._frames.get(batch.input)
        if frames is not None:
            since, until = np.searchsorted(frames, (batch.first_frame, batch.first_frame + len(batch.offset)))
            self.marked[frames[since:until] - batch.first_frame] = True

    def datagrams(self, frames: Frames, kind: int, size: Words, carry: Octets) -> None:  # noqa: ARG002
        if not len(self._media):
            return
        address, at, ports = (4, 12, _IPV4_HEADER) if kind == DATAGRAM4 else (16, 8, _IPV6_HEADER)
        times = self._time[frames.packet]
        for number in range(2):
            first = at + number * address
            name = np.concatenate(
                (
                    frames.octets[:, first : first + address],
                    frames.octets[:, ports + 2 * number : ports + 2 * number + 2],
                ),
                axis=1,
            )
            self.marked[frames.packet[self._media.covers(name, times)]] = True

    def segments(self, frames: Frames, kind: int) -> None:
        if not (len(self._opened) or len(self._whole)):
            return
        at, header, size = (12, _IPV4_HEADER, 12) if kind == SEGMENT4 else (8, _IPV6_HEADER, 36)
        places = (frames.packet + self._first_frame) | (self._input << FRAME_BITS)
        name = frames.octets[:, at : at + size]
        self.marked[frames.packet[self._whole.covers(name, places)]] = True
        marks = np.flatnonzero(frames.octets[:, header + _FLAGS_AT] & SYN_FIN_RST)
        if len(marks):
            found = self._opened.covers(name[marks], places[marks])
            self.marked[frames.packet[marks[found]]] = True

    def packet(self, packet: Packet, carries: str) -> None:
        frames = [frame - self._first_frame for frame in packet.frames]
        if packet.protocol == UDP and carries != SIP:
            size = len(packet.addresses) // 2
            ends = (
                packet.addresses[:size] + packet.ports[:2],
                packet.addresses[size:] + packet.ports[2:],
            )
            wanted = any(self._media.covers_one(end, packet.time) for end in ends)
        elif packet.protocol == TCP:
            name = packet.addresses + packet.ports
            place = packet.frames[-1] | self._input << FRAME_BITS
            wanted = self._whole.covers_one(name, place) or (
                bool(packet.flags & SYN_FIN_RST) and self._opened.covers_one(name, place)
            )
        else:
            wanted = False
        if wanted:
            self.marked[[each for each in frames if each >= 0]] = True
