"""Connections under TLS as packets: Python's own TLS speaks with itself in memory, and what each side writes becomes segments.

The certificate and key beside this module are of no use elsewhere: made for these tests, self-signed, and public.
"""

import ssl
import struct
from pathlib import Path

from tests.support.captures import SECOND, START, ethernet, ipv4, tcp

CERTIFICATE = Path(__file__).with_name("tls-server.cert.pem")
PRIVATE_KEY = Path(__file__).with_name("tls-server.key.pem")
CLIENT, SERVER = "192.0.2.10", "192.0.2.20"
CLIENT_PORT = 40000
SEGMENT = 1400
STEP = SECOND // 1000

REQUEST = (
    b"OPTIONS sip:bob@192.0.2.20;transport=tls SIP/2.0\r\nVia: SIP/2.0/TLS 192.0.2.10;branch=z9hG4bK%(n)d\r\n"
    b"Max-Forwards: 70\r\nFrom: <sip:a@192.0.2.10>;tag=1\r\nTo: <sip:b@192.0.2.20>\r\nCall-ID: %(n)d@192.0.2.10\r\n"
    b"CSeq: 1 OPTIONS\r\nContent-Length: %(l)d\r\n\r\n%(b)b"
)
RESPONSE = (
    b"SIP/2.0 200 OK\r\nVia: SIP/2.0/TLS 192.0.2.10;branch=z9hG4bK%(n)d\r\nFrom: <sip:a@192.0.2.10>;tag=1\r\n"
    b"To: <sip:b@192.0.2.20>;tag=2\r\nCall-ID: %(n)d@192.0.2.10\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
)


def request(number, body=b""):
    return REQUEST % {b"n": number, b"l": len(body), b"b": body}


def response(number):
    return RESPONSE % {b"n": number}


class Connection:
    """One TLS connection and its packets, as (time, octets)."""

    def __init__(self, *, port=5061, keylog=None, version=None, ciphers=None, start=START):
        self.packets = []
        self._port = port
        self._time = start
        self._sequence = {CLIENT: 1000, SERVER: 500_000}
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(CERTIFICATE, PRIVATE_KEY)
        client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        client.check_hostname = False
        client.verify_mode = ssl.CERT_NONE
        for context in (server, client):
            if version is not None:
                context.minimum_version = context.maximum_version = version
            if ciphers is not None:
                context.set_ciphers(ciphers)
        if keylog is not None:
            client.keylog_filename = str(keylog)
        self._pipes = {host: (ssl.MemoryBIO(), ssl.MemoryBIO()) for host in (CLIENT, SERVER)}
        self._ends = {
            CLIENT: client.wrap_bio(*self._pipes[CLIENT]),
            SERVER: server.wrap_bio(*self._pipes[SERVER], server_side=True),
        }
        self._packet(CLIENT, flags="S")
        self._packet(SERVER, flags="SA")
        self._packet(CLIENT)
        self._shake_hands()

    def send(self, host, *pieces, join=False):
        """Each piece is a TLS record; with `join` they travel in one flight."""
        for piece in pieces:
            self._ends[host].write(piece)
            if not join:
                self._flush(host)
        self._flush(host)

    def _shake_hands(self):
        waiting = [CLIENT, SERVER]
        while waiting:
            for host in list(waiting):
                try:
                    self._ends[host].do_handshake()
                    waiting.remove(host)
                except ssl.SSLWantReadError:
                    pass
                self._flush(host)

    def _flush(self, host):
        other = SERVER if host == CLIENT else CLIENT
        octets = self._pipes[host][1].read()
        for at in range(0, len(octets), SEGMENT):
            self._packet(host, octets[at : at + SEGMENT])
        self._pipes[other][0].write(octets)
        if octets and self._ends[other].version() is not None:
            self._drain(other)

    def _drain(self, host):
        """Read, so that the session tickets of TLS 1.3 are taken."""
        try:
            while self._ends[host].read(65536):
                pass
        except (ssl.SSLWantReadError, ssl.SSLError):
            pass

    def _packet(self, host, data=b"", flags="PA"):
        other = SERVER if host == CLIENT else CLIENT
        ports = (CLIENT_PORT, self._port) if host == CLIENT else (self._port, CLIENT_PORT)
        segment = tcp(data, self._sequence[host], flags if data or "S" in flags else "A", *ports)
        self._sequence[host] += len(data) + ("S" in flags)
        self.packets.append((self._time, ethernet(ipv4(segment, 6, source=host, target=other))))
        self._time += STEP


UPGRADE = (
    b"GET /sip HTTP/1.1\r\nHost: sip.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: sip\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
UPGRADED = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: sip\r\n\r\n"
)


def websocket(data, mask=b""):
    """A text frame (RFC 6455 §5.2); a client masks."""
    size = struct.pack(">BH", (128 if mask else 0) | 126, len(data))
    if mask:
        data = bytes(octet ^ mask[place % 4] for place, octet in enumerate(data))
    return b"\x81" + size + mask + data


def secrets_block(keylog):
    """The contents of a Decryption Secrets Block with a key log."""
    octets = keylog.read_bytes()
    return struct.pack("<II", 0x544C534B, len(octets)) + octets
