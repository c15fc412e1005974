"""Empty lines and keep-alives, alone and glued to messages, in datagrams and streams."""

import pytest

from tests.survive.wire import datagram, message, outcome, stream


@pytest.mark.parametrize(
    "octets", [b"", b"\r\n", b"\r\n\r\n", b"\n" * 1400, b"\r" * 1400, b"\0\0\0\0", b"\0"]
)
def test_keep_alives_alone_are_no_messages(tmp_path, octets):
    seen = outcome(tmp_path, [datagram(octets), *stream(octets or b"\r\n\r\n")])

    assert seen.messages == []


@pytest.mark.parametrize("front", [b"\r\n", b"\r\n\r\n", b"\n\n\n", b"\r\n" * 500])
def test_keep_alives_in_front_of_a_message_are_no_part_of_it(tmp_path, front):
    first, second = message(), message(Call_ID="two", CSeq="2 OPTIONS")

    seen = outcome(tmp_path, [datagram(front + first), *stream(front + first + front + second + front)])

    assert seen.call_ids == ["one", "one", "two"]
    assert not any(found.defects for found in seen.messages)


def test_a_head_of_nothing_but_empty_lines_ends_where_it_began(tmp_path):
    """CVE-2013-7112: an endless loop over empty lines."""
    seen = outcome(tmp_path, stream(b"OPTIONS sip:b@b SIP/2.0\r\n" + b"\r\n" * 5000 + message(Call_ID="two")))

    assert seen.call_ids[-1] == "two"


def test_lines_that_end_with_lf_or_cr_alone_are_read_and_named(tmp_path):
    seen = outcome(tmp_path, [datagram(message().replace(b"\r\n", b"\n"))])

    assert seen.call_ids == ["one"]
    assert "bare-lf" in map(str, seen.messages[0].defects)
