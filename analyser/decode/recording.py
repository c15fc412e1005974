"""Debug recordings of AudioCodes gateways and session border controllers: what these saw, in datagrams to port 925.

A header with a version, a time and what the contents are; then, where the device had it, an IP packet, or else a SIP message, whose
addresses an extension of the header may tell. What came over TLS is recorded in the clear. (As Wireshark reads them, packet-acdr.c.)
"""

from typing import Final

from analyser.decode.first import SHORTEST, may_begin
from analyser.decode.inner import is_ip
from analyser.decode.ip import ip
from analyser.decode.packet import UDP, Packet, Step

PORT: Final = 925

_SIZES: Final = {3: 15, 4: 15, 5: 19, 6: 19, 7: 23, 8: 24, 9: 28}
"""Octets of the header by its version."""
_SHORT_NUMBERS: Final = 9
"""From this version on the numbers of channels take four octets each in place of two."""
_HAS_EXTENSION: Final = 5
_HEADER_ADDED: Final = 0x08
_SIP, _TLS = 10, 33
_SYSTEM: Final = 6
_TLS_SIP: Final = 3
_TRANSPORTS: Final = {6: "TCP", 132: "SCTP"}


def recorded(packet: Packet, at: int, end: int) -> Step:
    """A recorded packet; None where the datagram is something else."""
    data = packet.data
    version = data[at] if at < end else 0
    size = _SIZES.get(version)
    if size is None or end - at < size:
        return None
    kinds = at + (11 if version < _SHORT_NUMBERS else 15)
    flags, point, kind, more = data[kinds : kinds + 4]
    extension = at + size
    begin = extension + (more if version >= _HAS_EXTENSION else 0)
    if flags & _HEADER_ADDED and is_ip(data, begin, end):
        return ip, begin, end
    if kind not in (_SIP, _TLS) or end - begin < SHORTEST or not may_begin(data[begin : begin + 4]):
        return None
    told = data[extension:begin]
    packet.transport, ends = "UDP", bytes(12)
    if kind == _SIP and point == _SYSTEM and len(told) >= 13:
        packet.transport, ends = _TRANSPORTS.get(told[12], "UDP"), told[:12]
    elif kind == _TLS and len(told) >= 13 and told[12] == _TLS_SIP:
        packet.transport, ends = "TLS", told[4:12] + told[:4]
    packet.tunnel += packet.addresses
    packet.addresses, packet.ports, packet.ident = ends[:8], ends[8:], -1
    return _message, begin, end


def _message(packet: Packet, at: int, end: int) -> Step:
    packet.protocol, packet.start, packet.end = UDP, at, end
    return None
