"""TLS connections as JSON lines have them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analyser.codes import tls_alert
from analyser.report.json_times import iso_time
from analyser.tls import version_name

if TYPE_CHECKING:
    from analyser.tls import Alert, Certificate, TlsConnection

Json = dict[str, Any]


def connection_object(connection: TlsConnection) -> Json:
    """One connection."""
    return {
        "event": "tls",
        "source": str(connection.hop.source),
        "target": str(connection.hop.target),
        "evidence": connection.evidence.value,
        "frame": connection.first.frame,
        "last_frame": connection.last.frame,
        "frames": connection.frames,
        "started": iso_time(connection.first.time),
        "ended": iso_time(connection.last.time),
        "client_hello_frame": connection.hello.frame if connection.hello else None,
        "server_hello_frame": connection.answer.frame if connection.answer else None,
        "offered": [version_name(version) for version in connection.offered],
        "version": version_name(connection.version) if connection.version else None,
        "cipher": f"0x{connection.cipher:04x}" if connection.answer else None,
        "server_name": connection.server_name or None,
        "alpn_offered": list(connection.alpn_offered),
        "alpn": connection.alpn or None,
        "certificates": [_certificate(each) for each in connection.certificates],
        "client_certificates": [_certificate(each) for each in connection.client_certificates],
        "alerts": [_alert(each) for each in connection.alerts],
        "established": connection.established,
        "closing": connection.closing.value,
    }


def _certificate(certificate: Certificate) -> Json:
    return {
        "subject": certificate.subject,
        "names": list(certificate.names),
        "issuer": certificate.issuer,
        "not_before": iso_time(certificate.not_before),
        "not_after": iso_time(certificate.not_after),
    }


def _alert(alert: Alert) -> Json:
    known = tls_alert(alert.description)
    return {
        "frame": alert.at.frame,
        "source": str(alert.at.hop.source),
        "level": alert.level,
        "description": alert.description,
        "name": known.key if known else None,
    }
