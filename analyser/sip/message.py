"""Request and Response: what the head scan found, and everything else on demand.

Both are made by `parse` alone. The plain attributes are what tracking needs; the others are read from
the octets when first asked for, and kept. None of them raises: nonsense gives None or an empty list.
"""

from functools import partial
from typing import Any

from analyser.sip import reading, values
from analyser.sip.auth import read_challenges, read_credentials
from analyser.sip.body import read_content_type
from analyser.sip.check import check_request, check_response
from analyser.sip.defects import Defect
from analyser.sip.lazy import FromHeaders, Lazy


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

    method: str
    uri: str
    """The Request-URI as it was spelled."""
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
    """Lazy attributes that were asked for."""

    head = Lazy(reading.read_head)
    """Start line and header fields as text; octets that are no UTF-8 show as escapes."""
    headers = Lazy(reading.read_headers)
    """Header fields in order; names are blind to case and compact form."""
    head_cut = Lazy(reading.read_head_cut)
    """Whether the snap length cut the head; what is missing may then have been there."""
    body = Lazy(reading.read_body)
    """What Content-Length measures, or all that follows the head."""
    defects = Lazy(check_request)
    """All that breaks the grammar, `scan_defects` first."""

    vias = FromHeaders(values.read_vias)
    from_ = FromHeaders(partial(values.read_address, name="from"))
    to = FromHeaders(partial(values.read_address, name="to"))
    contacts = FromHeaders(partial(values.read_addresses, name="contact"))
    routes = FromHeaders(partial(values.read_addresses, name="route"))
    record_routes = FromHeaders(partial(values.read_addresses, name="record-route"))
    challenges = FromHeaders(read_challenges)
    credentials = FromHeaders(read_credentials)
    reasons = FromHeaders(values.read_reasons)
    warnings = FromHeaders(values.read_warnings)
    rack = FromHeaders(values.read_rack)
    rseq = FromHeaders(partial(values.read_number, name="rseq"))
    session_expires = FromHeaders(values.read_session_expires)
    min_se = FromHeaders(partial(values.read_seconds, name="min-se"))
    expires = FromHeaders(partial(values.read_seconds, name="expires"))
    min_expires = FromHeaders(partial(values.read_seconds, name="min-expires"))
    retry_after = FromHeaders(values.read_retry_after)
    event = FromHeaders(values.read_event)
    subscription_state = FromHeaders(values.read_subscription_state)
    require = FromHeaders(partial(values.read_tokens, name="require"))
    proxy_require = FromHeaders(partial(values.read_tokens, name="proxy-require"))
    supported = FromHeaders(partial(values.read_tokens, name="supported"))
    unsupported = FromHeaders(partial(values.read_tokens, name="unsupported"))
    allow = FromHeaders(partial(values.read_tokens, name="allow"))
    max_forwards = FromHeaders(partial(values.read_number, name="max-forwards"))
    user_agent = FromHeaders(partial(values.read_text, names=("user-agent", "server")))
    """User-Agent, else Server, else empty."""
    content_type = FromHeaders(read_content_type)
    sdp = Lazy(reading.read_sdp)
    """The session description, also one inside a multipart body."""
    etag = FromHeaders(partial(values.read_text, names=("sip-etag",)))
    if_match = FromHeaders(partial(values.read_text, names=("sip-if-match",)))

    request_uri = Lazy(reading.read_request_uri)

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

    status: int
    reason: str
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
    """Lazy attributes that were asked for."""

    head = Lazy(reading.read_head)
    """Start line and header fields as text; octets that are no UTF-8 show as escapes."""
    headers = Lazy(reading.read_headers)
    """Header fields in order; names are blind to case and compact form."""
    head_cut = Lazy(reading.read_head_cut)
    """Whether the snap length cut the head; what is missing may then have been there."""
    body = Lazy(reading.read_body)
    """What Content-Length measures, or all that follows the head."""
    defects = Lazy(check_response)
    """All that breaks the grammar, `scan_defects` first."""

    vias = FromHeaders(values.read_vias)
    from_ = FromHeaders(partial(values.read_address, name="from"))
    to = FromHeaders(partial(values.read_address, name="to"))
    contacts = FromHeaders(partial(values.read_addresses, name="contact"))
    routes = FromHeaders(partial(values.read_addresses, name="route"))
    record_routes = FromHeaders(partial(values.read_addresses, name="record-route"))
    challenges = FromHeaders(read_challenges)
    credentials = FromHeaders(read_credentials)
    reasons = FromHeaders(values.read_reasons)
    warnings = FromHeaders(values.read_warnings)
    rack = FromHeaders(values.read_rack)
    rseq = FromHeaders(partial(values.read_number, name="rseq"))
    session_expires = FromHeaders(values.read_session_expires)
    min_se = FromHeaders(partial(values.read_seconds, name="min-se"))
    expires = FromHeaders(partial(values.read_seconds, name="expires"))
    min_expires = FromHeaders(partial(values.read_seconds, name="min-expires"))
    retry_after = FromHeaders(values.read_retry_after)
    event = FromHeaders(values.read_event)
    subscription_state = FromHeaders(values.read_subscription_state)
    require = FromHeaders(partial(values.read_tokens, name="require"))
    proxy_require = FromHeaders(partial(values.read_tokens, name="proxy-require"))
    supported = FromHeaders(partial(values.read_tokens, name="supported"))
    unsupported = FromHeaders(partial(values.read_tokens, name="unsupported"))
    allow = FromHeaders(partial(values.read_tokens, name="allow"))
    max_forwards = FromHeaders(partial(values.read_number, name="max-forwards"))
    user_agent = FromHeaders(partial(values.read_text, names=("user-agent", "server")))
    """User-Agent, else Server, else empty."""
    content_type = FromHeaders(read_content_type)
    sdp = Lazy(reading.read_sdp)
    """The session description, also one inside a multipart body."""
    etag = FromHeaders(partial(values.read_text, names=("sip-etag",)))
    if_match = FromHeaders(partial(values.read_text, names=("sip-if-match",)))

    def __repr__(self) -> str:
        return f"<Response {self.status} {self.reason} {self.call_id}>"
