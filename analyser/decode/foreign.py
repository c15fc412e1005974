"""The last resort for link types that are not known here: scapy takes the frame apart down to IP, and where it knows no better an IP
header is sought that proves itself.

Scapy is imported only when such a frame comes. What it makes of hostile octets is its own affair; when it fails, the
frame counts as not decoded.
"""

import struct

from analyser.decode.inner import sought_ip
from analyser.decode.ip import ip
from analyser.decode.packet import Layer, Packet, Step

_SILENT_LINKS = frozenset({186, 187, 189, 201, 220, 249, 251, 254})
"""USB and Bluetooth hardly ever carry IP, and most of what they carry is nothing that could be missed."""
_MODULES = ("l2", "inet", "inet6", "dot11", "ppp")


def foreign_layer(link: int) -> Layer:
    """A layer for any link type."""
    reason = f"link type {link}" if link >= 0 else "an interface that the file does not describe"

    def unknown(packet: Packet, at: int, end: int) -> Step:
        step = silent(packet, at, end)
        packet.reason = None if step else reason
        return step

    def silent(packet: Packet, at: int, end: int) -> Step:
        place = sought_ip(packet.data, at, end)
        return (ip, place, end) if place >= 0 else None

    if link in _SILENT_LINKS:
        return silent
    return _scapy_layer(link, unknown) or unknown


def _scapy_layer(link: int, unknown: Layer) -> Layer | None:
    """A layer that has scapy find the IP header; None where scapy does not know the link type either."""
    import importlib  # noqa: PLC0415 - see below
    import logging  # noqa: PLC0415

    logging.getLogger("scapy").setLevel(logging.CRITICAL)
    # Half a second that nobody should pay who has no such capture.
    config = importlib.import_module("scapy.config").conf
    modules = {name: importlib.import_module(f"scapy.layers.{name}") for name in _MODULES}
    error = importlib.import_module("scapy.error").Scapy_Exception
    if link not in config.l2types.num2layer:
        return None
    dissect = config.l2types[link]
    kinds = modules["inet"].IP, modules["inet6"].IPv6

    def layer(packet: Packet, at: int, end: int) -> Step:
        octets = packet.data[at:end]
        try:
            frame = dissect(octets)
            found = next((inner for kind in kinds if (inner := frame.getlayer(kind)) is not None), None)
        except (error, struct.error, ValueError, LookupError, TypeError, AttributeError, RecursionError):
            return unknown(packet, at, end)
        if found is None:
            return None
        packet.data = bytes(found.original)
        return ip, 0, len(packet.data)

    return layer
