"""Which octets can begin SIP: a quick look that refuses most of what is not, and hardly ever what is.

A start line begins with a method or with `SIP/`, both tokens (RFC 3261 §25.1); empty lines may come before
it (§7.5). Nothing in the first octets of a start line is a control character.
"""

import re
from typing import Final

import numpy as np

SHORTEST: Final = 11
"""Octets of the shortest start line, `M u SIP/2.0`."""
LOOKED_AT: Final = 4
LONGEST_LOOK: Final = 4096

SIPS_PORT: Final = 5061
FIRST_RECORD, LAST_RECORD = 20, 23
"""Content types of TLS records."""

_FIRST: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.!%*_+`'~\r\n")
MAY_BE_FIRST: Final = np.array([octet in _FIRST for octet in range(256)])
MAY_FOLLOW: Final = np.array(
    [octet in _FIRST or octet == 0x09 or (octet >= 0x20 and octet != 0x7F) for octet in range(256)]
)
"""The next three octets: of the method, the blank behind it, or what follows that."""
_BEGINNING: Final = re.compile(rb"[A-Za-z0-9\-.!%*_+`'~\r\n][\t\r\n\x20-\x7e\x80-\xff]{0,3}")

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
    return b"SIP/" in data[: end if end >= 0 else LONGEST_LOOK].upper()


def may_begin(data: bytes) -> bool:
    """The look at one payload that the wide lane takes at all of them."""
    found = _BEGINNING.match(data)
    return found is not None and found.end() >= min(LOOKED_AT, len(data))


def is_sealed(data: bytes, ports: bytes) -> bool:
    """Whether a segment begins with a TLS record (RFC 8446 §5.1) on the port of SIP over TLS."""
    return (
        SIPS_PORT in (int.from_bytes(ports[:2], "big"), int.from_bytes(ports[2:], "big"))
        and data[1:2] == b"\3"
        and FIRST_RECORD <= data[0] <= LAST_RECORD
    )
