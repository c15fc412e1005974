"""Messages as plain values, and back, without parsing the octets again.

What the head scan found goes along; all else is read from the octets when asked for, as ever. A message with defects goes as
octets alone: defects are no plain values, and such messages are rare.
"""

from __future__ import annotations

from typing import Any

from analyser.sip import Request, Response
from analyser.sip.parse import parse

Row = tuple[Any, ...]


def of_message(message: Request | Response) -> Row:
    """The octets, what they lack, the Call-ID (which may be another than they say: one string for all of a call); then, where
    there is no defect, all that is on a message by itself."""
    if message.scan_defects:
        return (message.raw, message.missing, message.call_id)
    start: tuple[str, str] | tuple[int, str]
    if isinstance(message, Request):
        start = message.method, message.uri
    else:
        start = message.status, message.reason
    return (
        message.raw,
        message.missing,
        message.call_id,
        start,
        message.version,
        message.body_at,
        (message.cseq, message.cseq_method),
        (message.branch, message.from_tag, message.to_tag),
        message.content_length,
    )


def to_message(row: Row) -> Request | Response:
    """The message that `of_message` has told."""
    raw, missing, call_id, *found = row
    if not found:
        parsed = parse(raw, missing)
        assert parsed is not None  # it was parsed before
        parsed.call_id = call_id
        return parsed
    (code, text), version, body_at, (cseq, cseq_method), (branch, from_tag, to_tag), content_length = found
    message: Request | Response
    if isinstance(code, str):
        message = request = Request()
        request.method, request.uri = code, text
    else:
        message = response = Response()
        response.status, response.reason = code, text
    message.raw = raw
    message.missing = missing
    message.call_id = call_id
    message.version = version
    message.body_at = body_at
    message.cseq, message.cseq_method = cseq, cseq_method
    message.branch, message.from_tag, message.to_tag = branch, from_tag, to_tag
    message.content_length = content_length
    message.scan_defects = ()
    message.kept = None
    return message
