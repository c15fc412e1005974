"""URIs, name-addrs and their parameters with pseudonyms in them (RFC 3261 §19.1, §25.1)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from analyser.redact.words import FLAGS, NUMERIC, VALUES, is_name, is_number

if TYPE_CHECKING:
    from analyser.redact.pseudonyms import Pseudonyms

_SCHEME: Final = re.compile(
    r"\s*(?:sips?|tels?|https?|im|pres|xmpp|mailto|fax|modem|cid|data|ftp|wss?|h323|callto|geo)\Z",
    re.IGNORECASE,
)
_SERVICE: Final = re.compile(r"urn:service:[A-Za-z.\-]{1,40}\Z", re.IGNORECASE)
_URN: Final = re.compile(r"(urn:[A-Za-z]{2,16}:)(.*)\Z", re.IGNORECASE | re.DOTALL)
_SCANNER: Final = re.compile(r"(?:100|123)@1\.1\.1\.1(?![0-9])")
"""The address that a scanner gives unless told otherwise: nobody's."""
_PORT: Final = re.compile(r"[0-9]{1,5}\Z")
_PIECE: Final = re.compile(r'"(?:[^"\\]|\\.)*"?|<[^>]*>?|[^"<]+', re.DOTALL)
_MEMBER: Final = re.compile(r";[^;,]*|[,\s]+|[^;,\s][^;,]*", re.DOTALL)
_URI_START: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]{0,15}:")


class Addressing:
    """Whatever addresses somebody."""

    def __init__(self, pseudonyms: Pseudonyms) -> None:
        self.text = pseudonyms.text
        self._user = pseudonyms.user

    def uri(self, text: str) -> str:
        """A URI without brackets."""
        if _SERVICE.match(text):
            return text
        urn = _URN.match(text)
        if urn is not None:
            return urn[1] + self.text(urn[2])
        scheme, colon, rest = text.partition(":")
        if not colon or not _SCHEME.match(scheme):
            return self.text(text)
        scanner = _SCANNER.match(rest)
        if scanner is not None:
            return scheme + colon + scanner[0] + self.host(rest[scanner.end() :])
        if scheme.strip().lower() in {"tel", "tels", "fax", "modem"}:
            number, semicolon, params = rest.partition(";")
            return scheme + colon + self._user(number) + self.params(semicolon + params)
        question = rest.find("?", rest.find("@") + 1)
        front, headers = (rest, "") if question < 0 else (rest[:question], rest[question:])
        userinfo, at, host = front.rpartition("@")
        return scheme + colon + self._userinfo(userinfo) + at + self.host(host) + self._uri_headers(headers)

    def host(self, text: str) -> str:
        """`host[:port][;params]`; the port stays."""
        place, semicolon, params = text.partition(";")
        name, colon, port = place.rpartition(":")
        if colon and (":" not in name or "]" in name) and _PORT.match(port.strip()):
            return self.text(name) + colon + port + self.params(semicolon + params)
        return self.text(place) + self.params(semicolon + params)

    def addresses(self, text: str) -> str:
        """A field of name-addrs or addr-specs with their parameters, or of anything that looks like it."""
        return "".join(map(self._piece, _PIECE.findall(text)))

    def params(self, text: str) -> str:
        """`;name=value;flag`."""
        if not text:
            return text
        return "".join(map(self._member, _MEMBER.findall(text)))

    def value(self, name: str, value: str) -> str:
        """The value of a parameter: as it is where it is a word of the standards, or a number that measures."""
        if value.lower() in VALUES:
            return value
        name = name.lower()
        if name in NUMERIC and is_number(value):
            return value
        if name in {"maddr", "received", "host", "rtcp"}:
            return self.host(value)
        return self.uri(value) if _URI_START.match(value) else self.text(value)

    def _userinfo(self, text: str) -> str:
        """User, its parameters and a password."""
        user, semicolon, params = text.partition(";")
        user, colon, password = user.partition(":")
        return self._user(user) + colon + self.text(password) + self.params(semicolon + params)

    def _uri_headers(self, text: str) -> str:
        """`?name=value&name=value`: names stay, so that a reader sees what is asked for (RFC 3261 §19.1.1)."""
        return re.sub(
            r"([?&])([^=&]*)(=?)([^&]*)",
            lambda found: (
                found[1]
                + (found[2] if is_name(found[2]) and found[3] else self.text(found[2]))
                + found[3]
                + self.text(found[4])
            ),
            text,
        )

    def _piece(self, piece: str) -> str:
        if piece[0] == '"':
            return self.text(piece)
        if piece[0] == "<":
            closing = ">" if piece[-1] == ">" and len(piece) > 1 else ""
            return "<" + self.uri(piece[1:-1] if closing else piece[1:]) + closing
        return "".join(map(self._member, _MEMBER.findall(piece)))

    def _member(self, text: str) -> str:
        """One parameter, or what stands before the first."""
        if text[0] != ";":
            return self.uri(text) if _URI_START.match(text) else self.text(text)
        name, equals, value = text[1:].partition("=")
        bare = name.strip()
        flag = bare.lower() in FLAGS or (bare.startswith("+") and is_name(bare))
        known = is_name(bare) if equals else flag
        return ";" + (name if known else self.text(name)) + equals + self._spaced(bare, value)

    def _spaced(self, name: str, value: str) -> str:
        """A value with the space around it."""
        bare = value.strip()
        if not bare:
            return value
        start = value.index(bare[0])
        return value[:start] + self.value(name, bare) + value[start + len(bare) :]
