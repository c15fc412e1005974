"""What lazy attributes read from a message as a whole: header fields, body, session description."""

from typing import TYPE_CHECKING

from analyser.sip.address import Uri, parse_uri
from analyser.sip.body import parts_of
from analyser.sip.headers import Headers
from analyser.sip.lexical import unfold
from analyser.sip.sdp import Sdp, parse_sdp

if TYPE_CHECKING:
    from analyser.sip.message import Request, Response

_HEAD_ENDS = (b"\r\n\r\n", b"\n\n", b"\n\r\n")
_SDP = "application/sdp"


def read_head_cut(message: "Request | Response") -> bool:
    """Whether the snap length cut the head, so that what is missing may have been there."""
    return message.missing > 0 and not message.raw.endswith(_HEAD_ENDS, 0, message.body_at)


def read_head(message: "Request | Response") -> str:
    """Start line and header fields as text; of a head that is cut, the unfinished last line is left out."""
    head = message.raw[: message.body_at]
    if message.head_cut:
        head = head[: head.rfind(b"\n") + 1]
    return head.rstrip(b"\r\n").decode("utf-8", "backslashreplace")


def read_headers(message: "Request | Response") -> Headers:
    """The header fields in order."""
    return Headers(unfold(read_head(message).split("\n")[1:]))


def read_body(message: "Request | Response") -> bytes:
    """What Content-Length measures, or all that follows the head."""
    end = len(message.raw) if message.content_length is None else message.body_at + message.content_length
    return message.raw[message.body_at : end]


def read_sdp(message: "Request | Response") -> Sdp | None:
    """The first session description of the body; a body without a type that begins like one counts."""
    body = message.body
    if not body:
        return None
    for part in parts_of(message.content_type, body):
        if part.content_type is None:
            if part.data.startswith(b"v=0"):
                return parse_sdp(part.data)
        elif part.content_type.type == _SDP:
            return parse_sdp(part.data)
    return None


def read_request_uri(message: "Request") -> Uri:
    """The Request-URI in its parts, without brackets that should not be there."""
    return parse_uri(message.uri.strip("<>"))
