"""Octets to messages: the hot path. `parse` takes one datagram or one framed stream message and never raises.

It reads the start line and what `scan` finds, and leaves every other field for the day that somebody asks.
Usual spellings take short cuts; each short cut gives exactly what the general way gives.
"""

import re
from typing import Final

from analyser.sip.address import tag_of
from analyser.sip.defects import Defect
from analyser.sip.message import Request, Response
from analyser.sip.scan import missing_fields, read_cseq, read_length, repeated_fields, scan
from analyser.sip.startline import VERSION, read_request_line, read_status_line
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
        head = data[:end].decode("utf-8", "backslashreplace")
        lines = head.split("\r\n")
        start = lines.pop(0)
        if head.count("\n") == len(lines):
            return _message(data, end + 4, missing, start, lines, cut=False)
    return _parse_irregular(data, missing)


def _parse_irregular(data: bytes, missing: int) -> Request | Response | None:
    """A message whose lines do not all end with CRLF, or whose head does not end."""
    found = _HEAD_END.search(data)
    end, body_at = (found.start(), found.end()) if found is not None else (len(data), len(data))
    lines = data[:end].decode("utf-8", "backslashreplace").split("\n")
    cut = found is None and missing > 0
    if cut:
        lines.pop()  # the snap length cut this line, and half a value is worse than none
    if not lines:
        return None
    start, *lines = [line.removesuffix("\r") for line in lines]
    message = _message(data, body_at, missing, start, lines, cut=cut)
    if message is not None and found is None and not cut:
        message.scan_defects += (Defect.UNTERMINATED_HEAD,)
    return message


def _message(
    data: bytes, body_at: int, missing: int, start: str, lines: list[str], *, cut: bool
) -> Request | Response | None:
    """The message of a start line and the lines behind it."""
    defects: list[Defect] = []
    status = -1  # of a request
    method, _, rest = start.partition(" ")
    text, _, version = rest.rpartition(" ")
    if method == VERSION and (code := _STATUS.get(start[7:12])) is not None:
        status, text, version = code, start[12:].strip(), VERSION
    elif version != VERSION or method not in _METHODS or " " in text or not text.isprintable() or not text:
        request = read_request_line(start, defects)
        if request is not None:
            method, text, version = request
        else:
            response = read_status_line(start, defects)
            if response is None:
                return None
            status, text, version = response

    found, again, lengths = scan(lines)
    _, call_id, cseq, via, sender, target, length = found
    if (call_id is None or cseq is None or via is None or sender is None or target is None) and not cut:
        defects += missing_fields(found)
    if again:
        defects += repeated_fields(again)
    number, cseq_method = (-1, "") if cseq is None else read_cseq(cseq, defects)
    content_length = None
    if length is not None:
        content_length = read_length(length, lengths, defects)
        if content_length is not None and content_length != len(data) - body_at:
            if content_length < len(data) - body_at:
                defects.append(Defect.TRAILING_OCTETS)
            elif not missing:
                defects.append(Defect.CONTENT_LENGTH_TOO_LONG)
    if status < 0 and cseq_method != method and cseq_method:
        defects.append(Defect.CSEQ_METHOD_MISMATCH)

    branch = branch_of(via) if via else ""
    from_tag = tag_of(sender) if sender else ""
    to_tag = tag_of(target) if target else ""
    named = tuple(defects)
    if status < 0:
        return Request(
            method,
            text,
            version,
            data,
            body_at,
            missing,
            call_id or "",
            number,
            cseq_method,
            branch,
            from_tag,
            to_tag,
            content_length,
            named,
        )
    return Response(
        status,
        text,
        version,
        data,
        body_at,
        missing,
        call_id or "",
        number,
        cseq_method,
        branch,
        from_tag,
        to_tag,
        content_length,
        named,
    )
