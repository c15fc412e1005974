"""Two engines, one truth: over the sample captures our pipeline reads the messages that Wireshark reads."""

import asyncio
import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from analyser.pipeline import analyse
from analyser.sip import Request
from analyser.track import Sighting
from tests.support.captures import OPTIONS, ethernet, ipv4, pcap, sctp, sctp_data, tcp, websocket
from tests.support.samples import SAMPLES

TWO = OPTIONS.replace(b"one@", b"two@")

pytestmark = [
    pytest.mark.tshark,
    pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:pyshark"),
]


class Read(NamedTuple):
    frame: int
    what: str
    cseq: str
    call_id: str
    branch: str


def ours(path: Path) -> Iterator[Read]:
    for event in analyse([path], rules=()):
        if isinstance(event, Sighting):
            message = event.message
            if isinstance(message, Request):
                what, method = message.method, message.method
            else:
                what, method = str(message.status), message.cseq_method
            yield Read(event.frame, what, f"{message.cseq} {method}", message.call_id, message.branch)


def theirs(path: Path) -> list[Read]:
    import pyshark
    from pyshark.capture.capture import TSharkCrashException

    read = []
    loop = asyncio.new_event_loop()
    capture = pyshark.FileCapture(str(path), display_filter="sip", keep_packets=False, eventloop=loop)
    # Where somebody else reaps the child first, asyncio makes up an exit status of 255, and pyshark takes that for
    # a crash. The packets decide: after a real crash some would be missing.
    with contextlib.suppress(TSharkCrashException):
        for packet in capture:
            read.append(_read(packet))  # noqa: PERF401 - what was read before an exception counts
    with contextlib.suppress(TSharkCrashException):
        capture.close()
    capture._running_processes.clear()
    loop.close()
    return read


def _read(packet) -> Read:
    sip = packet.sip
    what = sip.get_field("method") or sip.get_field("status_code")
    cseq = f"{sip.cseq_seq} {sip.cseq_method}"
    return Read(int(packet.number), str(what), cseq, str(sip.call_id), str(sip.via_branch))


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.pcap")), ids=lambda path: path.stem)
def test_same_messages(path: Path) -> None:
    assert list(ours(path)) == theirs(path)


def in_sctp() -> list[bytes]:
    """Messages bundled in a packet, then cut over several, out of order, and one again."""
    pieces = [OPTIONS[at : at + 60] for at in range(0, len(OPTIONS), 60)]
    chunks = [
        sctp_data(piece, 10 + place, 2 * (not place) | (place == len(pieces) - 1), number=3)
        for place, piece in enumerate(pieces)
    ]
    packets = [[sctp_data(OPTIONS, 1, number=1), sctp_data(TWO, 2, number=2)], *([chunk] for chunk in chunks)]
    return [ethernet(ipv4(sctp(*packet), 132)) for packet in (*packets, packets[0][1:])]


def in_websocket() -> list[bytes]:
    """A handshake, a frame, a message in several frames, and one in two segments, from both sides."""
    key = b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Protocol: sip\r\nSec-WebSocket-Version: 13\r\n"
    asks = b"GET / HTTP/1.1\r\nHost: x\r\n" + key + b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    grants = (
        b"HTTP/1.1 101 Switching\r\n" + key + b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
    )
    mask, ends = b"\1\2\3\4", ("192.0.2.2", "192.0.2.1")
    fragments = (
        websocket(TWO[:80], fin=False, mask=mask)
        + websocket(b"ping", opcode=9, mask=mask)
        + websocket(TWO[80:], opcode=0, mask=mask)
    )
    long = websocket(OPTIONS, mask=mask)
    packets, sequence = [], {40000: 1000, 8080: 9000}
    for source, data in (
        (40000, asks),
        (8080, grants),
        (40000, websocket(OPTIONS, mask=mask)),
        (8080, websocket(TWO)),
        (40000, fragments),
        (40000, long[:90]),
        (40000, long[90:]),
    ):
        target = 48080 - source
        segment = tcp(data, sequence[source], "PA", source, target)
        near, far = ends if source == 8080 else ends[::-1]
        packets.append(ethernet(ipv4(segment, 6, source=near, target=far)))
        sequence[source] += len(data)
    return packets


@pytest.mark.parametrize("packets", [in_sctp, in_websocket])
def test_same_messages_in_other_transports(packets, tmp_path: Path) -> None:
    """Wireshark shows the last message of a frame, so it is the frames and what they end with that can be compared."""
    path = tmp_path / "a.pcap"
    path.write_bytes(pcap(packets()))

    last = {read.frame: read for read in ours(path)}
    assert len(last) >= 2

    assert {frame: read.what for frame, read in last.items()} == {
        read.frame: read.what for read in theirs(path)
    }
