"""What a line out of a message, a capture or a log is about: the entries that it may mean, the likeliest first.

Lines of SIP and SDP, of Wireshark's columns, and what Asterisk, FreeSWITCH, Kamailio and Cisco gateways write.
Only what the line names is told here; whether there is such an entry the finder looks up.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from analyser.codes import METHODS

if TYPE_CHECKING:
    from collections.abc import Iterator

_I: Final = re.IGNORECASE
_REASON: Final = re.compile(r"(?:reason\s*:\s*)?([a-z0-9.+_-]+)\s*;\s*(.*)", _I)
_REASON_CAUSE: Final = re.compile(r"(?:^|;)\s*cause\s*=\s*\"?([0-9]{1,3})\b", _I)
_WARNING: Final = re.compile(r"(?:warning\s*:\s*([0-9]{3})\b.*|([0-9]{3})\s+\S+\s+\".*)", _I)
_REQUEST_LINE: Final = re.compile(
    r"(?:request(?:-line)?\s*:\s*)?([A-Za-z]+)\s+(?:sips?|tel|urn):\S+(?:\s.*)?", _I
)
_STATUS_LINE: Final = re.compile(r"status(?:-line)?\s*:\s*(?:SIP/2\.0\s+)?([0-9]{3})\b.*", _I)
_HEADER_LINE: Final = re.compile(r"([A-Za-z][A-Za-z-]*)\s*:.*")
_ONE_VALUE: Final = (
    (re.compile(r"(?:event|o)\s*:\s*([^\s;,]+).*", _I), "event-package"),
    (re.compile(r"(?:proxy-require|require|unsupported)\s*:\s*([^\s;,]+)", _I), "option-tag"),
)
"""Header lines whose one value has a page of its own, which says more than that of the header field."""
_PARAMETER: Final = re.compile(r"[;+]?([a-z][a-z0-9.-]*)(?:=\S*)?;?", _I)
_TRANSPORT: Final = re.compile(r"SIP/2\.0/[A-Z]+\b.*", _I)
_URI: Final = re.compile(r"<?(?:sips?|tel):[^\s<>]+>?", _I)
_BRANCH: Final = re.compile(r"(?:branch=)?z9hG4bK\S*", _I)
_SUFFIX: Final = re.compile(r"(\S+) (timer|method|header(?: field)?|option tag|event package|request)", _I)

_CAUSE: Final = re.compile(
    r"(?:variable_|x-asterisk-|orig|dest)?(?:hang ?up|release|clearing|isdn|isup|last)?[ _-]?"
    r"cause(?:[ _-]?(?:code|value|q850))*[ =:]*[\[(]?([0-9]{1,3})\b.*",
    _I,
)
_CAUSE_NAMED: Final = re.compile(
    r"(?:variable_|x-asterisk-)?(?:hang ?up|release)?[ _-]?cause(?:[ _-]?(?:txt|text))?[ =:]+"
    r"[\[(]?([A-Za-z][A-Za-z_/, -]+[A-Za-z])\b.*",
    _I,
)
_CAUSE_OCTETS: Final = re.compile(r"cause i = 0x[0-9a-f]{2}([0-9a-f]{2})\b.*", _I)
"""`debug isdn q931` of a Cisco gateway: the second octet is the cause with its highest bit set."""
_CAUSE_HEX: Final = re.compile(r"DisconnectCause\s*=\s*([0-9a-f]{1,2})\b.*", _I)
"""The call history of a Cisco gateway, in hexadecimal."""
_PHRASE_CONSTANT: Final = re.compile(r"(?:PJSIP_SC|SIP)_(?:[0-9]{3}_)?([A-Z]+(?:_[A-Z]+)*)")
"""PJSIP and Sofia-SIP name a status code by its phrase."""
_CAUSE_CONSTANT: Final = re.compile(r"(?:AST_|SWITCH_)CAUSE_(\w+)", _I)

_BURIED: Final = (
    ("code", re.compile(r"\bSIP/2\.0 ([0-9]{3})\b")),
    ("code", re.compile(r"\b(?:SIP response|Response msg) ([0-9]{3})\b", _I)),
    ("q850", re.compile(r"\bcause(?: code)?[ =:]+([0-9]{1,3})\b", _I)),
    ("timer", re.compile(r"\btimer ([A-N])\b", _I)),
)
"""What is looked for anywhere in a line that is nothing as a whole."""
_CAPITALS: Final = re.compile(r"\b[A-Z0-9]+(?:_[A-Z0-9]+)+\b")
"""Names such as NORMAL_CLEARING."""

_SDP: Final = (
    (re.compile(r"m=image\b.*|a=T38\w+.*", _I), "t38"),
    (re.compile(r"a=(?:sendonly|inactive|recvonly)\b.*"), "hold"),
    (re.compile(r"a=(?:candidate|ice-\w+|end-of-candidates)\b.*"), "ice"),
    (re.compile(r"a=(?:crypto|fingerprint|setup)\b.*|m=\w+ \d+ \S*SAVPF?\b.*"), "srtp"),
    (re.compile(r"a=(?:curr|des|conf):.*"), "precondition"),
    (re.compile(r"a=rtcp\b.*"), "rtcp"),
    (re.compile(r"a=\w+:[0-9]+ (?:telephone-event\b.*|0-1[0-6]\b.*)"), "dtmf"),
    (re.compile(r"a=(?:rtpmap|fmtp|ptime|maxptime):.*"), "codec"),
    (re.compile(r"[vosiuepcbtrzkam]=\S.*"), "sdp"),
)
"""Lines of SDP, and the terms that they are about."""


def whole(text: str) -> Iterator[tuple[str, str]]:
    """Kind and name of what a line says as a whole, before names are looked up."""
    yield from _reason(text)
    warning = _WARNING.fullmatch(text)
    if warning is not None:
        yield "warning", warning[1] or warning[2]
    request = _REQUEST_LINE.fullmatch(text)
    if request is not None and request[1].upper() in METHODS:
        yield "method", request[1].upper()
    status = _STATUS_LINE.fullmatch(text)
    if status is not None:
        yield "code", status[1]
    yield from _cause(text)
    for pattern, kind in _ONE_VALUE:
        value = pattern.fullmatch(text)
        if value is not None:
            yield kind, value[1]
    header = _HEADER_LINE.fullmatch(text)
    if header is not None:
        yield "header", header[1]
    for pattern, term in _SDP:
        if pattern.fullmatch(text):
            yield "term", term
            return


def part(text: str) -> Iterator[tuple[str | None, str]]:
    """What a line that is nothing as a whole mentions; None is any kind."""
    constant = _CAUSE_CONSTANT.fullmatch(text)
    if constant is not None:
        yield "q850", constant[1]
    phrase = _PHRASE_CONSTANT.fullmatch(text)
    if phrase is not None:
        yield "code", phrase[1]
    suffix = _SUFFIX.fullmatch(text)
    if suffix is not None:
        kind = suffix[2].lower().replace("request", "method").removesuffix(" field").replace(" ", "-")
        yield kind, suffix[1]
    if _TRANSPORT.fullmatch(text):
        yield "header", "Via"
    if _URI.fullmatch(text):
        yield "term", "uri"
    if _BRANCH.fullmatch(text):
        yield "term", "branch"
    parameter = _PARAMETER.fullmatch(text)
    if parameter is not None and parameter[1] != text:
        yield "term", parameter[1]
        yield None, parameter[1]
    for kind, pattern in _BURIED:
        found = pattern.search(text)
        if found is not None:
            yield kind, found[1]
    for name in _CAPITALS.findall(text):
        yield "q850", name
        yield "term", name


def _reason(text: str) -> Iterator[tuple[str, str]]:
    """A value of Reason: the cause where it has a page, and the protocol."""
    match = _REASON.fullmatch(text)
    if match is None:
        return
    protocol, cause = match[1], _REASON_CAUSE.search(match[2])
    if cause is None:
        return
    number = str(int(cause[1]))
    if protocol.lower() in ("q.850", "q850"):
        yield "q850", number
    elif protocol.lower() == "sip" and number != "200":
        yield "code", number
    # 200 stands in the CANCEL of a call that was answered elsewhere; the page of 200 (OK) says nothing of that.
    yield "reason", protocol


def _cause(text: str) -> Iterator[tuple[str, str]]:
    """A cause of the telephone network as logs and gateways write it."""
    for pattern in (_CAUSE_OCTETS, _CAUSE_HEX):
        octet = pattern.fullmatch(text)
        if octet is not None:
            yield "q850", str(int(octet[1], 16) & 0x7F)
            return
    for pattern in (_CAUSE, _CAUSE_NAMED):
        match = pattern.fullmatch(text)
        if match is not None:
            yield "q850", match[1]
