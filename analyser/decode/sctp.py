"""SIP over SCTP (RFC 9260, RFC 4168): each user message is one SIP message, whatever its payload protocol identifier says.

Packets may bundle chunks, and messages may be cut into chunks: by consecutive TSNs (DATA), or by numbers of their own
(I-DATA, RFC 8260). A chunk that is sent again is known by its TSN. Messages are given as they become whole, without
waiting for the order of their stream, for nothing in SIP depends on it.

An association may use several addresses at each end, and send what it repeats, or the next fragment, by another path (RFC 9260 §6.4).
The verification tag tells that it is the same; where two that made up their tags badly have the same, their contents differ.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from analyser.decode.bounds import MAX_CHUNKS, MAX_MESSAGE, MAX_SCTP_FRAGMENTS, MAX_SCTP_OCTETS, MAX_TSNS
from analyser.decode.first import SHORTEST, may_begin
from analyser.decode.hops import Hops
from analyser.decode.inflow import joined
from analyser.decode.ip import PROTOCOLS, UDP_PORTS
from analyser.decode.packet import SCTP, Packet, Step
from analyser.wire import OTHER, SIP, Coverage, Payload

PORT: Final = 9899
"""Where SCTP goes in UDP (RFC 6951 §5.1)."""

_HEADER, _CHUNK, _DATA_HEADER, _IDATA_HEADER = 12, 4, 16, 20
_DATA, _IDATA = 0, 64
_END, _BEGIN, _UNORDERED = 1, 2, 4
_WHOLE: Final = _BEGIN | _END
_KINDS: Final = frozenset((*range(16), _IDATA, 128, 130, 132, 192, 193, 194))
"""Chunk types that IANA has registered, near enough."""
_TSNS: Final = 1 << 32
_NO_TAG: Final = bytes(4)
"""The tag of what only looks like data of an association (RFC 9260 §8.5.1)."""

Place = tuple[bytes, int]
"""What numbers the fragments: a direction of an association or one path of it, with the message for I-DATA; and the number."""


class Chunk(NamedTuple):
    """One DATA or I-DATA chunk."""

    tsn: int
    flags: int
    message: bytes
    """What names the message of an I-DATA chunk; empty for DATA."""
    number: int
    """The place of a fragment among the others."""
    data: bytes
    missing: int
    """Octets of the data that were not captured."""


class _Piece(NamedTuple):
    data: bytes
    missing: int
    frames: tuple[int, ...]
    flags: int


def sctp(packet: Packet, at: int, end: int) -> Step:
    """An SCTP packet ends the walk; what is in it is for `Associations`."""
    if end - at >= _HEADER:
        packet.protocol = SCTP
        packet.ports = packet.data[at : at + 4]
        packet.start = at
        packet.end = end
    return None


def _over_udp(packet: Packet, at: int, end: int) -> Step:
    """SCTP in UDP, where the first chunk looks like one."""
    if end - at < _HEADER + _CHUNK or packet.data[at + _HEADER] not in _KINDS:
        return None
    length = int.from_bytes(packet.data[at + _HEADER + 2 : at + _HEADER + 4], "big")
    if length < _CHUNK or at + _HEADER + length > packet.claimed:
        return None
    return sctp, at, end


PROTOCOLS[SCTP] = sctp
UDP_PORTS[PORT] = _over_udp


def chunks(packet: Packet) -> Iterator[Chunk]:
    """The DATA and I-DATA chunks of a packet (RFC 9260 §3.2, §3.3.1, RFC 8260 §2.1)."""
    data, end = packet.data, packet.end
    at = packet.start + _HEADER
    for _ in range(MAX_CHUNKS):
        if end - at < _CHUNK:
            return
        kind, flags, length = data[at], data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if length < _CHUNK:
            return
        header = {_DATA: _DATA_HEADER, _IDATA: _IDATA_HEADER}.get(kind)
        if header is not None and length > header and end - at >= header:
            tsn = int.from_bytes(data[at + 4 : at + 8], "big")
            until = at + length
            contents = data[at + header : min(until, end)]
            missing = max(until - max(end, at + header), 0)
            message, number = b"", tsn
            if kind == _IDATA:
                message = b"%c" % (flags & _UNORDERED) + data[at + 8 : at + 10] + data[at + 12 : at + 16]
                number = 0 if flags & _BEGIN else int.from_bytes(data[at + 16 : at + 20], "big")
            yield Chunk(tsn, flags, message, number, contents, missing)
        at += (length + 3) & ~3


def _contents(chunk: Chunk) -> int:
    """What tells the contents of a chunk from others."""
    return _CUT if chunk.missing else hash(chunk.data)


_CUT: Final = 0
"""The contents of a chunk of which the snap length left a part."""


def _may_be_same(one: int, other: int) -> bool:
    return one == other or _CUT in (one, other)


class Associations:
    """Gives the SIP messages of SCTP packets, each once."""

    def __init__(self, coverage: Coverage, is_candidate: Callable[[bytes], bool]) -> None:
        self._coverage = coverage
        self._is_candidate = is_candidate
        self._hops = Hops("SCTP")
        self._seen: OrderedDict[Place, int] = OrderedDict()
        """Directions and TSNs of chunks that have been here, and what their contents were."""
        self._pieces: dict[Place, _Piece] = {}
        self._ends: OrderedDict[Place, int] = OrderedDict()
        """Unbroken rows of fragments, the oldest first: the first one, and the number of the last."""
        self._starts: dict[Place, int] = {}
        """The same rows by their last fragment."""
        self._octets = 0
        self._others: OrderedDict[tuple[int, int], int] = OrderedDict()
        """By input and number, the frames that brought nothing but fragments so far: how many count with each."""

    def receive(self, packet: Packet, source: int, payloads: list[Payload]) -> None:
        """Take a packet; `payloads` gets the messages that it completes."""
        key = packet.addresses + packet.ports
        tag = packet.data[packet.start + 4 : packet.start + 8]
        path = key + tag
        association = packet.ports + tag if tag != _NO_TAG else path
        known, kept = len(payloads), False
        for chunk in chunks(packet):
            whole = chunk.flags & _WHOLE == _WHOLE
            if whole and not self._may_be_sip(chunk.data):
                continue
            names = path if self._is_another(association, path, chunk) else association
            if self._has_been_here(names, chunk):
                continue
            piece: _Piece | None = _Piece(chunk.data, chunk.missing, packet.frames, chunk.flags)
            if not whole:
                piece = self._join(names + chunk.message, chunk, packet.frames)
                kept = True
            if piece is not None and self._may_be_sip(piece.data):
                self._account(piece.frames, source)
                payloads.append(
                    Payload(packet.time, self._hops[key], piece.data, piece.frames, -1, piece.missing, source)
                )

        if kept and len(payloads) == known and not packet.shared:
            self._others[source, packet.frames[-1]] = packet.weight
            if len(self._others) > MAX_SCTP_FRAGMENTS:
                self._others.popitem(last=False)

    def _account(self, frames: tuple[int, ...], source: int) -> None:
        """Count the frames of a message as SIP that were thought to carry something else."""
        for frame in frames:
            weight = self._others.pop((source, frame), 0)
            self._coverage.carried[OTHER] -= weight
            self._coverage.carried[SIP] += weight

    def close(self) -> None:
        """The capture has ended: what is still incomplete could not be read."""
        while self._ends:
            self._drop_oldest()
            self._coverage.evicted["incomplete SCTP messages"] += 1  # their frames are counted already

    def _may_be_sip(self, data: bytes) -> bool:
        return may_begin(data) and len(data) >= SHORTEST and self._is_candidate(data)

    def _is_another(self, association: bytes, path: bytes, chunk: Chunk) -> bool:
        """Whether the path is of another association with the same tag: the TSN has been used for something else, or a neighbour of
        the chunk is known to be of that one."""
        known = self._seen.get((association, chunk.tsn))
        group, number = path + chunk.message, chunk.number
        return (
            (known is not None and not _may_be_same(known, _contents(chunk)))
            or (group, (number - 1) % _TSNS) in self._pieces
            or (group, (number + 1) % _TSNS) in self._pieces
        )

    def _has_been_here(self, association: bytes, chunk: Chunk) -> bool:
        place, contents = (association, chunk.tsn), _contents(chunk)
        known = self._seen.get(place)
        if known is not None and _may_be_same(known, contents):
            return True
        self._seen[place] = contents
        if len(self._seen) > MAX_TSNS:
            self._seen.popitem(last=False)
        return False

    def _join(self, group: bytes, chunk: Chunk, frames: tuple[int, ...]) -> _Piece | None:
        """Keep a fragment beside its neighbours; the message, once the row is whole."""
        first = last = chunk.number
        place = group, first
        if place in self._pieces:
            return None
        self._pieces[place] = _Piece(chunk.data, chunk.missing, frames, chunk.flags)
        self._octets += len(chunk.data)
        before = (first - 1) % _TSNS
        if (
            not chunk.flags & _BEGIN
            and (group, before) in self._starts
            and not self._pieces[group, before].flags & _END
        ):
            first = self._starts.pop((group, before))
        after = (last + 1) % _TSNS
        if (
            not chunk.flags & _END
            and (group, after) in self._ends
            and not self._pieces[group, after].flags & _BEGIN
        ):
            last = self._ends.pop((group, after))
        self._ends[group, first] = last
        self._starts[group, last] = first
        if self._pieces[group, first].flags & _BEGIN and self._pieces[group, last].flags & _END:
            del self._ends[group, first]
            return self._whole(self._take(group, first, last))
        while len(self._pieces) > MAX_SCTP_FRAGMENTS or self._octets > MAX_SCTP_OCTETS:
            self._coverage.evicted["fragments of SCTP messages"] += len(self._drop_oldest())
        return None

    def _take(self, group: bytes, first: int, last: int) -> list[_Piece]:
        """A row of fragments, which is kept no longer."""
        del self._starts[group, last]
        row = [
            self._pieces.pop((group, (first + step) % _TSNS)) for step in range((last - first) % _TSNS + 1)
        ]
        self._octets -= sum(len(piece.data) for piece in row)
        return row

    def _drop_oldest(self) -> list[tuple[int, ...]]:
        (group, first), last = self._ends.popitem(last=False)
        return [piece.frames for piece in self._take(group, first, last)]

    def _whole(self, row: list[_Piece]) -> _Piece | None:
        """The message in a row of fragments, up to the first octet that was not captured."""
        frames = joined(piece.frames for piece in row)
        size = sum(len(piece.data) + piece.missing for piece in row)
        if size > MAX_MESSAGE:
            self._coverage.evicted["SCTP messages that are too large"] += 1
            return None
        data = bytearray()
        for piece in row:
            data += piece.data
            if piece.missing:
                break
        return _Piece(bytes(data), size - len(data), tuple(sorted(frames)), _WHOLE)
