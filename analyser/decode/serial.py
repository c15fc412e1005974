"""Link types of lines, of captures inside a host, and of headers that other headers are put behind.

PPP in several framings, frame relay, ATM, PPI, NFLOG, PFLOG, mPackets.
"""

from typing import Final

from analyser.decode.inner import is_ip
from analyser.decode.ip import ip
from analyser.decode.link import LINKS, ethernet, ethertype, llc, ppp, pppoe
from analyser.decode.packet import Packet, Step

CISCO_HDLC: Final = 104
_CISCO_ADDRESSES: Final = frozenset({0x0F, 0x8F})


def ppp_or_cisco(packet: Packet, at: int, end: int) -> Step:
    """HDLC-like framing (RFC 1662), or the one of Cisco, which has other addresses (RFC 1547 §4.3.1)."""
    if at < end and packet.data[at] in _CISCO_ADDRESSES:
        return LINKS[CISCO_HDLC], at, end
    return ppp, at, end


def _ppp_with_direction(_packet: Packet, at: int, end: int) -> Step:
    return ppp, at + 1, end


def frame_relay(packet: Packet, at: int, end: int) -> Step:
    """An address whose last octet is odd (ITU-T Q.922 §3.3), then RFC 2427 or the Ethernet type of Cisco."""
    data = packet.data
    size = next((size for size in (2, 3, 4) if end - at > size + 2 and data[at + size - 1] & 1), 0)
    if not size:
        return None
    at += size
    if data[at] != _UNNUMBERED:
        return ethertype(packet, int.from_bytes(data[at : at + 2], "big"), at + 2, end)
    at += 2 if data[at + 1] else 3  # an octet of padding may come first
    kind = data[at - 1]
    if kind in _NLPID_IP:
        return ip, at, end
    if kind == _NLPID_SNAP and data[at : at + 3] == bytes(3) and end - at >= 5:
        return ethertype(packet, int.from_bytes(data[at + 3 : at + 5], "big"), at + 5, end)
    return (ppp, at, end) if kind == _NLPID_PPP else None


_UNNUMBERED: Final = 0x03
_NLPID_IP, _NLPID_SNAP, _NLPID_PPP = (0xCC, 0x8E), 0x80, 0xCF


def _classical_ip(packet: Packet, at: int, end: int) -> Step:
    """IP, behind LLC or not: Linux does both."""
    return (ip if is_ip(packet.data, at, end) else llc), at, end


def _ppi(packet: Packet, at: int, end: int) -> Step:
    """Per-packet information: a length, and the link type of what follows."""
    data = packet.data
    if end - at < 8:
        return None
    size = int.from_bytes(data[at + 2 : at + 4], "little")
    link = int.from_bytes(data[at + 4 : at + 8], "little")
    layer = LINKS.get(link)
    if layer is None:
        packet.reason = f"link type {link}"
        return None
    return (layer, at + size, end) if size >= 8 else None


def _nflog(packet: Packet, at: int, end: int) -> Step:
    """Linux netfilter: attributes of length, type and value; the length is in the byte order of the host."""
    data = packet.data
    at += 4
    while end - at >= 4:
        length = int.from_bytes(
            data[at : at + 2], "little" if data[at + 2] else "big"
        )  # no type is above 255
        if length < 4:
            return None
        if _NFLOG_PAYLOAD in data[at + 2 : at + 4]:
            return ip, at + 4, min(end, at + length)
        at += length + -length % 4
    return None


_NFLOG_PAYLOAD: Final = 9


def _pflog(packet: Packet, at: int, end: int) -> Step:
    """The packet filter of OpenBSD: its header begins with its length, without the padding to four octets."""
    return (ip, at + packet.data[at] + -packet.data[at] % 4, end) if at < end else None


def mpacket(packet: Packet, at: int, end: int) -> Step:
    """An Ethernet frame with its preamble (IEEE 802.3br); fragments have other delimiters."""
    start = packet.data.find(_DELIMITER, at, min(at + 8, end))
    return (ethernet, start + 1, end) if start >= 0 else None


_DELIMITER: Final = b"\xd5"

LINKS.update(
    {
        9: ppp,
        50: ppp_or_cisco,
        51: pppoe,
        106: _classical_ip,
        107: frame_relay,
        117: _pflog,
        192: _ppi,
        204: _ppp_with_direction,
        239: _nflog,
        274: mpacket,
    }
)
