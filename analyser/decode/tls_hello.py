"""The handshake messages of TLS that travel in the clear, each from its octets (RFC 5246 §7.4, RFC 8446 §4).

A reader gives None for what is no such message: octets from the wire are believed only as far as their lengths fit.
"""

from hashlib import sha256
from typing import Final, NamedTuple

from analyser.decode.bounds import MAX_TLS_CERTIFICATES, MAX_TLS_NAMES

CLIENT_HELLO: Final = 1
SERVER_HELLO: Final = 2
CERTIFICATE: Final = 11

_SERVER_NAME: Final = 0
_ALPN: Final = 16
_SUPPORTED_VERSIONS: Final = 43
_HOST_NAME: Final = 0
_RETRY: Final = sha256(b"HelloRetryRequest").digest()
"""The random of a ServerHello that asks for another ClientHello (RFC 8446 §4.1.3)."""
_LONGEST_NAME: Final = 255


class ClientHello(NamedTuple):
    """What a client offers."""

    versions: tuple[int, ...]
    """The newest first."""
    server_name: str
    alpn: tuple[str, ...]


class ServerHello(NamedTuple):
    """What the server chose."""

    version: int
    cipher: int
    alpn: str
    retry: bool
    """Whether it asks for another ClientHello first."""


class _CutError(Exception):
    """A length leads behind the end."""


class _Octets:
    """Reads from the front; a length that does not fit is a `_CutError`."""

    __slots__ = ("_at", "_data", "_end")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._end = len(data)

    def __bool__(self) -> bool:
        return self._at < self._end

    def take(self, count: int) -> bytes:
        start, self._at = self._at, self._at + count
        if self._at > self._end:
            raise _CutError
        return self._data[start : self._at]

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def vector(self, size: int) -> "_Octets":
        """Octets behind their own length, which has `size` octets (RFC 8446 §3.4)."""
        return _Octets(self.take(self.number(size)))

    def rest(self) -> bytes:
        return self.take(self._end - self._at)


def client_hello(body: bytes) -> ClientHello | None:
    """A ClientHello (RFC 8446 §4.1.2)."""
    octets = _Octets(body)
    try:
        version = octets.number(2)
        octets.take(32)
        octets.vector(1)
        octets.vector(2)
        octets.vector(1)
        extensions = _extensions(octets)
        versions = [version]
        if _SUPPORTED_VERSIONS in extensions:
            listed = _Octets(extensions[_SUPPORTED_VERSIONS]).vector(1)
            versions = [listed.number(2) for _ in range(MAX_TLS_NAMES) if listed]
        alpn = _protocols(extensions)
        name = _server_name(extensions)
    except _CutError:
        return None
    known = sorted(
        {each for each in versions if each >> 8 == 3}, reverse=True
    )  # the others are GREASE, RFC 8701
    return ClientHello(tuple(known), name, alpn)


def server_hello(body: bytes) -> ServerHello | None:
    """A ServerHello or HelloRetryRequest (RFC 8446 §4.1.3)."""
    octets = _Octets(body)
    try:
        version = octets.number(2)
        random = octets.take(32)
        octets.vector(1)
        cipher = octets.number(2)
        octets.take(1)
        extensions = _extensions(octets)
        if _SUPPORTED_VERSIONS in extensions:
            version = _Octets(extensions[_SUPPORTED_VERSIONS]).number(2)
        alpn = _protocols(extensions)
    except _CutError:
        return None
    return ServerHello(version, cipher, alpn[0] if alpn else "", random == _RETRY)


def certificates(body: bytes) -> list[bytes]:
    """The certificates of a Certificate message up to TLS 1.2, as DER (RFC 5246 §7.4.2)."""
    found: list[bytes] = []
    try:
        listed = _Octets(body).vector(3)
        while listed and len(found) < MAX_TLS_CERTIFICATES:
            found.append(listed.vector(3).rest())
    except _CutError:
        pass  # those before the damage stand
    return found


def _extensions(octets: _Octets) -> dict[int, bytes]:
    """The extensions by type, the first of each; none where the message ends before them."""
    found: dict[int, bytes] = {}
    if octets:
        listed = octets.vector(2)
        while listed:
            kind = listed.number(2)
            found.setdefault(kind, listed.vector(2).rest())
    return found


def _server_name(extensions: dict[int, bytes]) -> str:
    """RFC 6066 §3. A server answers with an empty extension."""
    if not extensions.get(_SERVER_NAME):
        return ""
    listed = _Octets(extensions[_SERVER_NAME]).vector(2)
    while listed:
        kind, name = listed.number(1), listed.vector(2).rest()
        if kind == _HOST_NAME:
            return name[:_LONGEST_NAME].decode("ascii", "backslashreplace")
    return ""


def _protocols(extensions: dict[int, bytes]) -> tuple[str, ...]:
    """RFC 7301 §3.1."""
    if _ALPN not in extensions:
        return ()
    listed = _Octets(extensions[_ALPN]).vector(2)
    found: list[str] = []
    while listed and len(found) < MAX_TLS_NAMES:
        found.append(listed.vector(1).rest().decode("ascii", "backslashreplace"))
    return tuple(found)
