"""The full grammar check: every header field that SIP itself defines, as strict as the standard (RFC 3261 §25).

`check_request` and `check_response` give the defects of a message, those of the head scan first, each once. It is strict so
that a report can say what a strict element will reject; the parser itself has long worked around it.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from analyser.sip.address_check import ADDRESS_FIELDS, check_addresses, check_host_port, check_uri
from analyser.sip.defects import Defect
from analyser.sip.headers import Headers
from analyser.sip.lexical import MAX_UINT32, is_number, is_token, split
from analyser.sip.plain import ONCE, is_plain, is_plain_uri
from analyser.sip.via import MAGIC_COOKIE

if TYPE_CHECKING:
    from analyser.sip.message import Request, Response

_CONTROL: Final = re.compile(rb"(?<!\\)[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_BARE_LF: Final = re.compile(rb"(?<!\r)\n")
_BARE_CR: Final = re.compile(rb"\r(?!\n)")
_DATE: Final = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-9]{2} "
    r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT\Z"
)
_RETRY_AFTER: Final = re.compile(r"([0-9]+)[ \t]*(?:[(;].*)?\Z", re.DOTALL)
_WARNING: Final = re.compile(r'[0-9]{3}[ \t]+\S+[ \t]+"(?:[^"\\]|\\.)*"\Z', re.DOTALL)
_VIA: Final = re.compile(
    r"([^\s/]+)\s*/\s*([^\s/]+)\s*/\s*([^\s/]+)\s+(\S.*)\Z",
    re.DOTALL,
)


def check_request(request: "Request") -> tuple[Defect, ...]:
    """All defects of a request."""
    if is_plain(request) and is_plain_uri(request.uri):
        return ()
    found = (*request.scan_defects, *_request_line(request), *_octets(request), *_fields(request))
    if "max-forwards" not in request.headers and not request.head_cut:
        found += (Defect.MISSING_MAX_FORWARDS,)
    return tuple(dict.fromkeys(found))


def check_response(response: "Response") -> tuple[Defect, ...]:
    """All defects of a response."""
    if is_plain(response):
        return ()
    return tuple(dict.fromkeys((*response.scan_defects, *_octets(response), *_fields(response))))


def _octets(message: "Request | Response") -> Iterator[Defect]:
    head = message.raw[: message.body_at]
    if _BARE_LF.search(head):
        yield Defect.BARE_LF
    if _BARE_CR.search(head):
        yield Defect.BARE_CR
    if _CONTROL.search(head):
        yield Defect.CONTROL_CHARACTER
    if not head.isascii():
        try:
            head.decode("utf-8")
        except UnicodeDecodeError:
            yield Defect.NOT_UTF8


def _request_line(request: "Request") -> Iterator[Defect]:
    uri = request.uri
    if uri.startswith("<"):
        yield Defect.REQUEST_URI_BRACKETS
        return
    for defect in check_uri(uri):
        yield Defect.REQUEST_URI_MALFORMED if defect is Defect.URI_MALFORMED else defect
    if request.request_uri.headers:
        yield Defect.REQUEST_URI_HEADERS


def _fields(message: "Request | Response") -> Iterator[Defect]:
    headers = message.headers
    if headers.malformed:
        yield Defect.MALFORMED_HEADER
    for name, values in headers.names():
        if name in ONCE and len(set(values)) > 1:
            yield Defect.REPEATED_HEADER
        if name in ADDRESS_FIELDS:
            yield from check_addresses(headers, name)
    if not message.from_tag and "from" in headers:
        yield Defect.MISSING_FROM_TAG
    yield from _via(message, headers)
    yield from _max_forwards(headers)
    yield from _expiries(headers)
    yield from _others(headers)


def _via(message: "Request | Response", headers: Headers) -> Iterator[Defect]:
    if not message.branch:
        if "via" in headers:
            yield Defect.MISSING_BRANCH
    elif message.branch.lower() == MAGIC_COOKIE.lower():
        yield Defect.BRANCH_BARE_COOKIE
    elif not message.branch.lower().startswith(MAGIC_COOKIE.lower()):
        yield Defect.BRANCH_NO_COOKIE
    for line in headers.all("via"):
        for value in split(line, ","):
            front, *parts = split(value, ";")
            if not front or "" in parts:
                yield Defect.EMPTY_PARAMETER
            if not front:
                continue
            found = _VIA.match(front)
            if found is None or not all(map(is_token, found.groups()[:3])):
                yield Defect.VIA_MALFORMED
                continue
            yield from check_host_port(found[4])
            if any(part.lower().replace(" ", "").startswith("received=[") for part in parts):
                yield Defect.RECEIVED_BRACKETS


def _max_forwards(headers: Headers) -> Iterator[Defect]:
    values = headers.all("max-forwards")
    if len(values) > 1:
        yield Defect.REPEATED_MAX_FORWARDS
    for value in values:
        if not is_number(value):
            yield Defect.MAX_FORWARDS_MALFORMED
        elif _exceeds(value, 255):
            yield Defect.MAX_FORWARDS_TOO_LARGE


def _expiries(headers: Headers) -> Iterator[Defect]:
    values = [value for name in ("expires", "min-expires") for value in headers.all(name)]
    for contact in headers.values("contact"):
        for part in split(contact, ";")[1:]:
            name, _, value = part.partition("=")
            if name.strip().lower() == "expires":
                values.append(value.strip())
    for value in values:
        if not is_number(value):
            yield Defect.EXPIRES_MALFORMED
        elif _exceeds(value, MAX_UINT32):
            yield Defect.EXPIRES_TOO_LARGE


def _others(headers: Headers) -> Iterator[Defect]:
    if any(len(value.split()) > 2 for value in headers.all("cseq")):
        yield Defect.CSEQ_MALFORMED
    for value in headers.all("retry-after"):
        found = _RETRY_AFTER.match(value)
        if found is None:
            yield Defect.RETRY_AFTER_MALFORMED
        elif _exceeds(found[1], MAX_UINT32):
            yield Defect.RETRY_AFTER_TOO_LARGE
    if any(not _WARNING.match(value) for value in headers.values("warning")):
        yield Defect.WARNING_MALFORMED
    if any(not _DATE.match(value) for value in headers.all("date")):
        yield Defect.DATE_MALFORMED


def _exceeds(digits: str, limit: int) -> bool:
    digits = digits.lstrip("0")
    return len(digits) > len(str(limit)) or int(digits or "0") > limit
