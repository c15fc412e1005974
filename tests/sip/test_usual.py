"""The usual ways, by expression and octet by octet, and the general way give the same message, whatever the octets are."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyser.sip import parse
from analyser.sip.general import parse_any
from analyser.sip.octets import read_usual
from analyser.sip.parse import _matched
from analyser.sip.usual import MAX_LINES, MAX_PARAMS, MAX_STATUS_LINES, STATUS_LINES, match_usual
from tests.sip.samples import SDP, octets

PLAIN = [
    octets(body=SDP, Content_Type="application/sdp"),
    octets("SIP/2.0 180 Ringing", Via="SIP/2.0/TCP h;rport=1;branch=z9hG4bKx", Content_Length=None),
    octets("SIP/2.0 200 OK", To='"B, ob" <sip:b@example.com>;tag=1;x', X_Y="a, b"),
    octets("BYE sip:b@h SIP/2.0", From="sip:a@h;tag=3;q", CSeq="2147483647 BYE", Content_Length="  0"),
]
LINES = [
    "Via: SIP/2.0/UDP b;branch=1, SIP/2.0/UDP c",
    "v: SIP/2.0/UDP d;branch=2",
    "VIA : SIP/2.0/UDP e;branch=3",
    "From: <sip:x@y>;tag=f1",
    "f:<sip:x@y>;tag=f2",
    "FROM: sip:x@y;tag=f3",
    "From",
    "To: X <sip:x@y>;a=b;tag=t1",
    "t: sip:x@y;tag=t2",
    "to: <sip:x@y> ; tag=t3",
    "Call-ID: i1",
    "i: i2",
    "Call-id: i3",
    "CSeq: 7 BYE",
    "Cseq: 8 INVITE",
    "CSeq: 1 INVITE",
    "Content-Length: 0",
    "l: 0",
    "Content-Length: 00",
    "Content-Type: text/plain",
    "Contact: *",
    "Cisco-Guid: 1",
    "Timestamp: 1",
    " folded",
    "\tfolded: too",
    "",
    "no colon",
    ": no name",
    "X\x1c: y",
    "\xa0From: z",
]
PIECES = ["\r\n", "\n", "\r", " ", "\t", ":", ";", ",", '"', "<", ">", "=", "\\", "\x00", "\xff", "\x85", "0"]
PIECES += [
    ";tag=z",
    ";branch=z",
    ";Branch=y",
    "sip:",
    "<sip:a@b>",
    " SIP/2.0",
    "SIP/2.0 ",
    "é",
    "\r\n\r\n",
    "",
]
SEEN = [
    "version",
    "raw",
    "body_at",
    "missing",
    "call_id",
    "cseq",
    "cseq_method",
    "branch",
    "from_tag",
    "to_tag",
    "content_length",
    "scan_defects",
]
"""What the head scan finds; the rest is read from the octets when asked for."""

lines = st.lists(st.tuples(st.integers(0, 15), st.integers(0, 1), st.sampled_from(LINES)), max_size=3)
pieces = st.lists(st.tuples(st.integers(0, 700), st.integers(0, 8), st.sampled_from(PIECES)), max_size=2)


def changed(data: bytes, put: list[tuple[int, int, str]], cut: list[tuple[int, int, str]]) -> bytes:
    """The message with header lines put in or in place of others, and text changed anywhere."""
    head, end, body = data.partition(b"\r\n\r\n")
    fields = head.decode().split("\r\n")
    for place, width, line in put:
        at = place % len(fields) + 1
        fields[at : at + width] = [line]
    text = "\r\n".join(fields)
    for place, width, piece in cut:
        at = place % (len(text) + 1)
        text = text[:at] + piece + text[at + width :]
    return text.encode("latin-1") + end + body


def compare(data: bytes, missing: int) -> None:
    general, matched, read = parse_any(data, missing), _matched(data, missing), read_usual(data, missing)
    alike(parse(data, missing), general)
    if matched is not None:
        alike(matched, read)
    if read is not None:
        alike(read, general)
        length = rf"\n(?:Content-Length|l) *: *{read.content_length}\r".encode()
        assert matched is not None or read.content_length > 2047 or not re.search(length, data, re.IGNORECASE)


def alike(one, other) -> None:
    assert type(one) is type(other)
    if one is None:
        return
    for name in (*SEEN, *one.__match_args__):
        assert getattr(one, name) == getattr(other, name), name


@settings(max_examples=1500)
@given(st.sampled_from(PLAIN), lines, pieces, st.sampled_from([0, 0, 5]))
def test_both_ways_give_the_same(data, put, cut, missing):
    compare(changed(data, put, cut), missing)


@pytest.mark.parametrize("data", PLAIN)
def test_both_ways_give_the_same_wherever_the_datagram_ends_or_an_octet_changes(data):
    for place in range(data.index(b"\r\n\r\n") + 5):
        compare(data[:place], 0)
        compare(data[:place], len(data) - place)
        for octet in b'\n\r ",/0:;<=>AZb~\x7f\xff':
            compare(data[:place] + bytes([octet]) + data[place + 1 :], 0)


@settings(max_examples=300)
@given(st.sampled_from(PLAIN), lines, pieces)
def test_an_earlier_interpreter_matches_the_same(data, put, cut):
    text = changed(data, put, cut).decode("latin-1")
    expression = match_usual.__self__
    greedy = re.compile(
        expression.pattern.replace(f"{{0,{MAX_LINES}}}+", f"{{0,{MAX_LINES}}}"), expression.flags
    )
    found, expected = match_usual(text), greedy.match(text)
    assert (found and (found.end(), found.groups())) == (expected and (expected.end(), expected.groups()))


@pytest.mark.parametrize("data", PLAIN)
def test_what_is_usual_goes_the_usual_way(data):
    for name in (b"CSeq: ", b"Via: ", b"To: "):  # in whatever order
        head, _, rest = data.partition(b"\r\n" + name)
        value, _, rest = rest.partition(b"\r\n")
        data = b"\r\n".join([head, rest.replace(b"\r\n\r\n", b"\r\n" + name + value + b"\r\n\r\n", 1)])
        assert match_usual(data.decode("latin-1"))
        assert read_usual(data, 0)
        compare(data, 0)


@pytest.mark.parametrize(
    "line", ["From: <sip:x@y>;tag=1", "f: x", "t: x", "i: x", "CSEQ: 1 BYE", "l: 0", " x"]
)
def test_what_may_mean_a_scanned_field_goes_the_general_way(line):
    data = octets()[:-2] + line.encode() + b"\r\n\r\n"
    assert not match_usual(data.decode("latin-1"))
    assert not read_usual(data, 0)
    compare(data, 0)


@pytest.mark.parametrize("more", [0, 1])
def test_as_many_lines_and_parameters_are_usual_in_both_ways(more):
    head = octets()[:-2]
    long = head + b"X: y\r\n" * (MAX_LINES - head.count(b"\n") + 1 + more) + b"\r\n"
    deep = octets(Via=f"SIP/2.0/UDP h{';a=b' * (MAX_PARAMS + more)};branch=z9hG4bKx")
    for data in (long, deep):
        assert bool(match_usual(data.decode("latin-1"))) is bool(read_usual(data, 0)) is not more
        compare(data, 0)


def test_status_lines_are_not_kept_without_end():
    for number in range(2 * MAX_STATUS_LINES):
        message = parse(octets(f"SIP/2.0 200 {number}"))
        assert message is not None
        assert message.reason == str(number)
    assert len(STATUS_LINES) <= MAX_STATUS_LINES


@pytest.mark.parametrize(
    "piece", [";", "a", '"', "<", ">", "\\", " ", ";b", ";a=", "\n", "x\n", "From: ", "\r"]
)
def test_failing_takes_no_time(piece):
    begin = time.process_time()
    for front in (
        "",
        "Via: SIP/2.0/UDP h;",
        "From: ",
        'To: "',
        "From: sip:",
        "To: <sip:x>;tag=",
        "Call-ID: ",
    ):
        text = f"SIP/2.0 200 OK\r\n{front}{piece * (200_000 // len(piece))}"
        assert not match_usual(text)
        assert not read_usual(text[:20_000].encode(), 0)
    assert time.process_time() - begin < 2
