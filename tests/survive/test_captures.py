"""Captures as they really are: cut, in several files, with copies, with a clock that steps, with much that is no SIP."""

import struct

import pytest

from analyser.track import Transaction
from tests.support.captures import SECOND, START, pcap
from tests.survive.wire import A, B, C, Outcome, datagram, message, outcome


def exchange(at, name, source=A, target=B):
    asked = message(Call_ID=name, Via=f"SIP/2.0/UDP {A};branch=z9hG4bK{name}")
    told = message("SIP/2.0 200 OK", Call_ID=name, Via=f"SIP/2.0/UDP {A};branch=z9hG4bK{name}")
    return [(at, datagram(asked, source, target)), (at + SECOND // 10, datagram(told, target, source))]


def test_a_last_record_that_is_cut_costs_that_record(tmp_path):
    path = tmp_path / "ring.pcap"
    whole = pcap(exchange(START, "a") + exchange(START + SECOND, "b"))
    for cut in (1, 15, 40, 200):
        path.write_bytes(whole[:-cut])
        seen = Outcome(path)
        assert len(seen.messages) == 3
        assert any("ends inside" in note for note in seen.coverage.notes)


def test_a_wrapped_ring_is_read_in_the_order_of_time_even_where_a_member_is_cut(tmp_path):
    for name, at, call_id, cut in (("r_1", 3, "c", 0), ("r_2", 1, "a", 0), ("r_3", 2, "b", 20)):
        octets = pcap(exchange(START + at * SECOND, call_id))
        (tmp_path / name).write_bytes(octets[: len(octets) - cut])

    assert Outcome(tmp_path).call_ids == ["a", "a", "b", "c", "c"]


def test_copies_of_a_mirror_port_are_counted_once(tmp_path):
    packets = [copy for packet in exchange(START, "a") for copy in (packet, (packet[0] + 1000, packet[1]))]

    seen = outcome(tmp_path, packets)

    assert seen.coverage.duplicates == 2
    assert seen.summary.methods == {"OPTIONS": 1}
    assert len(seen.of(Transaction)) == 1


def test_both_sides_of_a_proxy_are_two_hops_and_no_retransmission(tmp_path):
    seen = outcome(tmp_path, exchange(START, "a") + exchange(START + SECOND // 20, "a", B, C))

    assert seen.summary.retransmissions == 0
    assert seen.coverage.duplicates == 0
    assert [found.status for found in seen.of(Transaction)] == [200, 200]


def test_responses_before_their_requests_still_belong_to_them(tmp_path):
    asked, told = exchange(START, "a")

    seen = outcome(tmp_path, [(START, told[1]), (START + 1000, asked[1])])

    assert [(found.status, len(found.requests)) for found in seen.of(Transaction)] == [(200, 1)]


@pytest.mark.parametrize("step", [-3600 * SECOND, 3600 * SECOND, -3 * SECOND, 10**9 * SECOND])
def test_a_clock_that_steps_loses_nothing(tmp_path, step):
    packets = exchange(START, "a") + exchange(START + SECOND + step, "b") + exchange(START + 2 * SECOND, "c")

    seen = outcome(tmp_path, packets)

    assert seen.call_ids == ["a", "a", "b", "b", "c", "c"]
    assert [found.status for found in seen.of(Transaction)] == [200, 200, 200]
    assert seen.coverage.clock_jumps == 1


DNS = struct.pack(">HHHHHH", 0x8000, 0x0100, 1, 0, 0, 0) + b"\3sip\7example\3org\0\0\x21\0\1"
RTP = struct.pack(">BBHII", 0x80, 0, 1, 160, 1) + bytes(160)


@pytest.mark.parametrize("octets", [
    DNS, RTP, RTP[:11], RTP[:1], b"\x80", b"\x81\xc8\xff\xff", b"\x81\xc9\0\7" + bytes(28),
    b"\x80\xcf\xff\xff\0\0\0\1\4\0\xff\xff", b"\x80\xcf\0\2\0\0\0\1\7\0\0\x09", bytes([0x9F, 0xC8, 0, 1]),
])  # fmt: skip
def test_what_is_rtp_or_rtcp_or_looks_like_it_is_let_pass(tmp_path, octets):
    """Sngrep overran its heap on lengths of RTCP (CVE-2024-35434) and of its extended reports."""
    seen = outcome(tmp_path, [datagram(octets), *(packet for _, packet in exchange(START, "a"))])

    assert seen.call_ids == ["a", "a"]
