"""What an arrow says after `TLS`, as octets: records of a handshake, with real certificates that are the same each time.

ClientHello sni=sip.example.com versions=1.3,1.2 alpn=sip/2
ServerHello version=1.2 cipher=c02f alpn=sip/2
Certificate names=sip.example.com,uri:sip:example.com cn=x issuer=Example-CA from=2025-06-01 until=2026-06-01
ChangeCipherSpec
Alert fatal unknown_ca
Data 53
Close
Reset
"""

import functools
import ipaddress
from datetime import UTC, datetime

from analyser.codes import our_topics

FIN, RST = 0x01, 0x04
ENDINGS = {"Close": FIN, "Reset": RST}
"""What is no record but a flag of TCP."""

VERSIONS = {"ssl3": 0x0300, "1.0": 0x0301, "1.1": 0x0302, "1.2": 0x0303, "1.3": 0x0304}
LEVELS = {"warning": 1, "fatal": 2}
RANDOM = bytes(range(32))
_FIELDS = {
    "ClientHello": {"sni", "versions", "alpn"},
    "ServerHello": {"version", "cipher", "alpn"},
    "Certificate": {"names", "cn", "issuer", "from", "until", "intermediate"},
}


def record(kind, body, minor=3):
    return bytes((kind, 3, minor)) + len(body).to_bytes(2, "big") + body


def handshake(kind, body):
    return record(22, bytes((kind,)) + len(body).to_bytes(3, "big") + body)


def vector(body, size):
    return len(body).to_bytes(size, "big") + body


def octets(text):
    """The octets of `text`, which is what stands behind `TLS`; ValueError where it means nothing."""
    first, *words = text.split()
    if first in ENDINGS and not words:
        return b""
    if first == "ChangeCipherSpec" and not words:
        return record(20, b"\1")
    if first == "Data":
        return record(23, bytes(int(words[0])))
    if first == "Alert":
        numbers = our_topics().files.field("tls_alerts.toml", "number")
        return record(21, bytes((LEVELS[words[0]], numbers[words[1]])))
    fields = dict(word.split("=", 1) for word in words)
    if first not in _FIELDS or fields.keys() - _FIELDS[first]:
        raise ValueError(text)
    return {"ClientHello": client_hello, "ServerHello": server_hello, "Certificate": certificate_message}[
        first
    ](fields)


def client_hello(fields):
    versions = [VERSIONS[word] for word in fields.get("versions", "1.3,1.2").split(",")]
    extensions = []
    if "sni" in fields:
        extensions.append((0, vector(b"\0" + vector(fields["sni"].encode(), 2), 2)))
    if "alpn" in fields:
        extensions.append((16, _protocols(fields["alpn"])))
    if max(versions) >= VERSIONS["1.3"]:
        extensions.append((43, vector(b"".join(version.to_bytes(2, "big") for version in versions), 1)))
    body = (
        min(max(versions), 0x0303).to_bytes(2, "big")
        + RANDOM
        + vector(b"", 1)
        + vector(b"\xc0\x2f\x13\x01", 2)
    )
    return handshake(1, body + vector(b"\0", 1) + _extensions(extensions))


def server_hello(fields):
    version = VERSIONS[fields.get("version", "1.2")]
    cipher = bytes.fromhex(fields.get("cipher", "1301" if version > 0x0303 else "c02f"))
    extensions = []
    if version > 0x0303:
        extensions.append((43, version.to_bytes(2, "big")))
    if "alpn" in fields:
        extensions.append((16, _protocols(fields["alpn"])))
    body = min(version, 0x0303).to_bytes(2, "big") + RANDOM[::-1] + vector(b"", 1) + cipher + b"\0"
    return handshake(2, body + _extensions(extensions))


def certificate_message(fields):
    fields = {"cn": fields.get("names", "example.com").split(",")[0]} | fields
    own = certificate(**{name: fields.get(name, "") for name in ("names", "cn", "issuer", "from", "until")})
    chain = [own]
    if "intermediate" in fields:
        name = fields.get("issuer", "Example-CA")
        chain.append(certificate(cn=name, issuer="Example-Root", until=fields["intermediate"]))
    return handshake(11, vector(b"".join(vector(each, 3) for each in chain), 3))


@functools.cache
def certificate(*, names="", cn="example.com", issuer="", until="", **others):
    """A certificate as DER; the same arguments give the same octets."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    builder = (
        x509.CertificateBuilder()
        .subject_name(_named(cn.removeprefix("uri:")))
        .issuer_name(_named(issuer or "Example-CA"))
        .public_key(key.public_key())
        .serial_number(1000)
        .not_valid_before(_day(others.get("from") or "2025-06-01"))
        .not_valid_after(_day(until or "2026-06-01"))
    )
    if names:
        alternatives = x509.SubjectAlternativeName([_alternative(name) for name in names.split(",")])
        builder = builder.add_extension(alternatives, critical=False)
    signed = builder.sign(key, None)
    from cryptography.hazmat.primitives.serialization import Encoding

    return signed.public_bytes(Encoding.DER)


def _named(text):
    from cryptography import x509

    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


def _alternative(name):
    from cryptography import x509

    kind, _, rest = name.partition(":")
    if kind == "uri":
        return x509.UniformResourceIdentifier(rest)
    if kind == "ip":
        return x509.IPAddress(ipaddress.ip_address(rest))
    return x509.DNSName(name)


def _day(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _protocols(text):
    return vector(b"".join(vector(name.encode(), 1) for name in text.split(",")), 2)


def _extensions(extensions):
    return vector(b"".join(kind.to_bytes(2, "big") + vector(body, 2) for kind, body in extensions), 2)
