"""IP fragments, in any order."""

import struct
from itertools import permutations

import pytest

from analyser.decode import bounds
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


def test_an_incomplete_datagram_is_counted(decode):
    coverage = Coverage()

    assert decode(fragments4()[:-1], coverage=coverage) == []
    assert coverage.not_decoded == {"incomplete IP fragments": len(fragments4()) - 1}


def test_an_old_fragment_does_not_meet_a_new_one(decode):
    pieces = fragments4(size=128)
    coverage = Coverage()

    assert decode([(START, pieces[0]), (START + 100 * SECOND, pieces[1])], coverage=coverage) == []


def test_what_waits_is_bounded_and_counted(decode, monkeypatch):
    monkeypatch.setattr("analyser.decode.fragments.MAX_DATAGRAMS", 10)
    coverage = Coverage()

    decode([fragments4(ident=ident)[0] for ident in range(30)], coverage=coverage)

    assert coverage.evicted == {"IP fragments": 20}
    assert bounds.MAX_DATAGRAMS > 10


def test_fragments_beyond_a_datagram_are_refused(decode):
    hostile = [ipv4(bytes(1400), fragment=0x2000 | offset) for offset in range(0, 0x1FFF, 175)]

    assert decode(hostile * 2) == []
