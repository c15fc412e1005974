"""Framing of byte streams: every split gives the same messages."""

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyser.sip import StreamFramer, is_one_message
from analyser.sip import stream as stream_module
from analyser.sip.stream import MAX_BUFFERED, MAX_LINE, MAX_MARKS, matches_one_message
from analyser.sip.whole import is_whole
from tests.sip.samples import SDP, octets
from tests.support.damage import damaged

A = octets(body=SDP)
B = octets("SIP/2.0 180 Ringing", Call_ID="b")
FRAGMENT = octets(
    "NOTIFY sip:a@b SIP/2.0", body=b"SIP/2.0 200 OK\r\n\r\nINVITE sip:x SIP/2.0\r\n", CSeq="1 NOTIFY"
)
NO_LENGTH = octets("BYE sip:a@b SIP/2.0", Content_Length=None)

B_LINE = B.partition(b"\r\n")[0] + b"\r\n"


def longer(octets_more):
    """A message whose Content-Length is larger than its body by as much."""
    return octets(body=SDP, Content_Length=str(len(SDP) + octets_more))


def frame(pieces):
    """All that a framer gives for these pieces: messages, what it dropped, what stayed unfinished."""
    framer = StreamFramer()
    messages = [octets for mark, piece in enumerate(pieces) for octets, _ in framer.feed(piece, mark)]
    messages += [octets for octets, _ in framer.close()]
    unfinished = None if framer.unfinished is None else (framer.unfinished.octets, framer.unfinished.missing)
    return messages, framer.dropped, unfinished


@pytest.mark.parametrize(
    ("stream", "is_one"),
    [
        (A, True),
        (B, True),
        (octets("BYE sip:a@b SIP/2.0", Content_Length=None, l="0"), True),
        (A + B, False),
        (A[:-1], False),
        (b"\r\n" + A, False),
        (A.rstrip(), False),
        (FRAGMENT, False),
        (NO_LENGTH, False),
        (octets()[:-2] + b"l: 7\r\n\r\n", False),
        (octets(body=b"no line end"), False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", False),
    ],
)
def test_of_one_message_that_comes_by_itself_a_look_tells(stream, is_one):
    framer = StreamFramer()
    framed = framer.feed(stream, 1)

    assert is_one_message(stream) == is_one
    if is_one:
        assert framed == [(stream, (1,))]
        assert framer.is_idle


STARTS = [
    b"BYE sip:a@b SIP/2.0\r\n",
    b"SIP/2.0 200 OK\r\n",
    b"SIP/2.0  200 OK\n",
    b"BYE SIP/2.0\r\n",
    b"BYE  SIP/2.0\r\n",
    b"bye sip:a@b SIP/2.0\n",
    b"BYE sip:a@b SIP/2.0 \r\n",
    b"GET / HTTP/1.1\r\n",
]
FIELD_LINES = [
    b"Content-Length: 5\r\n",
    b"Content-Length: 05\r\n",
    b"Content-Length: 5 \r\n",
    b"Content-Length: 5\n",
    b"CONTENT-LENGTH: 5\r\n",
    b"Content-Length:5\r\n",
    b"Content-Length: 1234567890\r\n",
    b"Content-Length: five\r\n",
    b"Content-Length: 5x\r\n",
    b"Content-Length: 8\r\n",
    b"content-length: 5\r\n",
    b"l: 5\r\n",
    b"L : 5\r\n",
    b"Content-Language: en\r\n",
    b"Contact: <sip:a@b>\r\n",
    b"Via: x\r\n",
    b"Via: x\n",
    b" folded\r\n",
    b"\rx\r\n",
    b"\n",
]
ENDS = [
    b"\r\nv=0\r\n",
    b"\nv=0\r\n",
    b"\rxv=0\r\n",
    b"\r\nv=0",
    b"\r\nv=0  ",
    b"\r\nv=0 \n",
    b"\r\n",
    b"",
    b"\r\nSIP/2.0\n",
]


@pytest.mark.parametrize("start", STARTS)
def test_octet_by_octet_nothing_else_is_taken_for_one_message(start):
    usual = FIELD_LINES[0]
    heads = [(), *((line,) for line in FIELD_LINES), *((usual, line) for line in FIELD_LINES)]
    heads += [(line, usual) for line in FIELD_LINES]
    streams = [b"".join((start, *head, end)) for head in heads for end in ENDS]

    assert [stream for stream in streams if is_whole(stream) and not matches_one_message(stream)] == []


@given(damaged(st.sampled_from([A, B, FRAGMENT, NO_LENGTH, A + B])))
def test_octet_by_octet_no_damage_is_overlooked(stream):
    assert matches_one_message(stream) or not is_whole(stream)


def test_octet_by_octet_what_is_usual_is_told():
    assert [is_whole(stream) for stream in (A, B, octets())] == [True] * 3


def test_behind_a_gap_what_is_left_of_a_method_is_none():
    framer = StreamFramer()
    framer.lost()

    assert framer.feed(b"GISTER sip:a@b SIP/2.0\r\nVia: x\r\n\r\n" + B, 1) == [(B, (1,))]
    framer.lost()
    assert framer.feed(A, 2) == [(A, (2,))]


STREAMS = {
    "two messages": (A + B, [A, B]),
    "keep-alives alone and glued": (b"\r\n\r\n" + A + b"\r\n\r\n\r\n" + B + b"\r\n", [A, B]),
    "a body that quotes SIP": (FRAGMENT + B, [FRAGMENT, B]),
    "no Content-Length": (NO_LENGTH + b"hello\r\n" + A + NO_LENGTH, [NO_LENGTH + b"hello\r\n", A, NO_LENGTH]),
    "no Content-Length, keep-alives": (NO_LENGTH + b"\r\n\r\n" + B, [NO_LENGTH, B]),
    "negative length": (octets(Content_Length="-5") + B, [octets(Content_Length="-5"), B]),
    "huge length": (octets(Content_Length="4294967300") + B, [octets(Content_Length="4294967300"), B]),
    "conflicting lengths": (octets()[:-2] + b"l: 7\r\n\r\n" + B, [octets()[:-2] + b"l: 7\r\n\r\n", B]),
    "the tail of a message first": (A[70:] + B, [B]),
    "garbage between": (A + b"\x00\x01 garbage\nmore garbage\r\n" + B, [A, B]),
    "garbage on the start line's line": (b"</xml>" + octets("BYE sip:a@b SIP/2.0", CSeq="1 BYE") + b"x SIP/2.0 200 OK\n\n",
        [octets("BYE sip:a@b SIP/2.0", CSeq="1 BYE"), b"SIP/2.0 200 OK\n\n"]),
    "a length too large by two": (longer(2) + B, [longer(2) + B[:2], B]),
    "a length too large by a start line's part": (longer(14) + A, [longer(14) + A[:14], A]),
    "a length that swallows the start line": (longer(len(B_LINE) + 3) + B, [longer(len(B_LINE) + 3), B]),
    "a length that swallows a message": (longer(100_000) + B + A, [longer(100_000), B, A]),
    "a length too small": (octets(body=SDP, Content_Length="20") + B, [octets(body=SDP, Content_Length="20")[: 20 - len(SDP)], B]),
    "the sum of 2**32 and the length": (longer(2**32 + 32 - len(SDP)) + B, [longer(2**32 + 32 - len(SDP)), B]),
    "bare line feeds": (A.replace(b"\r\n", b"\n") + B, None),
    "unfinished head": (A + B[:50], [A]),
    "unfinished body": (A[:-5], []),
    "half a start line": (A + b"INVI", [A]),
}  # fmt: skip


@pytest.mark.parametrize("name", STREAMS)
def test_every_split_gives_the_same_messages(name):
    stream, expected = STREAMS[name]
    whole = frame([stream])
    if expected is not None:
        assert whole[0] == expected
    for at in range(1, len(stream)):
        assert frame([stream[:at], stream[at:]]) == whole, at
    assert frame([stream[at : at + 1] for at in range(len(stream))]) == whole
    assert frame([stream[at : at + 7] for at in range(0, len(stream), 7)]) == whole


PIECES = [
    b"\r\n",
    b"\n",
    b"INVITE sip:a SIP/2.0\r\n",
    b"SIP/2.0 200 OK\r\n",
    b"l: 3\r\n",
    b"Content-Length: 0\r\n",
]
PIECES += [b"Via: x\r\n", b"abc", b"\r", b" l: 9\r\n", b"\x00", b"l: -1\r\n", b"BYE sip:b SIP/2.0"]
LINES = st.sampled_from(PIECES)


@settings(max_examples=300)
@given(st.lists(LINES, max_size=25).map(b"".join), st.lists(st.integers(1, 200), max_size=8))
def test_any_stream_any_split(stream, cuts):
    whole = frame([stream])
    points = sorted({cut % (len(stream) + 1) for cut in cuts})
    pieces = [stream[start:end] for start, end in zip([0, *points], [*points, len(stream)], strict=True)]
    assert frame(pieces) == whole
    assert frame([stream[at : at + 1] for at in range(len(stream))]) == whole


def test_marks_name_the_runs_that_carried_a_message():
    framer = StreamFramer[int]()
    assert framer.feed(b"\r\n\r\n", 1) == []
    assert framer.feed(A[:10], 2) == []
    assert framer.feed(A[10:20], 2) == []
    assert framer.feed(A[20:] + B + A[:5], 3) == [(A, (2, 3)), (B, (3,))]
    assert framer.feed(b"", 4) == []
    assert framer.feed(A[5:], 5) == [(A, (3, 5))]


def test_lost_octets_end_a_message_and_the_next_start_line_begins_one():
    framer = StreamFramer[int]()
    assert framer.feed(A[:200], 1) == []
    assert framer.lost() == []
    assert framer.unfinished is not None
    assert (framer.unfinished.octets, framer.unfinished.marks) == (A[:200], (1,))
    assert framer.feed(A[-30:] + B, 2) == [(B, (2,))]
    assert framer.close() == []
    assert framer.unfinished is None


def test_an_unfinished_body_says_what_is_missing():
    framer = StreamFramer[int]()
    framer.feed(A[:-5], 1)
    assert framer.close() == []
    assert framer.unfinished is not None
    assert framer.unfinished.missing == 5


@pytest.mark.parametrize("cut", [1000, 4096, 65536])
def test_bounds(cut, monkeypatch):
    monkeypatch.setattr(stream_module, "MAX_BUFFERED", 20_000)
    endless_head = b"INVITE sip:a SIP/2.0\r\n" + b"X: y\r\n" * 5000
    endless_body = NO_LENGTH + b"text\r\n" * 5000
    endless_line = b"x" * 3 * MAX_LINE
    for stream in (endless_head, endless_body, endless_line):
        data = stream + b"\r\n" + A
        messages, dropped, unfinished = frame([data[at : at + cut] for at in range(0, len(data), cut)])
        assert messages == [A]
        assert dropped >= 20_000
        assert unfinished is None
        assert (messages, dropped, unfinished) == frame([data])


@pytest.mark.parametrize("cut", [999, 4096, 65536, 10**6])
@pytest.mark.parametrize("size", [19_990, 20_000, 20_010, 20_500, 21_000, 60_000])
@pytest.mark.parametrize("line", [b"x" * 76 + b"\r\n", b"x"])
def test_the_message_behind_one_that_is_too_large_is_found(cut, size, line, monkeypatch):
    """Glued to its body, as the next message always is where the body has no last line end."""
    monkeypatch.setattr(stream_module, "MAX_BUFFERED", 20_000)
    body = (line * size)[:size].rstrip() + b"="
    data = octets(body=body) + A + B
    framer = StreamFramer()

    messages = [
        message for at in range(0, len(data), cut) for message, _ in framer.feed(data[at : at + cut], at)
    ]

    assert messages == [A, B]
    assert framer.oversized == 1
    assert framer.dropped == len(data) - len(A + B)


def test_a_huge_message_octet_by_octet_takes_linear_time():
    def seconds(size):
        message = octets(body=b"x" * size)
        framer = StreamFramer[int]()
        begin = time.process_time()
        result = [found for at in range(len(message)) for found in framer.feed(message[at : at + 1], at)]
        assert [len(data) for data, _ in result] == [len(message)]
        assert len(result[0][1]) <= MAX_MARKS
        return time.process_time() - begin

    small, large = seconds(20_000), seconds(160_000)
    assert large < 8 * 4 * small


def test_an_endless_head_octet_by_octet_stays_bounded():
    framer = StreamFramer[int]()
    framer.feed(b"INVITE sip:a SIP/2.0\r\n", 0)
    for _ in range(40):
        framer.feed(b"X: " + b"y" * 65536 + b"\r\n", 1)
        assert len(framer._buffer) <= MAX_BUFFERED
    assert framer.dropped >= MAX_BUFFERED


def test_random_splits_of_many_messages():
    chance = random.Random(7)
    stream = b"".join(chance.choice([A, B, FRAGMENT, b"\r\n\r\n"]) for _ in range(60))
    whole = frame([stream])
    for _ in range(20):
        pieces, at = [], 0
        while at < len(stream):
            size = chance.randint(1, 1500)
            pieces.append(stream[at : at + size])
            at += size
        assert frame(pieces) == whole
