"""RTP streams: the packets of one synchronisation source between two endpoints (RFC 3550 §3), counted with arrays.

Each batch becomes a row a stream; rows wait until there are many and are then joined at once. So nothing is done for each packet,
and little for each stream of a batch.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analyser.decode.bounds import MAX_RTP_STREAMS, RTP_SILENCE
from analyser.decode.contents import KINDS, RTP_KIND
from analyser.decode.hops import IPV4_KEY, IPV6_KEY, Hops
from analyser.decode.onlooker import Onlooker
from analyser.decode.packet import UDP, Packet
from analyser.decode.rows import DATAGRAM4, Frames, Mask, Octets, Packets, Words
from analyser.wire import RTP, Coverage, RtpStream

_IPV4_HEADER, _IPV6_HEADER, _UDP_HEADER, _RTP_HEADER = 20, 40, 8, 12
_SSRC_AT: Final = 8
_KEY: Final = IPV6_KEY + 4
"""Octets of what names a stream: addresses and ports as on the wire, then the SSRC. IPv4 leaves zeros behind it."""
_KEYS: Final = _KEY // 8
_INPUT, _FIRST, _LAST, _FIRST_FRAME, _LAST_FRAME, _PACKETS, _OCTETS, _LOW, _HIGH = range(_KEYS, _KEYS + 9)
"""Columns behind those of the key; the last two have a bit for each payload type, below 64 and from there on."""
_COLUMNS: Final = _KEYS + 9
_WAITING: Final = 65_536
"""Rows that wait until they are joined with what is known."""

_Rows = NDArray[np.int64]
"""A column a stream, or a part of one."""


class RtpStreams(Onlooker):
    """Collects the RTP streams of a capture. RTCP is no stream, nor is a packet that was cut before its SSRC."""

    def __init__(self, coverage: Coverage) -> None:
        self._coverage = coverage
        self._known: _Rows = np.zeros((_COLUMNS, 0), dtype=np.int64)
        self._waiting: list[_Rows] = []
        self._count = 0
        """How many of them wait."""
        self._single: list[tuple[bytes, int, int, int, int]] = []
        """Packets of the narrow lane in this batch: key, time, frame, octets, payload type."""
        self._time = np.zeros(0, dtype=np.int64)
        self._first_frame = self._input = 0

    def begin(self, batch: Packets) -> None:
        self._flush()
        self._time, self._first_frame, self._input = batch.time, batch.first_frame, batch.input

    def datagrams(self, frames: Frames, kind: int, size: Words, carry: Octets) -> None:
        header = (_IPV4_HEADER if kind == DATAGRAM4 else _IPV6_HEADER) + _UDP_HEADER
        media = np.flatnonzero((carry == RTP_KIND) & (frames.net + (header + _RTP_HEADER) <= frames.end))
        if not len(media):
            return
        octets = frames.octets[media]
        key = np.zeros((len(media), _KEY), dtype=np.uint8)
        name, at = (IPV4_KEY, 12) if kind == DATAGRAM4 else (IPV6_KEY, 8)
        key[:, :name] = octets[:, at : at + name]
        key[:, name : name + 4] = octets[:, header + _SSRC_AT : header + _RTP_HEADER]
        packet = frames.packet[media]
        self._add(key, self._time[packet], packet + self._first_frame, size[media], octets[:, header + 1])

    def packet(self, packet: Packet, carries: str) -> None:
        data, at = packet.data, packet.start
        if carries != RTP or packet.protocol != UDP or packet.end - at < _RTP_HEADER:
            return
        if KINDS[data[at] << 8 | data[at + 1]] == RTP_KIND:
            key = packet.addresses + packet.ports + data[at + _SSRC_AT : at + _RTP_HEADER]
            size = packet.end + packet.missing - at
            self._single.append(
                (key.ljust(_KEY, b"\0"), packet.time, packet.frames[-1], size, data[at + 1] & 0x7F)
            )

    def streams(self) -> Iterator[RtpStream]:
        """All of them, once the last batch has been read, in the order of their first frames."""
        self._flush()
        self._join()
        known, hops = self._known, Hops("UDP")
        for place in np.lexsort((known[_FIRST_FRAME], known[_INPUT])).tolist():
            key = known[:_KEYS, place].tobytes()
            four = not any(
                key[IPV6_KEY - 4 : IPV6_KEY]
            )  # the ports of IPv6, which are not 0 where there is media
            name = IPV4_KEY if four else IPV6_KEY
            row = known[:, place].tolist()
            yield RtpStream(
                hop=hops[key[:name]],
                ssrc=int.from_bytes(key[name : name + 4], "big"),
                payload_types=tuple(_bits(row[_LOW], 0) + _bits(row[_HIGH], 64)),
                packets=row[_PACKETS],
                octets=row[_OCTETS],
                first_time=row[_FIRST],
                last_time=row[_LAST],
                first_frame=row[_FIRST_FRAME],
                last_frame=row[_LAST_FRAME],
                input=row[_INPUT],
            )

    def _flush(self) -> None:
        """Take what the narrow lane has brought."""
        if self._single:
            keys, times, frames, sizes, kinds = zip(*self._single, strict=True)
            self._single.clear()
            key = np.frombuffer(b"".join(keys), dtype=np.uint8).reshape(-1, _KEY)
            self._add(key, *(np.array(column, dtype=np.int64) for column in (times, frames, sizes, kinds)))

    def _add(self, key: Octets, time: _Rows, frame: _Rows, size: Words | _Rows, kind: Octets | _Rows) -> None:
        """Packets of the batch: one row each, made one row a stream."""
        rows = np.empty((_COLUMNS, len(key)), dtype=np.int64)
        rows[:_KEYS] = np.ascontiguousarray(key).view(np.int64).T
        rows[_INPUT] = self._input
        rows[_FIRST] = rows[_LAST] = time
        rows[_FIRST_FRAME] = rows[_LAST_FRAME] = frame
        rows[_PACKETS] = 1
        rows[_OCTETS] = size
        bit = np.uint64(1) << (kind & 0x3F).astype(np.uint64)
        high = (kind & 0x40) != 0
        rows[_LOW] = np.where(high, np.uint64(0), bit).view(np.int64)
        rows[_HIGH] = np.where(high, bit, np.uint64(0)).view(np.int64)
        rows = _joined(rows)
        self._waiting.append(rows)
        self._count += rows.shape[1]
        if self._count >= _WAITING:
            self._join()

    def _join(self) -> None:
        known = _joined(np.concatenate((self._known, *self._waiting), axis=1))
        self._waiting.clear()
        self._count = 0
        surplus = known.shape[1] - MAX_RTP_STREAMS
        if surplus > 0:
            self._coverage.evicted["RTP streams"] += surplus
            kept = np.argsort(known[_LAST], kind="stable")[surplus:]
            known = known[:, np.sort(kept)]
        self._known = known


def _joined(rows: _Rows) -> _Rows:
    """The same packets with one row for each stream; a silence ends one."""
    if rows.shape[1] < 2:
        return rows
    rows = rows[:, np.lexsort((rows[_FIRST], *rows[: _INPUT + 1][::-1]))]
    begins = np.ones(rows.shape[1], dtype=np.bool_)
    begins[1:] = (rows[: _INPUT + 1, 1:] != rows[: _INPUT + 1, :-1]).any(axis=0)
    begins[1:] |= rows[_FIRST, 1:] - _ended(rows[_LAST], begins)[:-1] > RTP_SILENCE
    starts = np.flatnonzero(begins)
    joined = rows[:, starts]
    if len(starts) < rows.shape[1]:
        joined[_FIRST_FRAME] = np.minimum.reduceat(rows[_FIRST_FRAME], starts)
        joined[[_LAST, _LAST_FRAME]] = np.maximum.reduceat(rows[[_LAST, _LAST_FRAME]], starts, axis=1)
        joined[[_PACKETS, _OCTETS]] = np.add.reduceat(rows[[_PACKETS, _OCTETS]], starts, axis=1)
        joined[[_LOW, _HIGH]] = np.bitwise_or.reduceat(rows[[_LOW, _HIGH]], starts, axis=1)
    return joined


def _ended(last: _Rows, begins: Mask) -> _Rows:
    """When the last packet of all rows up to each came; `begins` says where the rows of a key begin.

    A row may lie within the one before it: packets from before a clock was set back, or of another file, come out of order.
    """
    if ((last[1:] >= last[:-1]) | begins[1:]).all():
        return last
    order = np.argsort(np.argsort(last, kind="stable"), kind="stable")
    group = np.cumsum(begins) * len(last)  # what is behind lies above all that is before
    latest: _Rows = np.sort(last)[np.maximum.accumulate(order + group) - group]
    return latest


def _bits(mask: int, first: int) -> list[int]:
    """The numbers of the bits that are set, counted from `first`."""
    return [first + bit for bit in range(64) if mask >> bit & 1]
