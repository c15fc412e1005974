"""Whether octets hold what a tunnel may carry: asked where only the contents can tell.

None of these changes the packet or copies more than a few octets.
"""

import re
from typing import Final

from analyser.decode.ip import PROTOCOLS, SILENT_PROTOCOLS
from analyser.decode.link import ETHERTYPES, IP_TYPES, LEAST_TYPE, SILENT_TYPES, VLAN_TAGS, ethernet
from analyser.decode.packet import Layer, Packet

_MAX_TAGS: Final = 8
MOST_PADDING: Final = 64
"""Octets that may follow IP in an Ethernet frame: padding to 60, a frame check sequence."""
_FURTHEST: Final = 192
"""How far into a frame IP is sought; the longest header that is known, of USB with all that a network in it adds, ends before that."""
_VERSIONS: Final = re.compile(rb"[\x45\x46\x60-\x6f]")


def length_of_ip(data: bytes, at: int, end: int) -> int:
    """What the IP header says that it and its contents take; -1 where there is no IP header."""
    if end - at < 20:
        return -1
    version = data[at] >> 4
    if version == 4:
        header = (data[at] & 0x0F) * 4
        total = int.from_bytes(data[at + 2 : at + 4], "big")
        return total if header >= 20 and (total >= header or not total) else -1
    if version == 6 and end - at >= 40:
        return 40 + int.from_bytes(data[at + 4 : at + 6], "big")
    return -1


def is_ip(data: bytes, at: int, end: int) -> bool:
    """Whether an IP header stands there."""
    return length_of_ip(data, at, end) >= 0


def is_all_ip(data: bytes, at: int, end: int) -> bool:
    """Whether an IP header stands there whose contents end where the octets end."""
    length = length_of_ip(data, at, end)
    return length > 0 and 0 <= end - at - length <= MOST_PADDING


def sought_ip(data: bytes, at: int, end: int) -> int:
    """Where the first IP header begins in octets of which nothing is known; -1 where there is none. It has to prove itself."""
    for found in _VERSIONS.finditer(data, at, max(min(at + _FURTHEST, end - 20), at)):
        if _proves_itself(data, found.start(), end):
            return found.start()
    return -1


def _proves_itself(data: bytes, at: int, end: int) -> bool:
    """Whether what looks like an IP header carries what is known and has a right checksum (RFC 791 §3.1) or, where it has none,
    a length that ends where the octets do. That of IPv6 must also have addresses of the kinds that there are (RFC 4291 §2.4)."""
    length, four = length_of_ip(data, at, end), data[at] >> 4 == 4
    protocol = data[at + (9 if four else 6)]
    if length <= 20 or not (protocol in PROTOCOLS or protocol in SILENT_PROTOCOLS):
        return False
    if not four:
        kinds = data[at + 8] in _KINDS_OF_SOURCE and data[at + 24] in _KINDS_OF_TARGET
        return kinds and 0 <= end - at - length <= _FRAME_CHECK
    if data[at + 10 : at + 12] != bytes(2):
        header = data[at : at + (data[at] & 0x0F) * 4]
        return length <= _LONGEST_SOUGHT and int.from_bytes(header, "big") % 0xFFFF == 0
    return is_all_ip(data, at, end)


_FRAME_CHECK: Final = 4
_LONGEST_SOUGHT: Final = 9216
"""Octets of a packet that is sought, a jumbo frame at most."""
_KINDS_OF_SOURCE: Final = frozenset((0, *range(0x20, 0x40), 0xFC, 0xFD, 0xFE))
"""First octets of addresses: loopback, global, unique local, link-local; then multicast."""
_KINDS_OF_TARGET: Final = _KINDS_OF_SOURCE | {0xFF}


def is_ethernet(data: bytes, at: int, end: int) -> bool:
    """Whether an Ethernet header stands there, with something known behind it."""
    kind, at = _behind_ethernet(data, at, end)
    if kind in IP_TYPES:
        return is_ip(data, at, end)
    if kind < LEAST_TYPE:
        return kind >= 3 and 0 <= end - at - kind <= MOST_PADDING
    return kind in ETHERTYPES or kind in SILENT_TYPES


def fits(packet: Packet, layer: Layer, at: int, end: int) -> bool:
    """Whether a tunnel leads to IP, plain or in Ethernet, that ends where the datagram around it ends."""
    data, slack = packet.data, 0
    if layer is ethernet:
        kind, at = _behind_ethernet(data, at, end)
        if kind not in IP_TYPES:
            return False
        slack = MOST_PADDING
    length = length_of_ip(data, at, end)
    return length > 0 and 0 <= packet.claimed - at - length <= slack


def _behind_ethernet(data: bytes, at: int, end: int) -> tuple[int, int]:
    """The Ethernet type behind any VLAN tags, and where its contents begin; -1 where the octets do not suffice."""
    kind, at = -1, at + 14
    for _ in range(_MAX_TAGS):
        if at > end:
            return -1, at
        kind = int.from_bytes(data[at - 2 : at], "big")
        if kind not in VLAN_TAGS:
            break
        at += 4
    return kind, at
