"""Challenges and credentials of digest authentication and its like (RFC 3261 §20.7, §20.27, §20.44, RFC 8760).

Commas separate the parameters of one challenge here, so each header field line is one value. Servers
that put two challenges on one line are understood all the same.
"""

import re
from typing import Final, NamedTuple

from analyser.sip.headers import Headers
from analyser.sip.lexical import is_token, split, unquote

_SCHEME: Final = re.compile(r"([^\s=,\"]+)[ \t]+(.*)\Z", re.DOTALL)


_TOKEN68: Final = re.compile(r"[A-Za-z0-9\-._~+/]+=*\Z")


class Auth(NamedTuple):
    """One challenge, or one set of credentials."""

    scheme: str
    params: dict[str, str]
    proxy: bool
    """Whether it is a proxy's: Proxy-Authenticate or Proxy-Authorization."""

    @property
    def realm(self) -> str:
        return self.params.get("realm", "")

    @property
    def nonce(self) -> str:
        return self.params.get("nonce", "")

    @property
    def username(self) -> str:
        return self.params.get("username", "")

    @property
    def stale(self) -> bool:
        """Whether the nonce was too old and the password may be right (§22.1)."""
        return self.params.get("stale", "").lower() == "true"


def read_challenges(headers: Headers) -> list[Auth]:
    """WWW-Authenticate and Proxy-Authenticate, in that order."""
    return _read(headers, "www-authenticate", proxy=False) + _read(headers, "proxy-authenticate", proxy=True)


def read_credentials(headers: Headers) -> list[Auth]:
    """Authorization and Proxy-Authorization, in that order."""
    return _read(headers, "authorization", proxy=False) + _read(headers, "proxy-authorization", proxy=True)


def parse_auth(value: str, *, proxy: bool) -> list[Auth]:
    """The challenges or credentials of one field value."""
    result: list[Auth] = []
    for part in split(value, ","):
        text = part
        begins = _SCHEME.match(text)
        if begins is not None and is_token(begins[1]) and not begins[2].startswith("="):
            result.append(Auth(begins[1], {}, proxy))
            text = begins[2]
        elif not result and is_token(text):
            result.append(Auth(text, {}, proxy))
            continue
        name, equals, content = text.partition("=")
        name = name.strip().lower()
        if not result or not name:
            continue
        if _TOKEN68.match(text):
            result[-1].params.setdefault("token68", text)
        elif equals:
            result[-1].params.setdefault(name, unquote(content.strip()))
    return result


def _read(headers: Headers, name: str, *, proxy: bool) -> list[Auth]:
    return [auth for value in headers.all(name) for auth in parse_auth(value, proxy=proxy)]
