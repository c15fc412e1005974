"""Link types of what captures put before the frames they took: PKTAP, Juniper, ERF, netANALYZER, lines with a direction, and messages
that Wireshark has exported."""

from typing import Final

from analyser.decode.inner import sought_ip
from analyser.decode.ip import ip
from analyser.decode.link import LINKS, ethernet, ppp
from analyser.decode.packet import UDP, Layer, Packet, Step
from analyser.decode.serial import frame_relay, mpacket, ppp_or_cisco

_PKTAP_LEAST: Final = 12


def carried(packet: Packet, link: int, at: int, end: int) -> Step:
    """A frame of a link type that another header names."""
    layer = LINKS.get(link)
    if layer is None:
        packet.reason = f"link type {link}"
        return None
    return layer, at, end


def _pktap(packet: Packet, at: int, end: int) -> Step:
    """Darwin: a length, whether a packet follows, and its link type, little end first."""
    data = packet.data
    if end - at < _PKTAP_LEAST:
        return None
    size, follows, link = (int.from_bytes(data[at + place : at + place + 4], "little") for place in (0, 4, 8))
    return carried(packet, link, at + size, end) if follows and size >= _PKTAP_LEAST else None


def _juniper(link: int, layer: Layer | None = None) -> Layer:
    """Behind the header of Junos lies what `layer` reads or, where the size of a cookie depends on the hardware, IP somewhere."""

    def inside(packet: Packet, at: int, end: int) -> Step:
        data = packet.data
        if end - at < 4 or data[at : at + 3] != _JUNIPER:
            return _sought(packet, link, at, end)
        flags = data[at + 3]
        at += 4
        if flags & _JUNIPER_MORE:
            at += 2 + int.from_bytes(data[at : at + 2], "big")
        if flags & _JUNIPER_BARE:
            at += 4
        elif layer is not None:
            return layer, at, end
        return _sought(packet, link, at, end)

    return inside


_JUNIPER: Final = b"MGC"
_JUNIPER_BARE, _JUNIPER_MORE = 0x02, 0x80


def _sought(packet: Packet, link: int, at: int, end: int) -> Step:
    """IP wherever it begins."""
    place = sought_ip(packet.data, at, end)
    if place < 0:
        packet.reason = f"link type {link}"
        return None
    return ip, place, end


def _erf(packet: Packet, at: int, end: int) -> Step:
    """A record of Endace: time, type, flags, sizes, headers that announce each other, and what the type says."""
    data = packet.data
    kind, more = data[at + 8] if end - at >= 16 else 0, 0
    if kind & 0x80:
        more = 0x80
    at += 16
    while more & 0x80 and at < end:
        more = data[at]
        at += 8
    kind &= 0x7F
    if kind in _ERF_ETHERNET:
        return ethernet, at + 2, end
    if kind in _ERF_IP:
        return ip, at, end
    if kind in _ERF_LINES:
        return ppp_or_cisco, at, end
    return _sought(packet, _ERF, at, end) if kind not in _ERF_SILENT else None


_ERF: Final = 197
_ERF_ETHERNET: Final = frozenset({2, 11, 16, 20})
_ERF_LINES: Final = frozenset({1, 10, 15, 17})
_ERF_IP: Final = frozenset({22, 23})
_ERF_SILENT: Final = frozenset({0, 21, 24, 25, 27, 48})
"""InfiniBand, padding, what the card says of itself."""


def _behind(size: int, layer: Layer) -> Layer:
    """A header of fixed size that does not matter."""

    def inside(_packet: Packet, at: int, end: int) -> Step:
        return (layer, at + size, end) if end - at > size else None

    return inside


def _exported(packet: Packet, at: int, end: int) -> Step:
    """What Wireshark exports by itself, such as SIP out of TLS: tags of type, length and value, then the message or the packet
    (https://www.tcpdump.org/linktypes/LINKTYPE_WIRESHARK_UPPER_PDU.html)."""
    data, tags = packet.data, dict[int, bytes]()
    while end - at >= 4:
        tag, size = int.from_bytes(data[at : at + 2], "big"), int.from_bytes(data[at + 2 : at + 4], "big")
        at += 4 + size
        if tag == _END_OF_TAGS:
            break
        tags.setdefault(tag, data[at - size : at])
    name = tags.get(_DISSECTOR, tags.get(_TABLE, b"")).rstrip(b"\0")
    if name not in _EXPORTED_SIP:
        layer = _EXPORTED.get(name)
        return (layer, at, end) if layer is not None else None
    packet.protocol, packet.start, packet.end, packet.claimed = UDP, min(at, end), end, end
    packet.transport = _EXPORTED_TRANSPORTS.get(tags.get(_PORT_KIND, b""), "UDP")
    packet.addresses = bytes(8)
    for source, target in _EXPORTED_ADDRESSES:
        if source in tags and target in tags:
            packet.addresses = tags[source] + tags[target]
    if len(packet.addresses) not in (8, 32):
        packet.addresses = bytes(8)
    packet.ports = b"".join(tags.get(tag, b"")[-2:].rjust(2, b"\0") for tag in _EXPORTED_PORTS)
    return None


_END_OF_TAGS, _DISSECTOR, _TABLE, _PORT_KIND = 0, 12, 14, 24
_EXPORTED_ADDRESSES, _EXPORTED_PORTS = ((20, 21), (22, 23)), (25, 26)
_EXPORTED_SIP: Final = frozenset({b"sip", b"sip.tcp", b"udp.port", b"tcp.port"})
_EXPORTED: Final = {b"ip": ip, b"ipv6": ip, b"eth": ethernet, b"eth_withoutfcs": ethernet}
_EXPORTED_TRANSPORTS: Final = {bytes(3) + b"\1": "SCTP", bytes(3) + b"\2": "TCP"}


LINKS.update(
    {
        149: _pktap,  # older Darwin
        252: _exported,
        258: _pktap,
        166: _behind(2, ppp),
        205: _behind(1, LINKS[104]),
        206: _behind(1, frame_relay),
        241: _behind(4, mpacket),
        _ERF: _erf,
        167: _juniper(167, ethernet),
        178: _juniper(178, ethernet),
        179: _juniper(179, ppp),
        180: _juniper(180, frame_relay),
        181: _juniper(181, LINKS[104]),
        **{link: _juniper(link) for link in (*range(130, 138), 168, 182, 183, 194, 200, 232, 233, 238)},
    }
)
