"""Many segments, many streams: whoever looks through all of them again for each one would need minutes here."""

import random

from analyser.decode.hep import Hep
from analyser.decode.stream import Run, Stream
from analyser.decode.streams import Streams
from analyser.pipeline import Messages
from analyser.sip import looks_like_sip
from analyser.wire import Coverage
from tests.support.captures import OPTIONS


def run(data, frame=0, time=0):
    return Run(time, data, (frame,), 0, 0)


def test_a_hundred_thousand_octets_out_of_order_cost_no_more_than_in_order():
    stream = Stream(0)
    text = random.Random(1).randbytes(100_000)
    given_octets = bytearray()
    for start in range(0, len(text), 10_000):  # each ten thousand in reverse
        for at in range(start + 9999, start - 1, -1):
            for each in stream.add(at, run(text[at : at + 1])):
                assert not each.missing
                given_octets += each.data

    assert given_octets == text
    assert stream.held_segments == stream.held_octets == 0


def test_in_a_shuffled_window_each_octet_comes_once():
    stream, chance = Stream(2**32 - 500), random.Random(2)
    text = chance.randbytes(50_000)
    given_octets = bytearray()
    for start in range(0, len(text), 5000):
        places = list(range(start, start + 5000, 5))
        chance.shuffle(places)
        for at in places:
            for each in stream.add((2**32 - 500 + at) % 2**32, run(text[at : at + 8])):
                given_octets += each.data

    assert given_octets == text


def test_ten_thousand_segments_may_wait_for_one():
    stream = Stream(0)
    text = bytes(range(100)) * 100
    for at in range(len(text) - 1, 0, -1):
        assert stream.add(at, run(text[at : at + 1])) == []
    runs = stream.add(0, run(text[:1], 7))

    assert b"".join(each.data for each in runs) == text
    assert all(each.frames[-1] == 7 for each in runs)


def test_a_message_in_two_hundred_thousand_segments_is_one_message():
    coverage = Coverage()
    streams = Streams(coverage, looks_like_sip, Hep(coverage, looks_like_sip))
    messages, found = Messages(coverage), []
    text = OPTIONS.replace(b"Content-Length: 0", b"Content-Length: 200000") + b"y" * 200_000
    name = bytes(12)
    for at, octet in enumerate(text):
        payloads = []
        streams.receive(name, at, 0x10, run(bytes((octet,)), at), payloads)
        found += messages.receive(payloads)

    assert [len(sighting.message.raw) for sighting in found] == [len(text)]


def test_two_hundred_thousand_half_open_connections_are_bounded_and_counted():
    coverage = Coverage()
    streams = Streams(coverage, looks_like_sip, Hep(coverage, looks_like_sip))
    payloads = []
    for number in range(200_000):
        streams.receive(number.to_bytes(12, "big"), 0, 2, run(b""), payloads)

    assert not payloads
    assert coverage.evicted == {"TCP streams before their first line": 180_000}


def test_what_all_streams_hold_is_bounded(monkeypatch):
    monkeypatch.setattr("analyser.decode.streams.MAX_ALL_HELD_SEGMENTS", 100)
    coverage = Coverage()
    streams = Streams(coverage, looks_like_sip, Hep(coverage, looks_like_sip))
    payloads = []
    for number in range(1000):
        name = number.to_bytes(12, "big")
        streams.receive(name, 0, 0x10, run(OPTIONS), payloads)
        streams.receive(name, len(OPTIONS) + 10, 0x10, run(OPTIONS), payloads)

    assert coverage.stream_gaps == 900


def test_octets_that_came_first_win():
    stream = Stream(0)
    stream.add(10, run(b"B" * 10))
    stream.add(15, run(b"C" * 20))
    stream.add(5, run(b"D" * 40))
    runs = stream.add(0, run(b"A" * 50))

    assert b"".join(each.data for each in runs) == b"AAAAADDDDDBBBBBBBBBBCCCCCCCCCCCCCCCDDDDDDDDDDAAAAA"
