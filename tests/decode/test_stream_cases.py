"""What TCP does to SIP, and what other tools stumble over: each case through to the messages."""

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyser.decode import signs
from analyser.decode.hep import Hep
from analyser.decode.stream import Run
from analyser.decode.streams import Streams
from analyser.pipeline import Messages
from analyser.sip import looks_like_sip
from analyser.wire import Coverage
from tests.support.captures import OPTIONS, ethernet, ipv4, ipv6, pcap, tcp
from tests.support.decoded import messages_of

SDP = b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
INVITE = OPTIONS.replace(b"OPTIONS", b"INVITE").replace(
    b"Content-Length: 0\r\n\r\n",
    b"Content-Type: application/sdp\r\nContent-Length: %d\r\n\r\n" % len(SDP) + SDP,
)
REGISTER = OPTIONS.replace(b"OPTIONS", b"REGISTER").replace(b"one@", b"two@")
BYE = OPTIONS.replace(b"OPTIONS", b"BYE").replace(b"one@", b"three@")
KEEP_ALIVE = b"\r\n\r\n"
SYN = ethernet(ipv4(tcp(b"", 999, "S"), 6))


def segment(data, at=1000, flags="A", **ends):
    return ethernet(ipv4(tcp(data, at, flags), 6, **ends))


def segments(*pieces, start=1000):
    packets = []
    for piece in pieces:
        packets.append(segment(piece, start))
        start += len(piece)
    return packets


def cut(text, size, start=1000):
    return segments(*(text[at : at + size] for at in range(0, len(text), size)), start=start)


def sized(length, method=b"INVITE"):
    """An INVITE whose Content-Length says something else than its body."""
    return INVITE.replace(b"Content-Length: %d" % len(SDP), b"Content-Length: " + length).replace(
        b"INVITE", method
    )


@pytest.fixture
def read(tmp_path):
    def run(packets, coverage=None):
        path = tmp_path / "a.pcap"
        path.write_bytes(pcap(packets))
        return [sighting.message.method for sighting in messages_of(path, coverage=coverage)]

    return run


FOUR = cut(INVITE, -(-len(INVITE) // 4))
NO_LENGTH = INVITE.replace(b"Content-Length: %d\r\n" % len(SDP), b"")
CASES = {
    "one message": (segments(INVITE), ["INVITE"]),
    "two messages in one segment": (segments(INVITE + REGISTER), ["INVITE", "REGISTER"]),
    "one message over four segments": (FOUR, ["INVITE"]),
    "the same, out of order": ([SYN, FOUR[2], FOUR[0], FOUR[3], FOUR[1]], ["INVITE"]),
    "the same, one segment retransmitted": ([*FOUR[:2], FOUR[1], *FOUR[2:]], ["INVITE"]),
    "the first segment is a keep-alive with a message": (segments(KEEP_ALIVE + INVITE), ["INVITE"]),
    "the keep-alive has its own segment": (segments(KEEP_ALIVE, INVITE), ["INVITE"]),
    "a later segment is a keep-alive with a message": (
        segments(INVITE, KEEP_ALIVE + REGISTER),
        ["INVITE", "REGISTER"],
    ),
    "keep-alives everywhere": (
        segments(b"\r\n", KEEP_ALIVE, INVITE + b"\r\n", KEEP_ALIVE, KEEP_ALIVE * 3 + REGISTER + KEEP_ALIVE),
        ["INVITE", "REGISTER"],
    ),
    "the capture starts in a message": (segments(INVITE[150:], REGISTER), ["REGISTER"]),
    "the capture starts in a message, the next one in the same segment": (
        segments(INVITE[150:] + REGISTER, BYE),
        ["REGISTER", "BYE"],
    ),
    "the capture starts in a message, the next one is cut in its first line": (
        segments(INVITE[150:] + REGISTER[:9], REGISTER[9:] + BYE),
        ["REGISTER", "BYE"],
    ),
    "the same behind the method": (segments(INVITE[150:] + REGISTER[:3], REGISTER[3:]), ["REGISTER"]),
    "the same behind the first line": (segments(INVITE[150:] + REGISTER[:38], REGISTER[38:]), ["REGISTER"]),
    "the capture starts in a body without line ends": (segments(b"</pidf>" + REGISTER, BYE), ["REGISTER", "BYE"]),
    "the capture starts in a message of ten octets a segment": (
        cut(INVITE[150:] + REGISTER + BYE, 10),
        ["REGISTER", "BYE"],
    ),
    "no Content-Length": (segments(NO_LENGTH), ["INVITE"]),
    "no Content-Length, and another message": (segments(NO_LENGTH, REGISTER), ["INVITE", "REGISTER"]),
    "Content-Length too small": (segments(sized(b"10"), REGISTER), ["INVITE", "REGISTER"]),
    "Content-Length too large": (segments(sized(b"150"), REGISTER, BYE), ["INVITE", "REGISTER", "BYE"]),
    "Content-Length larger than all": (
        segments(sized(b"90000"), REGISTER, BYE),
        ["INVITE", "REGISTER", "BYE"],
    ),
    "Content-Length negative": (segments(sized(b"-1"), REGISTER), ["INVITE", "REGISTER"]),
    "Content-Length beyond 32 bits": (segments(sized(b"4294967328"), REGISTER), ["INVITE", "REGISTER"]),
    "Content-Length of twenty digits": (segments(sized(b"9" * 20), REGISTER), ["INVITE", "REGISTER"]),
    "Content-Length in words": (segments(sized(b"many"), REGISTER), ["INVITE", "REGISTER"]),
    "ten octets a segment": (cut(INVITE + REGISTER, 10), ["INVITE", "REGISTER"]),
    "overlapping segments": (
        [segment((INVITE + REGISTER)[at : at + 100], 1000 + at) for at in range(0, len(INVITE + REGISTER), 60)],
        ["INVITE", "REGISTER"],
    ),
    "the line of a proxy before": (
        [SYN, *segments(b"PROXY TCP4 192.0.2.9 192.0.2.2 1 2\r\n" + INVITE)],
        ["INVITE"],
    ),
    "the line of a proxy in its own segment": (
        [SYN, *segments(b"PROXY TCP4 192.0.2.9 192.0.2.2 1 2\r\n", INVITE)],
        ["INVITE"],
    ),
    "the line of a proxy, ten octets a segment": (
        [SYN, *cut(b"PROXY UNKNOWN\r\n" + INVITE, 10)],
        ["INVITE"],
    ),
    "the header of a proxy before": (
        [SYN, *segments(b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c" + bytes(range(12)) + INVITE)],
        ["INVITE"],
    ),
    "the header of a proxy in its own segment": (
        [SYN, *segments(b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c" + bytes(range(12)), INVITE)],
        ["INVITE"],
    ),
    "SIP behind something else": (segments(b"\x05\x01\0", b"\x05\0", INVITE), ["INVITE"]),
    "a body that quotes SIP": (
        segments(
            INVITE.replace(b"application/sdp", b"message/sip").replace(b"Content-Length: %d" % len(SDP), b"l: 9999")
            .replace(b"l: 9999", b"l: %d" % (len(SDP) + len(BYE))) + BYE,
            REGISTER,
        ),
        ["INVITE", "REGISTER"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_messages_are_found(read, name):
    packets, expected = CASES[name]

    assert read(packets) == expected


def test_a_lost_segment_costs_its_messages_and_no_other(read):
    coverage = Coverage()
    packets = segments(INVITE, INVITE, REGISTER, BYE)
    del packets[1]

    assert read(packets, coverage) == ["INVITE", "REGISTER", "BYE"]
    assert (coverage.stream_gaps, coverage.gap_octets) == (1, len(INVITE))


def test_behind_a_gap_half_a_first_line_is_no_message(read):
    packets = segments(OPTIONS, REGISTER[:3], REGISTER[3:], BYE)
    del packets[1]

    assert read(packets) == ["OPTIONS", "BYE"]


def test_a_message_is_as_old_as_its_last_octet(tmp_path):
    path = tmp_path / "a.pcap"
    path.write_bytes(pcap(segments(NO_LENGTH[:99], NO_LENGTH[99:], KEEP_ALIVE, REGISTER)))

    first, second = messages_of(path)

    assert first.frames == (1, 2)
    assert second.frames == (4,)
    assert second.time - first.time == 2_000_000_000


def test_connections_that_are_half_open_or_reset_do_no_harm(read):
    back = {"source": "192.0.2.2", "target": "192.0.2.1"}
    packets = [
        *(segment(b"", 999, "S", source=f"10.0.{host}.1") for host in range(50)),
        *segments(INVITE),
        segment(b"", 1000 + len(INVITE), "R"),
        segment(b"", 5, "R", **back),
        *segments(REGISTER, start=77_000),
    ]

    assert read(packets) == ["INVITE", "REGISTER"]


def test_a_segment_from_far_away_does_not_make_the_stream_deaf(read):
    coverage = Coverage()
    packets = [
        *segments(INVITE),
        segment(b"X" * 20, 1000 + 2**30),
        *segments(REGISTER, start=1000 + len(INVITE)),
    ]

    assert read(packets, coverage) == ["INVITE", "REGISTER"]
    assert not coverage.stream_gaps


def test_other_protocols_that_speak_of_sip_are_none(read):
    page = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<pre>INVITE sip:bob@x SIP/2.0\r\nThen the caller waits.\r\n"
    log = b"12:00 got SIP/2.0 200 OK from 192.0.2.1\r\n12:01 sent INVITE sip:a@b SIP/2.0\r\n"
    mail = b"220 mail ESMTP\r\n250 OK\r\nSubject: SIP/2.0 404 Not Found\r\n\r\n"

    assert read([SYN, *segments(page, log, mail)]) == []
    assert read([ethernet(ipv6(tcp(text), 6), 0x86DD) for text in (page, log, mail)]) == []


def test_a_segment_that_never_comes_to_its_start_line_takes_linear_time():
    """A card that joins segments makes them of 64 KiB; this one took seconds."""

    def seconds(size):
        data = b"x\n" + b"SIP/2.0 200 " * (size // 12)
        begin = time.process_time()
        for _ in range(5):
            assert signs.tell(data, looks_like_sip) == (signs.MAYBE, 2)
        return time.process_time() - begin

    small, large = seconds(8_000), seconds(64_000)
    assert large < 8 * 4 * small


def run(data, frame=0):
    return Run(0, data, (frame,), 0, 0)


@given(
    st.lists(st.tuples(st.integers(0, 900), st.integers(1, 300)), max_size=12),
    st.integers(0, 2**32),
)
def test_however_a_stream_is_cut_ordered_and_repeated_the_messages_are_the_same(extra, seed):
    chance = random.Random(seed)
    coverage = Coverage()
    streams = Streams(coverage, looks_like_sip, Hep(coverage, looks_like_sip))
    messages, found = Messages(coverage), []
    text = KEEP_ALIVE + INVITE + REGISTER + KEEP_ALIVE + NO_LENGTH + BYE
    pieces, at = list(extra), 0
    while at < len(text):
        size = chance.randrange(1, 200)
        pieces.append((at, size))
        at += size
    chance.shuffle(pieces)
    origin = 2**32 - 300
    arrivals = [
        (origin - 1, b"", 2),
        *(((origin + at) % 2**32, text[at : at + size], 0x10) for at, size in pieces),
    ]
    for number, (sequence, data, flags) in enumerate(arrivals):
        payloads = []
        streams.receive(bytes(12), sequence, flags, run(data, number), payloads)
        found += messages.receive(payloads)
    payloads = []
    streams.close(payloads)
    found += [*messages.receive(payloads), *messages.close()]

    assert [sighting.message.raw for sighting in found] == [INVITE, REGISTER, NO_LENGTH, BYE]
    assert not coverage.stream_gaps


@given(st.lists(st.tuples(st.binary(max_size=60), st.integers(0, 400), st.integers(0, 31)), max_size=20))
def test_random_segments_never_raise(arrivals):
    coverage = Coverage()
    streams = Streams(coverage, looks_like_sip, Hep(coverage, looks_like_sip))
    messages, payloads = Messages(coverage), []
    for number, (data, sequence, flags) in enumerate(arrivals):
        streams.receive(
            bytes(12), sequence, flags, Run(number, data, (number + 1,), number % 3 == 2, 0), payloads
        )
    streams.sweep(2**40, payloads)
    streams.close(payloads)
    list(messages.receive(payloads))
