"""What opens a door is never printed in full: of digest responses, keys and passwords their first characters show.

That is enough to tell two of them apart. What counts as such: `response`, `cnonce`, `rspauth`, `auts` of digest (RFC 7616, RFC 3310) and
the keys `ik` and `ck` (3GPP TS 24.229 §7.2A), wherever credentials and challenges are, the whole of other credentials (Basic, Bearer: RFC 7617, RFC 8898), the password
of a SIP URI (RFC 3261 §19.1.1), and the keys in SDP: `a=crypto`, `a=key-mgmt`, `k=`, `a=ice-pwd` (RFC 4568, RFC 4567, RFC 8866
§5.12, RFC 8839). A header field inside a body, as in a message of `message/sipfrag`, counts as well.
"""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from analyser.annotate import Finding

SHOWN: Final = 4
"""Characters of a secret that show."""
MAX_APART: Final = 100_000
"""Secrets that are told apart."""
_FIELDS: Final = re.compile(
    r"^((?:proxy-|www-)?(?:authorization|authenticate|authentication-info)[ \t]*:)((?:[^\r\n]|\r?\n[ \t])*)",
    re.IGNORECASE | re.MULTILINE,
)
_SECRET: Final = re.compile(
    r'((?:^|[\s,;])(?:response|cnonce|rspauth|auts|ik|ck)\s*=\s*"?)((?<=")(?:[^"\\]|\\.)*|[^\s",]*)',
    re.IGNORECASE | re.DOTALL,
)
_SCHEME: Final = re.compile(r"\s*([^\s,=]+)\s+")
_TOKEN: Final = re.compile(r"[^\s\",;=]+")
_INLINE: Final = re.compile(r"(inline:)([^\s|;]*)", re.IGNORECASE)
_KEYS: Final = re.compile(
    r"^(a=key-mgmt:[ \t]*\S+[ \t]+|a=ice-pwd:[ \t]*|k=[a-z0-9]+:)([^\s]+)", re.IGNORECASE | re.MULTILINE
)
_USERINFO: Final = re.compile(r'(?<![^\s@<>"])[^\s@<>"]++(?=@)')
"""What stands before an `@`, from the beginning: so that a line made of nothing but beginnings costs no more than its length."""
_PASSWORD: Final = re.compile(r"(\bsips?:[^:]*:)(.+)", re.IGNORECASE | re.DOTALL)


def shortened(secret: str) -> str:
    """What shows of a secret."""
    return secret if len(secret) <= SHOWN else f"{secret[:SHOWN]}…"


class Apart:
    """Shortens secrets in ASCII, so that two that begin alike stay apart: `0a4f...`, `0a4f...2`."""

    def __init__(self) -> None:
        self._numbers: dict[str, dict[bytes, int]] = {}
        self._known = 0

    def __call__(self, secret: str) -> str:
        """What shows of it, the same each time."""
        if len(secret) <= SHOWN:
            return secret
        shown = f"{secret[:SHOWN]}..."
        numbers = (
            self._numbers.setdefault(shown, {}) if self._known < MAX_APART else self._numbers.get(shown, {})
        )
        digest = blake2b(secret.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        number = numbers.get(digest)
        if number is None:
            number = len(numbers) + 1
            if self._known < MAX_APART:
                numbers[digest] = number
                self._known += 1
        return shown if number == 1 else f"{shown}{number}"


def without_passwords(text: str, short: Callable[[str], str] = shortened) -> str:
    """A sentence or URI, the passwords of SIP URIs in it shortened."""
    if "@" not in text:
        return text

    def userinfo(found: re.Match[str]) -> str:
        return _PASSWORD.sub(lambda inner: inner[1] + short(inner[2]), found[0])

    return _USERINFO.sub(userinfo, text)


def note_of(finding: Finding, lang: str) -> str:
    """What a finding says, which may quote a URI."""
    return without_passwords(finding.note_in(lang))


def remedy_of(finding: Finding, lang: str) -> str:
    """The next step, which may quote one as well."""
    return without_passwords(finding.remedy_in(lang))


def without_secrets(text: str, short: Callable[[str], str] = shortened) -> str:
    """The text of a message, its secrets shortened; lines stay lines."""

    def second(found: re.Match[str]) -> str:
        return found[1] + short(found[2])

    def credentials(found: re.Match[str]) -> str:
        name, value = found[1], found[2]
        scheme = _SCHEME.match(value)
        if scheme is not None and scheme[1].lower() != "digest" and "authorization" in name.lower():
            return name + scheme[0] + _TOKEN.sub(lambda token: short(token[0]), value[scheme.end() :])
        return name + _SECRET.sub(second, value)

    lowered = text.lower()
    if "\nauth" in lowered or "\nproxy-auth" in lowered or "\nwww-auth" in lowered:
        text = _FIELDS.sub(credentials, text)
    if "inline:" in lowered:
        text = _INLINE.sub(second, text)
    if "\nk=" in lowered or "key-mgmt" in lowered or "ice-pwd" in lowered:
        text = _KEYS.sub(second, text)
    return without_passwords(text, short)
