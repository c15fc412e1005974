"""IP fragments, in any order."""

import struct
from itertools import pairwise, permutations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyser.decode import bounds
from analyser.decode.fragments import Fragments
from analyser.decode.ip import ip
from analyser.decode.packet import Packet, walk
from analyser.wire import Coverage
from tests.support.captures import OPTIONS, SECOND, START, ipv4, ipv6, pcap, udp
from tests.support.decoded import payloads_of

DATAGRAM = udp(OPTIONS)


def fragments4(contents=DATAGRAM, size=64, **options):
    pieces = range(0, len(contents), size)
    return [
        ipv4(
            contents[at : at + size],
            fragment=at // 8 | (0x2000 if at + size < len(contents) else 0),
            **options,
        )
        for at in pieces
    ]


def fragments6(contents=DATAGRAM, size=64, ident=1):
    return [
        ipv6(
            struct.pack(">BBHI", 17, 0, at | (at + size < len(contents)), ident) + contents[at : at + size],
            44,
        )
        for at in range(0, len(contents), size)
    ]


@pytest.fixture
def decode(tmp_path):
    def run(packets, coverage=None, **options):
        path = tmp_path / "a.pcap"
        path.write_bytes(pcap(packets, link=101, **options))
        return payloads_of(path, coverage=coverage)

    return run


@pytest.mark.parametrize("cut", [fragments4, fragments6])
def test_fragments_make_a_datagram_in_any_order(decode, cut):
    pieces = cut(size=88)
    assert len(pieces) == 3

    for order in permutations(pieces):
        (payload,) = decode(order)

        assert payload.data == OPTIONS
        assert payload.frames == (1, 2, 3)
        assert payload.missing == 0
        assert payload.ident == (7 if cut is fragments4 else -1)


def test_datagrams_are_told_apart_by_their_identification(decode):
    first, second = fragments4(ident=1), fragments4(ident=2)

    payloads = decode([*(piece for pair in zip(first, second, strict=True) for piece in pair)])

    assert [payload.ident for payload in payloads] == [1, 2]


def test_the_first_of_overlapping_fragments_counts(decode):
    pieces = fragments4(size=64)
    evil = ipv4(b"X" * 64, fragment=0x2000 | 4)

    (payload,) = decode([pieces[0], evil, *pieces[1:]])

    assert len(payload.data) == len(OPTIONS)
    assert payload.data.startswith(OPTIONS[:50])


@pytest.mark.parametrize("cut", [fragments4, fragments6])
def test_overlapping_fragments_are_noted_and_repeated_ones_are_not(decode, cut):
    pieces, overlapping = cut(size=64), cut(size=88)
    coverage = Coverage()

    (payload,) = decode([pieces[0], pieces[0], pieces[0], *overlapping], coverage=coverage)
    assert payload.data == OPTIONS
    assert coverage.notes == ["IP fragments overlap; the octets that came first were taken"]

    coverage = Coverage()
    (payload,) = decode([*pieces[1:], *pieces[1:], pieces[0]], coverage=coverage)
    assert payload.data == OPTIONS
    assert not coverage.notes


def test_octets_that_came_first_win_wherever_they_lie(decode):
    first = ipv4(b"A" * 48, fragment=0x2000 | 8)
    rest = fragments4(DATAGRAM, 64)

    (payload,) = decode([first, *rest])

    assert payload.data == OPTIONS[:56] + b"A" * 48 + OPTIONS[104:]


def test_a_longer_capture_of_a_fragment_is_worth_having(tmp_path):
    pieces = fragments4(size=128)
    path = tmp_path / "a.pcap"
    path.write_bytes(pcap([pieces[0][:100], *pieces], link=101))

    (payload,) = payloads_of(path)

    assert payload.data == OPTIONS
    assert not payload.missing


def test_repeated_fragments_do_no_harm(decode):
    pieces = fragments4()

    (payload,) = decode([*pieces[:-1], *pieces])

    assert payload.data == OPTIONS


def test_a_fragment_in_a_tunnel_is_put_together_inside(decode):
    (payload,) = decode([ipv4(piece, 4, source="10.0.0.1") for piece in fragments4()])

    assert payload.data == OPTIONS


def test_what_the_snap_length_cut_from_a_fragment_is_missing(decode):
    pieces = fragments4(size=128)

    (payload,) = decode(pieces, snaplen=100)

    assert payload.data == OPTIONS[:72]
    assert payload.missing == len(OPTIONS) - 72


def test_a_fragment_cut_within_its_ip_options_holds_nothing(tmp_path):
    options = bytes((0x4F, 0, 0, 100, 0, 1, 0x20, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2)) + b"\x01" * 10
    path = tmp_path / "cut.pcap"
    path.write_bytes(pcap([options], link=101))
    coverage = Coverage()

    assert payloads_of(path, coverage=coverage) == []
    assert coverage.frames == 1 == coverage.not_decoded.total()


def test_an_incomplete_datagram_is_counted(decode):
    coverage = Coverage()

    assert decode(fragments4()[:-1], coverage=coverage) == []
    assert coverage.not_decoded == {"incomplete IP fragments": len(fragments4()) - 1}


@pytest.mark.parametrize("cut", [fragments4, fragments6])
def test_what_a_second_interface_adds_to_a_complete_datagram_is_not_incomplete(decode, cut):
    """A bridge and its port show each fragment twice, one after the other."""
    pieces = cut(size=88)
    coverage = Coverage()

    (payload,) = decode([(START, piece) for piece in pieces for _ in range(2)], coverage=coverage)

    assert payload.data == OPTIONS
    assert not coverage.not_decoded
    assert (coverage.carried["sip"], coverage.carried["other"]) == (len(pieces), len(pieces))
    assert coverage.frames == coverage.carried.total()


def test_the_same_identification_later_is_another_datagram(decode):
    pieces = fragments4(size=88)
    coverage = Coverage()

    decode([*((START, piece) for piece in pieces), (START + SECOND, pieces[0])], coverage=coverage)

    assert coverage.not_decoded == {"incomplete IP fragments": 1}


def test_the_rest_of_a_datagram_that_was_complete_is_let_go_silently(decode, monkeypatch):
    monkeypatch.setattr("analyser.decode.fragments.MAX_DATAGRAMS", 10)
    coverage = Coverage()

    decode(
        [
            (START, piece)
            for ident in range(30)
            for piece in (*fragments4(ident=ident), fragments4(ident=ident)[-1])
        ],
        coverage=coverage,
    )

    assert not coverage.evicted
    assert not coverage.not_decoded


def test_an_old_fragment_does_not_meet_a_new_one(decode):
    pieces = fragments4(size=128)
    coverage = Coverage()

    assert decode([(START, pieces[0]), (START + 100 * SECOND, pieces[1])], coverage=coverage) == []


def test_what_waits_too_long_is_counted_before_the_end():
    coverage = Coverage()
    fragments = Fragments(coverage)
    walked = [
        (START, ipv4(bytes(64), fragment=0x2000, ident=1)),
        (START + 100 * SECOND, ipv4(bytes(64), fragment=0x2000, ident=2)),
    ]
    for number, (time, data) in enumerate(walked):
        walk(Packet(data, time, number, fragments), ip, 0, len(data))

    assert coverage.not_decoded == {"incomplete IP fragments": 1}


def test_each_of_many_first_fragments_takes_one_step():
    """A look at all that wait for each of them would take hours."""
    coverage = Coverage()
    fragments = Fragments(coverage)
    template = bytearray(ipv4(bytes(64), fragment=0x2000))
    for number in range(200_000):
        template[12:16] = number.to_bytes(4, "big")
        walk(Packet(bytes(template), START, number, fragments), ip, 0, len(template))
    fragments.close()

    assert coverage.evicted == {"IP fragments": 200_000 - bounds.MAX_DATAGRAMS}
    assert coverage.not_decoded == {"incomplete IP fragments": 200_000}


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 12)), max_size=12), st.integers(0, 2**32))
def test_however_a_datagram_is_cut_and_repeated_it_is_the_same(extra, seed):
    chance = Random(seed)
    cuts = [0, *sorted(chance.sample(range(8, len(DATAGRAM), 8), 5)), len(DATAGRAM)]
    pieces = list(pairwise(cuts))
    pieces += [(8 * at, min(8 * (at + size), len(DATAGRAM))) for at, size in extra if 8 * at < len(DATAGRAM)]
    chance.shuffle(pieces)
    coverage, found = Coverage(), []
    fragments = Fragments(coverage)
    for number, (start, end) in enumerate(pieces):
        more = 0x2000 * (end < len(DATAGRAM))
        data = ipv4(DATAGRAM[start:end], fragment=start // 8 | more)
        packet = Packet(data, START, number, fragments)
        walk(packet, ip, 0, len(data))
        if packet.protocol:
            found.append(packet.data[packet.start : packet.end])
    assert found[0] == OPTIONS


def test_what_waits_is_bounded_and_counted(decode, monkeypatch):
    monkeypatch.setattr("analyser.decode.fragments.MAX_DATAGRAMS", 10)
    coverage = Coverage()

    decode([fragments4(ident=ident)[0] for ident in range(30)], coverage=coverage)

    assert coverage.evicted == {"IP fragments": 20}
    assert bounds.MAX_DATAGRAMS > 10


def test_fragments_beyond_a_datagram_are_refused(decode):
    hostile = [ipv4(bytes(1400), fragment=0x2000 | offset) for offset in range(0, 0x1FFF, 175)]

    assert decode(hostile * 2) == []
