"""Octets to messages: the hot path. `parse` takes one datagram or one framed stream message and never raises.

It reads the start line and what `scan` finds, and leaves every other field for the day that somebody asks.
Usual spellings take short cuts; each short cut gives exactly what the general way gives.
"""

import re
from functools import lru_cache
from typing import Final

from analyser.sip.address import tag_of
from analyser.sip.defects import Defect
from analyser.sip.message import Request, Response
from analyser.sip.scan import Scanned, missing_fields, read_cseq, read_length, repeated_fields, scan
from analyser.sip.startline import VERSION, read_start_line
from analyser.sip.via import branch_of

_METHODS: Final = frozenset(
    "INVITE ACK BYE CANCEL OPTIONS REGISTER PRACK SUBSCRIBE NOTIFY PUBLISH INFO REFER MESSAGE UPDATE".split()
)
_STATUS: Final = {f" {code} ": code for code in range(100, 700)}
_HEAD_END: Final = re.compile(rb"\n\r?\n")
_LOOKS: Final = re.compile(
    rb"(?:SIP/[0-9]{1,9}\.[0-9]{1,9}[ \t]+[0-9]"
    rb"|[A-Za-z0-9\-.!%*_+`'~]{1,128}[ \t][^\r\n]*[ \t]SIP/[0-9]{1,9}\.[0-9])",
    re.IGNORECASE,
)
_FIRST_OCTETS: Final = 4096

_WHOLE, _UNTERMINATED, _CUT = range(3)
"""A head that ends with an empty line, one that does not, and one that the snap length cut."""

_LONG_HEAD: Final = 2048
_REMEMBERED: Final = 2048
_PLAIN: Final = (tag_of, branch_of, read_cseq)
_REMEMBERING: Final = tuple(lru_cache(_REMEMBERED)(read) for read in _PLAIN)
"""The same readers with a memory: the messages of a call repeat each other's From, To, Via and CSeq."""


def looks_like_sip(data: bytes) -> bool:
    """Whether a payload begins with a SIP start line, behind any CRLF keep-alives."""
    if data[:8] == b"SIP/2.0 ":
        return data[8:9].isdigit()
    if data[:1] in b"\r\n":
        data = data.lstrip(b"\r\n")
    return _LOOKS.match(data, 0, _FIRST_OCTETS) is not None


def parse(data: bytes, missing: int = 0) -> Request | Response | None:
    """The message in one datagram or one framed run of a stream; None where no start line can be told.

    `missing` is the number of octets that the capture cut from the end: a short body is then no defect.
    """
    if data[:1] in b"\r\n":
        data = data.lstrip(b"\r\n")
    end = data.find(b"\r\n\r\n")
    if end >= 0:
        lines = data[:end].decode("utf-8", "backslashreplace").split("\n")
        start = lines.pop(0)
        scanned = scan(lines)
        if not scanned.ends_early:
            return _message(data, end + 4, missing, start, scanned, _WHOLE)
    return _parse_irregular(data, missing)


def _parse_irregular(data: bytes, missing: int) -> Request | Response | None:
    """A message whose lines do not all end with CRLF, or whose head does not end."""
    found = _HEAD_END.search(data)
    if found is not None:
        start, *lines = data[: found.start()].decode("utf-8", "backslashreplace").split("\n")
        return _message(data, found.end(), missing, start, scan(lines), _WHOLE)
    if not missing:
        start, *lines = data.rstrip(b"\r\n").decode("utf-8", "backslashreplace").split("\n")
        return _message(data, len(data), missing, start, scan(lines), _UNTERMINATED)
    # The snap length cut the last line, and half a value is worse than none.
    start, *lines = data[: data.rfind(b"\n") + 1].decode("utf-8", "backslashreplace").split("\n")
    return _message(data, len(data), missing, start, scan(lines), _CUT)


def _message(
    data: bytes, body_at: int, missing: int, start: str, scanned: Scanned, state: int
) -> Request | Response | None:
    """The message of a start line and a scan of the lines behind it."""
    start = start.rstrip("\r")
    defects: list[Defect] = []
    status = -1
    method, _, rest = start.partition(" ")
    text, _, version = rest.rpartition(" ")
    if method == VERSION and (code := _STATUS.get(start[7:12])) is not None:
        status, text, version = code, start[12:].strip(), VERSION
    elif version != VERSION or method not in _METHODS or " " in text or not text.isprintable() or not text:
        unusual = read_start_line(start)
        if unusual is None:
            return None
        status, method, text, version, defects = unusual

    found, again, lengths, _ = scanned
    _, call_id, cseq_value, via, sender, target, length = found
    tag, branch, cseq = _REMEMBERING if body_at < _LONG_HEAD else _PLAIN
    if state != _CUT and None in found[1:6]:
        defects += missing_fields(found)
    if again:
        defects += repeated_fields(again)
    if cseq_value is None:
        number, cseq_method, defect = -1, "", None
    else:
        number, cseq_method, defect = cseq(cseq_value)
        if defect is not None:
            defects.append(defect)
        if status < 0 and cseq_method and cseq_method != method:
            defects.append(Defect.CSEQ_METHOD_MISMATCH)
    content_length = None
    if length is not None:
        content_length = read_length(length, lengths, defects)
        if content_length is not None and content_length != len(data) - body_at:
            if content_length < len(data) - body_at:
                defects.append(Defect.TRAILING_OCTETS)
            elif not missing:
                defects.append(Defect.CONTENT_LENGTH_TOO_LONG)
    if state == _UNTERMINATED:
        defects.append(Defect.UNTERMINATED_HEAD)
    rest_of_message = (
        version,
        data,
        body_at,
        missing,
        call_id or "",
        number,
        cseq_method,
        branch(via) if via else "",
        tag(sender) if sender else "",
        tag(target) if target else "",
        content_length,
        tuple(defects) if defects else (),
    )
    if status < 0:
        return Request(method, text, *rest_of_message)
    return Response(status, text, *rest_of_message)
