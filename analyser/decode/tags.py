"""Headers between Ethernet and what it carries: tags of switches, rings, meshes and fabrics, provider bridges, MACsec, service chains."""

from typing import Final

from analyser.decode.ip import ip
from analyser.decode.link import ETHERTYPES, ethernet, ethertype, tag
from analyser.decode.mpls import mpls
from analyser.decode.packet import Layer, Packet, Step

_MACSEC_VERSION, _MACSEC_SCI, _MACSEC_CHANGED = 0x80, 0x20, 0x0C
_MACSEC_CHECK: Final = 16
"""Octets of the check value behind the contents."""


def _macsec(packet: Packet, at: int, end: int) -> Step:
    """IEEE 802.1AE §9.3: readable where it protects against change only."""
    data = packet.data
    if end - at < 6 or data[at] & _MACSEC_VERSION:
        return None
    if data[at] & _MACSEC_CHANGED:
        packet.reason = "encrypted MACsec"
        return None
    at, short = at + (14 if data[at] & _MACSEC_SCI else 6), data[at + 1] & 0x3F
    end = min(end, at + short) if short else end - _MACSEC_CHECK
    if end - at < 2:
        return None
    return ethertype(packet, int.from_bytes(data[at : at + 2], "big"), at + 2, end)


def _inner_frame(size: int) -> Layer:
    """A header of fixed size, and an Ethernet frame behind it."""

    def layer(_packet: Packet, at: int, end: int) -> Step:
        return (ethernet, at + size, end) if end - at > size else None

    return layer


def _trill(packet: Packet, at: int, end: int) -> Step:
    """RFC 6325 §3.2; the options count in units of four octets."""
    if end - at < 6:
        return None
    options = (int.from_bytes(packet.data[at : at + 2], "big") >> 6) & 0x1F
    return ethernet, at + 6 + options * 4, end


def _batman(packet: Packet, at: int, end: int) -> Step:
    """B.A.T.M.A.N. advanced, version 15: frames to one or to all."""
    size = _BATMAN.get(packet.data[at : at + 2])
    if size is None or end - at <= size:
        return None
    return ethernet, at + size, end


_BATMAN: Final = {b"\x01\x0f": 14, b"\x40\x0f": 10, b"\x42\x0f": 18}


def _arista(packet: Packet, at: int, end: int) -> Step:
    """The time that a switch puts into the frames it copies, of 64 or of 48 bits, and then the Ethernet type of what follows."""
    data = packet.data
    size = _ARISTA_TIMES.get(data[at + 3]) if end - at > 12 and data[at : at + 2] == b"\0\1" else None
    if size is None:
        return None
    at += 4 + size
    return ethertype(packet, int.from_bytes(data[at : at + 2], "big"), at + 2, end)


_ARISTA_TIMES: Final = {0x10: 8, 0x20: 6}


def nsh(packet: Packet, at: int, end: int) -> Step:
    """The Network Service Header (RFC 8300 §2.2)."""
    data = packet.data
    if end - at < 8 or data[at] & 0xC0:
        return None
    size = (data[at + 1] & 0x3F) * 4
    layer = NEXT_PROTOCOLS.get(data[at + 3])
    return (layer, at + size, end) if layer is not None and size >= 8 else None


NEXT_PROTOCOLS: Final[dict[int, Layer]] = {1: ip, 2: ip, 3: ethernet, 4: nsh, 5: mpls}
"""What NSH and VXLAN-GPE may carry (IANA, "NSH Next Protocol")."""

ETHERTYPES.update(
    {
        0x22F3: _trill,
        0x88E5: _macsec,
        0x88E7: _inner_frame(4),  # provider backbone bridges (IEEE 802.1Q §9.7)
        0x4305: _batman,
        0x892F: tag(6),  # HSR (IEC 62439-3 §5.7)
        0xD28B: _arista,
        0x8903: _inner_frame(2),  # Cisco FabricPath
        0x8909: tag(8),  # Cisco TrustSec
        0x8926: tag(6),  # Cisco VN-Tag
        0x893F: tag(8),  # E-TAG (IEEE 802.1BR)
        0x894F: nsh,
        0xF1C1: tag(6),  # R-TAG (IEEE 802.1CB)
    }
)
