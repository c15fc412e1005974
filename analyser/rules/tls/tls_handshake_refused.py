"""A TLS handshake that one side refuses with an alert (RFC 8446 §6.2)."""

from collections.abc import Iterator

from analyser.annotate import AlertMeaning, AlertName, AlertRemedy, Evidence, Sentence, Severity, rule
from analyser.tls import FATAL, Alert, TlsConnection, day_of, version_name
from analyser.wire import Glimpse

_NO_REFUSAL = frozenset({0, 90, 100})
"""close_notify, user_canceled and no_renegotiation: they end nothing, or end it in good order."""
_OF_CERTIFICATE = frozenset({42, 43, 44, 45, 46, 48})
_OF_NAME = frozenset({42, 46, 112})
_OF_VERSION = frozenset({40, 70, 71, 86})
_OF_PROTOCOL = frozenset({120})

_BY_SERVER = Sentence("{server} refused the TLS handshake of {client} with the alert {alert}: {meaning}.")
_BY_CLIENT = Sentence("{client} broke off the TLS handshake with {server} with the alert {alert}: {meaning}.")
_SEALED = Sentence(
    "{client} broke off the TLS handshake with {server} by an alert, right after what the server had sent. TLS 1.3 "
    "encrypts it, so which alert it is cannot be read; most often the certificate of the server is not accepted."
)
_ASKED = Sentence("The client asked for the name {name}.")
_OFFERED = Sentence("The client offers {versions}.")
_PROTOCOLS = Sentence("The client offers to speak {protocols}.")
_CERTIFICATE = Sentence(
    "The certificate that it refused is of {holder}, issued by {issuer}, valid from {since} to {until}."
)
_REMEDY = Sentence("{fix} The alert came from {who}.")
_REMEDY_SEALED = Sentence(
    "Look in the log of {client} for the reason. Check that it trusts the issuer of the certificate of {server}, that the "
    "certificate names whom the client connects to, and that it has not expired."
)


@rule(
    "tls-handshake-refused",
    on=TlsConnection,
    severity=Severity.ERROR,
    summary="a TLS handshake was refused, so no SIP could follow on that connection",
    remedy="Look up the alert: it says which side refuses, and why. Most often a certificate is not trusted, has expired or "
    "names somebody else, or the two sides have no version or cipher suite in common.",
    refs=("RFC 8446 §6.2", "RFC 5246 §7.2.2", "RFC 3261 §26.3.1", "RFC 5922 §7"),
    when=lambda connection: bool(connection.alerts or connection.sealed_alert),
)
def tls_handshake_refused(connection: TlsConnection) -> Iterator[Evidence]:
    """Looks for an alert that ends the handshake of a TLS connection of SIP, and says who sent it and what it means.

    Alerts are in the clear until encryption begins. Up to TLS 1.2 that covers all that is about certificates, versions and
    cipher suites. In TLS 1.3 some clients still send theirs in the clear, others encrypt it; then the rule speaks where the
    first encrypted record of the client is just as long as an alert, since the Finished that should come there is longer.

    Silent about alerts that end a connection in good order (close_notify, user_canceled), about warnings after which the
    handshake went on, and about connections without a sign of SIP: another port than 5060 and 5061, no SIP in ALPN,
    and a server that was not seen to speak SIP.
    """
    refusal = next((alert for alert in connection.alerts if _refuses(connection, alert)), None)
    if refusal is not None:
        yield _by_alert(connection, refusal)
    elif connection.sealed_alert is not None:
        yield Evidence(
            connection.sealed_alert,
            _SEALED,
            _handshake(connection),
            remedy=_REMEDY_SEALED,
            client=connection.hop.source,
            server=connection.hop.target,
        )


def _refuses(connection: TlsConnection, alert: Alert) -> bool:
    if alert.level == FATAL:
        return alert.description != 0
    return connection.failed and alert.description not in _NO_REFUSAL


def _by_alert(connection: TlsConnection, alert: Alert) -> Evidence:
    number, by_client = alert.description, connection.is_from_client(alert.at)
    refused = connection.certificates if by_client else connection.client_certificates
    note = [_BY_CLIENT if by_client else _BY_SERVER]
    if number in _OF_NAME and connection.server_name and (by_client or not refused):
        note.append(_ASKED)
    if number in _OF_VERSION and connection.offered:
        note.append(_OFFERED)
    if number in _OF_PROTOCOL and connection.alpn_offered:
        note.append(_PROTOCOLS)
    if number in _OF_CERTIFICATE and refused:
        note.append(_CERTIFICATE)
    own = refused[0] if refused else None
    return Evidence(
        alert.at,
        tuple(note),
        _handshake(connection),
        remedy=_REMEDY,
        client=connection.hop.source,
        server=connection.hop.target,
        who=alert.at.hop.source,
        alert=AlertName(number),
        meaning=AlertMeaning(number),
        fix=AlertRemedy(number),
        name=connection.server_name,
        versions=[version_name(version) for version in connection.offered],
        protocols=list(connection.alpn_offered),
        holder=own.subject if own else "",
        issuer=own.issuer if own else "",
        since=day_of(own.not_before) if own else "",
        until=day_of(own.not_after) if own else "",
    )


def _handshake(connection: TlsConnection) -> tuple[Glimpse, ...]:
    """The frames that led to it."""
    return tuple(
        at for at in (connection.hello, connection.answer, connection.certificates_at) if at is not None
    )
