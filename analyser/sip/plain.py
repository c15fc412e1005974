"""Messages in which the full check can find nothing: every header field line is written in the plainest way.

`is_plain` says so in one look at each line, without taking the header fields apart. What is the least unusual
(compact lists, IPv6, quoted parameters, folded lines) is not plain, and goes through `check`.
"""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from analyser.sip.address_check import ADDRESS_FIELDS
from analyser.sip.headers import fold_name
from analyser.sip.lexical import is_token

if TYPE_CHECKING:
    from analyser.sip.message import Request, Response

_Look = Callable[[str], object]

_WORD: Final = r"[A-Za-z0-9\-.!%*_+`'~]"  # characters of a token
_HOST: Final = r"[A-Za-z0-9_][A-Za-z0-9_.\-]*(?::(?:[0-9]{1,4}|[1-5][0-9]{4}))?"
_PARAMS: Final = rf"(?:;(?!(?i:expires)){_WORD}+(?:={_WORD}+)?|;expires=[0-9]{{1,9}})*"
_URI: Final = (
    rf"(?:sips?:(?:[A-Za-z0-9\-_.!~*'()&=+$%]+@)?{_HOST}(?:;[A-Za-z0-9\-_.!~*'()%=+]+)*"
    r"|tel:\+?[0-9A-Za-z\-.*]+)"
)
_ADDRESS: Final = rf' ?(?:"[^"\\<>]*" ?|[A-Za-z0-9\-.!%*_+`\'~ ]*)<{_URI}>{_PARAMS}'
_SECONDS: Final = " ?[0-9]{1,9}"

_is_uri: Final = re.compile(_URI).fullmatch


def _any(value: str) -> bool:  # noqa: ARG001 - one look of many
    return True


_LOOKS: Final[dict[str, _Look | None]] = {
    **dict.fromkeys(ADDRESS_FIELDS, re.compile(_ADDRESS).fullmatch),
    "via": re.compile(rf" ?SIP/2\.0/[A-Z]+ {_HOST}{_PARAMS}").fullmatch,
    "cseq": re.compile(" ?[0-9]+ [A-Z]+").fullmatch,
    "max-forwards": re.compile(" ?(?:[0-9]{1,2}|1[0-9][0-9]|2[0-4][0-9]|25[0-5])").fullmatch,
    **dict.fromkeys(("expires", "min-expires", "retry-after"), re.compile(_SECONDS).fullmatch),
    **dict.fromkeys(("date", "warning")),
}
"""How a field looks whose value the check takes apart; None where only the check can tell. Others are not looked at."""

ONCE: Final = frozenset(
    {
        "content-type",
        "date",
        "event",
        "expires",
        "min-expires",
        "min-se",
        "rack",
        "refer-to",
        "replaces",
        "rseq",
        "session-expires",
        "sip-etag",
        "sip-if-match",
        "subscription-state",
    }
)
"""Fields that make a message say two things when they differ; a second Server or Subject does no harm."""
_LOOKED_AT_TWICE: Final = ONCE | {"max-forwards"}
"""Fields that the check looks at when they come twice."""

_PRINTABLE: Final = bytes(range(0x20, 0x7F)) + b"\r\n"
_MAX_KNOWN_NAMES: Final = 4096
_looks: dict[str, tuple[_Look | None, str]] = {}
"""The look at a field by its name as spelled, and the name that may come once, or nothing; bounded, as names are the sender's
choice."""


def is_plain(message: "Request | Response") -> bool:
    """Whether the check of the header fields would find nothing, and of a request that it has Max-Forwards."""
    head = message.raw[: message.body_at]
    if message.scan_defects or not message.from_tag or message.branch[:7] != "z9hG4bK":
        return False
    if len(message.branch) == 7 or not head.endswith(b"\r\n\r\n"):
        return False
    if head.translate(None, _PRINTABLE):
        return False
    seen: set[str] = set()
    lines = head[:-4].decode("ascii").split("\r\n")
    if head.count(b"\n") != len(lines) + 1 or head.count(b"\r") != len(lines) + 1:
        return False
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if not colon:
            return False
        look, once = _looks.get(name) or _learn(name)
        if look is None or not look(value):
            return False
        if once:
            if once in seen:
                return False
            seen.add(once)
    return "max-forwards" in seen or not hasattr(message, "method")


def is_plain_uri(uri: str) -> bool:
    """Whether the check of a Request-URI would find nothing."""
    return _is_uri(uri) is not None


def _learn(name: str) -> tuple[_Look | None, str]:
    if not is_token(name):
        return None, ""
    folded = fold_name(name)
    known = _LOOKS.get(folded, _any), folded if folded in _LOOKED_AT_TWICE else ""
    if len(_looks) < _MAX_KNOWN_NAMES and len(name) < 64:
        _looks[name] = known
    return known
