"""IEEE 802.11 data frames, plain or behind what the radio adds: radiotap, Prism, AVS.

Management and control frames carry no SIP. What is encrypted counts as such, unless the card has decrypted it and only the
flag remains.
"""

from typing import Final

from analyser.decode.link import COOKED, COOKED2, LEAST_TYPE, LINKS, llc
from analyser.decode.packet import Layer, Packet, Step

IEEE_802_11, PRISM, RADIOTAP, AVS = 105, 119, 127, 163

_DATA: Final = 0x08
_KIND: Final = 0x0F
"""Type and protocol version in the first octet of the frame control field."""
_NULL, _QOS = 0x40, 0x80
"""Bits of the subtype, there too."""
_BOTH_WAYS, _PROTECTED, _ORDER = 0x03, 0x40, 0x80
_AGGREGATE: Final = 0x80
"""In the QoS control field: the body is an A-MSDU."""
_FRAGMENT_NUMBER: Final = 0x0F
_INITIAL_VECTOR: Final = 8
"""Octets that WPA leaves before contents that the card has decrypted."""
_SNAP: Final = b"\xaa\xaa\x03"
_SUBFRAME_HEADER: Final = 14


def wlan(packet: Packet, at: int, end: int) -> Step:
    """A frame of IEEE 802.11 (§9.2.4, §9.3.2)."""
    return _data_frame(packet, at, end, packet.data[at : at + 2])


def swapped_wlan(packet: Packet, at: int, end: int) -> Step:
    """The same with the two octets of frame control in either order: access points of Cisco swap them."""
    control = packet.data[at : at + 2]
    return _data_frame(
        packet, at, end, control if control[:1] and control[0] & _KIND == _DATA else control[::-1]
    )


def _padded_wlan(packet: Packet, at: int, end: int) -> Step:
    return _data_frame(packet, at, end, packet.data[at : at + 2], 4)


def _data_frame(packet: Packet, at: int, end: int, control: bytes, unit: int = 1) -> Step:
    """A frame whose header takes a multiple of `unit` octets."""
    data = packet.data
    if end - at < 24 or control[0] & _KIND != _DATA or control[0] & _NULL:
        return None
    flags = control[1]
    size = 30 if flags & _BOTH_WAYS == _BOTH_WAYS else 24
    aggregate = False
    if control[0] & _QOS:
        aggregate = end - at > size and bool(data[at + size] & _AGGREGATE)
        size += 6 if flags & _ORDER else 2
    if data[at + 22] & _FRAGMENT_NUMBER:
        packet.reason = "802.11 fragment"
        return None
    at += -(-size // unit) * unit
    if flags & _PROTECTED and data[at : at + 3] != _SNAP:
        at += _INITIAL_VECTOR
        if data[at : at + 3] != _SNAP:
            packet.reason = "encrypted 802.11"
            return None
    return _subframes(packet, at, end) if aggregate else (llc, at, end)


def _subframes(packet: Packet, at: int, end: int) -> Step:
    """The parts of an A-MSDU (§9.3.2.2), each with addresses and a length, each but the last padded to four octets."""
    parts = []
    while end - at > _SUBFRAME_HEADER:
        length = int.from_bytes(packet.data[at + 12 : at + 14], "big")
        at += _SUBFRAME_HEADER
        parts.append((llc, at, min(at + length, end)))
        at += length + -(_SUBFRAME_HEADER + length) % 4
    if not parts:
        return None
    packet.beside = tuple((packet.twin(), *part) for part in parts[1:])
    packet.shared |= bool(packet.beside)
    return parts[0]


def _radiotap(packet: Packet, at: int, end: int) -> Step:
    """A version, a length and fields that a bitmap names (radiotap.org); of these the flags matter."""
    data = packet.data
    if end - at < 8 or data[at]:
        return None
    size = int.from_bytes(data[at + 2 : at + 4], "little")
    present = word = int.from_bytes(data[at + 4 : at + 8], "little")
    field = 8
    while word & 0x80000000 and field + 4 <= size <= end - at:
        word = int.from_bytes(data[at + field : at + field + 4], "little")
        field += 4
    if present & 0x01:  # a time stamp of 8 octets, aligned
        field += -field % 8 + 8
    flags = data[at + field] if present & 0x02 and field < size and at + field < end else 0
    return _padded_wlan if flags & 0x20 else wlan, at + size, end - (4 if flags & 0x10 else 0)


def _avs(packet: Packet, at: int, end: int) -> Step:
    """A magic number and a length, of 32 bits each, big end first."""
    if end - at < 8:
        return None
    return wlan, at + int.from_bytes(packet.data[at + 4 : at + 8], "big"), end


def _prism(packet: Packet, at: int, end: int) -> Step:
    """A message code and a length, of 32 bits each, in the byte order of the host; some drivers put AVS in its place."""
    head = packet.data[at : at + 8] if end - at >= 8 else b""
    if head.startswith(b"\x80\x21\x10"):
        return _avs(packet, at, end)
    size = min(int.from_bytes(head[4:], order) for order in ("little", "big"))
    return (wlan, at + size, end) if size >= 8 else None


def _cooked(link: int, hardware_at: int, type_at: int, size: int) -> Layer:
    """A cooked capture of Linux in which an interface that listens to radio has its own kind of hardware, and no Ethernet type."""
    others = LINKS[link]

    def layer(packet: Packet, at: int, end: int) -> Step:
        data = packet.data
        hardware, kind = (data[at + place : at + place + 2] for place in (hardware_at, type_at))
        plain = end - at <= size or int.from_bytes(kind, "big") >= LEAST_TYPE
        radio = None if plain else _HARDWARE.get(hardware)
        return others(packet, at, end) if radio is None else (radio, at + size, end)

    return layer


_HARDWARE: Final[dict[bytes, Layer]] = {b"\3\x21": wlan, b"\3\x22": _prism, b"\3\x23": _radiotap}
"""ARPHRD_IEEE80211, with Prism, with radiotap."""

LINKS.update({IEEE_802_11: wlan, PRISM: _prism, RADIOTAP: _radiotap, AVS: _avs})
LINKS.update({COOKED: _cooked(COOKED, 2, 14, 16), COOKED2: _cooked(COOKED2, 8, 0, 20)})
