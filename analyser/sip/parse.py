"""Octets to messages: the hot path. `parse` takes one datagram or one framed stream message and never raises.

It reads the start line and what tracking needs, and leaves every other field for the day that somebody asks.
A message written as usual throughout is read with one expression, or octet by octet where that is compiled; any other,
in the least respect, by `parse_any`. What the usual way gives is exactly what the general way gives.
"""

import re
from typing import Final

from analyser.sip.general import parse_any
from analyser.sip.message import Request, Response
from analyser.sip.octets import COMPILED, read_usual
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
    message = read_usual(data, missing) if COMPILED else _matched(data, missing)
    return parse_any(data, missing) if message is None else message


def _matched(data: bytes, missing: int) -> Request | Response | None:
    """The message, if it is written as usual throughout."""
    try:
        found = match_usual(data.decode("latin-1"))
    except SystemError:  # possessive loops of some CPython versions lose count of their groups (gh-101955)
        return None
    if found is None:
        return None
    line, sent, uri, branch, from_tag, to_tag, call_id, digits, named, length = found.groups()
    body_at = found.end()
    method = METHODS.get(named)
    content_length = LENGTHS.get(length)
    if (
        method is None
        or (line is None and sent != named)
        or (length is not None and content_length != len(data) - body_at)
    ):
        return None
    message: Request | Response
    if line is None:
        message = Request()
        message.method = method
        message.uri = uri
    else:
        message = Response()
        line = data[8 : found.end(1)]
        message.status, message.reason = STATUS_LINES.get(line) or read_status_line(line)
    message.version = VERSION
    message.raw = data
    message.body_at = body_at
    message.missing = missing
    message.call_id = call_id
    message.cseq = int(digits)
    message.cseq_method = method
    message.branch = branch
    message.from_tag = from_tag
    message.to_tag = to_tag
    message.content_length = content_length
    message.scan_defects = ()
    message.kept = None
    return message
