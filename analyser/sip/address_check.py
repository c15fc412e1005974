"""The grammar check of addresses: name-addrs, URIs, hosts and ports (RFC 3261 §19.1, §20, §25.1).

Every function takes text and yields the defects it sees, in no promised order and maybe repeated.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from ipaddress import AddressValueError, IPv6Address
from typing import Final

from analyser.sip.address import split_host_part, split_name_addr
from analyser.sip.defects import Defect
from analyser.sip.headers import Headers
from analyser.sip.lexical import is_token, quoted_end, split

ADDRESS_FIELDS: Final = frozenset(
    {
        "contact",
        "diversion",
        "from",
        "history-info",
        "p-asserted-identity",
        "p-preferred-identity",
        "path",
        "record-route",
        "refer-to",
        "referred-by",
        "reply-to",
        "route",
        "service-route",
        "to",
    }
)
"""Header fields that hold name-addrs or addr-specs."""

_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*\Z")
_HOST_PORT: Final = re.compile(r"(\[[^\[\]]*\]|[^:\[\]]*)(?:[ \t]*:[ \t]*(.*))?\Z", re.DOTALL)
_HOST_NAME: Final = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.\-]*)\Z")
"""A host name; underscores are no host name's but so frequent that they count as one."""
_SHORT: Final = 256
"""Characters of a value that is worth remembering."""
_WHITE: Final = re.compile(r"\s")
_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*+("?)', re.DOTALL)
"""A quoted string, also one without end: a search that went on behind its first quote would go through the rest once for each."""


def check_addresses(headers: Headers, name: str) -> Iterator[Defect]:
    """All values of an address field."""
    for line in headers.all(name):
        values = [line] if name in {"from", "to", "refer-to", "referred-by", "reply-to"} else split(line, ",")
        if len(values) > 1 and "" in values:
            yield Defect.EMPTY_PARAMETER
        for value in values:
            if value or len(values) == 1:
                yield from _remembered(value) if len(value) <= _SHORT else check_name_addr(value)


@lru_cache(4096)
def _remembered(value: str) -> tuple[Defect, ...]:
    """The same; the messages of a call repeat each other's addresses."""
    return tuple(check_name_addr(value))


def check_name_addr(value: str) -> Iterator[Defect]:
    """One name-addr or addr-spec with its parameters."""
    if value == "*":
        return
    if any(not found[1] for found in _QUOTED.finditer(value)):
        yield Defect.QUOTE_UNTERMINATED
    display, uri, rest = split_name_addr(value)
    bracketed = "<" in value[len(display) :]
    if bracketed and not _is_display_name(display):
        yield Defect.DISPLAY_NAME_UNQUOTED
    if bracketed:
        inside = value[len(display) :].partition("<")[2]
        if ">" not in inside:
            yield Defect.BRACKET_UNTERMINATED
        elif inside.partition(">")[0] != uri:
            yield Defect.URI_WHITESPACE
    elif "?" in uri or "," in uri:
        yield Defect.URI_NEEDS_BRACKETS
    if _WHITE.search(uri):
        yield Defect.URI_WHITESPACE
    yield from check_uri(uri)
    parts = split(rest, ";")
    if "" in parts[1:]:
        yield Defect.EMPTY_PARAMETER


def check_uri(uri: str) -> Iterator[Defect]:
    """One URI without brackets."""
    scheme, colon, rest = uri.partition(":")
    if not colon or not _SCHEME.match(scheme) or not rest:
        yield Defect.URI_MALFORMED
    elif scheme.lower() in {"sip", "sips"}:
        yield from check_host_port(split_host_part(rest)[1].partition(";")[0])


def check_host_port(text: str) -> Iterator[Defect]:
    """The host and port of a URI or of a Via."""
    found = _HOST_PORT.match(text.strip())
    if found is None:
        yield Defect.HOST_MALFORMED
        return
    host, port = found[1].strip(), found[2]
    if host.startswith("["):
        if not _is_ipv6(host[1:-1]):
            yield Defect.HOST_MALFORMED
    elif not _HOST_NAME.match(host):
        yield Defect.HOST_MALFORMED
    if port is None:
        return
    if ":" in port:
        yield Defect.HOST_MALFORMED
    elif not (port.isascii() and port.isdecimal() and len(port) < 6 and int(port) < 65536):
        yield Defect.PORT_MALFORMED


def _is_ipv6(text: str) -> bool:
    try:
        IPv6Address(text)
    except AddressValueError:
        return False
    return True


def _is_display_name(text: str) -> bool:
    """Tokens, or one quoted string; a quoted string without end has its own defect."""
    text = text.strip()
    if text.startswith('"'):
        return quoted_end(text) in {-1, len(text)}
    return all(map(is_token, text.split()))
