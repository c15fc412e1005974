"""The general way to read a message, whatever its spelling: `parse_any` takes the same octets as `parse`.

Usual spellings of single values take short cuts; each short cut gives exactly what the long way gives.
"""

import re
from functools import lru_cache
from typing import Final

from analyser.sip.address import tag_of
from analyser.sip.defects import Defect
from analyser.sip.message import Request, Response
from analyser.sip.scan import Again, Found, field_defects, read_cseq, read_length, scan
from analyser.sip.startline import VERSION, read_start_line
from analyser.sip.usual import METHODS
from analyser.sip.via import branch_of

_STATUS: Final = {f"{VERSION} {code} ": code for code in range(100, 700)}
_HEAD_END: Final = re.compile(rb"\n\r?\n")
_LONG_HEAD: Final = 2048
_tag_of: Final = lru_cache(2048)(tag_of)
_read_cseq: Final = lru_cache(2048)(read_cseq)
"""Readers with a memory, as the messages of a call repeat each other's From, To and CSeq. What stands in a long
head is not remembered, so that nobody can fill the memory."""

_WHOLE, _UNTERMINATED, _CUT = range(3)
"""A head that ends with an empty line, one that does not, and one that the snap length cut."""


def parse_any(data: bytes, missing: int) -> Request | Response | None:
    """What `parse` gives, for any spelling alike."""
    if data[:1] in b"\r\n":
        data = data.lstrip(b"\r\n")
    end = data.find(b"\r\n\r\n")
    if end >= 0:
        lines = data[:end].decode("utf-8", "backslashreplace").split("\n")
        start = lines.pop(0)
        scanned = scan(lines)
        if scanned is not None:
            return _message(data, end + 4, missing, start, scanned, _WHOLE)
    return _parse_irregular(data, missing)


def _parse_irregular(data: bytes, missing: int) -> Request | Response | None:
    """A message whose lines do not all end with CRLF, or whose head does not end."""
    found = _HEAD_END.search(data)
    body_at = len(data) if found is None else found.end()
    state = _WHOLE
    head = data[:body_at]
    if found is None:
        state = _CUT if missing else _UNTERMINATED
        if missing:
            head = head[: head.rfind(b"\n") + 1]  # half a line is worse than none
    start, *lines = head.rstrip(b"\r\n").decode("utf-8", "backslashreplace").split("\n")
    scanned = scan(lines)
    return None if scanned is None else _message(data, body_at, missing, start, scanned, state)


def _message(
    data: bytes, body_at: int, missing: int, start: str, scanned: tuple[Found, Again], state: int
) -> Request | Response | None:
    """The message of a start line and a scan of the lines behind it."""
    start = start.rstrip("\r")
    defects: list[Defect] | None = None
    version = VERSION
    if (code := start[:12]) in _STATUS:
        method, status, text = "", _STATUS[code], start[12:].strip()
    else:
        method, _, text = start.partition(" ")
        status = -1
        text, spelled = text[:-8], text[-8:]
        if (
            spelled != " SIP/2.0"
            or method not in METHODS
            or " " in text
            or not text.isprintable()
            or not text
        ):
            unusual = read_start_line(start)
            if unusual is None:
                return None
            status, method, text, version, defects = unusual

    found, again = scanned
    _, call_id, cseq, via, sender, target, length = found
    branch = branch_of(via) if via else ""
    if body_at < _LONG_HEAD:
        number, cseq_method = _read_cseq(cseq or "")
        from_tag = _tag_of(sender or "")
        to_tag = _tag_of(target or "")
    else:
        number, cseq_method = read_cseq(cseq or "")
        from_tag = tag_of(sender or "")
        to_tag = tag_of(target or "")

    content_length: int | None = len(data) - body_at
    if (
        length != str(content_length)
        or number < 0
        or (status < 0 and cseq_method != method)
        or call_id is None
        or via is None
        or sender is None
        or target is None
        or again
        or defects is not None
        or state
    ):
        defects = defects or []
        content_length = read_length(length, again, defects)
        size = len(data) - body_at
        if content_length is not None and content_length > size and not missing:
            defects.append(Defect.CONTENT_LENGTH_TOO_LONG)
        elif content_length is not None and content_length < size:
            defects.append(Defect.TRAILING_OCTETS)
        if status < 0 and cseq_method and cseq_method != method:
            defects.append(Defect.CSEQ_METHOD_MISMATCH)
        defects += field_defects(found, again, is_cut=state == _CUT)
        if state == _UNTERMINATED:
            defects.append(Defect.UNTERMINATED_HEAD)
    message: Request | Response
    if status < 0:
        message = Request()
        message.method = method
        message.uri = text
    else:
        message = Response()
        message.status = status
        message.reason = text
    message.version = version
    message.raw = data
    message.body_at = body_at
    message.missing = missing
    message.call_id = call_id or ""
    message.cseq = number
    message.cseq_method = cseq_method
    message.branch = branch
    message.from_tag = from_tag
    message.to_tag = to_tag
    message.content_length = content_length
    message.scan_defects = tuple(defects) if defects else ()
    message.kept = None
    return message
