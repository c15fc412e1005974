"""Addresses that mean nothing outside of their own network, found in raw messages without parsing them."""

import re
from typing import Final

_HOST: Final = (
    rb"(?:10\.[0-9]|192\.168\.|172\.(?:1[6-9]|2[0-9]|3[01])\.|169\.254\.|127\.[0-9]"
    rb"|100\.(?:6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7])\.|\[?f[cd][0-9a-f]{2}:)"
)
"""How they begin: RFC 1918, RFC 3927, RFC 6598, RFC 4193, and loopback."""

CONNECTION: Final = re.compile(rb"\nc=IN[ \t]+IP[46][ \t]+(" + _HOST + rb"[^\s/]*)", re.IGNORECASE)
"""A c= line with such an address."""

_URI_HOST: Final = re.compile(rb"sips?:(?:[^@\s,>]{0,200}@)?(" + _HOST + rb"[^\s;>?,]*)", re.IGNORECASE)


def private_connections(body: bytes, at: int) -> list[str]:
    """The private addresses of the c= lines behind `at`, each once."""
    found = [match[1].decode("ascii", "replace") for match in CONNECTION.finditer(body, max(at - 1, 0))]
    return list(dict.fromkeys(found))


def contact_line(raw: bytes, body_at: int) -> bytes:
    """The first Contact line of a message; empty where there is none."""
    at = raw.find(b"\nContact:", 0, body_at)
    if at < 0:
        at = raw.find(b"\nm:", 0, body_at)
        if at < 0:
            return b""
    return raw[at + 1 : raw.find(b"\n", at + 1)]


def private_uri(line: bytes) -> str:
    """Host and port of the first URI in a header line that has a private address; empty where none has."""
    found = _URI_HOST.search(line)
    return found[1].decode("ascii", "replace")[:64] if found is not None else ""
