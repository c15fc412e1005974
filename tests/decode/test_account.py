"""The account of frames: each frame counts once, by what it carried or by the reason why nobody could read it."""

from collections import Counter
from pathlib import Path

import pytest

from analyser.wire import ENCRYPTED, OTHER, OTHER_TCP, OTHER_UDP, RTP, SIP, Coverage
from tests.support.captures import OPTIONS, ethernet, ipv4, ipv6, pcap, tcp, udp
from tests.support.decoded import assert_each_frame_counts_once, payloads_of

SAMPLES = sorted((Path(__file__).parents[2] / "sample_pcaps").glob("*.pcap"))
VOICE = b"\x80\x08" + bytes(170)
RECORD = b"\x17\x03\x03\0\x20" + bytes(32)


@pytest.fixture
def account(tmp_path):
    """Packets -> what they are counted as."""

    def run(*packets, link=101, snaplen=65535):
        path = tmp_path / "a.pcap"
        path.write_bytes(pcap(packets, link=link, snaplen=snaplen))
        coverage = Coverage()
        payloads_of(path, coverage=coverage)
        assert_each_frame_counts_once(coverage)
        return Counter({name: count for name, count in coverage.carried.items() if count}), coverage

    return run


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_every_frame_of_a_sample_counts_once(path):
    coverage = Coverage()
    payloads_of(path, coverage=coverage)

    assert_each_frame_counts_once(coverage)
    assert coverage.carried[SIP]


def datagram(contents, **ports):
    return udp(contents, **{"source": 4000, "target": 4002} | ports)


DATAGRAMS = {
    "sip": (udp(OPTIONS), SIP),
    "nearly-sip": (udp(b"OPTIONS rtsp://x/ RTSP/1.0\r\n\r\n"), OTHER_UDP),
    "sip-without-digits": (udp(b"SIP/2.0 okay\r\nVia: x\r\n"), OTHER_UDP),
    "rtp": (datagram(VOICE), RTP),
    "rtp-with-marker": (datagram(b"\x80\x88" + bytes(20)), RTP),
    "rtp-too-short": (datagram(VOICE[:11]), OTHER_UDP),
    "rtp-of-a-reserved-type": (datagram(b"\x80\x48" + bytes(20)), OTHER_UDP),
    "rtcp": (datagram(b"\x80\xc9" + bytes(6)), RTP),
    "rtcp-too-short": (datagram(b"\x80\xc9" + bytes(5)), OTHER_UDP),
    "dns-that-looks-like-rtp": (datagram(b"\x85\x03" + bytes(30), target=53), OTHER_UDP),
    "dtls": (datagram(b"\x16\xfe\xfd" + bytes(20)), ENCRYPTED),
    "dtls-too-short": (datagram(b"\x16\xfe\xfd" + bytes(9)), OTHER_UDP),
    "stun": (datagram(b"\0\x01\0\0\x21\x12\xa4\x42" + bytes(12)), OTHER_UDP),
    "channel-data": (datagram(b"\x40\0\0\x10" + bytes(16)), OTHER_UDP),
    "keep-alive": (udp(b"\r\n\r\n"), OTHER_UDP),
    "empty": (udp(b""), OTHER_UDP),
}


@pytest.mark.parametrize("case", DATAGRAMS.values(), ids=DATAGRAMS)
def test_a_datagram_counts_by_its_first_octets_whatever_carries_it(account, case):
    contents, carried = case
    shapes = [ipv4(contents), ipv6(contents), ipv4(contents, options=bytes(4)), ipv4(ipv4(contents), 4)]

    assert account(*shapes)[0] == {carried: len(shapes)}


def test_what_the_snap_length_cut_off_a_voice_packet_does_not_matter(account):
    assert account(ipv4(datagram(VOICE)), ipv6(datagram(VOICE)), snaplen=50)[0] == {RTP: 2}
    assert account(ipv4(datagram(VOICE)), snaplen=29)[0] == {OTHER_UDP: 1}


def test_segments_count_with_their_stream(account):
    first, second = OPTIONS[:7], OPTIONS[7:]
    carried, _ = account(
        ipv4(tcp(sequence=99, flags="S"), 6),
        ipv4(tcp(first, 100), 6),
        ipv4(tcp(second, 107), 6),
        ipv4(tcp(second, 107), 6),
        ipv4(tcp(sequence=100 + len(OPTIONS)), 6),
        ipv4(tcp(sequence=100 + len(OPTIONS), flags="FA"), 6),
    )

    assert carried == {SIP: 3, OTHER_TCP: 3}


def test_a_segment_that_waits_for_an_earlier_one_counts_once(account):
    carried, _ = account(
        ipv4(tcp(sequence=99, flags="S"), 6),
        ipv4(tcp(OPTIONS[50:], 150), 6),
        ipv4(tcp(OPTIONS[50:], 150), 6),
        ipv4(tcp(OPTIONS[:50], 100), 6),
    )

    assert carried == {SIP: 3, OTHER_TCP: 1}


@pytest.mark.parametrize(
    ("rest", "expected"),
    [([], {OTHER_TCP: 2}), ([b" / HTTP/1.1\r\n\r\n"], {OTHER_TCP: 3}), ([b"\n" + RECORD], {OTHER_TCP: 3})],
)
def test_a_stream_that_turns_out_to_be_something_else_is_other_tcp(account, rest, expected):
    segments = [tcp(sequence=99, flags="S"), tcp(b"GET", 100), *(tcp(each, 103) for each in rest)]

    assert account(*(ipv4(each, 6) for each in segments))[0] == expected


def test_tls_is_encrypted_and_on_the_port_of_sip_not_decoded(account):
    carried, coverage = account(
        ipv4(tcp(sequence=99, flags="S", target=443), 6),
        ipv4(tcp(RECORD, 100, target=443), 6),
        ipv4(tcp(RECORD, 100 + len(RECORD), target=443), 6),
        ipv6(tcp(RECORD, target=443, flags="FA"), 6),
        ipv4(tcp(sequence=99, flags="S", target=5061), 6),
        ipv4(tcp(RECORD, 100, target=5061), 6),
        ipv4(tcp(RECORD, 100 + len(RECORD), target=5061), 6),
    )

    assert carried == {ENCRYPTED: 3, OTHER_TCP: 2}
    assert coverage.not_decoded == {"TLS on port 5061": 2}


def cut(contents, size, **options):
    return [
        ipv4(
            contents[at : at + size],
            fragment=at // 8 | (0x2000 if at + size < len(contents) else 0),
            **options,
        )
        for at in range(0, len(contents), size)
    ]


def test_fragments_count_with_their_datagram(account):
    sip, voice, lost = (
        cut(udp(OPTIONS), 64),
        cut(datagram(VOICE), 64, ident=8),
        cut(udp(OPTIONS), 64, ident=9),
    )
    carried, coverage = account(*sip, *voice, *lost[:-1])

    assert carried == {SIP: len(sip), RTP: len(voice)}
    assert coverage.not_decoded == {"incomplete IP fragments": len(lost) - 1}


def test_a_segment_in_fragments_counts_with_all_of_them(account):
    pieces = cut(tcp(OPTIONS, 100), 64, protocol=6)

    assert account(*pieces)[0] == {SIP: len(pieces)}


def test_fragments_that_a_bound_drops_are_not_decoded(account, monkeypatch):
    monkeypatch.setattr("analyser.decode.fragments.MAX_DATAGRAMS", 3)
    _, coverage = account(*(cut(udp(OPTIONS), 64, ident=ident)[0] for ident in range(10)))

    assert coverage.evicted == {"IP fragments": 7}
    assert coverage.not_decoded == {"incomplete IP fragments": 10}


def test_a_datagram_of_very_many_fragments_is_not_decoded(account, monkeypatch):
    monkeypatch.setattr("analyser.decode.fragments.MAX_FRAGMENTS", 3)
    _, coverage = account(*cut(udp(OPTIONS), 24)[:-1])

    assert set(coverage.not_decoded) == {"incomplete IP fragments"}


@pytest.mark.parametrize(
    ("packet", "link", "name"),
    [
        (b"", 101, "IP"),
        (b"\x55" + bytes(40), 101, "IP"),
        (ipv4(udp(OPTIONS))[:19], 101, "IPv4"),
        (b"\x44" + ipv4(udp(OPTIONS))[1:], 101, "IPv4"),
        (ipv6(udp(OPTIONS))[:39], 101, "IPv6"),
        (ipv4(udp(OPTIONS))[:27], 101, "UDP"),
        (ipv4(udp(OPTIONS), total=27), 101, "UDP"),
        (ipv4(tcp(OPTIONS), 6)[:39], 101, "TCP"),
        (ipv4(tcp(OPTIONS)[:12] + b"\x10" + tcp(OPTIONS)[13:], 6), 101, "TCP"),
        (ethernet(b"")[:13], 1, "link layer"),
        (ethernet(b"", 0x0806)[:13], 1, "link layer"),
        (ethernet(b"", 0x0806, tags=(0x8100,))[:16], 1, "tag"),
    ],
)
def test_a_header_that_cannot_be_is_named(account, packet, link, name):
    carried, coverage = account(packet, link=link)

    assert not carried
    assert coverage.not_decoded == {f"malformed or cut header: {name}": 1}


def test_what_is_neither_udp_nor_tcp_is_the_rest(account):
    carried, coverage = account(
        ethernet(bytes(28), 0x0806),
        ethernet(b"\x42\x42\x03" + bytes(50), 38),
        ethernet(ipv4(bytes(40), 1)),
        ethernet(ipv6(bytes(40), 58), 0x86DD),
        ethernet(ipv4(bytes(40), 1, fragment=0x2000)),
        ethernet(ipv4(bytes(40), 50)),
        link=1,
    )

    assert carried == {OTHER: 5}
    assert coverage.not_decoded == {"encrypted ESP": 1}


def test_octets_that_a_stream_lacks_are_counted_as_a_gap(account):
    segments = [tcp(OPTIONS, 100), tcp(OPTIONS, 150 + 2 * len(OPTIONS)), tcp(flags="R")]

    _, coverage = account(*(ipv4(each, 6) for each in segments))

    assert coverage.stream_gaps == 1
