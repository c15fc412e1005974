"""RTP streams: which packets belong together, by both lanes, in bounds; and as events of an analysis."""

import io
import random
import struct
from pathlib import Path

import numpy as np
import pytest

from analyser import RtpStream, Summary, analyse
from analyser.capture import read
from analyser.decode import Decoder, RtpStreams, bounds, rtp
from analyser.report.jsonl import JsonLines
from analyser.sip import looks_like_sip
from analyser.wire import RTP, Coverage, Endpoint
from tests.support.captures import OPTIONS, SECOND, START, ethernet, ipv4, ipv6, pcap, udp

STEP = SECOND // 50
SAMPLES = Path(__file__).parents[2] / "sample_pcaps"


def voice(ssrc=7, kind=8, size=160):
    return b"\x80" + bytes([kind]) + struct.pack(">HII", 1, 160, ssrc) + bytes(size)


def packet(ssrc=7, kind=8, source=4000, target=4002, **addresses):
    return ipv4(udp(voice(ssrc, kind), source, target), **addresses)


def in_gre(inner):
    return ipv4(b"\0\0\x08\0" + inner, 47, source="10.0.0.1", target="10.0.0.2")


@pytest.fixture
def streams_of(tmp_path):
    """Packets -> the RTP streams in them, and the coverage."""

    def run(*files, link=101, snaplen=65535, rest=()):
        paths = []
        for number, packets in enumerate((files, *rest) if files else rest):
            paths.append(tmp_path / f"{number}.pcap")
            paths[-1].write_bytes(pcap(packets, link=link, snaplen=snaplen))
        coverage = Coverage()
        found = RtpStreams(coverage)
        decoder = Decoder(coverage, looks_like_sip, onlooker=found)
        for batch in read(paths, coverage):
            decoder.receive(batch)
        decoder.close()
        return list(found.streams()), coverage

    return run


def test_what_a_stream_says_of_itself(streams_of):
    (stream,), coverage = streams_of(
        (START, ipv4(udp(OPTIONS))),
        (START + STEP, packet()),
        (START + 2 * STEP, packet(kind=101)),
        (START + 3 * STEP, packet(kind=0x80 | 101)),
    )

    assert stream == RtpStream(
        hop=(Endpoint("192.0.2.1", 4000), Endpoint("192.0.2.2", 4002), "UDP"),
        ssrc=7,
        payload_types=(8, 101),
        packets=3,
        octets=3 * 172,
        first_time=START + STEP,
        last_time=START + 3 * STEP,
        first_frame=2,
        last_frame=4,
        input=0,
    )
    assert coverage.carried[RTP] == 3


def test_what_tells_streams_apart(streams_of):
    packets = [
        packet(),
        packet(ssrc=8),
        packet(source=4004),
        packet(target=4004),
        packet(source=4002, target=4000),
        ipv4(udp(voice(), 4000, 4002), source="192.0.2.3"),
        ipv6(udp(voice(), 4000, 4002)),
        ipv6(udp(voice(), 4000, 4002), target="2001:db8::3"),
    ]
    found, _ = streams_of(*((START + number * STEP, each) for number, each in enumerate(packets * 3)))

    assert [stream.first_frame for stream in found] == list(range(1, 9))
    assert {stream.packets for stream in found} == {3}
    assert str(found[6].hop) == "[2001:db8::1]:4000 -> [2001:db8::2]:4002"
    assert str(found[1].hop) == "192.0.2.1:4000 -> 192.0.2.2:4002"
    assert [stream.ssrc for stream in found] == [7, 8, 7, 7, 7, 7, 7, 7]


@pytest.mark.parametrize(
    "wrap",
    [
        ethernet,
        lambda inner: ethernet(inner, tags=(0x8100,)),
        lambda inner: ethernet(inner, tags=(0x88A8, 0x8100)),
        lambda inner: ethernet(in_gre(inner)),
        lambda inner: ethernet(ipv4(inner, 4, source="10.0.0.1", target="10.0.0.2")),
    ],
    ids=["plain", "vlan", "two-vlans", "gre", "ip-in-ip"],
)
def test_the_same_stream_in_every_wrapping(streams_of, wrap):
    (stream,), _ = streams_of(*((START + n * STEP, wrap(packet())) for n in range(5)), link=1)

    assert (stream.packets, stream.octets, stream.ssrc, stream.payload_types) == (5, 860, 7, (8,))
    assert str(stream.hop) == "192.0.2.1:4000 -> 192.0.2.2:4002"
    assert (stream.first_frame, stream.last_frame) == (1, 5)


def test_what_takes_both_lanes_is_one_stream(streams_of):
    packets = [ethernet(packet()), ethernet(in_gre(packet()))] * 4
    (stream,), _ = streams_of(*((START + n * STEP, each) for n, each in enumerate(packets)), link=1)

    assert (stream.packets, stream.first_frame, stream.last_frame) == (8, 1, 8)


@pytest.mark.parametrize(
    "contents",
    [
        b"\x80\xc8" + bytes(40),
        b"\x80\xc9" + bytes(40),
        b"\x40\x08" + bytes(40),
        b"\x16\xfe\xfd" + bytes(40),
        voice()[:11],
        OPTIONS,
    ],
    ids=["sender-report", "receiver-report", "version-1", "dtls", "short", "sip"],
)
@pytest.mark.parametrize("wrap", [lambda inner: inner, in_gre], ids=["wide", "narrow"])
def test_what_is_no_stream(streams_of, contents, wrap):
    assert streams_of(wrap(ipv4(udp(contents, 4000, 4002))))[0] == []


@pytest.mark.parametrize("wrap", [lambda inner: inner, in_gre], ids=["wide", "narrow"])
def test_the_snap_length_may_cut_the_voice_but_not_the_ssrc(streams_of, wrap):
    whole = wrap(packet())
    head = len(whole) - 160

    (stream,), _ = streams_of(whole, snaplen=head)
    assert (stream.octets, stream.ssrc) == (172, 7)
    nothing, coverage = streams_of(whole, snaplen=head - 1)
    assert nothing == []
    assert coverage.carried[RTP] == 1


def test_a_silence_ends_a_stream(streams_of):
    times = (0, STEP, bounds.RTP_SILENCE + STEP, 2 * bounds.RTP_SILENCE + 2 * STEP)
    found, _ = streams_of(*((START + time, packet()) for time in times))

    assert [(stream.packets, stream.first_frame, stream.last_frame) for stream in found] == [
        (3, 1, 3),
        (1, 4, 4),
    ]


@pytest.mark.parametrize("seed", range(20))
def test_a_stream_ends_where_no_packet_came_for_long(seed):
    """Against one row at a time."""
    dice = random.Random(seed)
    rows = np.zeros((rtp._COLUMNS, 30), dtype=np.int64)
    rows[0] = [dice.randrange(3) for _ in range(30)]
    rows[rtp._FIRST] = [dice.randrange(8) * bounds.RTP_SILENCE for _ in range(30)]
    rows[rtp._LAST] = rows[rtp._FIRST] + [dice.choice((0, 1, 3)) * bounds.RTP_SILENCE // 2 for _ in range(30)]
    rows[rtp._PACKETS] = 1
    expected = []
    for key, first, last in sorted(zip(*rows[[0, rtp._FIRST, rtp._LAST]].tolist(), strict=True)):
        if expected and expected[-1][0] == key and first - expected[-1][2] <= bounds.RTP_SILENCE:
            expected[-1][2] = max(last, expected[-1][2])
            expected[-1][3] += 1
        else:
            expected.append([key, first, last, 1])

    assert rtp._joined(rows)[[0, rtp._FIRST, rtp._LAST, rtp._PACKETS]].T.tolist() == expected


def test_a_stream_in_two_files_is_told_of_in_each(streams_of):
    packets = [(START + n * STEP, packet()) for n in range(3)]
    found, _ = streams_of(rest=(packets, packets[:2]))

    assert [(stream.input, stream.packets, stream.first_frame) for stream in found] == [(0, 3, 1), (1, 2, 1)]


def test_joining_often_changes_nothing(streams_of, monkeypatch):
    packets = [
        (START + n * STEP, packet(ssrc=n % 7, kind=(0, 8, 96, 127)[n % 4], source=4000 + 2 * (n % 5)))
        for n in range(500)
    ]
    at_once, _ = streams_of(*packets)
    monkeypatch.setattr(rtp, "_WAITING", 1)
    monkeypatch.setattr("analyser.capture.pcap.CHUNK", 4096)
    often, _ = streams_of(*packets)

    assert often == at_once
    assert len(often) == 35
    assert sum(stream.packets for stream in often) == 500


def test_with_too_many_the_oldest_go_and_are_counted(streams_of, monkeypatch):
    monkeypatch.setattr(rtp, "MAX_RTP_STREAMS", 3)
    packets = [(START + n * STEP, packet(ssrc=n)) for n in range(8)]
    found, coverage = streams_of(*packets, (START + 9 * STEP, packet(ssrc=1)))

    assert [stream.ssrc for stream in found] == [1, 6, 7]
    assert coverage.evicted == {"RTP streams": 5}


def test_an_analysis_tells_of_them_only_when_asked_and_just_before_its_summary(tmp_path):
    path = tmp_path / "a.pcap"
    path.write_bytes(
        pcap([ipv4(udp(OPTIONS)), packet(), packet(ssrc=9), ipv6(udp(voice(), 4000, 4002))], link=101)
    )
    without, asked = (list(analyse([path], media=media)) for media in (False, True))

    assert not any(isinstance(event, RtpStream) for event in without)
    assert [event.ssrc for event in asked[-4:-1]] == [7, 9, 7]
    assert isinstance(asked[-1], Summary)
    assert lines(asked) == lines(without)


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.pcap")), ids=lambda path: path.stem)
def test_everything_else_is_the_same(path):
    assert lines(analyse([path], media=True)) == lines(analyse([path]))


def lines(events):
    stream = io.StringIO()
    report = JsonLines(stream)
    for event in events:
        report.receive(event)
    return stream.getvalue()
