"""The two lanes agree on every packet, and no octets whatever make either of them fail."""

from contextlib import suppress

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from analyser.capture import read
from analyser.decode import Decoder, decoder, wide
from analyser.errors import CaptureError
from analyser.sip import looks_like_sip
from analyser.wire import Coverage
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
from tests.support.handshake import octets

CONTENTS = st.sampled_from(
    [OPTIONS, OPTIONS[:40], b"\r\n" + OPTIONS, b"\x80\0" + bytes(40), b"GET / HTTP/1.1\r\n\r\n", b""]
)
TRANSPORTS = st.one_of(
    st.builds(lambda data: (17, udp(data)), CONTENTS),
    st.just((17, udp(b"\x08\0\0\0\0\0\7\0" + ethernet(ipv4(udp(OPTIONS))), 1, 4789))),
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
FRAMES = st.builds(
    lambda inner, tags, kind, padding: ethernet(inner, kind, tags) + padding,
    INTERNET,
    TAGS,
    st.sampled_from([0x0800, 0x86DD, 0x0806]),
    st.sampled_from([b"", bytes(20)]),
)


@st.composite
def damaged(draw, octets):
    """The octets with a few of them changed, or cut off."""
    changed = bytearray(draw(octets))
    for _ in range(draw(st.integers(0, 3))):
        if changed:
            changed[draw(st.integers(0, len(changed) - 1))] = draw(st.integers(0, 255))
    return bytes(changed[: draw(st.integers(0, len(changed)))]) if draw(st.booleans()) else bytes(changed)


def all_narrow(batch):
    """What the wide lane would give if it knew no shape."""
    packets = np.arange(len(batch.offset))
    return wide.Rows(*wide._rows(packets, wide.OTHER, batch.offset, batch.offset + batch.caplen))


def payloads(octets, path):
    path.write_bytes(octets)
    coverage = Coverage()
    one = Decoder(coverage, looks_like_sip)
    found = [payload for batch in read([path], coverage) for payload in one.receive(batch)]
    return [*found, *one.close(), *one.connections()], coverage


@settings(max_examples=80, deadline=None)
@given(st.lists(damaged(FRAMES), min_size=1, max_size=12), st.sampled_from([60, 70, 100, 65535]))
def test_both_lanes_give_the_same(tmp_path_factory, frames, snaplen):
    path = tmp_path_factory.getbasetemp() / "lanes.pcap"
    octets = pcap(frames, snaplen=snaplen)

    by_wide, wide_coverage = payloads(octets, path)
    try:
        decoder.look = all_narrow
        by_narrow, narrow_coverage = payloads(octets, path)
    finally:
        decoder.look = wide.look

    assert by_wide == by_narrow
    assert wide_coverage == narrow_coverage


@settings(max_examples=60, deadline=None)
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
        payloads(octets, path)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.binary(max_size=120), max_size=5),
    st.sampled_from([0, 1, 9, 101, 105, 108, 113, 127, 147, 276]),
)
def test_no_packet_of_any_link_type_makes_it_fail(tmp_path_factory, packets, link):
    payloads(pcap(packets, link=link), tmp_path_factory.getbasetemp() / "links.pcap")
