"""What a ladder's messages are made of: an ordered message, and names and digests that never change."""

import hashlib
from dataclasses import dataclass, field

COMPACT = {
    "a": "accept-contact", "b": "referred-by", "c": "content-type", "d": "request-disposition",
    "e": "content-encoding", "f": "from", "i": "call-id", "k": "supported", "l": "content-length",
    "m": "contact", "o": "event", "r": "refer-to", "s": "subject", "t": "to", "u": "allow-events",
    "v": "via", "x": "session-expires", "y": "identity",
}  # fmt: skip

PHRASES = {
    100: "Trying", 180: "Ringing", 181: "Call Is Being Forwarded", 182: "Queued", 183: "Session Progress",
    199: "Early Dialog Terminated", 200: "OK", 202: "Accepted", 204: "No Notification",
    300: "Multiple Choices", 301: "Moved Permanently", 302: "Moved Temporarily", 305: "Use Proxy",
    380: "Alternative Service", 400: "Bad Request", 401: "Unauthorized", 402: "Payment Required",
    403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 406: "Not Acceptable",
    407: "Proxy Authentication Required", 408: "Request Timeout", 410: "Gone",
    412: "Conditional Request Failed", 413: "Request Entity Too Large", 414: "Request-URI Too Long",
    415: "Unsupported Media Type", 416: "Unsupported URI Scheme", 420: "Bad Extension",
    421: "Extension Required", 422: "Session Interval Too Small", 423: "Interval Too Brief",
    428: "Use Identity Header", 429: "Provide Referrer Identity", 430: "Flow Failed",
    433: "Anonymity Disallowed", 436: "Bad Identity Info", 437: "Unsupported Credential",
    438: "Invalid Identity Header", 439: "First Hop Lacks Outbound Support", 440: "Max-Breadth Exceeded",
    469: "Bad Info Package", 470: "Consent Needed", 480: "Temporarily Unavailable",
    481: "Call/Transaction Does Not Exist", 482: "Loop Detected", 483: "Too Many Hops",
    484: "Address Incomplete", 485: "Ambiguous", 486: "Busy Here", 487: "Request Terminated",
    488: "Not Acceptable Here", 489: "Bad Event", 491: "Request Pending", 493: "Undecipherable",
    494: "Security Agreement Required", 500: "Server Internal Error", 501: "Not Implemented",
    502: "Bad Gateway", 503: "Service Unavailable", 504: "Server Time-out", 505: "Version Not Supported",
    513: "Message Too Large", 555: "Push Notification Service Not Supported", 580: "Precondition Failure",
    600: "Busy Everywhere", 603: "Decline", 604: "Does Not Exist Anywhere", 606: "Not Acceptable",
    607: "Unwanted", 608: "Rejected",
}  # fmt: skip
"""For arrows that give the number alone."""


def stable(*parts: object, length: int = 8) -> str:
    """Hexadecimal digits that depend on nothing but the parts."""
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:length]


def fold(name: str) -> str:
    """A header field name for comparison."""
    lower = name.lower()
    return COMPACT.get(lower, lower)


@dataclass(slots=True)
class Message:
    """A request or response under construction; the order of header fields is the order on the wire."""

    start: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    raw: bytes | None = None

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.fields if fold(key) == fold(name)]

    def first(self, name: str) -> str:
        return next(iter(self.all(name)), "")

    def add(self, name: str, value: str) -> None:
        if value:
            self.fields.append((name, value))

    def remove(self, name: str) -> None:
        self.fields = [(key, value) for key, value in self.fields if fold(key) != fold(name)]

    def replace(self, name: str, *values: str) -> None:
        """Put the values where the first field of that name stood, or at the end."""
        places = [index for index, (key, _) in enumerate(self.fields) if fold(key) == fold(name)]
        at = places[0] if places else len(self.fields)
        self.remove(name)
        self.fields[at:at] = [(name, value) for value in values]

    def copy(self) -> "Message":
        return Message(self.start, list(self.fields), self.body)

    @property
    def method(self) -> str:
        return self.start.partition(" ")[0]

    @property
    def uri(self) -> str:
        return self.start.split(" ")[1]

    def encode(self) -> bytes:
        """The octets; Content-Length is filled in, last, where no field of that name was given."""
        if self.raw is not None:
            return self.raw
        fields = self.fields
        if not self.all("Content-Length"):
            fields = [*fields, ("Content-Length", str(len(self.body)))]
        lines = [self.start, *(f"{name}: {value}" for name, value in fields), "", ""]
        return "\r\n".join(lines).encode() + self.body


def tag_of(value: str) -> str:
    """The tag parameter of a From or To value."""
    return value.rpartition(";tag=")[2].partition(";")[0] if ";tag=" in value else ""


def uri_of(value: str) -> str:
    """The URI of a name-addr, without brackets."""
    return value.partition("<")[2].partition(">")[0] if "<" in value else value.partition(";")[0].strip()


def parameters_of(value: str) -> dict[str, str]:
    """The comma-separated parameters of a challenge that this package wrote, or one like it."""
    pairs = (part.strip().partition("=") for part in value.partition(" ")[2].split(","))
    return {name.lower(): text.strip('"') for name, _, text in pairs}


def credentials(challenge: str, user: str, method: str, uri: str, count: int) -> str:
    """Digest credentials (RFC 7616, MD5) that answer a challenge; everybody's password is `secret`."""
    given = parameters_of(challenge)
    realm, nonce = given.get("realm", ""), given.get("nonce", "")
    opaque = stable(nonce, user, length=8)
    number = f"{count:08x}"
    keyed = ":".join((_md5(f"{user}:{realm}:secret"), nonce, number, opaque, "auth", _md5(f"{method}:{uri}")))
    return (
        f'Digest username="{user}", realm="{realm}", nonce="{nonce}", uri="{uri}", response="{_md5(keyed)}", '
        f'algorithm=MD5, cnonce="{opaque}", qop=auth, nc={number}'
    )


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
