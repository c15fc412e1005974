"""Addresses that mean nothing outside of their own network, found in raw messages without parsing them.

The messages of healthy calls pass here in their tens of thousands, so a coarse look at the first octets comes before
anything else.
"""

import re
from typing import Final

_COARSE: Final = (b"10.", b"192.168.", b"172.", b"100.", b"169.254.", b"127.", b"[f", b"fc", b"fd")
_HOST: Final = (
    rb"(?:10\.[0-9]|192\.168\.|172\.(?:1[6-9]|2[0-9]|3[01])\.|169\.254\.|127\.[0-9]"
    rb"|100\.(?:6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7])\.|\[?f[cd][0-9a-f]{2}:)"
)
"""How they begin: RFC 1918, RFC 3927, RFC 6598, RFC 4193, and loopback."""

_CONNECTION: Final = re.compile(_HOST + rb"[^\s/]{0,60}", re.IGNORECASE)
_URI_HOST: Final = re.compile(_HOST + rb"[^\s;>?,]{0,60}", re.IGNORECASE)
_LINE: Final = b"\nc=IN IP"


def private_connections(raw: bytes, body_at: int) -> list[str]:
    """The private addresses of the c= lines behind `body_at`, each once."""
    found: list[str] = []
    at = raw.find(_LINE, body_at)
    while at >= 0:
        at += 10  # behind `IP4 ` or `IP6 `
        if raw.startswith(_COARSE, at):
            match = _CONNECTION.match(raw, at)
            if match is not None:
                found.append(match[0].decode("ascii", "replace"))
        at = raw.find(_LINE, at)
    return list(dict.fromkeys(found)) if found else found


def private_contact(raw: bytes) -> str:
    """Host and port of the first Contact if that is a private address, else empty."""
    at = raw.find(b"\nContact:")
    if at < 0:
        at = raw.find(b"\nm:")
        if at < 0:
            return ""
    at = raw.find(b"sip", at)
    end = raw.find(b"\n", at)
    if at < 0:
        return ""
    host = raw.find(b"@", at, end)
    host = (host if host >= 0 else raw.find(b":", at, end)) + 1
    if not host or not raw.startswith(_COARSE, host):
        return ""
    match = _URI_HOST.match(raw, host)
    return match[0].decode("ascii", "replace") if match is not None else ""
