"""Packets whose lengths lie, fragments that overlap or never come."""

import struct

import pytest

from analyser.decode import bounds
from tests.support.captures import ethernet, ipv4, tcp, udp
from tests.survive.wire import A, B, datagram, message, outcome


@pytest.mark.parametrize("total", [0, 1, 19, 20, 27, 28, 60_000, 65_535])
def test_a_total_length_that_lies_hides_at_most_its_own_message(tmp_path, total):
    liar = ethernet(ipv4(udp(message()), total=total))

    seen = outcome(tmp_path, [liar, datagram(message(Call_ID="two", CSeq="2 OPTIONS"))])

    assert seen.call_ids[-1] == "two"
    assert len(seen.call_ids) == (2 if total in (0, 60_000, 65_535) else 1)


def test_a_total_length_of_zero_is_that_of_a_segment_not_yet_split(tmp_path):
    syn = ethernet(ipv4(tcp(b"", 99, "S"), 6))
    data = message(body=b"x" * 5000)

    seen = outcome(tmp_path, [syn, ethernet(ipv4(tcp(data, 100, "PA"), 6, total=0))])

    assert [found.raw for found in seen.messages] == [data]


@pytest.mark.parametrize("length", [0, 1, 7, 8, 9, 65_535])
def test_a_datagram_length_that_lies_hides_at_most_its_own_message(tmp_path, length):
    octets = udp(message())

    seen = outcome(
        tmp_path,
        [
            ethernet(ipv4(octets[:4] + struct.pack(">H", length) + octets[6:])),
            datagram(message(Call_ID="two")),
        ],
    )

    assert seen.call_ids[-1] == "two"


def pieces(data, *cuts, ident=7):
    """Fragments (start, end, octets put in place of the real ones, if any) of a datagram."""
    contents = udp(data)
    for start, end, other in cuts:
        part = contents[start:end] if other is None else other
        more = 0x2000 if end < len(contents) else 0
        yield ethernet(ipv4(part, fragment=more | start // 8, ident=ident))


def test_of_overlapping_fragments_the_first_counts(tmp_path):
    data = message()
    size = len(udp(data))
    cuts = [(0, 160, None), (80, 160, b"#" * 80), (160, size, None)]

    seen = outcome(tmp_path, list(pieces(data, *cuts)))

    assert [found.raw for found in seen.messages] == [data]


def test_fragments_that_never_complete_are_bounded_and_counted(tmp_path, monkeypatch):
    monkeypatch.setattr("analyser.decode.fragments.MAX_DATAGRAMS", 10)
    packets = [packet for ident in range(30) for packet in pieces(message(), (0, 80, None), ident=ident)]

    seen = outcome(tmp_path, [*packets, datagram(message())])

    assert seen.call_ids == ["one"]
    assert seen.coverage.evicted["IP fragments"] == 20
    assert seen.coverage.not_decoded["incomplete IP fragments"] == 30


def test_one_fragment_repeated_without_end_is_not_held_without_end(tmp_path, monkeypatch):
    monkeypatch.setattr("analyser.decode.fragments.MAX_HELD_FRAGMENTS", 50)
    packets = list(pieces(message(), (0, 80, None))) * 200
    packets += [
        packet for ident in range(100) for packet in pieces(message(), (0, 80, None), ident=100 + ident)
    ]

    seen = outcome(tmp_path, packets)

    assert seen.coverage.evicted["IP fragments"] == 50  # the repeated one was too old by then
    assert bounds.MAX_HELD_FRAGMENTS >= bounds.MAX_DATAGRAMS


def test_headers_within_headers_without_end_end(tmp_path):
    inner = ipv4(udp(message()))
    for _ in range(500):
        inner = ipv4(inner, 4)

    seen = outcome(tmp_path, [ethernet(inner), datagram(message(), A, B)])

    assert seen.call_ids == ["one"]
    assert seen.coverage.not_decoded["too many headers"] == 1
