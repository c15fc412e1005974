"""Heads as nearly everybody writes them, read with one expression in one pass.

`read_usual` gives what the head scan and the start line reader give for a message, faster, or None where the
general way must be gone. What it accepts is sound: each mandatory field is there once in its long spelling,
no name is odd enough to stand for one of them, nothing is folded, no value needs quotes read, the numbers
are small and Content-Length, if present, is right. So there are never defects to tell, and a field that is
not of interest is stepped over unread. Whatever looks different in the least is left to the general way.
"""

import re
from typing import Final

from analyser.sip.message import Request, Response
from analyser.sip.startline import VERSION

METHODS: Final = {
    name.encode(): name
    for name in (
        "ACK",
        "BYE",
        "CANCEL",
        "INFO",
        "INVITE",
        "MESSAGE",
        "NOTIFY",
        "OPTIONS",
        "PRACK",
        "PUBLISH",
        "REFER",
        "REGISTER",
        "SUBSCRIBE",
        "UPDATE",
    )
}
"""The registered methods; one string for all messages."""

_MAX_STATUS_LINES: Final = 1024
_LENGTHS: Final = {b"%d" % length: length for length in range(2048)}
"""Content-Length of a usual body; one number for all messages."""

_VALUE: Final = rb"[!#-+\--:=-~]"
"""What a tag or branch may hold here: printable, but nothing that separates or quotes."""
_ADDRESS: Final = rb"""
    (?: "[^"\\\r\n]*"\ ? | [^"<\r\n]+ | ) <[!-;=?-~]*>
"""
_USUAL: Final = re.compile(
    rb"""
    (?: SIP/2\.0\ ([1-6][0-9][0-9]\ .*) | ([A-Z]+)\ ([!-~]+)\ SIP/2\.0\r ) \n
    (?: [!-9;-BDEGHJKM-SUW-Zabdeghjkm-suw-z] .*\n
      | Via:\ (?(4) .*\n
          | SIP/2\.0/[A-Z]+\ [\--:A-z]+ (?: ;branch= | (?: ;[!#-+\--:=-AC-ac-~]%(value)b* ){1,16} ;branch= )
            (%(value)b*) (?: [;,].* | \r )\n )
      | From:\ (?(5) (?!) | %(address)b (?: ;tag= | (?=\r) ) (%(value)b*) (?: ;.* | \r )\n )
      | To:\ (?(6) (?!) | %(address)b (?: ;tag= | (?=\r) ) (%(value)b*) (?: ;.* | \r )\n )
      | Call-ID:\ (?(7) (?!) | ([!-~]+)\r\n )
      | CSeq:\ (?(8) (?!) | ([0-9]{1,9})\ ([A-Z]+)\r\n )
      | Content-Length:\ (?(10) (?!) | ([0-9]{1,9})\r\n )
      | (?: Conta | Content-[DET] | Call-In | Time | Ide | Fe ) .*\n
    ){0,64} \r\n
    (?(4) (?(5) (?(6) (?(7) (?(8) | (?!) ) | (?!) ) | (?!) ) | (?!) ) | (?!) )
    """
    % {b"value": _VALUE, b"address": _ADDRESS},
    re.VERBOSE,
).match
"""Lines whose name begins like none of the scanned ones are stepped over; of the others only those that cannot be
another spelling of one. Each line can match in one way only, so that failing takes linear time."""

_status_lines: dict[bytes, tuple[int, str]] = {}
"""Codes and reason phrases by what stands behind the version; bounded, as the phrase is the sender's choice."""


def read_usual(data: bytes, missing: int) -> Request | Response | None:
    """The message, if it is written as usual throughout."""
    found = _USUAL(data)
    if found is None:
        return None
    line, method, uri, branch, from_tag, to_tag, call_id, digits, cseq_method, length = found.groups()
    content_length = None
    if length is not None:
        content_length = _LENGTHS.get(length)
        if content_length != len(data) - found.end():
            return None
    known_method = METHODS.get(cseq_method)
    if known_method is None:
        return None
    if line is not None:
        response = (
            Response()
        )  # filled in here and below: shared lines, or a call, would cost every message dear
        response.status, response.reason = _status_lines.get(line) or _read_status_line(line)
        response.version = VERSION
        response.raw = data
        response.body_at = found.end()
        response.missing = missing
        response.call_id = call_id.decode()
        response.cseq = int(digits)
        response.cseq_method = known_method
        response.branch = branch.decode()
        response.from_tag = from_tag.decode()
        response.to_tag = to_tag.decode()
        response.content_length = content_length
        response.scan_defects = ()
        response.kept = None
        return response
    if method != cseq_method:
        return None
    request = Request()
    request.method = request.cseq_method = known_method
    request.uri = uri.decode()
    request.version = VERSION
    request.raw = data
    request.body_at = found.end()
    request.missing = missing
    request.call_id = call_id.decode()
    request.cseq = int(digits)
    request.branch = branch.decode()
    request.from_tag = from_tag.decode()
    request.to_tag = to_tag.decode()
    request.content_length = content_length
    request.scan_defects = ()
    request.kept = None
    return request


def _read_status_line(line: bytes) -> tuple[int, str]:
    """Status code and reason phrase of a line not met before."""
    parts = int(line[:3]), line[4:].decode("utf-8", "backslashreplace").strip()
    if len(_status_lines) < _MAX_STATUS_LINES and len(line) < 64:
        _status_lines[line] = parts
    return parts
