"""What is far too long: it is read, or dropped and counted, and what follows is not lost."""

import pytest

from analyser.sip import StreamFramer, parse
from analyser.sip.stream import MAX_BUFFERED
from tests.survive.wire import datagram, message, outcome, stream

MEGABYTE = 1_000_000


def cut(data, size=1400):
    return [data[at : at + size] for at in range(0, len(data), size)]


def test_a_header_field_of_ten_megabytes_is_dropped_and_counted(tmp_path):
    giant = message("OPTIONS sip:b@b SIP/2.0", "Subject: " + "x" * 10 * MEGABYTE, Call_ID="giant")
    after = message(Call_ID="after")

    seen = outcome(tmp_path, stream(*cut(giant + after, 60_000)))

    assert seen.call_ids == ["after"]
    assert seen.coverage.evicted["messages of more than 1 MiB"] == 1


def test_a_framer_never_holds_more_than_its_bound():
    framer = StreamFramer()
    most = 0
    for _ in range(3000):
        framer.feed(b"x" * 1000, 1)
        most = max(most, framer.waiting)
    framer.feed(b"\nINVITE sip:b@b SIP/2.0\r\n", 1)
    for _ in range(3000):
        framer.feed(b"X: " + b"x" * 997, 1)
        most = max(most, framer.waiting)

    assert most <= MAX_BUFFERED + 1000


@pytest.mark.parametrize("count", [10_000, 100_000])
def test_header_fields_without_end_are_all_read(tmp_path, count):
    many = message("OPTIONS sip:b@b SIP/2.0", *(f"X{number:x}:" for number in range(count)))

    seen = outcome(tmp_path, stream(*cut(many, 60_000)))

    assert seen.call_ids == ["one"]
    assert len(seen.messages[0].headers) == count + 7


def test_the_same_field_a_hundred_thousand_times_is_no_harm():
    found = parse(
        message("OPTIONS sip:b@b SIP/2.0", *["Via: SIP/2.0/UDP x"] * 50_000, *["CSeq: 1 OPTIONS"] * 50_000)
    )

    assert len(found.vias) == 50_001
    assert found.cseq == 1


@pytest.mark.parametrize("size", [255, 256, 1024, 60_000])
def test_a_long_call_id_is_kept_whole(tmp_path, size):
    seen = outcome(tmp_path, [datagram(message(Call_ID="c" * size))])

    assert seen.call_ids == ["c" * size]


def test_a_call_id_of_a_megabyte_over_tcp_is_kept_whole_and_shown_short(tmp_path):
    invite = message("INVITE sip:b@b SIP/2.0", Call_ID="c" * MEGABYTE)

    seen = outcome(tmp_path, stream(*cut(invite, 60_000)))

    assert seen.call_ids == ["c" * MEGABYTE]
    assert len(seen.screen) < 100_000


@pytest.mark.parametrize("warning", ['abc x "y"', "9" * 300 + ' x "y"', '399 "', "399"])
def test_warnings_that_are_none_are_left_out(warning):
    """CVE-2024-3120."""
    found = parse(message("SIP/2.0 400 Bad", f"Warning: {warning}"))

    assert found.warnings == []
    assert found.defects
