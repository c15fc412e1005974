"""A server's certificate that does not name whom the client asked for (RFC 5922 §7)."""

from collections.abc import Iterator

from analyser.annotate import Evidence, Sentence, Severity, rule
from analyser.tls import Certificate, TlsConnection

_MAX_NAMES = 6
"""Names of a certificate that are told."""

_OTHER = Sentence("{client} asked {server} for {name}, and got a certificate for {names}.")
_MORE = Sentence(
    "{client} asked {server} for {name}, and got a certificate for {names} and {more} other names."
)
_ACCEPTED = Sentence("It went on all the same, so it does not check the name or has an exception for it.")
_REFUSED = Sentence("It did not go on.")
_REMEDY = Sentence(
    "Give {server} a certificate for {name}, or for the SIP domain that it serves (RFC 5922); or let {client} connect to a name "
    "that the certificate has."
)


@rule(
    "tls-certificate-name-mismatch",
    on=TlsConnection,
    severity=Severity.WARNING,
    summary="the certificate of a server does not name whom the client asked for",
    remedy="Give the server a certificate for the name that clients connect to, or for the SIP domain that it serves.",
    refs=("RFC 5922 §7.1", "RFC 5922 §7.2", "RFC 3261 §26.3.2.1", "RFC 6066 §3"),
    when=lambda connection: bool(connection.server_name and connection.certificates),
)
def tls_certificate_name_mismatch(connection: TlsConnection) -> Iterator[Evidence]:
    """Compares the name in the ClientHello (server_name, SNI) with those in the certificate of the server.

    A client that checks the certificate breaks the connection off; one that does not is open to everybody who can
    place himself between. It is an error where the connection ended without a finished handshake, a notice where the client went on, and a warning where the
    capture shows neither.

    Names are the subject alternative names, DNS names, SIP URIs and addresses; the common name counts where there is none.
    A wildcard covers one label, although RFC 5922 forbids it for SIP. A certificate for a domain above the name counts too:
    RFC 5922 has a certificate for the SIP domain, such as example.com, while the client may have asked for the host
    sip.example.com that DNS gave it.

    Silent without a server_name, in TLS 1.3, which encrypts certificates, and about connections without a sign of SIP.
    """
    certificate = connection.certificates[0]
    names = _names(certificate)
    at = connection.certificates_at
    if at is None or not names or any(_covers(name, connection.server_name) for name in names):
        return
    more = len(names) - _MAX_NAMES
    note: list[Sentence] = [_MORE if more > 0 else _OTHER]
    severity = Severity.WARNING
    if connection.established:
        note.append(_ACCEPTED)
        severity = Severity.NOTICE
    elif connection.failed:
        note.append(_REFUSED)
        severity = Severity.ERROR
    yield Evidence(
        at,
        tuple(note),
        [connection.hello] if connection.hello is not None else (),
        remedy=_REMEDY,
        severity=severity,
        client=connection.hop.source,
        server=connection.hop.target,
        name=connection.server_name,
        names=list(names[:_MAX_NAMES]),
        more=more,
    )


def _names(certificate: Certificate) -> tuple[str, ...]:
    """Whom the certificate names; of a SIP URI the domain (RFC 5922 §7.1)."""
    return tuple(
        name.partition(":")[2] if name.lower().startswith(("sip:", "sips:")) else name
        for name in certificate.holders
    )


def _covers(name: str, asked: str) -> bool:
    """Whether a name of a certificate is for what the client asked for, or for a domain above it."""
    name, asked = name.lower().rstrip("."), asked.lower().rstrip(".")
    if name.startswith("*."):
        return asked.partition(".")[2] == name[2:]
    return asked == name or ("." in name and asked.endswith(f".{name}"))
