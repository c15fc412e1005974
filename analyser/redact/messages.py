"""Octets of a message -> as many octets with pseudonyms in them, of which the parser makes the same message.

Start line, header fields and body are told apart as the parser does. Bodies other than session descriptions, fragments of SIP and
what several of these make together are overwritten: every letter with x, every digit with 0.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from analyser.redact.fields import HeaderFields, masked
from analyser.redact.pseudonyms import MAX_REMEMBERED
from analyser.redact.sdp import Descriptions
from analyser.sip.parse import parse

if TYPE_CHECKING:
    from analyser.redact.pseudonyms import Pseudonyms
    from analyser.sip import Request, Response

_LONGEST_REMEMBERED: Final = 1024
_LINES: Final = re.compile(r"[^\n]*\n|[^\n]+")
_CONTENT_TYPE: Final = re.compile(r"\n(?:content-type|c)[ \t]*:[ \t]*([^\n]*)", re.IGNORECASE)
_BOUNDARY: Final = re.compile(r'boundary[ \t]*=[ \t]*(?:"([^"]*)"|([^\s;"]+))', re.IGNORECASE)
_FOLD: Final = (" ", "\t")
_MAX_DEPTH: Final = 4
_MAX_PARTS: Final = 64
"""Parts of a multipart body that are looked into, and how deep; what is beyond is overwritten."""
_BINARY: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_OVERWRITTEN: Final = bytes(octet if octet in b"\r\n\t \0" else ord("x") for octet in range(256))


class Messages:
    """Redacts messages with the pseudonyms of one key."""

    def __init__(self, pseudonyms: Pseudonyms) -> None:
        self._text = pseudonyms.text
        self._fields = HeaderFields(pseudonyms)
        self._descriptions = Descriptions(pseudonyms)
        self._known_fields: dict[str, str] = {}
        self._known_described: dict[str, str] = {}

    def redact(self, message: Request | Response) -> bytes:
        """The octets of the message, as many as they were."""
        raw, body_at = message.raw, message.body_at
        text = raw[:body_at].decode("latin-1")
        lines = _logical_lines(text)
        head = self._fields.start_line(lines[0]) + self._header_fields(lines[1:])
        body = raw[body_at:]
        return head.encode("latin-1") + (self._body(body, text, _MAX_DEPTH) if body else b"")

    def octets(self, data: bytes) -> bytes:
        """Any octets: those of a message, else nothing survives but punctuation and space."""
        message = parse(data)
        if message is None:
            return overwritten(data)
        return data[: len(data) - len(message.raw)] + self.redact(message)

    def _header_fields(self, lines: list[str]) -> str:
        known = self._known_fields
        redacted: list[str] = []
        for line in lines:
            found = known.get(line)
            if found is None:
                found = _remember(known, line, self._fields.line(line))
            redacted.append(found)
        return "".join(redacted)

    def _body(self, body: bytes, head: str, depth: int) -> bytes:
        """A body, or a part of one, with the head that says what it is."""
        if body.startswith(b"v=0") and _BINARY.search(body.rstrip(b"\0")) is None:
            return self._described(body)
        found = _CONTENT_TYPE.search("\n" + head)
        kind = found[1].strip() if found is not None else ""
        lower = kind.lower()
        if lower.startswith("application/sdp") and _BINARY.search(body.rstrip(b"\0")) is None:
            return self._described(body)
        if lower.startswith("multipart/") and depth:
            boundary = _BOUNDARY.search(kind)
            if boundary is not None and (boundary[1] or boundary[2]):
                return self._parts(body, boundary[1] or boundary[2], depth)
        if lower.startswith("message/sip"):
            return self.octets(body)
        return overwritten(body)

    def _described(self, body: bytes) -> bytes:
        known = self._known_described
        redacted: list[str] = []
        for line in _LINES.findall(body.decode("latin-1")):
            found = known.get(line)
            if found is None:
                found = _remember(known, line, self._descriptions.line(line))
            redacted.append(found)
        return "".join(redacted).encode("latin-1")

    def _parts(self, body: bytes, boundary: str, depth: int) -> bytes:
        """The parts of a multipart body (RFC 2046 §5.1), each with its own head."""
        delimiter = b"\n--" + boundary.encode("latin-1")
        pieces = (b"\n" + body).split(delimiter, _MAX_PARTS)
        written = b"\n--" + self._text(boundary).encode("latin-1")
        redacted = [overwritten(pieces[0])]
        for piece in pieces[1:]:
            line = piece.find(b"\n") + 1
            if piece.startswith(b"--") or not line:
                redacted.append(overwritten(piece))
            else:
                redacted.append(overwritten(piece[:line]) + self._part(piece[line:], depth))
        return written.join(redacted)[1:]

    def _part(self, part: bytes, depth: int) -> bytes:
        ends = [at + len(mark) for mark in (b"\r\n\r\n", b"\n\n") if (at := part.find(mark)) >= 0]
        if part[:1] == b"\n" or part[:2] == b"\r\n":
            end = part.find(b"\n") + 1
        else:
            end = min(ends, default=len(part))
        head = part[:end].decode("latin-1")
        body = part[end:]
        fields = self._header_fields(_logical_lines(head)) if head else ""
        return fields.encode("latin-1") + (self._body(body, head, depth - 1) if body else b"")


def overwritten(data: bytes) -> bytes:
    """As many octets: letters as x, digits as 0; of what is no text, everything."""
    if _BINARY.search(data.rstrip(b"\0")) is not None:
        return data.translate(_OVERWRITTEN)
    return masked(data.decode("latin-1")).encode("latin-1")


def _logical_lines(head: str) -> list[str]:
    """The lines with their ends, folded ones joined (RFC 3261 §7.3.1)."""
    lines: list[list[str]] = []
    for line in _LINES.findall(head):
        if line[0] in _FOLD and len(lines) > 1:
            lines[-1].append(line)
        else:
            lines.append([line])
    return ["".join(pieces) for pieces in lines]


def _remember(known: dict[str, str], line: str, redacted: str) -> str:
    if len(line) <= _LONGEST_REMEMBERED:
        if len(known) >= MAX_REMEMBERED:
            known.clear()
        known[line] = redacted
    return redacted
