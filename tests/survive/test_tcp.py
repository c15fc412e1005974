"""Streams as they really come: repeated, overlapping, in a wrong order, half seen, and full of something else."""

import pytest

from tests.survive.wire import message, outcome, stream

ONE, TWO, THREE = (
    message(Call_ID=name, CSeq=f"{number} OPTIONS") for number, name in enumerate(("one", "two", "three"))
)
ALL = ONE + TWO + THREE
WANTED = ["one", "two", "three"]


def parts(*ends):
    starts = (0, *ends)
    return [(start, ALL[start:end]) for start, end in zip(starts, (*ends, len(ALL)), strict=True)]


def test_repeated_segments_give_nothing_twice(tmp_path):
    segments = parts(100, 200, 700)

    assert outcome(tmp_path, stream(*segments, *segments, *segments)).call_ids == WANTED


def test_overlapping_segments_give_each_octet_once(tmp_path):
    segments = [(at, ALL[at : at + 150]) for at in range(0, len(ALL), 60)]

    assert outcome(tmp_path, stream(*segments)).call_ids == WANTED


def test_segments_in_a_wrong_order_are_put_in_order(tmp_path):
    first, *rest = parts(100, 200, 300, 600)

    assert outcome(tmp_path, stream(first, *reversed(rest))).call_ids == WANTED


def test_a_stream_seen_from_the_middle_gives_what_begins_after_that(tmp_path):
    packets = stream(*parts(150, len(ONE) + 1, len(ONE) + len(TWO)))

    assert outcome(tmp_path, packets[3:]).call_ids[-1] == "three"


def test_a_lost_segment_costs_its_own_message(tmp_path):
    whole = parts(len(ONE), len(ONE) + 100, len(ONE) + 200, len(ONE) + len(TWO))

    seen = outcome(tmp_path, stream(*whole[:2], *whole[3:]))

    assert (seen.call_ids[0], seen.call_ids[-1]) == ("one", "three")
    assert seen.coverage.truncated == 1


def test_a_half_open_stream_gives_its_beginning_as_a_message_cut_short(tmp_path):
    seen = outcome(tmp_path, stream(ONE[:-30]))

    assert len(seen.messages) == 1
    assert seen.sightings[0].missing


@pytest.mark.parametrize("contents", [b"\0" * 65_000, b"HTTP/1.1 200 OK\r\n" + b"x" * 64_000, b'{"id":"_design/x"}\n' * 3400,
                                      b"A" * 65_000, b"POST /_bulk_docs HTTP/1.1\r\nVia: SIP/2.0/TCP x\r\n\r\n" * 1300])  # fmt: skip
def test_segments_of_64_kilobytes_that_are_no_sip_are_let_pass(tmp_path, contents):
    """Sngrep crashed on the traffic of CouchDB (#387)."""
    seen = outcome(tmp_path, stream(*[contents] * 5))

    assert seen.messages == []
    assert not seen.coverage.evicted


def test_waiting_segments_of_all_streams_together_are_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr("analyser.decode.streams.MAX_ALL_HELD_OCTETS", 5_000)
    packets = []
    for number in range(20):
        packets += stream((0, ONE[:50]), (len(ONE), TWO + b"\r\n" * 300), source=f"192.0.2.{number + 10}")

    seen = outcome(tmp_path, packets)

    assert seen.coverage.evicted["TCP segments that were waited for"] >= 10
    assert seen.call_ids.count("two") == 20


def test_buffers_of_all_streams_together_are_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr("analyser.pipeline.MAX_BUFFERED", 20_000)
    packets = []
    for number in range(30):
        packets += stream(message(length=100_000, body=b"x" * 2000), source=f"192.0.2.{number + 10}")

    seen = outcome(tmp_path, packets)

    assert seen.coverage.evicted["streams"] >= 20
    assert len(seen.messages) <= 10
