"""The packet socket of Linux: one for all interfaces, so that packets come in the order of time.

The kernel runs our filter on each packet, says by which interface it came, when, how many it had to drop before it, and which
VLAN tag the network card took off.
"""

import ctypes
import os
import select
import socket
import time
from collections.abc import Sequence
from errno import EINTR, ENETDOWN, ENETRESET, ENOBUFS, ENODEV, ENXIO
from struct import Struct
from typing import Final

from analyser.capture.bpf import Program, packed
from analyser.capture.gathering import LONGEST, Gathering
from analyser.capture.interfaces import GONE, Interface, Known
from analyser.capture.privilege import refusal
from analyser.errors import CaptureError

RECEIVE_BUFFER: Final = 64 * 1024 * 1024
"""Octets, with the kernel's own, that wait in the kernel while we are busy: some 25,000 SIP messages."""

ETHERNET, RAW_IP, COOKED2 = 1, 101, 276
"""LINKTYPE_ values of what the packets of an interface are given as."""
_LINKS: Final = {
    **dict.fromkeys((1, 772), ETHERNET),  # Ethernet, loopback
    **dict.fromkeys(
        (519, 768, 769, 776, 778, 823, 65534), RAW_IP
    ),  # tunnels of IP, which have no header of their own
}
"""By hardware type (ARPHRD_ value). Any other is COOKED2, whose header tells what the kernel knows."""

_ALL_PROTOCOLS: Final = 3
_SO_ATTACH_FILTER, _SO_RCVBUFFORCE, _SO_TIMESTAMPNS, _SO_RXQ_OVFL = 26, 33, 35, 40
_SOL_PACKET, _ADD_MEMBERSHIP, _STATISTICS, _AUXDATA = 263, 1, 6, 8
_PROMISCUOUS: Final = 1
_VLAN_VALID, _TPID_VALID = 0x10, 0x40
_DEFAULT_TPID: Final = 0x8100
_AUXILIARY: Final = Struct("=IIIHHHH")
_TIME: Final = Struct("@ll")
_DROPS: Final = Struct("=I")
_COUNTS: Final = Struct("=II")
_TAG: Final = Struct(">HH")
_SLL2: Final = Struct(">HHIHBB8s")
_MEMBERSHIP: Final = Struct("=iHH8s")
_ADDRESS: Final = Struct("=HHiHBB8s")
_ANCILLARY: Final = 256
_TRANSIENT: Final = frozenset({EINTR, ENETDOWN, ENETRESET, ENOBUFS, ENODEV, ENXIO})
"""What the socket says once when an interface goes, after which it goes on with the others."""
_SECOND: Final = 1_000_000_000


class PacketSocket:
    """Listens to some interfaces, or to all. Raises CaptureError where it may not."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._lost = 0
        """How many packets the kernel had dropped before the last one, modulo 2**32."""
        self._dropped = 0
        try:
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        except PermissionError as error:
            raise refusal() from error
        except OSError as error:
            raise CaptureError(f"packets cannot be captured: {error.strerror}") from error
        self._socket.setblocking(False)
        self._poll = select.poll()
        self._poll.register(self._socket, select.POLLIN)
        self._enlarge()
        for level, option in (
            (socket.SOL_SOCKET, _SO_TIMESTAMPNS),
            (socket.SOL_SOCKET, _SO_RXQ_OVFL),
            (_SOL_PACKET, _AUXDATA),
        ):
            self._socket.setsockopt(level, option, 1)

    def _enlarge(self) -> None:
        for option in (_SO_RCVBUFFORCE, socket.SO_RCVBUF):  # the first needs CAP_NET_ADMIN
            try:
                self._socket.setsockopt(
                    socket.SOL_SOCKET, option, RECEIVE_BUFFER // 2
                )  # the kernel doubles it
            except OSError:
                continue
            return

    def listen(self, program: Program, promiscuous: Sequence[Interface], only: int = 0) -> None:
        """Take what the program lets through, from now on; of the interface `only`, or where it is 0 of all.

        Before the first call nothing is taken, so that nothing slips in unfiltered.
        """
        octets = ctypes.create_string_buffer(packed(program))
        # struct sock_fprog: the number of instructions, and where they are.
        described = Struct("@HP").pack(len(program), ctypes.addressof(octets))
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, described)
        except OSError as error:
            raise CaptureError(f"the kernel refuses the filter: {error.strerror}") from error
        self._bind(only)
        for each in promiscuous:
            wanted = _MEMBERSHIP.pack(each.ident, _PROMISCUOUS, 0, b"")
            try:
                self._socket.setsockopt(_SOL_PACKET, _ADD_MEMBERSHIP, wanted)
            except OSError:
                continue  # it has just gone, or has no such mode: what is meant for this host is seen all the same

    def _bind(self, index: int) -> None:
        """As `socket.bind`, which has no way to say all interfaces."""
        address = _ADDRESS.pack(socket.AF_PACKET, socket.htons(_ALL_PROTOCOLS), index, 0, 0, 0, b"")
        bind = ctypes.CDLL(None, use_errno=True).bind
        if bind(self._socket.fileno(), address, len(address)) and ctypes.get_errno() not in _TRANSIENT:
            raise CaptureError(f"packets cannot be captured: {os.strerror(ctypes.get_errno())}")

    def wait(self, seconds: float) -> bool:
        """Whether there is something to take, within that time."""
        return bool(self._poll.poll(seconds * 1000))

    def fill(self, gathering: Gathering) -> bool:
        """Take the packets that have come; whether these were all. Raises CaptureError where the socket is broken."""
        receive = self._socket.recvmsg_into
        while not gathering.is_full:
            try:
                size, ancillary, _, address = receive((gathering.room,), _ANCILLARY)
            except BlockingIOError:
                return True
            except OSError as error:
                if error.errno in _TRANSIENT:
                    continue
                raise CaptureError(f"packets cannot be captured any more: {error.strerror}") from error
            self._add(gathering, size, ancillary, address)
        return False

    def _add(
        self,
        gathering: Gathering,
        size: int,
        ancillary: list[tuple[int, int, bytes]],
        address: tuple[str, int, int, int, bytes],
    ) -> None:
        at, lost = 0, self._lost
        status, wire, network, tag, tag_type = 0, size, 0, 0, 0
        for level, kind, data in ancillary:
            if level == _SOL_PACKET and kind == _AUXDATA:
                status, wire, _, _, network, tag, tag_type = _AUXILIARY.unpack_from(data)
            elif kind == _SO_TIMESTAMPNS:
                seconds, rest = _TIME.unpack_from(data)
                at = seconds * _SECOND + rest
            elif kind == _SO_RXQ_OVFL:
                (lost,) = _DROPS.unpack_from(data)
        name, protocol, direction, hardware, station = address
        name = name or GONE
        link = _LINKS.get(hardware, COOKED2)
        start = gathering.start
        buffer = gathering.buffer
        if link == ETHERNET:
            if status & _VLAN_VALID and size >= _STATIONS:
                start -= 4
                buffer[start : start + _STATIONS] = buffer[start + 4 : start + 4 + _STATIONS]
                _TAG.pack_into(
                    buffer, start + _STATIONS, tag_type if status & _TPID_VALID else _DEFAULT_TPID, tag
                )
                size, wire = size + 4, wire + 4
        else:
            network = min(network, size)
            start, size, wire = start + network, size - network, wire - network
            if link == COOKED2:
                start, size, wire = start - _SLL2.size, size + _SLL2.size, wire + _SLL2.size
                index = self._known.index(name)
                _SLL2.pack_into(
                    buffer, start, protocol, 0, index, hardware, direction, len(station), station[:8]
                )
        before, self._lost = self._lost, lost
        interface = self._known.number(name, link)
        missing = ((lost - before) & 0xFFFFFFFF) + self._known.missed(interface)
        gathering.add(
            start, min(size, LONGEST), max(wire, size), at or time.time_ns(), link, interface, missing
        )

    def dropped(self) -> int:
        """Packets that the kernel could not keep for us, so far."""
        counts = self._socket.getsockopt(_SOL_PACKET, _STATISTICS, _COUNTS.size)
        self._dropped += _COUNTS.unpack(counts)[1]  # which sets its counts to zero
        return self._dropped

    def close(self) -> None:
        self._socket.close()


_STATIONS: Final = 12
"""Octets of the two addresses of Ethernet."""
