"""Request and Response: what the head scan found, and everything else on demand.

Both are made by `parse` alone. The plain attributes are what tracking needs; the others are read from
the octets when first asked for, and kept. None of them raises: nonsense gives None or an empty list.
"""

from collections.abc import Callable
from typing import Any, Final, Generic, Self, TypeVar, overload

from analyser.sip.defects import Defect
from analyser.sip.headers import Headers
from analyser.sip.lexical import unfold

V = TypeVar("V")


class Lazy(Generic[V]):
    """An attribute that is read on first use and then kept in the message."""

    __slots__ = ("name", "read")

    def __init__(self, read: "Callable[[Request | Response], V]") -> None:
        self.read: Final = read
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, message: None, owner: type) -> Self: ...
    @overload
    def __get__(self, message: "Request | Response", owner: type) -> V: ...
    def __get__(self, message: "Request | Response | None", owner: type) -> Self | V:
        if message is None:
            return self
        kept = message.kept
        if kept is None:
            kept = message.kept = {}
        if self.name not in kept:
            kept[self.name] = self.read(message)
        value: V = kept[self.name]
        return value


def _headers(message: "Request | Response") -> Headers:
    return Headers(unfold(message.head.split("\n")[1:]))


def _body(message: "Request | Response") -> bytes:
    end = len(message.raw) if message.content_length is None else message.body_at + message.content_length
    return message.raw[message.body_at : end]


class Request:
    """A request."""

    __slots__ = (
        "body_at",
        "branch",
        "call_id",
        "content_length",
        "cseq",
        "cseq_method",
        "from_tag",
        "kept",
        "method",
        "missing",
        "raw",
        "scan_defects",
        "to_tag",
        "uri",
        "version",
    )
    __match_args__ = ("method", "uri")

    def __init__(
        self,
        method: str,
        uri: str,
        version: str,
        raw: bytes,
        body_at: int,
        missing: int,
        call_id: str,
        cseq: int,
        cseq_method: str,
        branch: str,
        from_tag: str,
        to_tag: str,
        content_length: int | None,
        scan_defects: tuple[Defect, ...],
    ) -> None:
        self.method = method
        self.uri = uri
        """The Request-URI as it was spelled."""
        self.version = version
        self.raw = raw
        """The octets from the start line on."""
        self.body_at = body_at
        """Where the body begins in `raw`."""
        self.missing = missing
        """Octets that the capture cut from the end."""
        self.call_id = call_id
        self.cseq = cseq
        """The CSeq number, -1 where it is absent or bad."""
        self.cseq_method = cseq_method
        self.branch = branch
        """The branch of the top Via."""
        self.from_tag = from_tag
        self.to_tag = to_tag
        self.content_length = content_length
        self.scan_defects = scan_defects
        """What the head scan alone has found; `defects` holds these and more."""
        self.kept: dict[str, Any] | None = None
        """Lazy attributes that were asked for."""

    @property
    def head(self) -> str:
        """Start line and header fields; octets that are no UTF-8 are shown as escapes."""
        return self.raw[: self.body_at].decode("utf-8", "backslashreplace").rstrip("\r\n")

    headers = Lazy(_headers)
    body = Lazy(_body)

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.uri} {self.call_id}>"


class Response:
    """A response."""

    __slots__ = (
        "body_at",
        "branch",
        "call_id",
        "content_length",
        "cseq",
        "cseq_method",
        "from_tag",
        "kept",
        "missing",
        "raw",
        "reason",
        "scan_defects",
        "status",
        "to_tag",
        "version",
    )
    __match_args__ = ("status", "reason")

    def __init__(
        self,
        status: int,
        reason: str,
        version: str,
        raw: bytes,
        body_at: int,
        missing: int,
        call_id: str,
        cseq: int,
        cseq_method: str,
        branch: str,
        from_tag: str,
        to_tag: str,
        content_length: int | None,
        scan_defects: tuple[Defect, ...],
    ) -> None:
        self.status = status
        self.reason = reason
        self.version = version
        self.raw = raw
        """The octets from the start line on."""
        self.body_at = body_at
        """Where the body begins in `raw`."""
        self.missing = missing
        """Octets that the capture cut from the end."""
        self.call_id = call_id
        self.cseq = cseq
        """The CSeq number, -1 where it is absent or bad."""
        self.cseq_method = cseq_method
        self.branch = branch
        """The branch of the top Via."""
        self.from_tag = from_tag
        self.to_tag = to_tag
        self.content_length = content_length
        self.scan_defects = scan_defects
        """What the head scan alone has found; `defects` holds these and more."""
        self.kept: dict[str, Any] | None = None
        """Lazy attributes that were asked for."""

    @property
    def head(self) -> str:
        """Start line and header fields; octets that are no UTF-8 are shown as escapes."""
        return self.raw[: self.body_at].decode("utf-8", "backslashreplace").rstrip("\r\n")

    headers = Lazy(_headers)
    body = Lazy(_body)

    def __repr__(self) -> str:
        return f"<Response {self.status} {self.reason} {self.call_id}>"
