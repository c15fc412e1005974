"""A UDP socket for HEP, which on Linux tells when the kernel took each datagram and how many it had to drop."""

import contextlib
import socket
import struct
import sys
import time
from collections.abc import Callable
from typing import Final

from analyser.capture.wrapped import MAX_DATAGRAM, Arrived
from analyser.wire import SECOND, Endpoint

ANY_IPV4: Final = "0.0.0.0"  # noqa: S104 - agents are other hosts
RECEIVE_BUFFER: Final = 16 * 1024 * 1024
"""Octets that the kernel is asked to hold for us, some ten thousand messages; without privilege it gives less."""
MAX_AT_ONCE: Final = 1024
"""Datagrams taken in one turn."""
MAX_OCTETS_AT_ONCE: Final = 4 * 1024 * 1024
"""Octets of them, the last datagram apart."""

# Linux names them in asm-generic/socket.h; Python does not.
_SO_RCVBUFFORCE, _SO_TIMESTAMPNS, _SO_RXQ_OVFL, _SO_MEMINFO = 33, 35, 40, 55
_MEMINFO_DROPS: Final = 8
"""Which word of SO_MEMINFO counts the drops."""
_WORD: Final = struct.Struct("=I")
_MOMENT: Final = struct.Struct("@ll")
_WRAP: Final = 1 << 32
_ANCILLARY: Final = (
    socket.CMSG_SPACE(_MOMENT.size) + socket.CMSG_SPACE(_WORD.size) if sys.platform == "linux" else 0
)

Addressed = Callable[[tuple[object, ...]], Endpoint]


class Datagrams:
    """What comes in on a bound UDP socket."""

    def __init__(self, bound: socket.socket, target: Endpoint, addressed: Addressed) -> None:
        self.socket = bound
        self._target = target
        self._target4 = Endpoint(ANY_IPV4, target.port) if ":" in target.host else target
        """The target of what came by IPv4 to a socket for both versions."""
        self._addressed = addressed
        self._told = 0
        """Of the drops of the kernel, those that a datagram has told of."""
        bound.setblocking(False)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        if sys.platform == "linux":
            bound.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
            bound.setsockopt(socket.SOL_SOCKET, _SO_RXQ_OVFL, 1)
            with contextlib.suppress(PermissionError):  # then it is what the system grants to everybody
                bound.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, RECEIVE_BUFFER)

    @property
    def dropped(self) -> int:
        """How many the kernel has dropped since the beginning."""
        if sys.platform != "linux":
            return 0
        size = _WORD.size * (_MEMINFO_DROPS + 1)
        try:
            counts = self.socket.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, size)
        except OSError:  # closed, or a kernel before 4.12
            return self._told
        now = _WORD.unpack_from(counts, size - _WORD.size)[0] if len(counts) >= size else self._told % _WRAP
        return self._told + (now - self._told) % _WRAP

    def receive(self) -> list[Arrived]:
        """Those that are here, up to the bounds of one turn."""
        arrived: list[Arrived] = []
        octets = 0
        while len(arrived) < MAX_AT_ONCE and octets < MAX_OCTETS_AT_ONCE:
            try:
                data, moment, lost, source = self._next()
            except (
                OSError
            ):  # no more is here; or Windows tells that something that we never sent did not arrive
                break
            agent = self._addressed(source)
            target = self._target if ":" in agent.host else self._target4
            arrived.append(Arrived(moment, agent, target, data, lost))
            octets += len(data)
        return arrived

    def _next(self) -> tuple[bytes, int, int, tuple[object, ...]]:
        """A datagram, when it came, how many were lost just before it, and whence it came."""
        if sys.platform != "linux":
            data, source = self.socket.recvfrom(MAX_DATAGRAM)
            return data, time.time_ns(), 0, source
        data, ancillary, _, source = self.socket.recvmsg(MAX_DATAGRAM, _ANCILLARY)
        moment = lost = 0
        for level, kind, value in ancillary:
            if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS and len(value) == _MOMENT.size:
                seconds, rest = _MOMENT.unpack(value)
                moment = seconds * SECOND + rest
            elif level == socket.SOL_SOCKET and kind == _SO_RXQ_OVFL and len(value) == _WORD.size:
                lost = (_WORD.unpack(value)[0] - self._told) % _WRAP
                self._told += lost
        return data, moment or time.time_ns(), lost, source

    def close(self) -> None:
        self._told = self.dropped
        self.socket.close()
