"""X.509 certificates to what matters of them here (RFC 5280), by the library made for it.

A certificate is octets that a stranger wrote: what the library does not read is left out, whatever its reason.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Final

from analyser.decode.bounds import MAX_TLS_NAMES
from analyser.tls import Certificate
from analyser.wire import SECOND

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography.x509 import Certificate as Parsed
    from cryptography.x509 import Name

_LONGEST: Final = 255
"""Characters of a name that are kept; a domain name has no more (RFC 1035 §2.3.4)."""


def certificate(der: bytes) -> Certificate | None:
    """What a certificate says; None where its octets are none."""
    from cryptography import x509  # noqa: PLC0415 - most captures hold no certificate

    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # on oddities such as a negative serial number, which are not our matter
        try:
            parsed = x509.load_der_x509_certificate(der)
            return Certificate(
                _shown(parsed.subject),
                _names(parsed),
                _shown(parsed.issuer),
                _moment(parsed.not_valid_before_utc),
                _moment(parsed.not_valid_after_utc),
                parsed.subject == parsed.issuer,
            )
        except Exception:  # noqa: BLE001 - hostile DER must not end the run, and the library's errors have no common parent
            return None


def _shown(name: Name) -> str:
    """The common name, else all of it as RFC 4514 writes it."""
    from cryptography.x509 import NameOID  # noqa: PLC0415 - as above

    common = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(common[0].value if common else name.rfc4514_string())[:_LONGEST]


def _names(parsed: Parsed) -> tuple[str, ...]:
    """The subject alternative names that a SIP element may look for (RFC 5922 §7.1); none where they cannot be read."""
    from cryptography import x509  # noqa: PLC0415 - as above

    try:
        listed = parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound, x509.DuplicateExtension):
        return ()
    found: list[str] = []
    for name in listed:
        match name:
            case x509.DNSName():
                found.append(f"dns:{name.value[:_LONGEST]}")
            case x509.UniformResourceIdentifier():
                found.append(f"uri:{name.value[:_LONGEST]}")
            case x509.IPAddress():
                found.append(f"ip:{name.value}")
        if len(found) == MAX_TLS_NAMES:
            break
    return tuple(found)


def _moment(time: datetime) -> int:
    return int(time.timestamp()) * SECOND
