"""TCP: each octet of a stream once, in order, whatever the segments do."""

import random

import pytest

from analyser.wire import ENCRYPTED, Coverage
from tests.support.captures import OPTIONS, SECOND, START, ethernet, ipv4, ipv6, pcap, tcp
from tests.support.decoded import messages_of, payloads_of

TEXT = OPTIONS + OPTIONS.replace(b"one@", b"two@")


def segment(data=b"", at=1000, flags="A", **ends):
    return ethernet(ipv4(tcp(data, at, flags), 6, **ends))


def pieces(text=TEXT, size=100, start=1000):
    return [segment(text[at : at + size], start + at) for at in range(0, len(text), size)]


@pytest.fixture
def write(tmp_path):
    def run(packets, **options):
        path = tmp_path / "a.pcap"
        path.write_bytes(pcap(packets, **options))
        return path

    return run


@pytest.fixture
def decode(write):
    def run(packets, coverage=None, **options):
        return payloads_of(write(packets, **options), coverage=coverage)

    return run


def text_of(payloads):
    return b"".join(payload.data for payload in payloads)


@pytest.mark.parametrize("size", [1, 3, 10, 64, 150, 100_000])
@pytest.mark.parametrize("start", [1000, 2**32 - 57])
def test_segments_of_any_size_give_the_stream(decode, size, start):
    payloads = decode(pieces(size=size, start=start))

    assert text_of(payloads) == TEXT
    assert payloads[-1].data == b""
    assert all(payload.hop.transport == "TCP" and not payload.missing for payload in payloads)


def test_a_message_in_three_segments_belongs_to_all_three(write):
    first, _ = messages_of(write(pieces(size=80)))

    assert first.frames == (1, 2, 3)


@pytest.mark.parametrize("seed", range(20))
def test_disorder_and_repetition_change_nothing(decode, seed):
    chance = random.Random(seed)
    packets = pieces(size=40)
    rest = packets[1:] + chance.sample(packets, 5)
    for place in range(len(rest) - 3):
        other = place + chance.randrange(3)
        rest[place], rest[other] = rest[other], rest[place]

    payloads = decode([segment(at=999, flags="S"), packets[0], *rest])

    assert text_of(payloads) == TEXT
    assert not any(payload.missing for payload in payloads)


def test_after_a_syn_the_first_segments_may_come_in_any_order(decode):
    one, two, *rest = pieces(size=100)

    assert text_of(decode([segment(at=999, flags="S"), two, one, *rest])) == TEXT


def test_overlapping_segments_give_each_octet_once(decode):
    packets = [segment(TEXT[at : at + 100], 1000 + at) for at in range(0, len(TEXT), 60)]

    assert text_of(decode(packets)) == TEXT


def test_the_frame_that_fills_a_hole_completes_the_message(write):
    one, two, three, *_ = pieces(size=100)

    first, *_ = messages_of(write([segment(at=999, flags="S"), one, three, two]))

    assert first.frames[-1] == 4


def test_a_keep_alive_probe_is_no_data(decode):
    packets = pieces(size=200)
    probe = segment(b"X", 1000 + 199)

    assert (
        text_of(decode([packets[0], probe, *packets[1:], segment(b"\r\n\r\n", 1000 + len(TEXT))]))
        == TEXT + b"\r\n\r\n"
    )


def test_a_missing_segment_is_given_up_and_said(decode, monkeypatch):
    monkeypatch.setattr("analyser.decode.stream.MAX_HELD_SEGMENTS", 3)
    packets = pieces(size=40)
    del packets[2]

    payloads = decode(packets)

    assert [payload.missing for payload in payloads if payload.missing] == [40]
    assert text_of(payloads) == TEXT[:80] + TEXT[120:]


def test_waiting_ends_with_time_and_with_the_capture(decode):
    packets = pieces(size=100)
    del packets[1]

    late = decode([(START, packets[0]), (START, packets[1]), (START + 20 * SECOND, packets[2])])
    ended = decode(packets[:2])

    assert [payload.missing for payload in late if payload.data] == [0, 100, 0]
    assert [payload.missing for payload in ended if payload.data] == [0, 100]


def test_octets_cut_by_the_snap_length_are_missing(decode):
    payloads = decode(pieces(size=200), snaplen=54 + 150)

    assert [payload.missing for payload in payloads][:3] == [0, 50, 0]
    assert [payload.data for payload in payloads][:3] == [TEXT[:150], b"", TEXT[200:350]]


@pytest.mark.parametrize("flags", ["FA", "RA", "FPA"])
def test_an_end_is_an_empty_run(decode, flags):
    end = segment(at=1000 + len(TEXT), flags=flags)

    payloads = decode([*pieces(), end, end])

    assert [payload.frames for payload in payloads if not payload.data] == [(len(pieces()) + 1,)]


def test_a_fin_waits_for_what_is_missing(decode):
    packets = pieces(size=100)
    end = segment(at=1000 + len(TEXT), flags="FA")

    payloads = decode([packets[0], *packets[2:], end, packets[1]])

    assert text_of(payloads) == TEXT
    assert payloads[-1].data == b""


def test_a_reset_ends_both_directions(decode):
    back = {"source": "192.0.2.2", "target": "192.0.2.1"}

    payloads = decode([segment(OPTIONS), segment(OPTIONS, 77, **back), segment(at=77, flags="R", **back)])

    assert [payload.frames for payload in payloads if not payload.data] == [(3,), (3,)]


def test_the_same_ports_may_be_used_again(decode):
    again = [segment(at=499, flags="S"), *(pieces(start=500))]

    payloads = decode([*pieces(), *again])

    assert text_of(payloads) == TEXT * 2
    assert [payload.data for payload in payloads].count(b"") == 2


def test_a_connection_used_again_whose_syn_was_not_seen_is_told_by_its_numbers(decode):
    payloads = decode([*pieces(start=1000), *pieces(start=2_000_000_000)])

    assert text_of(payloads) == TEXT * 2


def test_a_repeated_syn_is_no_new_connection(decode):
    syn = segment(at=999, flags="S")

    payloads = decode([syn, syn, pieces()[0], syn, *pieces()[1:]])

    assert text_of(payloads) == TEXT
    assert len([payload for payload in payloads if not payload.data]) == 1


def test_repeats_behind_the_end_are_not_a_new_stream(decode):
    end = segment(at=1000 + len(TEXT), flags="FA")

    assert text_of(decode([*pieces(), end, *pieces()])) == TEXT


def test_a_capture_may_begin_in_the_middle_of_a_stream(decode):
    middle = segment(b"l: 0\r\n\r\n", 900)

    assert text_of(decode([middle, *pieces()])) == TEXT


def test_ipv6_and_tunnels_carry_streams(decode):
    inner = [ipv4(tcp(TEXT[at : at + 100], at), 6) for at in range(0, len(TEXT), 100)]
    six = [ethernet(ipv6(tcp(TEXT[at : at + 100], at), 6), 0x86DD) for at in range(0, len(TEXT), 100)]

    assert text_of(decode(six)) == TEXT
    assert text_of(decode([ethernet(ipv4(packet, 4, source="10.0.0.1")) for packet in inner])) == TEXT


OTHERS = {
    "http": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 40,
    "tls": b"\x16\x03\x01\x02\x00\x01" + bytes(1000),
    "quoting": b"SIP/2.0 200 ok\r\nHTTP/1.1 200 ok\r\nContent-Type: x\r\n\r\n",
    "line without end": b"word " * 2000,
}


@pytest.mark.parametrize("text", OTHERS.values(), ids=OTHERS)
def test_streams_of_other_protocols_give_nothing(decode, text):
    assert decode(pieces(text, size=1000)) == []
    assert decode([segment(at=999, flags="S"), *pieces(text, size=100)]) == []


def test_sip_behind_another_protocol_is_found_at_the_beginning_of_a_segment(decode):
    other = b"PING\r\n"

    payloads = decode([segment(at=999, flags="S"), segment(other), segment(OPTIONS, 1000 + len(other))])

    assert text_of(payloads) == OPTIONS


def test_streams_are_bounded_and_counted(decode, monkeypatch):
    monkeypatch.setattr("analyser.decode.streams.MAX_STREAMS", 5)
    monkeypatch.setattr("analyser.decode.streams.MAX_UNDECIDED", 7)
    coverage = Coverage()

    decode([segment(OPTIONS, source=f"10.0.0.{host}") for host in range(20)], coverage=coverage)
    assert coverage.evicted == {"TCP streams": 15}

    coverage = Coverage()
    decode([segment(flags="S", source=f"10.0.0.{host}") for host in range(20)], coverage=coverage)
    assert coverage.evicted == {"TCP streams before their first line": 13}


def test_tls_is_counted_as_encrypted(write):
    record = b"\x17\x03\x03\0\x20" + bytes(32)
    coverage = Coverage()
    packets = [
        ethernet(ipv4(tcp(record, source=5061, target=40000), 6)),
        ethernet(ipv6(tcp(record, source=40000, target=5061), 6), 0x86DD),
        ethernet(ipv4(tcp(record, source=5061, target=40001), 6, options=bytes(4))),
        ethernet(ipv4(tcp(record, source=443, target=40000), 6)),
    ]

    assert payloads_of(write(packets), coverage=coverage) == []
    assert +coverage.carried == {ENCRYPTED: 4}
    assert not coverage.not_decoded
