"""Bodies: what kind they are, and the parts of a multipart one (RFC 3261 §7.4, RFC 2046 §5.1).

Takes a content type and octets. Nesting is followed to a bounded depth and the number of parts is
bounded, because both are the sender's choice.
"""

from typing import Final, NamedTuple

from analyser.sip.headers import Headers
from analyser.sip.lexical import params, split, unfold

MAX_DEPTH: Final = 4
MAX_PARTS: Final = 64


class ContentType(NamedTuple):
    """A media type with its parameters (RFC 3261 §20.15)."""

    type: str
    """Lower-case `type/subtype`."""
    params: dict[str, str]

    def __str__(self) -> str:
        return self.type


class Part(NamedTuple):
    """One part of a body; a body that is not multipart is its own only part."""

    content_type: ContentType | None
    data: bytes


def read_content_type(headers: Headers) -> ContentType | None:
    """Content-Type, None where it is no media type."""
    front, *parts = split(headers.first("content-type") or "", ";")
    kind, slash, subtype = front.partition("/")
    if not slash or not kind.strip() or not subtype.strip():
        return None
    return ContentType(f"{kind.strip()}/{subtype.strip()}".lower(), params(parts))


def parts_of(content_type: ContentType | None, data: bytes) -> list[Part]:
    """The leaves of a body in order."""
    leaves: list[Part] = []
    _collect(content_type, data, leaves, MAX_DEPTH)
    return leaves


def _collect(content_type: ContentType | None, data: bytes, leaves: list[Part], depth: int) -> None:
    boundary = content_type.params.get("boundary", "") if content_type is not None else ""
    if content_type is None or not content_type.type.startswith("multipart/") or not boundary or not depth:
        leaves.append(Part(content_type, data))
        return
    delimiter = b"\n--" + boundary.encode("utf-8", "replace")
    for piece in (b"\n" + data).split(delimiter, MAX_PARTS)[1:]:
        if piece.startswith(b"--") or len(leaves) >= MAX_PARTS:
            break
        inner = piece[piece.find(b"\n") + 1 :].removesuffix(b"\r")
        head, body = _split_part(inner)
        _collect(read_content_type(head), body, leaves, depth - 1)


def _split_part(data: bytes) -> tuple[Headers, bytes]:
    """Header fields and content of one part; without header fields it begins with an empty line."""
    if data[:1] == b"\n" or data[:2] == b"\r\n":
        return Headers([]), data[data.find(b"\n") + 1 :]
    ends = [(at, at + len(mark)) for mark in (b"\r\n\r\n", b"\n\n") if (at := data.find(mark)) >= 0]
    end, body_at = min(ends, default=(len(data), len(data)))
    lines = data[:end].decode("utf-8", "backslashreplace").split("\n")
    return Headers(unfold(lines)), data[body_at:]
