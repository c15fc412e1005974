"""Whose the datagrams of a batch are, told from their octets where they lie, for all that are as usual throughout.

Only the compiled form uses it: there it takes a tenth of what a payload costs, so that a process hardly feels what
others take; interpreted, it would take longer than what it saves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from analyser.decode.hops import IPV4_KEY, IPV6_KEY
from analyser.decode.link import IP_TYPES, SHAPES
from analyser.decode.packet import UDP
from analyser.decode.wide import IS_TUNNEL
from analyser.sip.walk import stands

if TYPE_CHECKING:
    from mypy_extensions import i64

    from analyser.decode.rows import Packets

UNTOLD, OWN, LEFT = 0, 1, 2
"""What is told of a packet: nothing, for only a closer look can tell; that it is this process's, or another's."""
CALL_ID: Final = b"Call-ID: "
"""How nearly everybody spells it, behind the end of a line."""
TELLING: Final = 20
"""Octets of a Call-ID that decide; those that are longer need not be searched for their end."""

_TUNNEL_PORTS: Final[bytes] = IS_TUNNEL.tobytes()
_IS_IP: Final[bytes] = np.isin(np.arange(65536), list(IP_TYPES)).tobytes()
_NOBODY: Final = -1
_NOWHERE: Final = -1
_LEAST: Final = 128
"""Octets of a packet behind its link header below which there is no whole message in it."""
_LONGEST_LINE: Final = 1024
_CALL_ID: Final = b"\n" + CALL_ID
_SKIP: Final = bytes(len(_CALL_ID) - 1 - _CALL_ID.rfind(octet, 0, len(_CALL_ID) - 1) for octet in range(256))
"""How much further `_CALL_ID` can be found at the soonest, by the octet where its last one would stand (Horspool)."""
_RESPONSE: Final = b"SIP/2.0 "
_ENDS_REQUEST_LINE: Final = b" SIP/2.0\r\n"


class Sieve:
    """Tells for one batch after another what is to be looked at more closely."""

    def __init__(self, index: int, jobs: int) -> None:
        self._index: i64 = index
        self._jobs: i64 = jobs
        self._first: i64 = 0
        self._buffer = b""
        self._publishes = False
        """Whether a PUBLISH has come: from then on any response may answer one, so that none is told by its Call-ID."""
        self.told = b""
        """For each packet of the batch OWN, LEFT or UNTOLD."""
        self.frames: list[int] = []
        """Those that are left: their numbers; with them go their times (ns)."""
        self.times: list[int] = []
        self._keys: list[int] = []
        """Where their addresses begin; the ports follow. Twice that, and 1 more in IPv6."""

    def sift(self, batch: Packets) -> bool:
        """Tell what of a batch can be told; False where nothing can."""
        link = batch.link
        shape = SHAPES.get(link) if isinstance(link, int) else None
        if shape is None:
            return False
        self.clear()
        buffer = self._buffer = batch.buffer
        frame: i64 = batch.first_frame
        size: i64 = shape.size
        type_at: i64 = _NOWHERE if shape.type_at is None else shape.type_at
        offsets: list[int] = batch.offset.tolist()
        lengths: list[int] = batch.caplen.tolist()
        times: list[int] = batch.time.tolist()
        told: list[int] = []
        count: i64 = len(offsets)
        for packet in range(count):
            at: i64 = offsets[packet]
            end: i64 = lengths[packet]
            end += at
            net = at + size
            if type_at == _NOWHERE or _IS_IP[_word(buffer, at + type_at)]:
                share = self._share(buffer, net, end)
            else:
                share = _NOBODY
            if share == _NOBODY:
                told.append(UNTOLD)
            elif share == self._index:
                told.append(OWN)
            else:
                told.append(LEFT)
                self.frames.append(frame + packet)
                self.times.append(times[packet])
                self._keys.append(_key(buffer, net))
        self._first = batch.first_frame
        self.told = bytes(told)
        return True

    def clear(self) -> None:
        """Forget the batch."""
        self._buffer = self.told = b""
        self.frames.clear()
        self.times.clear()
        self._keys.clear()

    def is_own(self, frame: int) -> bool:
        """Whether a frame of the batch was told to be this process's."""
        told = self.told
        return len(told) > 0 and told[frame - self._first] == OWN

    def key(self, at: int) -> bytes:
        """Addresses and ports, as on the wire, of the left datagram number `at` of the batch."""
        start: i64 = self._keys[at]
        size: i64 = IPV6_KEY if start & 1 else IPV4_KEY
        start >>= 1
        return self._buffer[start : start + size]

    def _share(self, buffer: bytes, net: i64, end: i64) -> i64:
        """The share of a packet whose IP header begins at `net`."""
        if end - net < _LEAST:
            return _NOBODY
        version: i64 = buffer[net]
        if version == 0x45:
            if buffer[net + 9] != UDP or buffer[net + 6] & 0x3F or buffer[net + 7]:
                return _NOBODY
            size = _word(buffer, net + 2) - 20
            udp = net + 20
        elif version >> 4 == 6 and buffer[net + 6] == UDP:
            size = _word(buffer, net + 4)
            udp = net + 40
        else:
            return _NOBODY
        if (
            _word(buffer, udp + 4) != size
            or udp + size > end
            or _TUNNEL_PORTS[_word(buffer, udp)]
            or _TUNNEL_PORTS[_word(buffer, udp + 2)]
        ):
            return _NOBODY
        return self._share_of_message(buffer, udp + 8, udp + size)

    def _share_of_message(self, buffer: bytes, at: i64, end: i64) -> i64:
        if buffer[at] == ord("S") and stands(buffer, at, _RESPONSE):
            if self._publishes or not ord("0") <= buffer[at + 8] <= ord("9"):
                return _NOBODY
        elif buffer[at] == ord("P") and buffer[at + 1] == ord("U"):
            self._publishes = True
            return _NOBODY
        else:
            at = _behind_request_line(buffer, at, end)
            if at < 0:
                return _NOBODY
        at = _behind_name(buffer, at, end)
        if at < 0:
            return _NOBODY
        total = _sum(buffer, at)
        return total % self._jobs if total > 0 else _NOBODY


def _behind_request_line(buffer: bytes, at: i64, end: i64) -> i64:
    """Where the last octet of a request line stands, -1 where there is none."""
    start = at
    end = min(end, at + _LONGEST_LINE)
    while at < end and ord("A") <= buffer[at] <= ord("Z"):
        at += 1
    if at == start or buffer[at] != ord(" "):
        return -1
    while at < end and buffer[at] != ord("\r"):
        at += 1
    return at + 1 if stands(buffer, at - 8, _ENDS_REQUEST_LINE) else -1


def _behind_name(buffer: bytes, at: i64, end: i64) -> i64:
    """Where the value of the Call-ID begins, -1 where there is none of the usual spelling."""
    last = at + 9
    end -= TELLING + 1
    while last < end:
        octet: i64 = buffer[last]
        if octet == ord(" ") and stands(buffer, last - 9, _CALL_ID):
            return last + 1
        last += _SKIP[octet]
    return -1


def _sum(buffer: bytes, at: i64) -> i64:
    """The sum of the octets that tell a Call-ID, 0 where they are not as usual."""
    stop = at + TELLING
    total: i64 = 0
    while at < stop:
        octet: i64 = buffer[at]
        if octet == ord("\r"):
            return total if buffer[at + 1] == ord("\n") else 0
        if octet <= ord(" ") or octet >= 0x80:
            return 0
        total += octet
        at += 1
    return total


def _key(buffer: bytes, net: i64) -> i64:
    """Where the addresses of a packet begin, twice; and 1 more in IPv6."""
    return (net + 12) << 1 if buffer[net] == 0x45 else (net + 8) << 1 | 1


def _word(buffer: bytes, at: i64) -> i64:
    return buffer[at] << 8 | buffer[at + 1]


def share_of(call_id: bytes, jobs: int) -> int:
    """The share of a Call-ID."""
    size: i64 = len(call_id)
    place: i64 = 0
    total: i64 = 0
    while place < size and place < TELLING:
        total += call_id[place]
        place += 1
    return total % jobs
