"""Request and Response: what the head scan found, and everything else on demand.

Both are made by `parse` alone. The plain attributes are what tracking needs; the others are read from
the octets when first asked for, and kept. None of them raises: nonsense gives None or an empty list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from mypy_extensions import mypyc_attr

from analyser.sip import reading, values
from analyser.sip.auth import read_challenges, read_credentials
from analyser.sip.body import read_content_type
from analyser.sip.check import check_request, check_response

if TYPE_CHECKING:
    from collections.abc import Callable

    from analyser.sip.address import NameAddr, Uri
    from analyser.sip.auth import Auth
    from analyser.sip.body import ContentType
    from analyser.sip.defects import Defect
    from analyser.sip.headers import Headers
    from analyser.sip.sdp import Sdp
    from analyser.sip.via import Via

V = TypeVar("V")


@mypyc_attr(acyclic=True)  # spares the cycle collector half of all objects
class Fields:
    """What requests and responses have in common: the octets, what the head scan found in them, and the header fields."""

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
        "scan_defects",
        "to_tag",
        "version",
    )

    version: str
    raw: bytes
    """The octets from the start line on."""
    body_at: int
    """Where the body begins in `raw`."""
    missing: int
    """Octets that the capture cut from the end."""
    call_id: str
    cseq: int
    """The CSeq number, -1 where it is absent or bad."""
    cseq_method: str
    branch: str
    """The branch of the top Via."""
    from_tag: str
    to_tag: str
    content_length: int | None
    scan_defects: tuple[Defect, ...]
    """What the head scan alone has found; `defects` holds these and more."""
    kept: dict[str, Any] | None
    """What was asked for, by the name of the attribute or header field."""

    def _kept(self, name: str, read: Callable[[Any], V]) -> V:
        """What `read` makes of the whole message, made once."""
        kept = self.kept
        if kept is None:
            kept = self.kept = {}
        if name not in kept:
            kept[name] = read(self)
        value: V = kept[name]
        return value

    def _field(self, name: str, read: Callable[[Headers], V]) -> V:
        """What `read` makes of the header fields, made once."""
        kept = self.kept
        if kept is None or name not in kept:
            value = read(self.headers)
            assert self.kept is not None  # the header fields are kept there
            self.kept[name] = value
            return value
        known: V = kept[name]
        return known

    def _named(self, name: str, read: Callable[[Headers, str], V]) -> V:
        """What `read` makes of the header fields of a name, made once."""
        kept = self.kept
        if kept is None or name not in kept:
            value = read(self.headers, name)
            assert self.kept is not None
            self.kept[name] = value
            return value
        known: V = kept[name]
        return known

    @property
    def head(self) -> str:
        """Start line and header fields as text; octets that are no UTF-8 show as escapes."""
        return self._kept("head", reading.read_head)

    @property
    def headers(self) -> Headers:
        """Header fields in order; names are blind to case and compact form."""
        return self._kept("headers", reading.read_headers)

    @property
    def head_cut(self) -> bool:
        """Whether the snap length cut the head; what is missing may then have been there."""
        return self._kept("head_cut", reading.read_head_cut)

    @property
    def body(self) -> bytes:
        """What Content-Length measures, or all that follows the head."""
        return self._kept("body", reading.read_body)

    @property
    def sdp(self) -> Sdp | None:
        """The session description, also one inside a multipart body."""
        return self._kept("sdp", reading.read_sdp)

    @property
    def vias(self) -> list[Via]:
        """The top one first."""
        return self._field("vias", values.read_vias)

    @property
    def from_(self) -> NameAddr | None:
        return self._named("from", values.read_address)

    @property
    def to(self) -> NameAddr | None:
        return self._named("to", values.read_address)

    @property
    def contacts(self) -> list[NameAddr]:
        return self._named("contact", values.read_addresses)

    @property
    def routes(self) -> list[NameAddr]:
        return self._named("route", values.read_addresses)

    @property
    def record_routes(self) -> list[NameAddr]:
        return self._named("record-route", values.read_addresses)

    @property
    def challenges(self) -> list[Auth]:
        return self._field("challenges", read_challenges)

    @property
    def credentials(self) -> list[Auth]:
        return self._field("credentials", read_credentials)

    @property
    def reasons(self) -> list[values.Reason]:
        return self._field("reasons", values.read_reasons)

    @property
    def warnings(self) -> list[values.Warn]:
        return self._field("warnings", values.read_warnings)

    @property
    def rack(self) -> values.RAck | None:
        return self._field("rack", values.read_rack)

    @property
    def rseq(self) -> int | None:
        return self._named("rseq", values.read_number)

    @property
    def session_expires(self) -> values.SessionExpires | None:
        return self._field("session_expires", values.read_session_expires)

    @property
    def min_se(self) -> int | None:
        return self._named("min-se", values.read_seconds)

    @property
    def expires(self) -> int | None:
        return self._named("expires", values.read_seconds)

    @property
    def min_expires(self) -> int | None:
        return self._named("min-expires", values.read_seconds)

    @property
    def retry_after(self) -> int | None:
        return self._field("retry_after", values.read_retry_after)

    @property
    def event(self) -> values.Event | None:
        return self._field("event", values.read_event)

    @property
    def subscription_state(self) -> values.SubscriptionState | None:
        return self._field("subscription_state", values.read_subscription_state)

    @property
    def require(self) -> list[str]:
        return self._named("require", values.read_tokens)

    @property
    def proxy_require(self) -> list[str]:
        return self._named("proxy-require", values.read_tokens)

    @property
    def supported(self) -> list[str]:
        return self._named("supported", values.read_tokens)

    @property
    def unsupported(self) -> list[str]:
        return self._named("unsupported", values.read_tokens)

    @property
    def allow(self) -> list[str]:
        return self._named("allow", values.read_tokens)

    @property
    def max_forwards(self) -> int | None:
        return self._named("max-forwards", values.read_number)

    @property
    def user_agent(self) -> str:
        """User-Agent, else Server, else empty."""
        return self._field("user_agent", values.read_user_agent)

    @property
    def content_type(self) -> ContentType | None:
        return self._field("content_type", read_content_type)

    @property
    def etag(self) -> str:
        return self._named("sip-etag", values.read_text)

    @property
    def if_match(self) -> str:
        return self._named("sip-if-match", values.read_text)


@mypyc_attr(acyclic=True)  # spares the cycle collector half of all objects
class Request(Fields):
    """A request."""

    __slots__ = ("method", "uri")
    __match_args__ = ("method", "uri")

    method: str
    uri: str
    """The Request-URI as it was spelled."""

    @property
    def request_uri(self) -> Uri:
        """The Request-URI in its parts."""
        return self._kept("request_uri", reading.read_request_uri)

    @property
    def defects(self) -> tuple[Defect, ...]:
        """All that breaks the grammar, `scan_defects` first."""
        return self._kept("defects", check_request)

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.uri} {self.call_id}>"


@mypyc_attr(acyclic=True)  # spares the cycle collector half of all objects
class Response(Fields):
    """A response."""

    __slots__ = ("reason", "status")
    __match_args__ = ("status", "reason")

    status: int
    reason: str

    @property
    def defects(self) -> tuple[Defect, ...]:
        """All that breaks the grammar, `scan_defects` first."""
        return self._kept("defects", check_response)

    def __repr__(self) -> str:
        return f"<Response {self.status} {self.reason} {self.call_id}>"
