"""Real handshakes, made by the TLS library of this Python, and what tshark says of them."""

import datetime as dt
import shutil
import ssl
import subprocess

import pytest

from analyser.pipeline import analyse
from analyser.tls import TLS12, TLS13, TlsConnection
from tests.support.captures import ethernet, ipv4, pcap, tcp

NAMES = {TLS12: ssl.TLSVersion.TLSv1_2, TLS13: ssl.TLSVersion.TLSv1_3}


@pytest.fixture(scope="module")
def identity(tmp_path_factory):
    """A certificate with its key, as a file."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sip.example.com")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
        .not_valid_after(dt.datetime(2040, 1, 1, tzinfo=dt.UTC))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("sip.example.com")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("identity") / "identity.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


def contexts(identity, version, *, trusted):
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(identity)
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if trusted:
        client.load_verify_locations(identity)
    for context in (server, client):
        context.minimum_version = context.maximum_version = NAMES[version]
        context.set_alpn_protocols(["sip/2"])
    return client, server


def conversation(client, server, text=b"OPTIONS sip:bob@example.com SIP/2.0\r\n"):
    """The segments of a connection: whether from the client, and the octets."""
    incoming = {True: ssl.MemoryBIO(), False: ssl.MemoryBIO()}
    outgoing = {True: ssl.MemoryBIO(), False: ssl.MemoryBIO()}
    ends = {
        True: client.wrap_bio(incoming[True], outgoing[True], server_hostname="sip.example.com"),
        False: server.wrap_bio(incoming[False], outgoing[False], server_side=True),
    }
    segments, failed = [], False
    for mine in (True, False) * 3:
        try:
            ends[mine].do_handshake()
            if mine:
                ends[mine].write(text)
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError:
            failed = True
        sent = outgoing[mine].read()
        if sent:
            segments.append((mine, sent))
            incoming[not mine].write(sent)
        if failed:
            break
    return segments


def written(segments, path, size=500):
    places, packets = {True: 1000, False: 5000}, []
    for from_client, data in segments:
        for at in range(0, len(data), size):
            piece = data[at : at + size]
            ends = {"source": 40000, "target": 5061} if from_client else {"source": 5061, "target": 40000}
            hosts = ("192.0.2.1", "192.0.2.2") if from_client else ("192.0.2.2", "192.0.2.1")
            segment = tcp(piece, places[from_client], "PA", **ends)
            packets.append(ethernet(ipv4(segment, 6, source=hosts[0], target=hosts[1])))
            places[from_client] += len(piece)
    path.write_bytes(pcap(packets))
    return path


@pytest.fixture(params=[TLS12, TLS13], ids=["TLS 1.2", "TLS 1.3"])
def version(request):
    return request.param


@pytest.fixture(params=[True, False], ids=["trusted", "not trusted"])
def trusted(request):
    return request.param


@pytest.fixture
def path(identity, version, trusted, tmp_path):
    return written(conversation(*contexts(identity, version, trusted=trusted)), tmp_path / "real.pcap")


def test_a_real_connection_is_told(path, version, trusted):
    (seen,) = (event for event in analyse([path]) if isinstance(event, TlsConnection))

    assert (seen.version, seen.server_name, seen.alpn_offered) == (version, "sip.example.com", ("sip/2",))
    assert seen.established == trusted
    assert [each.names for each in seen.certificates] == (
        [("dns:sip.example.com",)] if version == TLS12 else []
    )
    assert [alert.description for alert in seen.alerts] == ([] if trusted else [48])
    assert seen.sealed_alert is None


@pytest.mark.tshark
def test_tshark_sees_the_same(path):
    if shutil.which("tshark") is None:
        pytest.skip("tshark is not installed")
    (seen,) = (event for event in analyse([path]) if isinstance(event, TlsConnection))
    hellos = fields_of(path, "tls.handshake.type==1 || tls.handshake.type==2", "frame.number")
    suites = fields_of(path, "tls.handshake.type==2", "tls.handshake.ciphersuite")
    alerts = fields_of(path, "tls.alert_message.desc", "tls.alert_message.desc")

    assert [seen.hello.frame, seen.answer.frame] == list(map(int, hellos))
    assert [f"0x{seen.cipher:04x}"] == suites
    assert [str(alert.description) for alert in seen.alerts] == alerts


def fields_of(path, display_filter, field):
    """One field of each packet that passes a display filter of tshark."""
    command = ["tshark", "-r", path, "-Y", display_filter, "-T", "fields", "-e", field]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
