"""Blocks of pcapng as they are written: one section in the byte order of most machines, times in nanoseconds."""

from collections.abc import Iterable
from struct import Struct
from typing import Final

from analyser.version import __version__

_SECTION, _INTERFACE, _STATISTICS, _ENHANCED = 0x0A0D0D0A, 1, 5, 6
_HEAD: Final = Struct("<II")
_LENGTH: Final = Struct("<I")
_PACKET: Final = Struct("<IIIIIII")
_OPTION: Final = Struct("<HH")
_COUNT: Final = Struct("<Q")
_BYTE_ORDER, _UNKNOWN_LENGTH = 0x1A2B3C4D, 2**64 - 1
_COMMENT, APPLICATION, _NAME, _RESOLUTION, _NANOSECONDS, _DROPS = 1, 4, 2, 9, 9, 4
_RECEIVED, _SYSTEM_DROPS = 4, 7
_ALIGN: Final = (b"", bytes(3), bytes(2), bytes(1))
_WRITER: Final = b"sip-analyser "
_EXCERPT: Final = b" extract"
_LONGEST: Final = 4096
"""Octets of a comment."""
SNAP: Final = 262_144
"""What an interface says of the longest packet."""


def section_block(comment: str = "", *, excerpt: bool = False) -> bytes:
    """What every file begins with; the comment says what the file is, the application that it is an excerpt."""
    body = Struct("<IHHQ").pack(_BYTE_ORDER, 1, 0, _UNKNOWN_LENGTH)
    said = ((_COMMENT, comment.encode(errors="replace")[:_LONGEST]),) if comment else ()
    application = _WRITER + __version__.encode() + (_EXCERPT if excerpt else b"")
    return _block(_SECTION, body + _options(*said, (APPLICATION, application)))


def is_excerpt(application: bytes) -> bool:
    """Whether a section is an excerpt, by the application that wrote it."""
    return application.startswith(_WRITER) and application.endswith(_EXCERPT)


def interface_block(name: str, link: int) -> bytes:
    """An interface and its link type; the first of a file is number 0. Its name is '' where nobody knows it."""
    named = ((_NAME, name.encode(errors="replace")),) if name else ()
    return described_block(link, SNAP, named)


def described_block(link: int, snaplen: int, texts: Iterable[tuple[int, bytes]]) -> bytes:
    """An interface as another file has described it, with the clock of this one."""
    options = _options(*texts, (_RESOLUTION, bytes((_NANOSECONDS,))))
    return _block(_INTERFACE, Struct("<HHI").pack(link, 0, snaplen) + options)


def packet_block(interface: int, time: int, packet: bytes, wire: int, lost: int) -> bytes:
    """A packet that came by an interface of this file; `lost` packets just before it were not captured."""
    aligned = _ALIGN[len(packet) & 3]
    options = _options((_DROPS, _COUNT.pack(lost))) if lost else b""
    size = _PACKET.size + len(packet) + len(aligned) + len(options) + _LENGTH.size
    head = _PACKET.pack(_ENHANCED, size, interface, time >> 32, time & 0xFFFFFFFF, len(packet), wire)
    return b"".join((head, packet, aligned, options, _LENGTH.pack(size)))


def statistics_block(interface: int, time: int, received: int, lost: int) -> bytes:
    """How many packets of an interface are in the file, and how many are missing."""
    options = _options((_RECEIVED, _COUNT.pack(received)), (_SYSTEM_DROPS, _COUNT.pack(lost)))
    return _block(_STATISTICS, Struct("<III").pack(interface, time >> 32, time & 0xFFFFFFFF) + options)


def _options(*options: tuple[int, bytes]) -> bytes:
    written = b"".join(
        _OPTION.pack(code, len(value)) + value + _ALIGN[len(value) & 3] for code, value in options
    )
    return written + bytes(_OPTION.size)


def _block(kind: int, body: bytes) -> bytes:
    size = _HEAD.size + len(body) + _LENGTH.size
    return _HEAD.pack(kind, size) + body + _LENGTH.pack(size)
