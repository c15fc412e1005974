"""Layers of IP: IPv4 (RFC 791), IPv6 and its extension headers (RFC 8200), AH (RFC 4302), UDP and TCP.

ICMP ends the walk: a SIP message that it quotes is a message that did not arrive.
"""

from struct import Struct
from typing import Final

from analyser.decode.packet import TCP, UDP, Layer, Packet, Step

_LEAST_IPV4, _IPV6_HEADER, _UDP_HEADER, _LEAST_TCP = 20, 40, 8, 20
_PORTS_AND_LENGTH: Final = Struct(">HHH").unpack_from


def ip(packet: Packet, at: int, end: int) -> Step:
    """IPv4 or IPv6, as the first four bits say."""
    version = packet.data[at] >> 4 if at < end else 0
    if version == 4:
        return _ipv4(packet, at, end)
    if version == 6:
        return _ipv6(packet, at, end)
    return refuse(packet, "IP")


def refuse(packet: Packet, header: str) -> Step:
    """Give up: the header says what cannot be, or the snap length has cut it."""
    packet.reason = f"malformed or cut header: {header}"
    return None


def _ipv4(packet: Packet, at: int, end: int) -> Step:
    data = packet.data
    if end - at < _LEAST_IPV4:
        return refuse(packet, "IPv4")
    header = (data[at] & 0x0F) * 4
    total = int.from_bytes(data[at + 2 : at + 4], "big")
    if header < _LEAST_IPV4:
        return refuse(packet, "IPv4")
    # Segmentation offload leaves 0 where the packet is captured before the card has split it.
    end = _claim(packet, at + total if total else end, end)
    _enter(packet, data[at + 12 : at + 20])
    packet.ident = int.from_bytes(data[at + 4 : at + 6], "big")
    fragment = int.from_bytes(data[at + 6 : at + 8], "big")
    protocol = data[at + 9]
    at += header
    if not fragment & 0x3FFF:
        return _protocol(packet, protocol, at, end)
    if protocol in SILENT_PROTOCOLS:
        return None
    ident = packet.ident.to_bytes(4, "big") + bytes((protocol,))
    more = bool(fragment & 0x2000)
    if packet.joiner.add(packet, ident, at, end, (fragment & 0x1FFF) * 8, more=more):
        return _protocol(packet, protocol, 0, len(packet.data))
    return None


def _ipv6(packet: Packet, at: int, end: int) -> Step:
    data = packet.data
    if end - at < _IPV6_HEADER:
        return refuse(packet, "IPv6")
    length = int.from_bytes(data[at + 4 : at + 6], "big")
    end = _claim(packet, at + _IPV6_HEADER + length if length else end, end)
    _enter(packet, data[at + 8 : at + 40])
    packet.ident = -1
    return _protocol(packet, data[at + 6], at + _IPV6_HEADER, end)


def _claim(packet: Packet, claimed: int, end: int) -> int:
    """Note where the contents should end; give where they do. Padding behind them is cut off."""
    packet.claimed = claimed
    return min(claimed, end)


def _enter(packet: Packet, addresses: bytes) -> None:
    packet.tunnel += packet.addresses
    packet.addresses = addresses


def _protocol(packet: Packet, protocol: int, at: int, end: int) -> Step:
    layer = PROTOCOLS.get(protocol)
    if layer is not None:
        return layer, at, end
    if protocol not in SILENT_PROTOCOLS:
        name = _NAMES.get(protocol)
        packet.reason = f"IP protocol {protocol}" + (f" ({name})" if name else "")
    return None


def _options(packet: Packet, at: int, end: int) -> Step:
    """An extension header that counts its length in units of 8 octets (RFC 8200 §4.3, §4.4, §4.6)."""
    if end - at < 8:
        return refuse(packet, "IPv6 extension")
    return _protocol(packet, packet.data[at], at + 8 + packet.data[at + 1] * 8, end)


def _authentication(packet: Packet, at: int, end: int) -> Step:
    if end - at < 12:
        return refuse(packet, "AH")
    return _protocol(packet, packet.data[at], at + 8 + packet.data[at + 1] * 4, end)


def _fragment(packet: Packet, at: int, end: int) -> Step:
    data = packet.data
    if end - at < 8:
        return refuse(packet, "IPv6 fragment")
    protocol = data[at]
    fragment = int.from_bytes(data[at + 2 : at + 4], "big")
    ident = data[at + 4 : at + 8]
    at += 8
    if not fragment & 0xFFF9:  # an atomic fragment (RFC 6946) is a whole datagram
        return _protocol(packet, protocol, at, end)
    if protocol in SILENT_PROTOCOLS:
        return None
    if packet.joiner.add(packet, ident, at, end, fragment & 0xFFF8, more=bool(fragment & 1)):
        return _protocol(packet, protocol, 0, len(packet.data))
    return None


def _udp(packet: Packet, at: int, end: int) -> Step:
    data = packet.data
    if end - at < _UDP_HEADER:
        return refuse(packet, "UDP")
    source, target, length = _PORTS_AND_LENGTH(data, at)
    if 0 < length < _UDP_HEADER:
        return refuse(packet, "UDP")
    if length:
        packet.claimed = min(packet.claimed, at + length)
    start, end = at + _UDP_HEADER, min(packet.claimed, end)
    beginning = data[start : start + 2]
    if target in UDP_PORTS or source in UDP_PORTS or beginning in UDP_BEGINNINGS:
        for tunnel in UDP_PORTS.get(target), UDP_PORTS.get(source), UDP_BEGINNINGS.get(beginning):
            if tunnel is not None:
                step = tunnel(packet, start, end)
                if step is not None or packet.reason is not None:
                    return step
    packet.protocol = UDP
    packet.ports = data[at : at + 4]
    packet.start = start
    packet.end = end
    return None


def _udp_lite(packet: Packet, at: int, end: int) -> Step:
    """UDP that says how much its checksum covers, in place of how long it is (RFC 3828 §3.1)."""
    if end - at < _UDP_HEADER:
        return refuse(packet, "UDP")
    packet.protocol = UDP
    packet.ports = packet.data[at : at + 4]
    packet.start = at + _UDP_HEADER
    packet.end = end
    return None


def _tcp(packet: Packet, at: int, end: int) -> Step:
    data = packet.data
    header = (data[at + 12] >> 4) * 4 if end - at >= _LEAST_TCP else 0
    if header < _LEAST_TCP or at + header > end:
        return refuse(packet, "TCP")
    packet.protocol = TCP
    packet.ports = data[at : at + 4]
    packet.sequence = int.from_bytes(data[at + 4 : at + 8], "big")
    packet.flags = data[at + 13]
    packet.start = at + header
    packet.end = end
    return None


PROTOCOLS: Final[dict[int, Layer]] = {
    TCP: _tcp,
    UDP: _udp,
    4: ip,
    41: ip,
    94: ip,
    0: _options,
    43: _options,
    60: _options,
    135: _options,
    139: _options,
    140: _options,
    44: _fragment,
    51: _authentication,
    136: _udp_lite,
}
"""What an IP header may carry."""

UDP_PORTS: Final[dict[int, Layer]] = {}
"""What a datagram to or from a port may carry; where it turns out to be something else it is a payload like any other."""

UDP_BEGINNINGS: Final[dict[bytes, Layer]] = {}
"""The same by the first two octets of a datagram."""

SILENT_PROTOCOLS: Final = frozenset({1, 2, 46, 58, 59, 88, 89, 103, 112, 113})
"""Known not to carry SIP: ICMP, IGMP, RSVP, ICMPv6, nothing at all, and protocols of routers."""

_NAMES: Final = {108: "IPComp"}
