"""Typed values of header fields, read from `Headers` on demand.

Every reader takes the header fields of a message and gives None or an empty list where they say nothing
that makes sense. None of them raises. The section of the standard stands at each.
"""

import re
from typing import Final, NamedTuple

from analyser.sip.address import NameAddr, parse_name_addr
from analyser.sip.headers import Headers
from analyser.sip.lexical import is_token, params, split, uint, unquote
from analyser.sip.via import Via, parse_via

_DIGITS: Final = re.compile(r"([0-9]{1,18})(?![0-9])")
_WARNING: Final = re.compile(r"([0-9]{3})[ \t]+(\S+)[ \t]+(.*)\Z", re.DOTALL)
_RACK: Final = re.compile(r"([0-9]{1,10})[ \t]+([0-9]{1,10})[ \t]+(\S+)\Z")


class Reason(NamedTuple):
    """Why a request or response was sent (RFC 3326): `Q.850;cause=16;text="…"`."""

    protocol: str
    cause: int | None
    text: str
    params: dict[str, str]


class Warn(NamedTuple):
    """One Warning (RFC 3261 §20.43)."""

    code: int
    agent: str
    text: str


class RAck(NamedTuple):
    """Which provisional response a PRACK acknowledges (RFC 3262 §7.2)."""

    rseq: int
    cseq: int
    method: str


class SessionExpires(NamedTuple):
    """The session interval and who refreshes it: uac, uas or nobody yet (RFC 4028 §4)."""

    seconds: int
    refresher: str


class Event(NamedTuple):
    """An event package with its parameters (RFC 6665 §8.2.1)."""

    package: str
    params: dict[str, str]


class SubscriptionState(NamedTuple):
    """The state of a subscription (RFC 6665 §8.2.3)."""

    state: str
    reason: str
    expires: int | None
    retry_after: int | None
    params: dict[str, str]


def read_vias(headers: Headers) -> list[Via]:
    """Via, the top one first (RFC 3261 §20.42)."""
    return [parse_via(value) for value in headers.values("via")]


def read_addresses(headers: Headers, name: str) -> list[NameAddr]:
    """All addresses of a field that lists them, such as Route (RFC 3261 §20.34)."""
    return [parse_name_addr(value) for value in headers.values(name)]


def read_address(headers: Headers, name: str) -> NameAddr | None:
    """The address of From or To (RFC 3261 §20.20, §20.39)."""
    value = headers.first(name)
    return parse_name_addr(value) if value else None


def read_number(headers: Headers, name: str) -> int | None:
    """A field that is one number, such as Max-Forwards; None beyond 18 digits."""
    value = headers.first(name)
    return None if value is None else uint(value)


def read_seconds(headers: Headers, name: str) -> int | None:
    """A field that begins with a number of seconds, such as Min-SE (RFC 4028 §5)."""
    value = headers.first(name)
    return None if value is None else uint(value.partition(";")[0].strip())


def read_tokens(headers: Headers, name: str) -> list[str]:
    """The members of Require, Supported, Allow and their like."""
    return headers.values(name)


def read_text(headers: Headers, name: str) -> str:
    """The value of a field as it stands, empty where there is none."""
    return headers.first(name) or ""


def read_user_agent(headers: Headers) -> str:
    """User-Agent, else Server, else empty (RFC 3261 §20.35, §20.41)."""
    named = headers.first("user-agent")
    return read_text(headers, "server") if named is None else named


def read_reasons(headers: Headers) -> list[Reason]:
    """Reason (RFC 3326)."""
    reasons: list[Reason] = []
    for value in headers.values("reason"):
        protocol, *parts = split(value, ";")
        if is_token(protocol):
            found = params(parts)
            reasons.append(Reason(protocol, uint(found.get("cause", "")), found.get("text", ""), found))
    return reasons


def read_warnings(headers: Headers) -> list[Warn]:
    """Warning, members that are none left out (RFC 3261 §20.43)."""
    found = [_WARNING.match(value) for value in headers.values("warning")]
    return [Warn(int(match[1]), match[2], unquote(match[3].strip())) for match in found if match]


def read_rack(headers: Headers) -> RAck | None:
    """RAck (RFC 3262 §7.2)."""
    found = _RACK.match(headers.first("rack") or "")
    return RAck(int(found[1]), int(found[2]), found[3]) if found else None


def read_session_expires(headers: Headers) -> SessionExpires | None:
    """Session-Expires (RFC 4028 §4)."""
    seconds, *parts = split(headers.first("session-expires") or "", ";")
    number = uint(seconds)
    return None if number is None else SessionExpires(number, params(parts).get("refresher", "").lower())


def read_retry_after(headers: Headers) -> int | None:
    """Seconds of Retry-After; a comment or parameter behind the number is skipped (RFC 3261 §20.33)."""
    found = _DIGITS.match(headers.first("retry-after") or "")
    return int(found[1]) if found else None


def read_event(headers: Headers) -> Event | None:
    """Event (RFC 6665 §8.2.1)."""
    package, *parts = split(headers.first("event") or "", ";")
    return Event(package.lower(), params(parts)) if is_token(package) else None


def read_subscription_state(headers: Headers) -> SubscriptionState | None:
    """Subscription-State (RFC 6665 §8.2.3)."""
    state, *parts = split(headers.first("subscription-state") or "", ";")
    if not is_token(state):
        return None
    found = params(parts)
    expires, retry_after = uint(found.get("expires", "")), uint(found.get("retry-after", ""))
    return SubscriptionState(state.lower(), found.get("reason", "").lower(), expires, retry_after, found)
