"""Which octets can begin SIP: a quick look that refuses most of what is not, and hardly ever what is.

A start line begins with a method or with `SIP/`, both tokens (RFC 3261 §25.1); empty lines may come before
it (§7.5). Nothing in the first octets of a start line is a control character.
"""

import re
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

SHORTEST: Final = 11
"""Octets of the shortest start line, `M u SIP/2.0`."""
LOOKED_AT: Final = 4
LONGEST_LOOK: Final = 4096

SIPS_PORT: Final = 5061
FIRST_RECORD, LAST_RECORD = 20, 23
"""Content types of TLS records."""
HANDSHAKE: Final = 22
"""The content type of what opens a connection."""
RECORD_MAJOR: Final = 3
LAST_MINOR: Final = 4
"""The version in the header of a record: 3.0 to 3.4 (RFC 8446 §5.1)."""

_FIRST: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.!%*_+`'~\r\n")
_BLANK: Final = frozenset(b" \t")


def _octets(chosen: Callable[[int], bool]) -> NDArray[np.bool_]:
    return np.array([chosen(octet) for octet in range(256)])


MAY_BE_FIRST: Final = _octets(lambda octet: octet in _FIRST)
MAY_FOLLOW: Final = _octets(lambda octet: octet in _FIRST or octet in _BLANK or octet == ord("/"))
"""The next three octets: of the method or of `SIP/`, or the blank behind it."""
IS_BLANK: Final = _octets(lambda octet: octet in _BLANK)
MAY_FOLLOW_BLANK: Final = _octets(lambda octet: octet in b"\t\r\n" or (octet >= 0x20 and octet != 0x7F))
"""Behind the blank nearly anything may stand."""
_BEGINNING: Final = re.compile(
    rb"(?=[^ \t/])[A-Za-z0-9\-.!%*_+`'~\r\n/]{1,4}(?:[ \t][\t\r\n\x20-\x7e\x80-\xff]{0,3})?"
)

_TEXT: Final = re.compile(rb"[\t\r\n\x20-\x7e]{1,4}(?:(?<=.{4})|\Z)", re.DOTALL)
_FRAME_OCTETS: Final = b"\x81\x82\xc1\xc2\x01\x02"
IS_TEXT: Final = np.array([octet in b"\t\r\n" or 0x20 <= octet < 0x7F for octet in range(256)])
"""Octets in the middle of SIP, from which one may come upon the next start line."""
MAY_BE_FRAME: Final = np.array([octet in _FRAME_OCTETS for octet in range(256)])
"""The first octets of a WebSocket frame that begins a message (RFC 6455 §5.2)."""
_NO_FIELD: Final = re.compile(
    rb"[\r\n]*[^\r\n][^\n]*\n(?![ \t\r\n]|[A-Za-z0-9\-.!%*_+`'~]{1,128}[ \t]*:)[^\n]*\n"
)
"""A start line, and a line behind it that is no header field: another protocol that quotes SIP."""


def has_fields(data: bytes) -> bool:
    """Whether what follows a start line may be header fields, as far as it is here."""
    return _NO_FIELD.match(data) is None


def names_sip(data: bytes) -> bool:
    """Whether the first line names the protocol: a cheap question to ask before a thorough one."""
    if data[:1] in b"\r\n":
        data = data.lstrip(b"\r\n")
    end = data.find(b"\n")
    line = data[: end if end >= 0 else LONGEST_LOOK]
    return b"/" in line and b"SIP/" in line.upper()


def may_begin(data: bytes) -> bool:
    """The look at one payload that the wide lane takes at all of them."""
    found = _BEGINNING.match(data)
    return found is not None and found.end() >= min(LOOKED_AT, len(data))


def may_be_in_stream(data: bytes) -> bool:
    """The look at one segment that the wide lane takes at all of them."""
    return may_begin(data) or data[:1] in _FRAME_OCTETS or _TEXT.match(data) is not None


def may_begin_at(heads: NDArray[np.uint8], at: int, sizes: NDArray[np.int64]) -> NDArray[np.bool_]:
    """`may_begin` for many payloads at once: each a row, its octets from column `at` on, as many as `sizes` says."""
    blank = IS_BLANK[heads[:, at]]
    may = MAY_BE_FIRST[heads[:, at]] & (sizes > 0)
    for place in range(1, LOOKED_AT):
        octets = heads[:, at + place]
        may &= MAY_FOLLOW[octets] | (blank & MAY_FOLLOW_BLANK[octets]) | (sizes <= place)
        blank |= IS_BLANK[octets]
    return may


def is_sealed(ports: bytes) -> bool:
    """Whether ports are those of SIP over TLS."""
    return SIPS_PORT in (int.from_bytes(ports[:2], "big"), int.from_bytes(ports[2:], "big"))


def begins_record(data: bytes) -> bool:
    """Whether a segment begins with a TLS record (RFC 8446 §5.1)."""
    return (
        len(data) > LOOKED_AT - 1
        and FIRST_RECORD <= data[0] <= LAST_RECORD
        and data[1] == RECORD_MAJOR
        and data[2] <= LAST_MINOR
    )
