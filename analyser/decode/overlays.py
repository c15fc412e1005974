"""Tunnels in UDP, known by their port or by their first octets on any port.

VXLAN with its kin (RFC 7348), GENEVE (RFC 8926), GTP-U (3GPP TS 29.281), L2TP (RFC 2661, RFC 3931), Teredo (RFC 4380), MPLS (RFC 7510), GRE
(RFC 8086), LISP (RFC 9300), CAPWAP, TZSP. On its own port a tunnel is believed when its header is in order; on any other one it has to lead to IP
that fills the datagram.
"""

from typing import Final

from analyser.decode.esp import in_udp
from analyser.decode.inner import fits, is_ethernet, is_ip
from analyser.decode.ip import UDP_BEGINNINGS, UDP_PORTS, ip
from analyser.decode.link import ETHERTYPES, LINKS, ethernet, ppp
from analyser.decode.mpls import mpls
from analyser.decode.packet import Layer, Packet, Step
from analyser.decode.recording import PORT as RECORDING
from analyser.decode.recording import recorded
from analyser.decode.tags import NEXT_PROTOCOLS
from analyser.decode.tunnels import gre, pseudowire
from analyser.decode.wlan import AVS, PRISM, swapped_wlan, wlan

_VXLAN, _GROUP_POLICY, _GENERIC = 0x08, 0x88, 0x0C
_GROUP_FLAGS: Final = 0x48

_GTP_FIXED, _GTP_OPTIONS = 8, 4
_GTP_VERSION_1, _GTP_USER_DATA = 0x30, 0xFF

_L2TP_CONTROL, _L2TP_LENGTH, _L2TP_SEQUENCE, _L2TP_OFFSET = 0x8000, 0x4000, 0x0800, 0x0200
_L2TP_RESERVED: Final = 0x34F0


def _vxlan(packet: Packet, at: int, end: int) -> Step:
    """VXLAN (RFC 7348 §5), with a group (draft-smith-vxlan-group-policy) or a next protocol (draft-ietf-nvo3-vxlan-gpe)."""
    data = packet.data
    if end - at < 8 or data[at + 7]:
        return None
    first, second, third, fourth = data[at : at + 4]
    if first == _VXLAN:
        return None if second or third or fourth else (ethernet, at + 8, end)
    if first == _GROUP_POLICY:
        return None if second & ~_GROUP_FLAGS else (ethernet, at + 8, end)
    layer = NEXT_PROTOCOLS.get(fourth) if first == _GENERIC and not second and not third else None
    return (layer, at + 8, end) if layer is not None else None


def _geneve(packet: Packet, at: int, end: int) -> Step:
    """Version 0, options in units of four octets, an Ethernet type (RFC 8926 §3.4)."""
    data = packet.data
    if end - at < 8 or data[at] & 0xC0 or data[at + 1] & 0x3F or data[at + 7]:
        return None
    kind = int.from_bytes(data[at + 2 : at + 4], "big")
    layer = ETHERTYPES.get(kind)
    return (layer, at + 8 + data[at] * 4, end) if layer is not None else None


def _gtp_u(packet: Packet, at: int, end: int) -> Step:
    """User data of GTPv1 (3GPP TS 29.281 §5.1), behind any extension headers (§5.2): IP or Ethernet."""
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
    if is_ip(data, at, end):
        return ip, at, end
    return (ethernet, at, end) if is_ethernet(data, at, end) else None


def _l2tp(packet: Packet, at: int, end: int) -> Step:
    """Data of version 2 carries PPP (RFC 2661 §3.1); version 3 names the session only (RFC 3931 §4.1.2)."""
    data = packet.data
    if end - at < 12:
        return None
    flags = int.from_bytes(data[at : at + 2], "big")
    if flags == 3 and data[at + 2 : at + 4] == bytes(2):
        return pseudowire, at + 8, end
    if flags & (_L2TP_CONTROL | _L2TP_RESERVED) or flags & 0x0F != 2:
        return None
    at += 8 if flags & _L2TP_LENGTH else 6
    if flags & _L2TP_SEQUENCE:
        at += 4
    if flags & _L2TP_OFFSET:
        at += 2 + int.from_bytes(data[at : at + 2], "big")
    return ppp, at, end


def _teredo(packet: Packet, at: int, end: int) -> Step:
    """IPv6, behind an authentication and an origin (RFC 4380 §5.1.1)."""
    data = packet.data
    if end - at > 4 and data[at : at + 2] == b"\0\1":
        at += 13 + data[at + 2] + data[at + 3]
    if data[at : at + 2] == bytes(2):
        at += 8
    return ip, at, end


def _tzsp(packet: Packet, at: int, end: int) -> Step:
    """Version 1, a packet received or to be sent, and tags up to the one that ends them."""
    data = packet.data
    if end - at < 5 or data[at] != 1 or data[at + 1] > 1:
        return None
    layer = _TZSP_PROTOCOLS.get(int.from_bytes(data[at + 2 : at + 4], "big"))
    at += 4
    while at < end and data[at] != _TZSP_END:
        at += 1 if not data[at] or at + 1 >= end else 2 + data[at + 1]
    return (layer, at + 1, end) if layer is not None and at < end else None


_TZSP_END: Final = 1
_TZSP_PROTOCOLS: Final[dict[int, Layer]] = {
    1: ethernet,
    4: ppp,
    7: ip,
    18: wlan,
    119: LINKS[PRISM],
    127: LINKS[AVS],
}


def _lisp(_packet: Packet, at: int, end: int) -> Step:
    """Eight octets before IP (RFC 9300 §5.1)."""
    return (ip, at + 8, end) if end - at > 8 else None


def _hp_mirror(_packet: Packet, at: int, end: int) -> Step:
    """Encapsulated remote mirroring of HP and Aruba switches: twelve octets before the frame."""
    return (ethernet, at + 12, end) if end - at > 12 else None


def _capwap(packet: Packet, at: int, end: int) -> Step:
    """Frames between access point and controller (RFC 5415 §4.3), of IEEE 802.11 or 802.3."""
    data = packet.data
    if end - at < 8 or data[at] > _CAPWAP_DTLS:
        return None
    if data[at] == _CAPWAP_DTLS:
        if data[at + 1 : at + 4] == bytes(3):
            packet.reason = "encrypted CAPWAP"
        return None
    size, binding, flags = (data[at + 1] >> 3) * 4, data[at + 2] & 0x3F, data[at + 3]
    layer = _CAPWAP_FRAMES.get(binding)
    if size < 8 or layer is None or flags & _CAPWAP_KEEP_ALIVE:
        return None
    if flags & _CAPWAP_FRAGMENT:
        packet.reason = "CAPWAP fragment"
        return None
    return layer, at + size, end


_CAPWAP_DTLS: Final = 1
_CAPWAP_FRAGMENT, _CAPWAP_KEEP_ALIVE = 0x80, 0x08
_CAPWAP_FRAMES: Final[dict[int, Layer]] = {0x02: ethernet, 0x03: swapped_wlan}
"""By the binding, of which 1 is IEEE 802.11, and the bit that says whether the frame is in its own format."""


def _proven(layer: Layer) -> Layer:
    """The layer where it leads to IP that fills the datagram; else the datagram is a payload like any other."""

    def tunnel(packet: Packet, at: int, end: int) -> Step:
        step = layer(packet, at, end)
        packet.reason = None
        return step if step is not None and fits(packet, *step) else None

    return tunnel


def _vxlan_or_geneve(packet: Packet, at: int, end: int) -> Step:
    return _vxlan(packet, at, end) or _geneve(packet, at, end)


PORTS: Final[dict[int, Layer]] = {
    RECORDING: recorded,
    1701: _l2tp,
    2152: _gtp_u,
    3544: _proven(_teredo),
    4341: _proven(_lisp),
    4500: in_udp,
    4754: _proven(gre),
    4789: _vxlan,
    4790: _vxlan,
    5247: _capwap,
    6081: _geneve,
    6635: _proven(mpls),
    7932: _proven(_hp_mirror),
    37008: _tzsp,
}
"""Layers by the port that a datagram goes to or comes from."""

SIGNATURES: Final[dict[bytes, Layer]] = {
    **{bytes((size, flags)): _proven(_geneve) for size in range(64) for flags in (0x00, 0x40, 0x80, 0xC0)},
    **{bytes((_GTP_VERSION_1 | flags, _GTP_USER_DATA)): _proven(_gtp_u) for flags in range(8)},
    **{bytes((_GROUP_POLICY, flags)): _proven(_vxlan) for flags in (0x00, 0x08, 0x40, 0x48)},
    **{bytes((first, 0)): _proven(_vxlan_or_geneve) for first in (_VXLAN, _GENERIC)},
}
"""Layers by the first two octets of a datagram on any port."""

UDP_PORTS.update(PORTS)
UDP_BEGINNINGS.update(SIGNATURES)
