"""Packets of redacted messages, as Wireshark sees them and as we read them again."""

import pytest
from click.testing import CliRunner

from analyser import Sighting, analyse
from analyser.cli.extract import extract
from analyser.redact.checksums import crc32c, internet_checksum
from analyser.redact.packets import Composer
from analyser.sip import parse
from analyser.wire import Endpoint, Hop
from tests.support.captures import (
    OPTIONS,
    SECOND,
    START,
    ethernet,
    ipv4,
    ipv6,
    pcap,
    sctp,
    sctp_data,
    tcp,
    udp,
    websocket,
)
from tests.support.samples import SAMPLES

LONG = OPTIONS.replace(b"Content-Length: 0\r\n\r\n", b"Content-Length: 3000\r\n\r\n" + b"x" * 3000)


def other(number, data=OPTIONS):
    """The same request in another transaction."""
    return data.replace(b"CSeq: 1 ", b"CSeq: %d " % number).replace(b"z9hG4bK1", b"z9hG4bK%d" % number)


def fragments(wrap, payload):
    whole = udp(payload)
    cuts = range(0, len(whole), 1400)
    return [ethernet(wrap(whole[at : at + 1400], at, at + 1400 < len(whole))) for at in cuts]


def four(part, at, more):
    return ipv4(part, fragment=at // 8 | more << 13, ident=99)


def streams():
    """Of each transport, a capture that holds messages of it: name -> packets."""
    segments, sequence = [], 1
    for number in range(1, 4):
        data = other(number)
        segments.append(ethernet(ipv4(tcp(data, sequence), 6)))
        sequence += len(data)
    halves = [ethernet(ipv4(tcp(LONG[:1000], 1), 6)), ethernet(ipv4(tcp(LONG[1000:], 1001), 6))]
    return {
        "udp": [ethernet(ipv4(udp(other(number)), ident=number)) for number in range(1, 4)],
        "udp6": [ethernet(ipv6(udp(other(number))), 0x86DD) for number in range(1, 4)],
        "copies": [ethernet(ipv4(udp(OPTIONS), ident=5))] * 2,
        "fragments": fragments(four, LONG),
        "tcp": segments,
        "segments": halves,
        "websocket": [ethernet(ipv4(tcp(websocket(OPTIONS), 1, target=80), 6))],
        "sctp": [ethernet(ipv4(sctp(sctp_data(other(number), number)), 132)) for number in range(1, 4)],
    }


STREAMS = streams()


def seen(path):
    return [
        (
            event.time,
            event.hop.transport,
            event.message.raw,
            len(event.frames),
            event.ident,
            event.missing,
            event.role,
        )
        for event in analyse([path], rules=())
        if isinstance(event, Sighting)
    ]


def redacted(path, folder, name="redacted.pcapng"):
    written = folder / name
    arguments = [
        str(path),
        "--since",
        "+0",
        "-o",
        str(written),
        "--redact",
        "--redact-key",
        "a key for tests",
    ]
    result = CliRunner().invoke(extract, arguments)
    assert result.exit_code == 0, result.output
    return written


@pytest.mark.parametrize("name", STREAMS)
def test_each_transport_comes_back(name, tmp_path):
    path = tmp_path / "plain.pcap"
    path.write_bytes(
        pcap([(START + number * SECOND // 1000, each) for number, each in enumerate(STREAMS[name])])
    )
    before, after = seen(path), seen(redacted(path, tmp_path))

    assert before
    for one, two in zip(before, after, strict=True):
        assert one[:2] == two[:2]
        assert len(one[2]) == len(two[2])
        assert one[2] != two[2]
        assert one[3:4] == two[3:4]
        assert one[5:] == two[5:]
        if one[1] == "UDP":
            assert one[4] == two[4]


@pytest.mark.parametrize("size", [200, 360])
def test_what_the_snap_length_cut_stays_cut(size, tmp_path):
    path = tmp_path / "plain.pcap"
    path.write_bytes(pcap([ethernet(ipv4(udp(LONG)))], snaplen=size))
    (before,), (after,) = seen(path), seen(redacted(path, tmp_path))

    assert before[5] > 0
    assert after[5] == before[5]
    assert len(after[2]) == len(before[2])


def test_media_are_refused(tmp_path):
    arguments = [
        str(SAMPLES / "healthy-call.pcap"),
        "--since",
        "+0",
        "-o",
        str(tmp_path / "x.pcapng"),
        "--redact",
        "--media",
    ]
    result = CliRunner().invoke(extract, arguments)

    assert "a voice has no pseudonym" in str(result.exception) + result.output
    assert not (tmp_path / "x.pcapng").exists()


def test_a_hop_without_addresses_makes_no_packet():
    hop = Hop(Endpoint("nowhere", 5060), Endpoint("192.0.2.1", 5060), "UDP")

    assert Composer().packets(Sighting(1, START, hop, parse(OPTIONS), (1,))) == []


def test_checksums():
    # RFC 1071 §3 and RFC 3720 appendix B.4 have these.
    assert internet_checksum(bytes.fromhex("0001f203f4f5f6f7")) == 0xFFFF - 0xDDF2
    assert crc32c(bytes(32)) == 0x8A9136AA
    assert crc32c(bytes(range(32))) == 0x46DD794E


PROTOCOLS = ("ip", "udp", "tcp", "sctp")
WRONG = "_ws.malformed || tcp.analysis.lost_segment || tcp.analysis.retransmission || " + " || ".join(
    f"{protocol}.checksum.status == 0" for protocol in PROTOCOLS
)
GOOD = " || ".join(f"{protocol}.checksum.status == 1" for protocol in PROTOCOLS)


@pytest.mark.tshark
@pytest.mark.parametrize("name", [*STREAMS, *sorted(path.name for path in SAMPLES.glob("*.pcap"))])
def test_wireshark_finds_nothing_malformed(name, tmp_path, wireshark):
    path = SAMPLES / name
    if name in STREAMS:
        path = tmp_path / "plain.pcap"
        path.write_bytes(pcap(STREAMS[name]))
    made = redacted(path, tmp_path)

    assert wireshark.frames(made, WRONG, "frame.number") == []
    assert wireshark.frames(made, "frame", "frame.number")
    assert wireshark.frames(made, GOOD, "frame.number") == wireshark.frames(made, "frame", "frame.number")
