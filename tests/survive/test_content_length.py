"""Content-Length that lies: the message is read all the same, and a stream finds its next message."""

import pytest

from tests.survive.wire import datagram, message, outcome, stream

LENGTHS = ["-1", "-9223372036854775808", "4294967296", "4294967328", "18446744073709551616", "9" * 400, "0x10",
           "1e3", "", " ", "١٢", "12 34", "99999"]  # fmt: skip


@pytest.mark.parametrize("length", LENGTHS)
def test_in_a_datagram_it_costs_a_defect_at_most(tmp_path, length):
    seen = outcome(tmp_path, [datagram(message(length=length, body=b"body"))])

    assert seen.call_ids == ["one"]
    assert seen.messages[0].defects
    assert seen.messages[0].body in (b"body", b"bo", b"")


def test_zero_in_a_datagram_with_a_body_means_that_there_is_no_body(tmp_path):
    seen = outcome(tmp_path, [datagram(message(length=0, body=b"body"))])

    assert seen.messages[0].body == b""


@pytest.mark.parametrize(
    "length", ["4294967296", "4294967328", "18446744073709551616", "9" * 400, "-1", "0x10"]
)
def test_in_a_stream_the_message_behind_it_is_found(tmp_path, length):
    liar, next_one = message(length=length), message(Call_ID="two", CSeq="2 OPTIONS")

    seen = outcome(tmp_path, stream(liar, next_one))

    assert seen.call_ids == ["one", "two"]


def test_a_length_that_two_to_the_32_would_truncate_is_no_small_length(tmp_path):
    """CVE-2026-23457: 4294967328 taken as 32 made the next 32 octets of the stream a body."""
    inner = message(Call_ID="smuggled")

    seen = outcome(tmp_path, stream(message(length=2**32 + len(inner)) + inner))

    assert seen.messages[0].content_length == 2**32 + len(inner)
    assert seen.call_ids == ["one", "smuggled"]


def test_a_stream_that_ends_in_a_body_gives_what_there_is(tmp_path):
    seen = outcome(tmp_path, stream(message(length=5000, body=b"half")))

    assert seen.call_ids == ["one"]
    assert seen.coverage.truncated == 1


def test_lengths_that_contradict_each_other_are_no_length(tmp_path):
    seen = outcome(
        tmp_path, [datagram(message("OPTIONS sip:b@b SIP/2.0", "Content-Length: 3", body=b"body"))]
    )

    assert seen.messages[0].content_length is None
    assert "content-length-conflict" in map(str, seen.messages[0].defects)
