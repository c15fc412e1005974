"""What opens a door is never printed in full: of digest responses, keys and passwords their first characters show.

That is enough to tell two of them apart. What counts as such: `response`, `cnonce`, `rspauth`, `auts` and their like of digest
(RFC 7616) in the header fields of credentials, the whole of other credentials (Basic, Bearer: RFC 7617, RFC 8898), the password
of a SIP URI (RFC 3261 §19.1.1), and the keys in SDP: `a=crypto`, `a=key-mgmt`, `k=`, `a=ice-pwd` (RFC 4568, RFC 4567, RFC 8866
§5.12, RFC 8839). A header field inside a body, as in a message of `message/sipfrag`, counts as well.
"""

from __future__ import annotations

import re
from typing import Final

SHOWN: Final = 4
"""Characters of a secret that show."""
_SHORTENED: Final = "…"

_FIELDS: Final = re.compile(
    r"^((?:proxy-)?(?:authorization|authentication-info)[ \t]*:)((?:[^\r\n]|\r?\n[ \t])*)",
    re.IGNORECASE | re.MULTILINE,
)
_SECRET: Final = re.compile(
    r'((?:^|[\s,])(?:response|cnonce|rspauth|auts|ik|ck|opaque-secret)[ \t\r\n]*=[ \t\r\n]*"?)([^",\r\n]*)',
    re.IGNORECASE,
)
_SCHEME: Final = re.compile(r"[ \t\r\n]*([^\s,=]+)[ \t\r\n]+")
_TOKEN: Final = re.compile(r"[^\s\",;=]+=*")
_KEYS: Final = re.compile(
    r"^((?:a=crypto:[^\r\n]*?inline:|a=key-mgmt:[ \t]*\S+[ \t]+|a=ice-pwd:|k=[a-z0-9]+:))([^\r\n|]*)",
    re.IGNORECASE | re.MULTILINE,
)
_INLINE: Final = re.compile(r"(inline:)([^\s|;]*)", re.IGNORECASE)
_PASSWORD: Final = re.compile(r"(\bsips?:[^\s:@;?<>\"]*:)([^\s@<>\"]+)(?=@)", re.IGNORECASE)


def without_secrets(text: str) -> str:
    """The text of a message, its secrets shortened; lines stay lines."""
    lowered = text.lower()
    if "authorization" in lowered or "authentication-info" in lowered:
        text = _FIELDS.sub(_field, text)
    if "=" in text:
        text = _KEYS.sub(_key, text)
    return _PASSWORD.sub(_shortened, text) if "@" in text else text


def _field(found: re.Match[str]) -> str:
    name, value = found[1], found[2]
    scheme = _SCHEME.match(value)
    if scheme is not None and scheme[1].lower() != "digest" and "info" not in name.lower():
        return name + scheme[0] + _TOKEN.sub(_token, value[scheme.end() :])
    return name + _SECRET.sub(_shortened, value)


def _key(found: re.Match[str]) -> str:
    return _INLINE.sub(_shortened, found[0]) if "inline:" in found[0].lower() else _shortened(found)


def _shortened(found: re.Match[str]) -> str:
    return found[1] + _short(found[2])


def _token(found: re.Match[str]) -> str:
    return _short(found[0])


def _short(secret: str) -> str:
    return secret if len(secret) <= SHOWN else secret[:SHOWN] + _SHORTENED
