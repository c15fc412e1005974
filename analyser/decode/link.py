"""Layers below IP: Ethernet, VLAN tags, LLC, Linux cooked captures, PPP, PPPoE, loopback and raw links.

The tables by link type (LINKTYPE_ values) and by Ethernet type are also what the wide lane goes by.
"""

from typing import Final, NamedTuple

from analyser.decode.ip import ip, refuse
from analyser.decode.packet import Layer, Packet, Step

ETHERNET, COOKED, COOKED2 = 1, 113, 276
VLAN_TAGS: Final = frozenset({0x8100, 0x88A8, 0x9100, 0x9200})
IP_TYPES: Final = frozenset({0x0800, 0x86DD})
LEAST_TYPE: Final = 0x0600
"""Below this the field is a length, and LLC follows (IEEE 802.3)."""
SILENT_TYPES: Final = frozenset(
    {
        0x0806,  # ARP
        0x0842,  # Wake-on-LAN
        0x2000,  # CDP on a serial line of Cisco
        0x8035,  # RARP
        0x80F3,  # AppleTalk ARP
        0x8137,  # IPX
        0x8808,  # flow control
        0x8809,  # LACP and its like
        0x8863,  # PPPoE discovery
        0x888E,  # EAPOL
        0x8899,  # Realtek
        0x88CC,  # LLDP
        0x88E1,  # HomePlug
        0x8912,  # HomePlug
        0x88F7,  # PTP
        0x8902,  # connectivity fault management
        0x890D,  # TDLS and its like
        0x9000,  # configuration test
    }
)
"""Known not to carry SIP."""


class Shape(NamedTuple):
    """Where a link header says what it carries, and where that begins."""

    type_at: int | None
    """None where IP follows at once."""
    size: int


SHAPES: Final[dict[int, Shape]] = {
    ETHERNET: Shape(12, 14),
    COOKED: Shape(14, 16),
    COOKED2: Shape(0, 20),
    104: Shape(2, 4),  # Cisco HDLC
    138: Shape(16, 18),  # IP over IEEE 1394
    240: Shape(16, 18),  # Ethernet behind four octets of a Hilscher netANALYZER
    242: Shape(40, 44),  # IP over InfiniBand (RFC 4391 §6), behind its global routing header
    259: Shape(20, 22),  # Ethernet behind the preamble of a passive optical network
    281: Shape(16, 18),  # the tag of a Broadcom switch before the type, or before the whole frame
    282: Shape(16, 18),
    284: Shape(16, 18),  # the tags of Marvell switches, short and long
    285: Shape(20, 22),
    109: Shape(None, 12),  # the enc interface of BSD
    226: Shape(None, 24),  # the ipnet devices of Solaris
    **dict.fromkeys((12, 14, 101, 228, 229), Shape(None, 0)),
    **dict.fromkeys(
        (0, 108), Shape(None, 4)
    ),  # an address family in the byte order of the host, which IP tells better
}
"""By link type. The two lanes agree because both read this."""


def ethertype(packet: Packet, kind: int, at: int, end: int) -> Step:
    """What an Ethernet type announces."""
    layer = ETHERTYPES.get(kind)
    if layer is not None:
        return layer, at, end
    if kind < LEAST_TYPE:
        return llc, at, end
    if kind not in SILENT_TYPES:
        packet.reason = f"ethertype 0x{kind:04x}"
    return None


def _link_layer(shape: Shape) -> Layer:
    def layer(packet: Packet, at: int, end: int) -> Step:
        if end - at < shape.size:
            return refuse(packet, "link layer")
        if shape.type_at is None:
            return ip, at + shape.size, end
        type_at = at + shape.type_at
        kind = int.from_bytes(packet.data[type_at : type_at + 2], "big")
        return ethertype(packet, kind, at + shape.size, end)

    return layer


LINKS: Final[dict[int, Layer]] = {link: _link_layer(shape) for link, shape in SHAPES.items()}
"""By link type."""

ethernet: Final = LINKS[ETHERNET]


def tag(size: int) -> Layer:
    """A layer of `size` octets that ends with the Ethernet type of what follows."""

    def layer(packet: Packet, at: int, end: int) -> Step:
        if end - at < size:
            return refuse(packet, "tag")
        at += size
        return ethertype(packet, int.from_bytes(packet.data[at - 2 : at], "big"), at, end)

    return layer


def llc(packet: Packet, at: int, end: int) -> Step:
    """IEEE 802.2: SNAP with an Ethernet type or a bridged frame (RFC 2684 §5.2), and IP itself, lead further."""
    head = packet.data[at : at + 8] if end - at >= 8 else b""
    if head.startswith(_SNAP):
        if head[3:6] == _CISCO and at >= 14 and packet.data[at - 14 : at - 9] in _ISL:
            return ethernet, at + 12, end
        kind = int.from_bytes(head[6:8], "big")
        if head[3:6] in _SNAP_TYPES:
            return ethertype(packet, kind, at + 8, end)
        return (ethernet, at + 10, end) if head[3:6] == _SNAP_BRIDGED and kind in {1, 7} else None
    return (ip, at + 3, end) if head.startswith(b"\x06\x06\x03") else None


_SNAP: Final = b"\xaa\xaa\x03"
_SNAP_TYPES: Final = frozenset({bytes(3), b"\0\0\xf8"})
_SNAP_BRIDGED: Final = b"\0\x80\xc2"
_ISL: Final = frozenset({b"\1\0\x0c\0\0", b"\3\0\x0c\0\0"})
"""The first octets of the address that Inter-Switch Link of Cisco sends to: its header of 26 octets looks like SNAP."""
_CISCO: Final = b"\0\0\x0c"


def pppoe(packet: Packet, at: int, end: int) -> Step:
    """A PPPoE session (RFC 2516 §4)."""
    data = packet.data
    if end - at < 8 or data[at + 1]:
        return refuse(packet, "PPPoE")
    end = min(end, at + 6 + int.from_bytes(data[at + 4 : at + 6], "big"))
    return ppp(packet, at + 6, end)


def ppp(packet: Packet, at: int, end: int) -> Step:
    """The protocol field of PPP (RFC 1661 §2), behind address and control where they stand (RFC 1662 §3.1)."""
    data = packet.data
    if data[at : at + 2] == b"\xff\x03":
        at += 2
    if end - at < 2:
        return refuse(packet, "PPP")
    kind, size = (data[at], 1) if data[at] & 1 else (int.from_bytes(data[at : at + 2], "big"), 2)
    layer = PPP_PROTOCOLS.get(kind)
    if layer is not None:
        return layer, at + size, end
    if kind < _PPP_CONTROL:
        packet.reason = f"PPP protocol 0x{kind:04x}"
    return None


_PPP_CONTROL: Final = 0x8000
"""From here on the protocols that set up others, and the link."""


def _multilink(packet: Packet, at: int, end: int) -> Step:
    """A PPP frame that was not cut for several lines, with sequence numbers of 24 bits (RFC 1990 §3)."""
    if packet.data[at : at + 1] != _WHOLE_FRAME:
        packet.reason = "PPP multilink fragment"
        return None
    return ppp(packet, at + 4, end)


_WHOLE_FRAME: Final = b"\xc0"
"""The first fragment and the last one."""


def _bridged(packet: Packet, at: int, end: int) -> Step:
    """A frame of IEEE 802.3 in the bridging control protocol (RFC 3518 §4.2)."""
    return (ethernet, at + 2, end) if end - at > 2 and packet.data[at + 1] == 1 else None


PPP_PROTOCOLS: Final[dict[int, Layer]] = {0x0021: ip, 0x0057: ip, 0x0031: _bridged, 0x003D: _multilink}
"""What PPP may carry."""

ETHERTYPES: Final[dict[int, Layer]] = {
    **dict.fromkeys(IP_TYPES, ip),
    **dict.fromkeys(VLAN_TAGS, tag(4)),
    0x6558: ethernet,
    0x8864: pppoe,
    0x8870: llc,
    0x880B: ppp,
}
"""What may follow an Ethernet type."""
