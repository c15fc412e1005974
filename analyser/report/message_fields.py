"""A message as fields that can be held against those of another: what it means, not how it is spelt.

`fields_of` gives each field a meaning, which is equal where two spellings say the same, and a text to show. What never says the
same in two messages is not in the meaning: branches, tags, Call-ID, CSeq and RSeq numbers, dates, nonces, responses to
challenges, keys, ephemeral ports, lengths. Names are blind to case and compact form (RFC 3261 §7.3.3), parameters to order and,
where they are tokens, to case (§7.3.1). Digest responses, tokens and keys are in no text.

`roles` names addresses by what they are in the call (`{"192.0.2.10": "caller"}`): a field that holds its sender's own address
means the same from any sender.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from analyser.report.sdp_fields import sdp_fields
from analyser.report.secrets import without_secrets
from analyser.sip import Request, canonical_name
from analyser.sip.address import parse_name_addr
from analyser.sip.auth import parse_auth
from analyser.sip.lexical import params, split, values

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analyser.report.sdp_fields import Told
    from analyser.sip import NameAddr, Response, Uri

EPHEMERAL_FROM: Final = 32_768
"""Ports from here on are chosen anew for each socket (as Linux does; RFC 6335 has 49152): one is as good as another."""
MAX_FIELDS: Final = 200
"""Names of header fields of one message that are compared; of further ones their number."""

DIFFER_ALWAYS: Final = frozenset(
    {
        "call-id",
        "content-length",
        "date",
        "identity",
        "p-charging-vector",
        "rseq",
        "session-id",
        "sip-etag",
        "sip-if-match",
        "timestamp",
    }
)
"""Header fields whose values are of one message only; whether they are there still counts."""
_IN_PART: Final = {
    "cseq": "CSeq number",
    "rack": "RAck numbers",
    "via": "Via branch",
    "from": "From tag",
    "to": "To tag",
    "authorization": "nonce",
    "proxy-authorization": "nonce",
    "www-authenticate": "nonce",
    "proxy-authenticate": "nonce",
}
"""What of a header field is of one message only."""
_URI_PARAMS: Final = frozenset({"rinstance", "line", "ftag", "did", "vsf", "vst", "gr"})
"""Parameters of URIs that user agents and proxies make up for one binding or dialog."""
_ADDRESSES: Final = frozenset(
    {
        "contact",
        "diversion",
        "from",
        "history-info",
        "p-asserted-identity",
        "p-associated-uri",
        "p-called-party-id",
        "p-preferred-identity",
        "path",
        "record-route",
        "refer-to",
        "referred-by",
        "remote-party-id",
        "reply-to",
        "route",
        "service-route",
        "to",
    }
)
_SETS: Final = frozenset(
    {
        "accept",
        "accept-encoding",
        "accept-language",
        "allow",
        "allow-events",
        "privacy",
        "proxy-require",
        "require",
        "supported",
        "unsupported",
    }
)
"""Lists whose order says nothing."""
_WITH_PARAMS: Final = frozenset(
    {
        "accept-contact",
        "content-disposition",
        "content-encoding",
        "content-type",
        "event",
        "min-se",
        "p-access-network-info",
        "reason",
        "reject-contact",
        "session-expires",
        "subscription-state",
    }
)
_AUTH: Final = frozenset(
    {
        "authorization",
        "proxy-authorization",
        "www-authenticate",
        "proxy-authenticate",
        "authentication-info",
        "proxy-authentication-info",
    }
)
_AUTH_SAYS: Final = ("realm", "username", "algorithm", "qop", "domain", "stale")
"""Parameters of challenges and credentials that say something; the others are of one request, or secret."""
_LIST_KEYS: Final = frozenset({"refer-to", "referred-by", "replaces"})


class Field(NamedTuple):
    """One field."""

    part: str
    """`start-line`, `header`, `sdp` or `body`."""
    meaning: object
    shown: str
    """From the wire: to be made harmless. Of a body its length."""


def fields_of(message: Request | Response, roles: Mapping[str, str]) -> dict[str, Field]:
    """The fields by name, in their order; names as RFC 3261 spells them, those of SDP as `audio codecs`."""
    fields = _start_line(message, roles)
    for count, (name, lines) in enumerate(message.headers.names()):
        if count == MAX_FIELDS:
            more = len(message.headers) - MAX_FIELDS
            fields["further header fields"] = Field("header", more, str(more))
            break
        meaning, shown = _header(name, lines, message, roles)
        fields[canonical_name(name)] = Field("header", meaning, without_secrets(shown))
    fields |= {name: Field("sdp", *told) for name, told in _body(message, roles).items()}
    if "SDP" not in fields and message.body:
        fields["body"] = Field("body", message.body, str(len(message.body)))
    return fields


def differ_always(message: Request | Response) -> list[str]:
    """What of it is passed over, as it is of this message alone."""
    passed = [
        _IN_PART.get(name) or canonical_name(name)
        for name, _ in message.headers.names()
        if name in _IN_PART or name in DIFFER_ALWAYS
    ]
    return list(dict.fromkeys(passed))


def _start_line(message: Request | Response, roles: Mapping[str, str]) -> dict[str, Field]:
    if isinstance(message, Request):
        return {
            "method": Field("start-line", message.method, message.method),
            "Request-URI": Field(
                "start-line", _uri(message.request_uri, roles), without_secrets(message.uri)
            ),
        }
    return {
        "status": Field("start-line", message.status, str(message.status)),
        "reason phrase": Field("start-line", message.reason, message.reason),
    }


def _header(name: str, lines: list[str], message: Request | Response, roles: Mapping[str, str]) -> Told:
    plain = ", ".join(lines)
    if name in DIFFER_ALWAYS:
        return True, plain
    if name in ("cseq", "rack"):
        return plain.split()[-1:], plain
    if name == "via":
        return _vias(message, roles), plain
    if name in _ADDRESSES:
        members = lines if name in _LIST_KEYS else message.headers.values(name)
        return [_address(parse_name_addr(member), roles) for member in members], plain
    if name in _AUTH:
        return _auth(name, lines)
    if name in _SETS:
        found = sorted({member if name == "allow" else member.lower() for member in values(plain)})
        return frozenset(found), ", ".join(found)
    if name in _WITH_PARAMS:
        return [_with_params(member) for member in message.headers.values(name)], plain
    if name == "replaces":
        return True, plain  # a Call-ID and two tags
    return " ".join(plain.split()), plain


def _uri(uri: Uri, roles: Mapping[str, str]) -> object:
    if uri.scheme not in {"sip", "sips"}:
        return uri.text
    port = uri.port or (5061 if uri.scheme == "sips" else 5060)
    says = {name: value for name, value in uri.params.items() if name not in _URI_PARAMS}
    return uri.scheme, uri.user, _host(uri.host, roles), _port(port), frozenset(says.items()), uri.headers


def _host(host: str, roles: Mapping[str, str]) -> str:
    host = host.lower()
    return roles.get(host, host)


def _port(port: int | None) -> int | str | None:
    return "ephemeral" if port is not None and port >= EPHEMERAL_FROM else port


def _address(address: NameAddr, roles: Mapping[str, str]) -> object:
    says = {name: value for name, value in address.params.items() if name != "tag"}
    return address.display, _uri(address.uri, roles), frozenset(says.items())


def _vias(message: Request | Response, roles: Mapping[str, str]) -> object:
    """Each hop: how and from where, whether it asks for rport, and whether the next one saw another address than it gave."""
    return [
        (
            via.protocol,
            via.transport,
            _host(via.host, roles),
            _port(via.port or 5060),
            via.asks_rport,
            _host(via.received, roles) if via.received else "",
        )
        for via in message.vias
    ]


def _auth(name: str, lines: list[str]) -> Told:
    found = [
        (auth.scheme, {key: auth.params[key] for key in _AUTH_SAYS if key in auth.params})
        for line in lines
        for auth in parse_auth(line, proxy=name.startswith("proxy"))
    ]
    texts = (" ".join((scheme, ", ".join(f'{key}="{says[key]}"' for key in says))) for scheme, says in found)
    shown = ", ".join(text.strip() for text in texts)
    return [(scheme.lower(), frozenset(says.items())) for scheme, says in found], shown


def _with_params(member: str) -> object:
    first, *rest = split(member.lower(), ";")
    return first, frozenset(params(rest).items())


def _body(message: Request | Response, roles: Mapping[str, str]) -> dict[str, Told]:
    sdp = message.sdp
    return {} if sdp is None else sdp_fields(sdp, roles)
