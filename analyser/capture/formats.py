"""What kind of file begins with these octets: pcap, pcapng, or something that has to be converted first."""

from typing import Final, NamedTuple

from analyser.errors import CaptureError

PCAPNG_MAGIC: Final = b"\x0a\x0d\x0d\x0a"

_FOREIGN: Final = (
    (b"GMBU", "Microsoft Network Monitor 2.x"),
    (b"RTSS", "Microsoft Network Monitor 1.x"),
    (b"TRSNIFF data    \x1a", "Network General Sniffer (DOS)"),
    (b"XCP\0", "NetXRay or Sniffer (Windows)"),
    (b"snoop\0\0\0", "snoop"),
    (b"\x06\x0e\x2b\x34", "nettl"),
    (b"\x54\x52\x00\x64\x00", "nettl"),
    (b"\x7fver", "WildPackets EtherPeek"),
    (b"\x7fVeR", "Viavi Observer"),
    (b"ObserverPktBuffe", "Viavi Observer"),
    (b"\x05VNF", "Visual Networks"),
    (b"\xaa\xaa\xaa\xaa", "InfoVista 5View"),
    (b"\x04\x22\x4d\x18", "LZ4"),
    (b"btsnoop\0", "Bluetooth snoop"),
)
_ZIP: Final = b"PK\x03\x04"
_ERF_TYPES: Final = frozenset({1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 20, 21, 22, 23, 24})


class PcapKind(NamedTuple):
    """How the records of a pcap file are written."""

    order: str
    """'<' or '>', as struct spells it."""
    unit: int
    """Nanoseconds in one step of the fraction."""
    header: int
    """Octets of a record header."""


PCAP_KINDS: Final = {
    magic.to_bytes(4, "little" if order == "<" else "big"): PcapKind(order, unit, header)
    for magic, unit, header in (
        (0xA1B2C3D4, 1000, 16),
        (0xA1B23C4D, 1, 16),
        (
            0xA1B2CD34,
            1000,
            24,
        ),  # libpcap as modified by Kuznetzov: interface, protocol and packet type behind
    )
    for order in "<>"
}


def refuse(name: str, head: bytes) -> CaptureError:
    """The error that says what the file is, and what to do."""
    if not head:
        return CaptureError(f"{name}: the file is empty")
    for magic, title in _FOREIGN:
        if head.startswith(magic):
            return _convert(name, title)
    if head.startswith(_ZIP):
        return CaptureError(f"{name}: is a ZIP archive; take the capture out of it first: unzip {name}")
    if len(head) >= 16 and _is_erf(head):
        return _convert(name, "ERF (Endace)")
    if head[:4] in PCAP_KINDS or head.startswith(PCAPNG_MAGIC):
        return CaptureError(f"{name}: the file ends inside its first header")
    if all(octet >= 0x20 or octet in b"\t\r\n" for octet in head):
        return CaptureError(f"{name}: is text, not a packet capture")
    return CaptureError(f"{name}: is no packet capture that is known here (pcap and pcapng are)")


def _convert(name: str, title: str) -> CaptureError:
    return CaptureError(f"{name}: is a {title} file; convert it first: editcap -F pcap {name} converted.pcap")


def _is_erf(head: bytes) -> bool:
    """An ERF record: a known type, and a record that is longer than its header yet holds its packet."""
    record, wire = int.from_bytes(head[10:12], "big"), int.from_bytes(head[14:16], "big")
    return head[8] & 0x7F in _ERF_TYPES and 16 < record <= 0x4000 and 0 < wire <= 0x4000 and wire <= record
