"""Defects: bytes that break the grammar of SIP. The parser names them, works around them and never raises.

`Defect.X.value` is the name for reports, `.desc` one sentence with the section that was broken, and
`.broken` tells what an element may reject from what it must live with: RFC 2543 habits and oddities.
"""

from enum import Enum
from typing import Self


class Defect(Enum):
    """One way in which a message departs from the grammar."""

    desc: str
    broken: bool

    def __new__(cls, value: str, desc: str, broken: bool = True) -> Self:  # noqa: FBT001, FBT002 - one column of a table
        member = object.__new__(cls)
        member._value_ = value
        member.desc = desc
        member.broken = broken
        return member

    def __str__(self) -> str:
        return str(self.value)

    # The head as a whole
    UNTERMINATED_HEAD = "unterminated-head", "No empty line ends the header fields (RFC 3261 §7)."
    BARE_LF = "bare-lf", "A line ends with LF alone instead of CRLF (RFC 3261 §7).", False
    BARE_CR = "bare-cr", "A CR stands alone inside a line (RFC 3261 §7.3.1).", False
    CONTROL_CHARACTER = (
        "control-character",
        "A control character stands in a header field outside of an escaped quoted pair (RFC 3261 §25.1).",
    )
    NOT_UTF8 = "not-utf8", "The head holds octets that are not UTF-8 (RFC 3261 §7.3.1).", False
    MALFORMED_HEADER = "malformed-header", "A line is no header field: no name and colon (RFC 3261 §7.3.1)."

    # The start line
    VERSION_UNSUPPORTED = (
        "version-unsupported",
        "The version is not SIP/2.0; the answer is 505 (RFC 3261 §7.1, §21.5.6).",
    )
    VERSION_CASE = "version-case", "The version is not spelled in upper case (RFC 3261 §7.1).", False
    START_LINE_WHITESPACE = (
        "start-line-whitespace",
        "Extra white space stands in or behind the start line (RFC 4475 §3.1.2.9, §3.1.2.10).",
    )
    REQUEST_URI_BRACKETS = "request-uri-brackets", "The Request-URI stands in angle brackets (RFC 3261 §7.1)."
    REQUEST_URI_WHITESPACE = "request-uri-whitespace", "The Request-URI holds white space (RFC 3261 §7.1)."
    REQUEST_URI_HEADERS = (
        "request-uri-headers",
        "The Request-URI carries header fields (RFC 3261 §19.1.1, table 1).",
    )
    REQUEST_URI_MALFORMED = "request-uri-malformed", "The Request-URI is no URI (RFC 3261 §19.1.1)."
    STATUS_CODE_OUT_OF_RANGE = (
        "status-code-out-of-range",
        "The status code is not between 100 and 699 (RFC 3261 §7.2).",
    )
    STATUS_LINE_SPACE = (
        "status-line-space",
        "No space follows the status code; it must come even before an empty reason phrase (RFC 3261 §7.2).",
        False,
    )

    # Mandatory header fields, RFC 3261 §8.1.1
    MISSING_CALL_ID = "missing-call-id", "There is no Call-ID (RFC 3261 §8.1.1)."
    MISSING_CSEQ = "missing-cseq", "There is no CSeq (RFC 3261 §8.1.1)."
    MISSING_FROM = "missing-from", "There is no From (RFC 3261 §8.1.1)."
    MISSING_TO = "missing-to", "There is no To (RFC 3261 §8.1.1)."
    MISSING_VIA = "missing-via", "There is no Via (RFC 3261 §8.1.1)."
    MISSING_MAX_FORWARDS = (
        "missing-max-forwards",
        "A request has no Max-Forwards, as in RFC 2543 (RFC 3261 §8.1.1.6).",
        False,
    )
    MISSING_FROM_TAG = "missing-from-tag", "From has no tag, as in RFC 2543 (RFC 3261 §8.1.1.3).", False
    MISSING_BRANCH = "missing-branch", "The top Via has no branch, as in RFC 2543 (RFC 3261 §8.1.1.7).", False
    BRANCH_NO_COOKIE = (
        "branch-no-cookie",
        "The branch of the top Via does not begin with z9hG4bK, as in RFC 2543 (RFC 3261 §8.1.1.7).",
        False,
    )
    BRANCH_BARE_COOKIE = (
        "branch-bare-cookie",
        "The branch of the top Via is the bare cookie z9hG4bK, which identifies nothing (RFC 4475 §3.2.1).",
        False,
    )

    # Fields that may come once
    REPEATED_CALL_ID = (
        "repeated-call-id",
        "There is more than one Call-ID (RFC 3261 §7.3.1, RFC 4475 §3.3.8).",
    )
    REPEATED_CSEQ = "repeated-cseq", "There is more than one CSeq (RFC 3261 §7.3.1, RFC 4475 §3.3.8)."
    REPEATED_FROM = "repeated-from", "There is more than one From (RFC 3261 §7.3.1, RFC 4475 §3.3.8)."
    REPEATED_TO = "repeated-to", "There is more than one To (RFC 3261 §7.3.1, RFC 4475 §3.3.8)."
    REPEATED_CONTENT_LENGTH = (
        "repeated-content-length",
        "Content-Length comes more than once, with the same value (RFC 3261 §7.3.1).",
        False,
    )
    REPEATED_MAX_FORWARDS = (
        "repeated-max-forwards",
        "There is more than one Max-Forwards (RFC 3261 §7.3.1, RFC 4475 §3.3.8).",
    )
    REPEATED_HEADER = (
        "repeated-header",
        "A field that may come once comes again with another value (RFC 3261 §7.3.1).",
    )

    # Framing
    CONTENT_LENGTH_CONFLICT = (
        "content-length-conflict",
        "Content-Length comes with different values, so where the body ends is unknown (RFC 4475 §3.3.9).",
    )
    CONTENT_LENGTH_NEGATIVE = "content-length-negative", "Content-Length is negative (RFC 4475 §3.1.2.3)."
    CONTENT_LENGTH_MALFORMED = "content-length-malformed", "Content-Length is no number (RFC 3261 §20.14)."
    CONTENT_LENGTH_TOO_LONG = (
        "content-length-too-long",
        "The body is shorter than Content-Length says (RFC 3261 §18.3, RFC 4475 §3.1.2.2).",
    )
    TRAILING_OCTETS = (
        "trailing-octets",
        "Octets follow the body that Content-Length measures; a datagram's receiver drops them (RFC 3261 §18.3).",
        False,
    )

    # Numbers
    CSEQ_MALFORMED = "cseq-malformed", "CSeq is not a number and a method (RFC 3261 §20.16)."
    CSEQ_TOO_LARGE = (
        "cseq-too-large",
        "The CSeq number exceeds 32 bits (RFC 3261 §8.1.1.5, RFC 4475 §3.1.2.4).",
    )
    CSEQ_METHOD_MISMATCH = (
        "cseq-method-mismatch",
        "The method of CSeq is not the method of the request (RFC 3261 §8.1.1.5).",
    )
    MAX_FORWARDS_MALFORMED = "max-forwards-malformed", "Max-Forwards is no number (RFC 3261 §20.22)."
    MAX_FORWARDS_TOO_LARGE = "max-forwards-too-large", "Max-Forwards exceeds 255 (RFC 3261 §20.22)."
    EXPIRES_MALFORMED = "expires-malformed", "An expiry is no number of seconds (RFC 3261 §20.19).", False
    EXPIRES_TOO_LARGE = (
        "expires-too-large",
        "An expiry exceeds 32 bits; it counts as the largest (RFC 3261 §20.19, RFC 4475 §3.1.2.4).",
    )
    RETRY_AFTER_MALFORMED = "retry-after-malformed", "Retry-After is no number of seconds (RFC 3261 §20.33)."
    RETRY_AFTER_TOO_LARGE = "retry-after-too-large", "Retry-After exceeds 32 bits (RFC 4475 §3.1.2.5)."
    WARNING_MALFORMED = (
        "warning-malformed",
        "A Warning is not a three-digit code, an agent and a quoted text (RFC 3261 §20.43).",
    )
    DATE_MALFORMED = (
        "date-malformed",
        "Date is no RFC 1123 date in GMT (RFC 3261 §20.17, RFC 4475 §3.1.2.12).",
    )

    # Addresses
    VIA_MALFORMED = "via-malformed", "A Via is not protocol, transport and sent-by (RFC 3261 §20.42)."
    RECEIVED_BRACKETS = (
        "received-brackets",
        "The received parameter holds an IPv6 address in brackets, which the grammar lacks (RFC 5118 §4.5).",
        False,
    )
    EMPTY_PARAMETER = (
        "empty-parameter",
        "A separator has no parameter or value behind it (RFC 4475 §3.1.2.1).",
    )
    DISPLAY_NAME_UNQUOTED = (
        "display-name-unquoted",
        "A display name holds characters that need quotes (RFC 3261 §25.1, RFC 4475 §3.1.2.15).",
    )
    QUOTE_UNTERMINATED = (
        "quote-unterminated",
        "A quoted string does not end (RFC 3261 §25.1, RFC 4475 §3.1.2.6).",
    )
    BRACKET_UNTERMINATED = "bracket-unterminated", "An angle bracket is not closed (RFC 3261 §25.1)."
    URI_WHITESPACE = "uri-whitespace", "A URI holds white space (RFC 3261 §25.1, RFC 4475 §3.1.2.14)."
    URI_NEEDS_BRACKETS = (
        "uri-needs-brackets",
        "A URI with a comma or a question mark stands outside of angle brackets (RFC 3261 §20, RFC 4475 §3.1.2.13).",
    )
    URI_MALFORMED = "uri-malformed", "An address holds no URI (RFC 3261 §25.1)."
    HOST_MALFORMED = (
        "host-malformed",
        "A host is no name and no address; IPv6 needs brackets (RFC 3261 §25.1, RFC 5118 §4.2, §4.10).",
    )
    PORT_MALFORMED = "port-malformed", "A port is no number between 0 and 65535 (RFC 3261 §25.1)."
