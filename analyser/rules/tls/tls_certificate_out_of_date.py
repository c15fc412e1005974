"""Certificates outside of their validity at the time of the capture (RFC 5280 §4.1.2.5)."""

from collections.abc import Iterator

from analyser.annotate import Duration, Evidence, Sentence, Severity, rule
from analyser.tls import Certificate, TlsConnection, day_of
from analyser.wire import SECOND, Endpoint, Glimpse

_DAY = 86_400 * SECOND
_CLOCK_SET = 946_684_800 * SECOND
"""2000-01-01: a capture that claims to be older has a clock that was never set."""

_EXPIRED = Sentence(
    "The certificate of {who} for {name}, issued by {issuer}, expired on {until}, {gap} before this connection."
)
_EARLY = Sentence(
    "The certificate of {who} for {name}, issued by {issuer}, is valid only from {since} on, {gap} after this connection."
)
_SOON = Sentence(
    "The certificate of {who} for {name}, issued by {issuer}, expires on {until}, {gap} after this connection."
)
_CHAIN_EXPIRED = Sentence(
    "{who} sends the intermediate certificate {name}, which expired on {until}, {gap} before this connection."
)
_ACCEPTED = Sentence("The other side accepted it all the same.")
_RENEW = Sentence(
    "Renew the certificate of {who} for {name} and load it into the running server; many products do so only after a restart."
)
_CLOCK = Sentence(
    "Compare the clock of the machine that captured with the right time; if it is right, {who} must get a certificate that is valid now."
)
_CHAIN = Sentence("Let {who} send the current intermediate certificate of its issuer.")


@rule(
    "tls-certificate-out-of-date",
    on=TlsConnection,
    severity=Severity.ERROR,
    summary="a certificate has expired, is not valid yet or is about to expire",
    remedy="Renew the certificate and load it into the running server; many products do so only after a restart.",
    refs=("RFC 5280 §4.1.2.5", "RFC 5922 §7.1", "RFC 3261 §26.3.2.1"),
    when=lambda connection: bool(connection.certificates or connection.client_certificates),
)
def tls_certificate_out_of_date(connection: TlsConnection, *, days: int = 14) -> Iterator[Evidence]:
    """Compares the certificates of both sides with the time of the capture.

    It is an error where the certificate of a side has expired or is not valid yet, a warning where the other side
    accepted it all the same, or where an intermediate certificate that is sent along has expired. It is a notice where it
    expires within `days` days.

    Certificates can be seen up to TLS 1.2; TLS 1.3 encrypts them. Silent about roots in the chain, which nobody
    needs to check, about connections without a sign of SIP, and where the capture claims to be older than the year
    2000, since then its clock was never set.
    """
    for certificates, at, who in (
        (connection.certificates, connection.certificates_at, connection.hop.target),
        (connection.client_certificates, connection.client_certificates_at, connection.hop.source),
    ):
        if at is not None and certificates and at.time >= _CLOCK_SET:
            evidence = _own(connection, certificates[0], at, who, days) or _chain(certificates[1:], at, who)
            if evidence is not None:
                yield evidence


def _own(
    connection: TlsConnection, certificate: Certificate, at: Glimpse, who: Endpoint, days: int
) -> Evidence | None:
    if at.time > certificate.not_after:
        note, remedy, gap = _EXPIRED, _RENEW, at.time - certificate.not_after
    elif at.time < certificate.not_before:
        note, remedy, gap = _EARLY, _CLOCK, certificate.not_before - at.time
    elif certificate.not_after - at.time < days * _DAY:
        return _found(_SOON, _RENEW, certificate, at, who, certificate.not_after - at.time, Severity.NOTICE)
    else:
        return None
    if connection.established:
        return _found((note, _ACCEPTED), remedy, certificate, at, who, gap, Severity.WARNING)
    return _found(note, remedy, certificate, at, who, gap, Severity.ERROR)


def _chain(certificates: tuple[Certificate, ...], at: Glimpse, who: Endpoint) -> Evidence | None:
    for certificate in certificates:
        if at.time > certificate.not_after and not certificate.self_issued:
            gap = at.time - certificate.not_after
            return _found(_CHAIN_EXPIRED, _CHAIN, certificate, at, who, gap, Severity.WARNING)
    return None


def _found(
    note: Sentence | tuple[Sentence, ...],
    remedy: Sentence,
    certificate: Certificate,
    at: Glimpse,
    who: Endpoint,
    gap: int,
    severity: Severity,
) -> Evidence:
    return Evidence(
        at,
        note,
        remedy=remedy,
        severity=severity,
        who=who,
        name=certificate.subject,
        issuer=certificate.issuer,
        since=day_of(certificate.not_before),
        until=day_of(certificate.not_after),
        gap=Duration(gap),
    )
