"""Layers that carry whole packets: GRE with ERSPAN (RFC 2784, RFC 2890), VXLAN (RFC 7348), GTP-U (3GPP TS 29.281).

They lead back to the layers that lead to them, so they enter themselves in the tables of `analyser.decode.ip`.
"""

from typing import Final

from analyser.decode.ip import PROTOCOLS, UDP_PORTS, ip, refuse
from analyser.decode.link import ethernet, ethertype, ppp
from analyser.decode.packet import Layer, Packet, Step

_CHECKSUM, _ROUTING, _KEY, _SEQUENCE, _VERSION = 0x8000, 0x4000, 0x2000, 0x1000, 0x0007
_BRIDGED, _PPP, _ERSPAN, _ERSPAN_3 = 0x6558, 0x880B, 0x88BE, 0x22EB

_GTP_FIXED, _GTP_OPTIONS = 8, 4
_GTP_VERSION_1, _GTP_USER_DATA = 0x30, 0xFF


def _gre(packet: Packet, at: int, end: int) -> Step:
    data = packet.data
    if end - at < 4:
        return refuse(packet, "GRE")
    flags = int.from_bytes(data[at : at + 2], "big")
    kind = int.from_bytes(data[at + 2 : at + 4], "big")
    version = flags & _VERSION
    if version > 1 or flags & _ROUTING:
        packet.reason = "GRE of an unknown version"
        return None
    sequence = bool(flags & _SEQUENCE)
    at += 4 + 4 * (bool(flags & _CHECKSUM) + bool(flags & _KEY) + sequence)
    if version == 1 and flags & 0x0080:  # the acknowledgement number of PPTP (RFC 2637 §4.1)
        at += 4
    if kind == _ERSPAN:
        return ethernet, at + 8 if sequence else at, end  # type I has neither sequence nor header
    if kind == _ERSPAN_3:
        more = end - at >= 12 and data[at + 11] & 1
        return ethernet, at + (20 if more else 12), end
    if kind == _BRIDGED:
        return ethernet, at, end
    if kind == _PPP:
        return ppp(packet, at, end)
    return ethertype(packet, kind, at, end)


def _vxlan(packet: Packet, at: int, end: int) -> Step:
    """The I flag is set and all reserved bits are not (RFC 7348 §5)."""
    if end - at < 8 or packet.data[at : at + 4] != b"\x08\0\0\0" or packet.data[at + 7]:
        return None
    return ethernet, at + 8, end


def _gtp_u(packet: Packet, at: int, end: int) -> Step:
    """User data of GTPv1 (3GPP TS 29.281 §5.1), behind any extension headers (§5.2)."""
    data = packet.data
    if end - at < _GTP_FIXED or data[at] & 0xF0 != _GTP_VERSION_1 or data[at + 1] != _GTP_USER_DATA:
        return None
    flags = data[at] & 0x07
    end = min(end, at + _GTP_FIXED + int.from_bytes(data[at + 2 : at + 4], "big"))
    at += _GTP_FIXED
    if flags:
        at += _GTP_OPTIONS
        following = data[at - 1] if flags & 0x04 and at <= end else 0
        while following and at < end and data[at]:
            at += 4 * data[at]
            following = data[at - 1] if at <= end else 0
    return ip, at, end


PORTS: Final[dict[int, Layer]] = {2152: _gtp_u, 4789: _vxlan}
"""Layers by the port that a datagram goes to."""

PROTOCOLS[47] = _gre
UDP_PORTS.update(PORTS)
