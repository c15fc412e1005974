"""SIP over SCTP (RFC 4168): each user message once, whole, from any order of its chunks."""

import random
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyser.decode.packet import Packet
from analyser.decode.sctp import PORT, Associations
from analyser.wire import Coverage
from tests.support.captures import OPTIONS, ethernet, ipv4, ipv6, pcap, sctp, sctp_data, sctp_idata, udp
from tests.support.decoded import assert_each_frame_counts_once, messages_of, payloads_of

TWO = OPTIONS.replace(b"one@", b"two@")
ANYTHING = bool
"""Takes every message that is not empty."""
BEGIN, END, UNORDERED = 2, 1, 4


def packet(*chunks, tag=1, **ends):
    return ethernet(ipv4(sctp(*chunks, tag=tag), 132, **ends))


def fragments(text=OPTIONS, tsn=10, size=50, chunk=sctp_data, extra=0, **named):
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    flags = [BEGIN * (not place) | END * (place == len(pieces) - 1) | extra for place in range(len(pieces))]
    if chunk is sctp_idata:
        return [
            chunk(piece, tsn + 3 * place, flags[place], number=place, **named)
            for place, piece in enumerate(pieces)
        ]
    return [chunk(piece, (tsn + place) % 2**32, flags[place], **named) for place, piece in enumerate(pieces)]


@pytest.fixture
def decode(tmp_path):
    def run(packets, coverage=None, **options):
        path = tmp_path / "a.pcap"
        path.write_bytes(pcap(packets, **options))
        return payloads_of(path, coverage=coverage)

    return run


def texts(payloads):
    assert all(payload.whole and payload.hop.transport == "SCTP" for payload in payloads)
    return [payload.data for payload in payloads]


def test_chunks_bundled_in_a_packet_are_messages_of_their_own(decode):
    sack = b"\3\0\0\x10" + bytes(12)

    payloads = decode(
        [packet(sack, sctp_data(OPTIONS, 1), sctp_data(b"hello, you", 2), sctp_data(TWO, 3, 7))]
    )

    assert texts(payloads) == [OPTIONS, TWO]
    assert str(payloads[0].hop) == "192.0.2.1:5060 -> 192.0.2.2:5060"


def test_a_message_of_sctp_is_a_message_of_sip(tmp_path):
    path = tmp_path / "a.pcap"
    path.write_bytes(pcap([packet(chunk) for chunk in fragments()]))

    (message,) = messages_of(path)

    assert message.message.method == "OPTIONS"
    assert message.frames == tuple(range(1, len(fragments()) + 1))


@pytest.mark.parametrize("extra", [0, UNORDERED])
@pytest.mark.parametrize("chunk", [sctp_data, sctp_idata])
def test_fragments_make_a_message_in_any_order(decode, chunk, extra):
    pieces = fragments(size=60, chunk=chunk, extra=extra)
    assert len(pieces) == 4

    for order in permutations(pieces):
        assert texts(decode([packet(piece) for piece in order])) == [OPTIONS]


def test_tsns_count_modulo_their_size(decode):
    assert texts(decode([packet(piece) for piece in fragments(tsn=2**32 - 2, size=30)])) == [OPTIONS]


def test_neighbouring_messages_do_not_run_into_each_other(decode):
    pieces = fragments(OPTIONS, 10, 100) + fragments(TWO, 10 + len(fragments(OPTIONS, 10, 100)), 100)
    random.Random(1).shuffle(pieces)

    assert sorted(texts(decode([packet(piece) for piece in pieces]))) == sorted([OPTIONS, TWO])


def test_interleaved_messages_are_told_apart(decode):
    one = fragments(OPTIONS, 10, 50, sctp_idata, message=1)
    two = fragments(TWO, 11, 50, sctp_idata, message=2)
    three = fragments(TWO, 12, 50, sctp_idata, stream=1, message=2)
    mixed = [piece for pieces in zip(one, two, three, strict=True) for piece in pieces]

    assert texts(decode([packet(*mixed[at : at + 2]) for at in range(0, len(mixed), 2)])) == [
        OPTIONS,
        TWO,
        TWO,
    ]


def test_a_chunk_that_is_sent_again_counts_once(decode):
    again = [packet(sctp_data(OPTIONS, 5)), packet(sctp_data(TWO, 6)), packet(sctp_data(OPTIONS, 5))]
    pieces = [packet(piece) for piece in fragments()]

    assert texts(decode(again)) == [OPTIONS, TWO]
    assert texts(decode(pieces + pieces)) == [OPTIONS]
    assert texts(decode([pieces[0], *pieces])) == [OPTIONS]
    assert texts(decode([again[0], packet(sctp_data(TWO, 5), tag=2)])) == [OPTIONS, TWO]


def test_both_directions_may_use_the_same_numbers(decode):
    back = {"source": "192.0.2.2", "target": "192.0.2.1"}

    assert texts(decode([packet(sctp_data(OPTIONS)), packet(sctp_data(TWO), **back)])) == [OPTIONS, TWO]


OTHER_PATH = {"source": "198.51.100.1", "target": "198.51.100.2"}


@pytest.mark.parametrize("chunk", [sctp_data, sctp_idata])
def test_fragments_that_took_two_paths_make_a_message(decode, chunk):
    pieces = fragments(chunk=chunk)
    packets = [
        packet(piece, tag=0xABCDEF01, **(OTHER_PATH if place % 2 else {}))
        for place, piece in enumerate(pieces)
    ]
    six = ethernet(ipv6(sctp(pieces[1], tag=0xABCDEF01), 132), 0x86DD)

    assert texts(decode(packets)) == [OPTIONS]
    assert texts(decode(packets[::-1])) == [OPTIONS]
    (payload,) = decode([packets[0], six, *packets[2:]])
    assert payload.frames == tuple(range(1, len(pieces) + 1))


def test_what_is_sent_again_by_another_path_counts_once(decode):
    packets = [packet(sctp_data(OPTIONS, 5)), packet(sctp_data(OPTIONS, 5), **OTHER_PATH)]

    (payload,) = decode(packets)

    assert str(payload.hop.source) == "192.0.2.1:5060"


@pytest.mark.parametrize("tag", [0, 1])
@pytest.mark.parametrize("order", [(0, 1, 2, 3), (0, 2, 1, 3), (0, 2, 3, 1), (1, 3, 0, 2), (3, 1, 0, 2)])
def test_two_associations_with_one_tag_and_the_same_numbers_are_told_apart(decode, tag, order):
    """As programs write them that make captures up."""
    one = [packet(piece, tag=tag) for piece in fragments(OPTIONS, 10, 120)]
    other = TWO.replace(b"sip:bob", b"sip:eve")
    two = [packet(piece, tag=tag, **OTHER_PATH) for piece in fragments(other, 10, 120)]
    packets = [*one, *two]
    assert len(packets) == len(order)

    assert sorted(texts(decode([packets[place] for place in order]))) == sorted([OPTIONS, other])


def test_different_messages_under_one_number_are_all_read(decode):
    """text2pcap gives every packet the tag 0 and the TSN 0."""
    packets = [packet(sctp_data(text, 0), tag=0) for text in (OPTIONS, TWO, OPTIONS)]

    assert texts(decode(packets))[:2] == [OPTIONS, TWO]


def test_a_repeat_that_the_snap_length_cut_elsewhere_is_a_repeat(decode):
    """As where it passed with a VLAN tag and without."""
    tagged = ethernet(ipv4(sctp(sctp_data(OPTIONS), tag=7), 132), tags=(0x8100,))

    (payload,) = decode([packet(sctp_data(OPTIONS), tag=7), tagged], snaplen=150)

    assert payload.frames == (1,)


def test_sctp_is_read_in_ipv6_in_udp_and_in_fragments(decode):
    inside = sctp(sctp_data(OPTIONS))
    pieces = [
        ethernet(ipv4(inside[at : at + 64], 132, fragment=at // 8 | (0x2000 if at + 64 < len(inside) else 0)))
        for at in range(0, len(inside), 64)
    ]

    assert texts(decode([ethernet(ipv6(inside, 132), 0x86DD)])) == [OPTIONS]
    assert texts(decode([ethernet(ipv4(udp(inside, PORT, PORT)))])) == [OPTIONS]
    assert texts(decode(pieces)) == [OPTIONS]


def test_sip_to_the_port_of_sctp_in_udp_is_sip(decode):
    (payload,) = decode([ethernet(ipv4(udp(OPTIONS, 5060, PORT)))])

    assert payload.hop.transport == "UDP"


def test_what_the_snap_length_cut_is_missing(decode):
    (payload,) = decode([packet(sctp_data(OPTIONS))], snaplen=150)

    assert payload.data + OPTIONS[len(payload.data) :] == OPTIONS
    assert payload.missing == len(OPTIONS) - len(payload.data) > 0


def test_incomplete_messages_are_counted(decode):
    coverage = Coverage()

    assert decode([packet(piece) for piece in fragments()[:-1]], coverage) == []
    assert coverage.evicted == {"incomplete SCTP messages": 1}
    assert coverage.frames == coverage.carried.total() + coverage.not_decoded.total()


def test_each_frame_of_a_message_in_fragments_counts_as_sip(decode):
    coverage = Coverage()
    one, two = fragments(), fragments(TWO, 50)
    bundled = packet(one[1], sctp_data(OPTIONS.replace(b"one@", b"three@"), 90))
    others = [packet(sctp_data(b"hello, you there", 91)), packet(one[2])]

    payloads = decode(
        [packet(one[0]), bundled, *map(packet, one[2:]), *others, *map(packet, two[:-1])], coverage
    )

    assert len(payloads) == 2
    assert +coverage.carried == {"sip": len(one), "other": len(others) + len(two) - 1}
    assert_each_frame_counts_once(coverage)


def test_fragments_that_wait_are_bounded_and_counted(decode, monkeypatch):
    monkeypatch.setattr("analyser.decode.sctp.MAX_SCTP_FRAGMENTS", 10)
    monkeypatch.setattr("analyser.decode.sctp.MAX_TSNS", 10)
    coverage = Coverage()
    middles = [packet(sctp_data(b"x" * 30, 3 * number, 0)) for number in range(30)]

    assert texts(decode([*middles, packet(sctp_data(OPTIONS, 1000))], coverage)) == [OPTIONS]
    assert coverage.evicted["fragments of SCTP messages"] == 20


def test_a_message_without_end_is_dropped_and_counted(decode, monkeypatch):
    monkeypatch.setattr("analyser.decode.sctp.MAX_MESSAGE", 100)
    coverage = Coverage()

    assert decode([packet(piece) for piece in fragments()], coverage) == []
    assert coverage.evicted == {"SCTP messages that are too large": 1}


@pytest.mark.parametrize("step", [1, -1])
def test_twenty_thousand_fragments_of_one_octet_take_a_step_each(step):
    """With a look at the whole row for each of them, this would take minutes."""
    payloads = []
    associations = Associations(Coverage(), ANYTHING)
    text = b"OPTIONS " + b"x" * 20_000
    chunks = fragments(text, size=1)[::step]

    for number, chunk in enumerate(chunks):
        found = Packet(sctp(chunk), 0, number, None)
        found.addresses, found.ports, found.end = bytes(8), bytes(4), len(found.data)
        associations.receive(found, 0, payloads)

    assert texts(payloads) == [text]


@given(st.binary(max_size=200))
def test_random_octets_never_raise(data):
    for octets in (data, sctp(data)):
        found = Packet(octets, 0, 1, None)
        found.addresses, found.ports, found.end = bytes(8), bytes(4), len(octets)
        associations = Associations(Coverage(), ANYTHING)
        associations.receive(found, 0, [])
        associations.close()


@given(st.lists(st.integers(1, 80), min_size=1, max_size=20), st.randoms(use_true_random=False))
def test_however_messages_are_cut_and_ordered_they_are_the_same(sizes, chance):
    chunks, tsn = [], 2**32 - 9
    expected = [OPTIONS.replace(b"one@", b"%d@" % number) for number in range(len(sizes))]
    for text, size in zip(expected, sizes, strict=True):
        some = fragments(text, tsn, size + 10)
        tsn = (tsn + len(some)) % 2**32
        chunks += [*some, chance.choice(some)]
    chance.shuffle(chunks)
    associations, payloads = Associations(Coverage(), lambda data: data.startswith(b"OPTIONS ")), []
    while chunks:
        some = [chunks.pop() for _ in range(min(len(chunks), chance.randrange(1, 4)))]
        found = Packet(sctp(*some), 0, 1, None)
        found.addresses, found.ports, found.end = bytes(8), bytes(4), len(found.data)
        associations.receive(found, 0, payloads)

    assert sorted(texts(payloads)) == sorted(expected)
