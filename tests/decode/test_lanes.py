"""The two lanes agree on every packet, and no octets whatever make either of them fail."""

from collections import Counter
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyser.capture import read
from analyser.decode import Decoder, decoder, rows, wide
from analyser.decode.hep import Hep
from analyser.decode.streams import Streams
from analyser.errors import CaptureError
from analyser.sip import looks_like_sip
from analyser.wire import ENCRYPTED, Coverage
from tests.support.captures import (
    OPTIONS,
    enhanced,
    ethernet,
    interface,
    ipv4,
    ipv6,
    pcap,
    section,
    tcp,
    udp,
)
from tests.support.damage import damaged
from tests.support.decoded import assert_each_frame_counts_once
from tests.support.handshake import octets
from tests.support.layers import VXLAN, esp, geneve, gtp, mpls

CONTENTS = st.sampled_from(
    [
        OPTIONS,
        OPTIONS[:40],
        b"\r\n" + OPTIONS,
        b"\x80\0" + bytes(40),
        b"\x80\xc8" + bytes(6),
        b"\x16\xfe\xfd" + bytes(12),
        b"GET / HTTP/1.1\r\n\r\n",
        b"",
    ]
)
TRANSPORTS = st.one_of(
    st.builds(lambda data: (17, udp(data)), CONTENTS),
    st.just((17, udp(b"\x08\0\0\0\0\0\7\0" + ethernet(ipv4(udp(OPTIONS))), 1, 4789))),
    st.builds(
        lambda data, ports: (17, udp(data, *ports)),
        st.sampled_from(
            [
                VXLAN + ethernet(ipv4(udp(OPTIONS))),
                geneve(ipv4(udp(OPTIONS)), 0x0800),
                gtp(ipv4(udp(OPTIONS))),
            ]
        ),
        st.permutations([1, 4789]) | st.permutations([5060, 5062]),
    ),
    st.builds(lambda protocol: (50, esp(udp(OPTIONS), protocol)), st.sampled_from([17, 6])),
    st.builds(
        lambda data, port, sequence, flags, options: (
            6,
            tcp(data, sequence, flags, target=port, options=options),
        ),
        CONTENTS | st.sampled_from([b"\x17\x03\x03\0\x20" + bytes(32), octets("ClientHello sni=a.example")]),
        st.sampled_from([443, 5060, 5061]),
        st.sampled_from([0, 30, 300, 301, 2**32 - 5]),
        st.sampled_from(["A", "S", "FA", "R"]),
        st.sampled_from([b"", bytes(12)]),
    ),
    st.just((1, bytes(8) + ipv4(udp(OPTIONS)))),
)
INTERNET = st.one_of(
    st.builds(
        lambda inner, fragment: ipv4(inner[1], inner[0], fragment=fragment),
        TRANSPORTS,
        st.sampled_from([0, 0, 0x2000, 0x4000]),
    ),
    st.builds(lambda inner: ipv4(inner[1], inner[0], options=bytes(4)), TRANSPORTS),
    st.builds(lambda inner: ipv4(inner[1], inner[0], total=0), TRANSPORTS),
    st.builds(lambda inner: ipv6(inner[1], inner[0]), TRANSPORTS),
)
TAGS = st.lists(st.sampled_from([0x8100, 0x88A8]), max_size=10).map(tuple)
LABELLED = st.builds(
    lambda inner, labels, word, tags, padding: ethernet(mpls(word + inner + padding, *labels), 0x8847, tags),
    INTERNET | st.builds(ethernet, INTERNET),
    st.lists(st.integers(0, 20), min_size=1, max_size=6),
    st.sampled_from([b"", b"", bytes(4)]),
    TAGS,
    st.sampled_from([b"", bytes(20), bytes(70)]),
)
FRAMES = LABELLED | st.builds(
    lambda inner, tags, kind, padding: ethernet(inner, kind, tags) + padding,
    INTERNET,
    TAGS,
    st.sampled_from([0x0800, 0x86DD, 0x0806]),
    st.sampled_from([b"", bytes(20)]),
)


def all_narrow(batch, *_):
    """What the wide lane would give if it knew no shape."""
    packets = np.arange(len(batch.offset))
    return wide.Rows(*rows.rows(packets, rows.OTHER, batch.offset, batch.offset + batch.caplen))


def payloads(octets, path):
    path.write_bytes(octets)
    coverage = Coverage()
    one = Decoder(coverage, looks_like_sip)
    found = [payload for batch in read([path], coverage) for payload in one.receive(batch)]
    return [*found, *one.close(), *one.connections()], coverage


@settings(max_examples=80)
@given(
    st.lists(damaged(FRAMES), min_size=1, max_size=12),
    st.sampled_from([60, 70, 100, 65535]),
    st.sampled_from([200, 1 << 20]),
)
def test_both_lanes_give_the_same(tmp_path_factory, frames, snaplen, chunk):
    path = tmp_path_factory.getbasetemp() / "lanes.pcap"
    octets = pcap(frames, snaplen=snaplen)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("analyser.capture.pcap.CHUNK", chunk)  # in one batch, and in many
        by_wide, wide_coverage = payloads(octets, path)
        patch.setattr(decoder, "look", all_narrow)
        by_narrow, narrow_coverage = payloads(octets, path)

    assert by_wide == by_narrow
    assert wide_coverage == narrow_coverage
    assert_each_frame_counts_once(wide_coverage)


@settings(max_examples=60)
@given(
    damaged(st.lists(FRAMES, max_size=6).map(pcap))
    | damaged(
        st.lists(FRAMES, max_size=6).map(
            lambda frames: section() + interface() + b"".join(enhanced(f, 1) for f in frames)
        )
    )
    | st.binary(max_size=300)
    | st.binary(max_size=200).map(lambda tail: pcap([]) + tail)
)
def test_no_file_makes_it_fail(tmp_path_factory, octets):
    path = tmp_path_factory.getbasetemp() / "any.pcap"
    with suppress(CaptureError):
        assert_each_frame_counts_once(payloads(octets, path)[1])


@settings(max_examples=60)
@given(
    st.lists(st.binary(max_size=120), max_size=5),
    st.sampled_from([0, 1, 9, 101, 105, 108, 113, 127, 147, 276]),
)
def test_no_packet_of_any_link_type_makes_it_fail(tmp_path_factory, packets, link):
    _, coverage = payloads(pcap(packets, link=link), tmp_path_factory.getbasetemp() / "links.pcap")
    assert_each_frame_counts_once(coverage)


def rows_of(frames, *known, path):
    """How many packets deserve a look, once `known` streams are followed."""
    path.write_bytes(pcap(frames))
    coverage = Coverage()
    streams = Streams(coverage, looks_like_sip, Hep(coverage, looks_like_sip))
    for name in known:
        streams.followed.mark(name)
    (batch,) = read([path], coverage)
    return len(wide.look(batch, streams.followed, coverage.carried).packet)


def test_segments_of_streams_without_sip_are_passed_over(tmp_path):
    octets = [b"\0\1\2\3" * 300, b"\x17\x03\x03\0\x20" + bytes(32), b"HTTP/1.1 200 OK\r\nServer: x\r\n\r\n"]
    octets += [b"the line is busy, and the second attempt went by another carrier", b""]
    frames = [ethernet(ipv4(tcp(each, 100, target=80), 6)) for each in octets]
    frames += [ethernet(ipv6(tcp(each, 100, target=80), 6), 0x86DD) for each in octets]
    name = frames[0][26:38]

    assert rows_of(frames, path=tmp_path / "a.pcap") == 0
    assert rows_of(frames, name, path=tmp_path / "a.pcap") == 4  # those of this stream that hold octets
    assert rows_of([ethernet(ipv4(tcp(OPTIONS, 100), 6))], path=tmp_path / "a.pcap") == 1


def test_marks_of_streams_that_are_over_are_swept(tmp_path):
    frames = [ethernet(ipv4(tcp(b"\0\1\2\3", 100, source=port), 6)) for port in range(1000, 1100)]
    names = [frame[26:38] for frame in frames]
    streams = Streams(Coverage(), looks_like_sip, Hep(Coverage(), looks_like_sip))
    for name in names:
        streams.followed.mark(name)
    streams.followed.sweep(names[:3], names[3:5])

    path = tmp_path / "a.pcap"
    path.write_bytes(pcap(frames))
    (batch,) = read([path], Coverage())
    seen = wide.look(batch, streams.followed, Counter()).packet.tolist()
    assert seen[:5] == [0, 1, 2, 3, 4]
    assert len(seen) < 20


def test_what_answers_a_handshake_counts_with_it_in_either_lane(tmp_path):
    """Found by fuzzing: the answer came in the batch of the ClientHello and began inside a record."""
    hello = octets("ClientHello sni=a.example")
    packets = [
        ethernet(ipv4(tcp(hello, 1001, source=40112, target=5061), 6)),
        ethernet(
            ipv4(
                tcp(b"\x1c" + bytes(40), 500_001, source=5061, target=40112),
                6,
                source="192.0.2.2",
                target="192.0.2.1",
            )
        ),
    ]
    _, coverage = payloads(pcap(packets), tmp_path / "a.pcap")

    assert +coverage.carried == {ENCRYPTED: 2}


def test_the_end_of_an_unknown_stream_is_looked_at_alike_in_either_lane(tmp_path):
    """Found by fuzzing: binary octets and a start line behind them, in a segment with FIN."""
    segment = tcp(b"\xff\xff\xff\xff\r\n" + OPTIONS, 100, "FA")
    plain = ethernet(ipv4(segment, 6))
    odd = ethernet(ipv4(segment, 6, options=bytes(4)))

    assert [payloads(pcap([packet]), tmp_path / "a.pcap")[0] for packet in (plain, odd)] == [[], []]
