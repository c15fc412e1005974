"""SIP over WebSocket (RFC 7118): each message once, whole, with the frames that carried it."""

import random
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyser.decode.stream import Run
from analyser.decode.websocket import WebSocket, frame_header, unmasked
from analyser.sip import looks_like_sip
from analyser.wire import Coverage, Endpoint, Hop
from tests.support.captures import OPTIONS, ethernet, ipv4, pcap, tcp, websocket
from tests.support.decoded import assert_each_frame_counts_once, messages_of, payloads_of

TWO = OPTIONS.replace(b"one@", b"two@")
LONG = OPTIONS.replace(b"Content-Length: 0", b"Content-Length: 70000") + b"x" * 70_000
MASK = b"\x11\x22\x33\x44"
ASKS = (
    b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: eA==\r\n"
    b"Sec-WebSocket-Protocol: sip\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
GRANTS = ASKS.replace(b"GET /ws HTTP/1.1", b"HTTP/1.1 101 Switching Protocols")
HOP = Hop(Endpoint("192.0.2.1", 1), Endpoint("192.0.2.2", 2), "WS")


def segments(text, size=100_000, start=1000, **ends):
    size = min(size, 60_000)
    return [
        ethernet(ipv4(tcp(text[at : at + size], start + at), 6, **ends)) for at in range(0, len(text), size)
    ]


SYN = ethernet(ipv4(tcp(b"", 999, "S"), 6))


@pytest.fixture
def decode(tmp_path):
    def run(packets, coverage=None):
        path = tmp_path / "a.pcap"
        path.write_bytes(pcap(packets))
        return payloads_of(path, coverage=coverage)

    return run


def texts(payloads):
    assert all(payload.whole and payload.hop.transport == "WS" for payload in payloads)
    return [payload.data for payload in payloads]


def deflated(text, compressor=None):
    compressor = compressor or zlib.compressobj(wbits=-15)
    return (compressor.compress(text) + compressor.flush(zlib.Z_SYNC_FLUSH)).removesuffix(b"\0\0\xff\xff")


STREAMS = {
    "two frames": (websocket(OPTIONS) + websocket(TWO), [OPTIONS, TWO]),
    "masked": (websocket(OPTIONS, mask=MASK) + websocket(TWO, mask=b"\0\0\0\1"), [OPTIONS, TWO]),
    "binary": (websocket(OPTIONS, opcode=2), [OPTIONS]),
    "64-bit length": (websocket(LONG, mask=MASK) + websocket(TWO), [LONG, TWO]),
    "7-bit length": (websocket(b"SIP/2.0 200 OK\r\nl: 0\r\n\r\n"), [b"SIP/2.0 200 OK\r\nl: 0\r\n\r\n"]),
    "keep-alives": (
        websocket(OPTIONS) + websocket(b"\r\n\r\n", mask=MASK) + websocket(b"\r\n") + websocket(TWO),
        [OPTIONS, TWO],
    ),
    "fragments with control frames between": (
        websocket(OPTIONS[:99], fin=False)
        + websocket(b"ping", opcode=9)
        + websocket(OPTIONS[99:150], opcode=0, fin=False, mask=MASK)
        + websocket(b"", opcode=10)
        + websocket(OPTIONS[150:], opcode=0)
        + websocket(TWO),
        [OPTIONS, TWO],
    ),
    "empty fragments": (
        websocket(OPTIONS, fin=False) + websocket(b"", opcode=0, fin=False) * 50 + websocket(b"", opcode=0),
        [OPTIONS],
    ),
    "a close frame": (websocket(OPTIONS) + websocket(b"\x03\xe8", opcode=8), [OPTIONS]),
    "what is no SIP between": (websocket(OPTIONS) + websocket(b"hello") + websocket(TWO), [OPTIONS, TWO]),
    "compressed": (
        websocket(deflated(OPTIONS), deflated=True) + websocket(deflated(TWO), deflated=True, mask=MASK),
        [OPTIONS, TWO],
    ),
}
_LASTING = zlib.compressobj(wbits=-15)
STREAMS["compressed in one window"] = (
    websocket(deflated(OPTIONS, _LASTING), deflated=True)
    + websocket(deflated(TWO, _LASTING), deflated=True)
    + websocket(OPTIONS),
    [OPTIONS, TWO, OPTIONS],
)


@pytest.mark.parametrize("name", STREAMS)
@pytest.mark.parametrize("handshake", [b"", ASKS, GRANTS], ids=["none", "asked", "granted"])
@pytest.mark.parametrize("size", [1, 10, 77, 100_000])
def test_each_message_is_read_once_however_the_stream_is_cut(decode, name, handshake, size):
    stream, expected = STREAMS[name]
    if len(stream) > 10_000:
        size = max(size, 500)

    assert texts(decode([SYN, *segments(handshake + stream, size)])) == expected


def test_a_capture_that_begins_in_the_middle_finds_the_next_frame(decode):
    stream = websocket(OPTIONS, mask=MASK)

    payloads = decode([*segments(stream[40:], 100), *segments(websocket(TWO), start=1000 + len(stream) - 40)])

    assert texts(payloads) == [TWO]


def test_behind_a_gap_the_next_frame_is_found(decode):
    coverage = Coverage()
    packets = [segments(websocket(OPTIONS), start=1000 + at * 1000)[0] for at in (0, 1, 2)]

    payloads = decode(packets, coverage)

    assert texts(payloads) == [OPTIONS] * 3
    assert coverage.stream_gaps == 2
    assert coverage.gap_octets == 2 * (1000 - len(websocket(OPTIONS)))


def test_a_message_names_all_frames_that_carried_it(decode):
    stream = websocket(OPTIONS[:60], fin=False) + websocket(OPTIONS[60:], opcode=0) + websocket(TWO)

    first, second = decode([SYN, *segments(stream, 100)])

    assert first.frames == (2, 3, 4)
    assert second.frames == (4, 5)


def test_both_directions_are_read_and_become_messages(tmp_path):
    path = tmp_path / "a.pcap"
    back = {"source": "192.0.2.2", "target": "192.0.2.1"}
    answer = b"SIP/2.0 200 OK\r\n" + OPTIONS.split(b"\r\n", 1)[1]
    path.write_bytes(
        pcap([*segments(ASKS + websocket(OPTIONS, mask=MASK)), *segments(GRANTS + websocket(answer), **back)])
    )

    request, response = messages_of(path)

    assert (request.message.method, response.message.status) == ("OPTIONS", 200)
    assert (request.hop.transport, response.frames) == ("WS", (2,))


@pytest.mark.parametrize("size", [536, 1400])
@pytest.mark.parametrize("handshake", [ASKS, GRANTS])
def test_a_handshake_with_long_cookies_is_one(decode, handshake, size):
    """Frames follow in the segment that ends it, so that none of them begins one."""
    long = handshake.replace(b"Sec-WebSocket-Key", b"Cookie: token=" + b"e" * 7000 + b"\r\nSec-WebSocket-Key")
    other = long.replace(b": sip", b": mqtt")

    assert texts(decode([SYN, *segments(long + websocket(OPTIONS) + websocket(TWO), size)])) == [OPTIONS, TWO]
    assert decode([SYN, *segments(other + websocket(b"hello"), size)]) == []


def test_another_protocol_over_websocket_is_none_of_ours(decode):
    other = ASKS.replace(b"Protocol: sip", b"Protocol: mqtt, sipx")
    unnamed = ASKS.replace(b"Sec-WebSocket-Protocol: sip\r\n", b"")

    assert decode(segments(other + websocket(b"hello"))) == []
    assert decode(segments(unnamed + websocket(b"hello") + websocket(b"bye"))) == []
    assert texts(decode(segments(unnamed + websocket(OPTIONS)))) == [OPTIONS]
    assert texts(decode(segments(ASKS.replace(b": sip", b": xmpp,SIP") + websocket(OPTIONS)))) == [OPTIONS]


DAMAGED = {
    "a length of 2**63": b"\x81\x7f" + (2**63).to_bytes(8, "big") + OPTIONS,
    "a length beyond the bounds": b"\x81\x7f" + (2**40).to_bytes(8, "big") + OPTIONS,
    "an opcode that is not": b"\x83\x05hello",
    "a bit that is not": b"\xa1\x05hello",
    "a control frame in parts": b"\x09\x05hello",
}


@pytest.mark.parametrize("damage", DAMAGED.values(), ids=DAMAGED)
def test_damage_is_noted_and_passed_over(decode, damage):
    coverage = Coverage()
    stream = ASKS + websocket(OPTIONS) + damage
    packets = [SYN, *segments(stream), *segments(websocket(TWO), start=1000 + len(stream))]

    assert texts(decode(packets, coverage)) == [OPTIONS, TWO]
    assert coverage.notes == ["a WebSocket stream is damaged; what could be read of it was read"]


def test_a_bomb_is_not_inflated(decode):
    coverage = Coverage()
    bomb = deflated(OPTIONS + bytes(50_000_000))

    payloads = decode(
        [SYN, *segments(ASKS + websocket(bomb, deflated=True) + websocket(OPTIONS), 1400)], coverage
    )

    assert texts(payloads) == [OPTIONS]
    assert coverage.evicted == {"WebSocket messages that are too large": 1}


def test_many_fragments_do_not_make_a_message_too_large(decode):
    coverage = Coverage()
    piece = websocket(bytes(60_000), opcode=0, fin=False)

    payloads = decode(
        [SYN, *segments(ASKS + websocket(OPTIONS, fin=False) + piece * 20 + websocket(TWO))], coverage
    )

    assert texts(payloads) == [TWO]
    assert coverage.evicted == {"WebSocket messages that are too large": 1}


def test_what_was_compressed_with_reference_to_what_is_not_here_is_noted(decode):
    coverage = Coverage()
    compressor = zlib.compressobj(wbits=-15)
    first, second = (websocket(deflated(text, compressor), deflated=True) for text in (OPTIONS, TWO))

    payloads = decode([SYN, *segments(ASKS + second + websocket(OPTIONS))], coverage)

    assert texts(payloads) == [OPTIONS]
    assert [note.partition(" are ")[0] for note in coverage.notes] == ["WebSocket messages"]
    assert first


def calls(count):
    """Frames of one compressor that keeps its window, as telephones in browsers send them."""
    compressor, chance = zlib.compressobj(wbits=-15), random.Random(3)
    for number in range(count):
        said = b"z9hG4bK%x" % chance.getrandbits(64), b"%x" % chance.getrandbits(96)
        text = OPTIONS.replace(b"z9hG4bK1", said[0]).replace(b"one@", said[1] + b"@")
        yield text, websocket(deflated(text, compressor), deflated=True, mask=MASK * (number % 2))


@pytest.mark.parametrize("begun", [b"", ASKS.replace(b"sip", b"mqtt")], ids=["no-handshake", "other-before"])
def test_a_compressed_stream_whose_beginning_is_missing_is_told_as_such(decode, begun):
    coverage = Coverage()
    texts_, frames = zip(*calls(30), strict=True)
    later = websocket(OPTIONS, mask=MASK)
    packets = [ethernet(ipv4(tcp(begun or b"\0", 900), 6))]
    for number, data in enumerate((*frames[1:], later, *frames[1:3])):
        packets += segments(data, start=1000 + 1000 * number)

    payloads = decode(packets, coverage)

    assert texts(payloads) == [OPTIONS]
    assert coverage.not_decoded == {"a compressed WebSocket whose beginning is missing": 29}
    assert_each_frame_counts_once(coverage)
    assert texts_


def test_behind_a_gap_a_compressed_stream_that_lasts_cannot_be_read_and_that_is_said(decode):
    coverage = Coverage()
    (one, first), _, *further = calls(6)
    packets = segments(ASKS + first)
    for number, (_, data) in enumerate(further):
        packets += segments(data + websocket(TWO), start=10_000 + 1000 * number)

    assert texts(decode(packets, coverage)) == [one] + [TWO] * len(further)
    assert [note.partition(" are ")[0] for note in coverage.notes] == ["WebSocket messages"]
    assert_each_frame_counts_once(coverage)


def test_what_only_looks_like_a_compressed_frame_is_other_tcp(decode):
    """Random octets under a header that fits, text that is compressed with all it needs, and a frame that is cut."""
    coverage = Coverage()
    chance = random.Random(2)
    frames = [chance.randbytes(chance.randrange(24, 300)) for _ in range(4000)]
    frames += [deflated(b"nothing to see here, and nothing to hear: " * 9), deflated(bytes(5000))]
    packets = [
        segments(websocket(each, deflated=True), source=f"10.0.{number >> 8}.{number & 255}")
        for number, each in enumerate(frames)
    ]
    packets += [segments(frame[:-3], source=f"10.1.0.{number}") for number, (_, frame) in enumerate(calls(9))]
    packets += [
        segments(frame + b"\xff\xff", source=f"10.2.0.{number}")
        for number, (_, frame) in enumerate(calls(9))
        if number
    ]

    assert decode([packet for some in packets for packet in some], coverage)[1:] == []
    assert not coverage.not_decoded
    assert_each_frame_counts_once(coverage)


def test_messages_under_way_are_bounded_and_counted(decode, monkeypatch):
    monkeypatch.setattr("analyser.decode.streams.MAX_UNREAD_OCTETS", 1000)
    coverage = Coverage()
    begun = ASKS + websocket(OPTIONS)[:-1]
    packets = [packet for host in range(20) for packet in segments(begun, source=f"10.0.0.{host}")]

    assert decode(packets, coverage) == []
    assert coverage.evicted["messages under way in WebSocket and HEP streams"] >= 10


@given(st.binary(max_size=300), st.integers(0, 2**32 - 1))
def test_unmasking_is_its_own_opposite(data, key):
    mask = key.to_bytes(4, "big")

    assert unmasked(unmasked(data, mask), mask) == data
    assert unmasked(data, b"") == data


@given(st.binary(max_size=400), st.integers(1, 50), st.booleans())
def test_random_octets_never_raise(data, size, handshake):
    reader = WebSocket(Coverage(), looks_like_sip)
    stream = (ASKS + websocket(OPTIONS) if handshake else b"") + data
    frame_header(data)

    for at in range(0, len(stream), size):
        reader.read(Run(0, stream[at : at + size], (at + 1,), at % 7 == 6, 0), HOP)


@given(st.lists(st.integers(1, 120), min_size=1, max_size=30), st.randoms(use_true_random=False))
def test_however_frames_are_cut_the_messages_are_the_same(cuts, chance):
    stream, expected = b"", []
    for number in range(6):
        message = OPTIONS.replace(b"one@", b"%d@" % number)
        size = chance.choice((90, 150, 400))
        parts = [message[at : at + size] for at in range(0, len(message), size)]
        for place, part in enumerate(parts):
            mask = chance.choice((b"", MASK))
            stream += websocket(part, opcode=not place, fin=place == len(parts) - 1, mask=mask)
            stream += chance.choice((b"", websocket(b"x", opcode=9)))
        expected.append(message)
    reader, found, at, frame = WebSocket(Coverage(), looks_like_sip), [], 0, 0
    reader.read(Run(0, ASKS, (0,), 0, 0), HOP)
    while at < len(stream):
        frame += 1
        size = cuts[frame % len(cuts)]
        found += reader.read(Run(0, stream[at : at + size], (frame,), 0, 0), HOP)
        at += size

    assert texts(found) == expected


def test_disorder_changes_nothing(decode):
    chance = random.Random(5)
    packets = segments(ASKS + websocket(OPTIONS, mask=MASK) + websocket(TWO, mask=MASK), 40)
    chance.shuffle(packets)

    assert texts(decode([SYN, *packets])) == [OPTIONS, TWO]
