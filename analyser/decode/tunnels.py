"""Tunnels in IP itself: GRE with ERSPAN (RFC 2784, RFC 2890), EtherIP (RFC 3378), L2TPv3 (RFC 3931).

They lead back to the layers that lead to them, so they enter themselves in the tables of `analyser.decode.ip`.
"""

from typing import Final

from analyser.decode.inner import is_ethernet
from analyser.decode.ip import PROTOCOLS, ip, refuse
from analyser.decode.link import ethernet, ethertype, ppp
from analyser.decode.packet import Packet, Step

_CHECKSUM, _ROUTING, _KEY, _SEQUENCE, _VERSION = 0x8000, 0x4000, 0x2000, 0x1000, 0x0007
_ERSPAN, _ERSPAN_3, _WCCP, _EOIP = 0x88BE, 0x22EB, 0x883E, 0x6400


def gre(packet: Packet, at: int, end: int) -> Step:
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
    if kind == _EOIP:  # MikroTik; the key is its length and the number of the tunnel
        return ethernet, at, end
    if kind == _WCCP:  # with or without four octets of its own
        return ip, at if end > at and data[at] >> 4 == 4 else at + 4, end
    return ethertype(packet, kind, at, end)


def _ether_ip(packet: Packet, at: int, end: int) -> Step:
    """Version 3 and twelve reserved bits."""
    return (ethernet, at + 2, end) if packet.data[at : min(at + 2, end)] == b"\x30\0" else None


def pseudowire(packet: Packet, at: int, end: int) -> Step:
    """What follows the session of L2TPv3: a cookie and a sublayer, whose sizes only the two ends know, then a frame."""
    data = packet.data
    for frame in range(at, at + 16, 4):
        if is_ethernet(data, frame, end):
            return ethernet, frame, end
        if data[frame : frame + 4] in _PPP_FRAMES:
            return ppp, frame, end
    packet.reason = "L2TPv3 that carries neither Ethernet nor PPP"
    return None


_PPP_FRAMES: Final = frozenset({b"\xff\x03\0\x21", b"\xff\x03\0\x57"})


def _l2tp(packet: Packet, at: int, end: int) -> Step:
    """A session in IP itself; session 0 is for control messages (RFC 3931 §4.1.1)."""
    control = packet.data[at : at + 4] == bytes(4)
    return (pseudowire, at + 4, end) if end - at > 4 and not control else None


PROTOCOLS.update({47: gre, 97: _ether_ip, 115: _l2tp})
