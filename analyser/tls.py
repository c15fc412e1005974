"""What can be seen of a TLS connection from outside, without its keys (RFC 5246, RFC 8446)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, NamedTuple

from analyser.wire import SECOND, Glimpse, Hop

SSL3: Final = 0x0300
TLS11: Final = 0x0302
TLS12: Final = 0x0303
TLS13: Final = 0x0304

FATAL: Final = 2
"""The level of an alert that ends the connection (RFC 5246 §7.2)."""

_VERSIONS: Final = {SSL3: "SSL 3.0", 0x0301: "TLS 1.0", TLS11: "TLS 1.1", TLS12: "TLS 1.2", TLS13: "TLS 1.3"}


def version_name(version: int) -> str:
    """`TLS 1.2`; the number where nobody has named it."""
    return _VERSIONS.get(version, f"0x{version:04x}")


def day_of(time: int) -> str:
    """The day of a moment in ns since 1970, UTC: `2026-01-05`."""
    return datetime.fromtimestamp(time // SECOND, UTC).date().isoformat()


class Evidence(StrEnum):
    """Why a connection is taken for SIP."""

    PORT = "port"
    """The server's port is one of SIP."""
    ALPN = "alpn"
    """The client offers to speak SIP (RFC 7301)."""
    ENDPOINT = "endpoint"
    """The server was seen to speak SIP on that port."""


class Closing(StrEnum):
    """How a connection ended, as far as the capture shows."""

    OPEN = "open"
    CLIENT_CLOSED = "client closed"
    SERVER_CLOSED = "server closed"
    CLIENT_RESET = "client reset"
    SERVER_RESET = "server reset"
    EVICTED = "evicted"


class Certificate(NamedTuple):
    """What an X.509 certificate says of its holder (RFC 5280). All text is from the wire."""

    subject: str
    """The common name, else the whole subject."""
    names: tuple[str, ...]
    """Subject alternative names, each with its kind before it: `dns:`, `uri:`, `ip:`."""
    issuer: str
    not_before: int
    """ns since 1970."""
    not_after: int
    self_issued: bool
    """Whether subject and issuer are the same, as of a root."""

    @property
    def holders(self) -> tuple[str, ...]:
        """The names without their kinds; the common name counts where there is none (RFC 5922 §7.1)."""
        return tuple(name.partition(":")[2] for name in self.names) or (self.subject,)


class Alert(NamedTuple):
    """An alert that was sent in the clear (RFC 5246 §7.2, RFC 8446 §6)."""

    at: Glimpse
    """Its hop says who sent it."""
    level: int
    description: int


@dataclass(frozen=True, slots=True)
class TlsConnection:
    """One connection, when it is over or the capture is. None, 0 and "" mean: not seen."""

    hop: Hop
    """From the client to the server; the transport is TLS."""
    evidence: Evidence
    first: Glimpse
    last: Glimpse
    frames: int
    """Frames with octets of it, in both directions."""
    hello: Glimpse | None = None
    """The first ClientHello."""
    copies: tuple[Glimpse, ...] = ()
    """Where TCP sent it again."""
    answer: Glimpse | None = None
    """The ServerHello."""
    offered: tuple[int, ...] = ()
    """Versions that the client offers, the newest first."""
    version: int = 0
    """The version that the server chose."""
    cipher: int = 0
    """The cipher suite that the server chose."""
    server_name: str = ""
    """Whom the client asks for (RFC 6066 §3)."""
    alpn_offered: tuple[str, ...] = ()
    alpn: str = ""
    """The protocol that the server chose; TLS 1.3 hides it."""
    certificates: tuple[Certificate, ...] = ()
    """Of the server, its own one first; TLS 1.3 hides them."""
    certificates_at: Glimpse | None = None
    client_certificates: tuple[Certificate, ...] = ()
    client_certificates_at: Glimpse | None = None
    alerts: tuple[Alert, ...] = ()
    sealed_alert: Glimpse | None = None
    """Where the client of TLS 1.3 sent an alert in place of its Finished: encrypted, told by its length."""
    client_spoke: bool = False
    """Whether the client sent more than its ClientHello."""
    server_spoke: bool = False
    """Whether the server sent any octet."""
    whole: bool = True
    """Whether no octet of the clear part is known to be absent from the capture."""
    established: bool = False
    """Whether the handshake came to its end."""
    closing: Closing = Closing.OPEN
    closed: Glimpse | None = None
    """The first FIN or RST."""
    server_closed: bool = False
    """Whether a FIN or RST of the server was seen, whoever was first."""

    @property
    def failed(self) -> bool:
        """Whether it ended without a finished handshake, and the capture would show one."""
        return self.closed is not None and self.whole and not self.established

    def is_from_client(self, at: Glimpse) -> bool:
        return at.hop.source == self.hop.source
