"""Octets to messages: the hot path. `parse` takes one datagram or one framed stream message and never raises.

It reads the start line and what tracking needs, and leaves every other field for the day that somebody asks.
A message written as usual throughout is read with one expression; any other, in the least respect, by
`parse_any`. What the usual way gives is exactly what the general way gives.
"""

import re
from typing import Final

from analyser.sip.general import parse_any
from analyser.sip.message import Request, Response
from analyser.sip.startline import VERSION
from analyser.sip.usual import LENGTHS, METHODS, STATUS_LINES, match_usual, read_status_line

_LOOKS: Final = re.compile(
    rb"(?:SIP/[0-9]{1,9}\.[0-9]{1,9}[ \t]+[0-9]"
    rb"|[A-Za-z0-9\-.!%*_+`'~]+[ \t][^\n]*[ \t]SIP/[0-9]{1,9}\.[0-9])",
    re.IGNORECASE,
)
_FIRST_OCTETS: Final = 65536


def looks_like_sip(data: bytes) -> bool:
    """Whether a payload begins with a SIP start line, behind any CRLF keep-alives."""
    if data[:8] == b"SIP/2.0 " and data[8:9].isdigit():
        return True
    if data[:1] in b"\r\n":
        data = data.lstrip(b"\r\n")
    return _LOOKS.match(data, 0, _FIRST_OCTETS) is not None


def parse(data: bytes, missing: int = 0) -> Request | Response | None:
    """The message in one datagram or one framed run of a stream; None where no start line can be told.

    `missing` is the number of octets that the capture cut from the end: a short body is then no defect.
    """
    try:
        found = match_usual(data.decode("latin-1"))
    except SystemError:  # possessive loops of some CPython versions lose count of their groups (gh-101955)
        found = None
    if found is None:
        return parse_any(data, missing)
    line, sent, uri, branch, from_tag, to_tag, call_id, digits, named, length = found.groups()
    body_at = found.end()
    method = METHODS.get(named)
    content_length = LENGTHS.get(length)
    if (
        method is None
        or (line is None and sent != named)
        or (length is not None and content_length != len(data) - body_at)
    ):
        return parse_any(data, missing)
    if line is None:
        request = Request()  # set here: a call, or lines that serve both kinds, would take a tenth longer
        request.method = method
        request.uri = uri
        request.version = VERSION
        request.raw = data
        request.body_at = body_at
        request.missing = missing
        request.call_id = call_id
        request.cseq = int(digits)
        request.cseq_method = method
        request.branch = branch
        request.from_tag = from_tag
        request.to_tag = to_tag
        request.content_length = content_length
        request.scan_defects = ()
        request.kept = None
        return request
    response = Response()
    response.status, response.reason = STATUS_LINES.get(line) or read_status_line(line)
    response.version = VERSION
    response.raw = data
    response.body_at = body_at
    response.missing = missing
    response.call_id = call_id
    response.cseq = int(digits)
    response.cseq_method = method
    response.branch = branch
    response.from_tag = from_tag
    response.to_tag = to_tag
    response.content_length = content_length
    response.scan_defects = ()
    response.kept = None
    return response
