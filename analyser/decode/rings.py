"""Link types of networks that are not Ethernet: token ring, FDDI, InfiniBand, Fibre Channel, ATM, cable modems."""

from typing import Final

from analyser.decode.inner import is_ip
from analyser.decode.ip import ip
from analyser.decode.link import LINKS, ethernet, llc
from analyser.decode.packet import Packet, Step

_RING_HEADER, _FDDI_HEADER = 14, 13
_ROUTED, _ROUTE_SIZE = 0x80, 0x1F
"""In the first octet of the source address, and of the routing information that then follows (IEEE 802.5)."""


def _token_ring(packet: Packet, at: int, end: int) -> Step:
    """Access control, frame control, two addresses, and the route of a bridged frame (IEEE 802.5 §3.2)."""
    data = packet.data
    if end - at <= _RING_HEADER or data[at + 1] & 0xC0 != 0x40:
        return None
    route = data[at + _RING_HEADER] & _ROUTE_SIZE if data[at + 8] & _ROUTED else 0
    return llc, at + _RING_HEADER + route, end


def _fddi(packet: Packet, at: int, end: int) -> Step:
    """Frame control and two addresses; only frames of LLC carry anything (ANSI X3.139)."""
    if end - at <= _FDDI_HEADER or packet.data[at] & 0x70 != 0x50:
        return None
    return llc, at + _FDDI_HEADER, end


def _ip_over_fc(_packet: Packet, at: int, end: int) -> Step:
    """Two names of ports, then LLC (RFC 4338 §3.2)."""
    return (llc, at + 16, end) if end - at > 16 else None


def _atm(packet: Packet, at: int, end: int) -> Step:
    """Contents of AAL5: LLC, or IP itself (RFC 2684 §5, §6)."""
    return (ip if is_ip(packet.data, at, end) else llc), at, end


def _sun_atm(packet: Packet, at: int, end: int) -> Step:
    """Direction and kind of traffic, the path and the channel; LAN emulation puts the number of its client before a frame."""
    if end - at <= 4:
        return None
    kind = packet.data[at] & 0x0F
    if kind == _LAN_EMULATION:
        return ethernet, at + 6, end
    return (_atm, at + 4, end) if kind not in _ATM_SIGNALS else None


_LAN_EMULATION: Final = 1
_ATM_SIGNALS: Final = frozenset({5, 6})


def _docsis(packet: Packet, at: int, end: int) -> Step:
    """A frame of a cable modem with an Ethernet frame in it, behind an extended header where there is one (DOCSIS MULPI §6.2)."""
    data = packet.data
    if end - at < 6 or data[at] & 0xC0:
        return None
    extended = data[at + 1] if data[at] & 1 else 0
    if extended > _PRIVACY_SIZE and data[at + 4] >> 4 in _PRIVACY and data[at + 6] & _ENCRYPTED:
        packet.reason = "encrypted DOCSIS"
        return None
    return ethernet, at + 6 + extended, end


_PRIVACY: Final = frozenset({3, 4})
"""The elements of the extended header that say whether the frame is encrypted, upstream and downstream (DOCSIS BPI+ §3)."""
_PRIVACY_SIZE, _ENCRYPTED = 3, 0x80


LINKS.update({6: _token_ring, 10: _fddi, 11: _atm, 100: _atm, 122: _ip_over_fc, 123: _sun_atm, 143: _docsis})
