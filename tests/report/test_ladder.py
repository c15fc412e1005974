"""Text ladders can be read back by the reader of the test pages."""

import pytest

from analyser.annotate import Severity
from analyser.report.ladder import ladder_text
from analyser.report.rows import Mark
from analyser.sip import parse as parse_message
from analyser.track import Call, Sighting, Tracker
from analyser.wire import Coverage, Endpoint, Hop
from tests.report import runs, stories
from tests.support.ladder import compile_ladder, parse


def tracked(ladder):
    tracker = Tracker(Coverage())
    seen = list(runs.sightings(runs.messages(ladder)))
    for sighting in seen:
        tracker.receive(sighting)
    tracker.close()
    return seen, tracker.drain()


def shape(ladder):
    """What a ladder says, whatever it calls its endpoints."""
    return [
        (
            step.time // 1_000_000,
            step.source.address,
            step.target.address,
            step.transport,
            step.status or step.method,
            step.status and step.method,
        )
        for step in parse(ladder).steps
    ]


def shape_of(sightings):
    first = sightings[0].time
    return [
        (
            (seen.time - first) // 1_000_000,
            str(seen.hop.source),
            str(seen.hop.target),
            seen.hop.transport.lower(),
            getattr(seen.message, "status", 0) or seen.message.method,
            getattr(seen.message, "status", 0) and seen.message.cseq_method,
        )
        for seen in sightings
    ]


@pytest.mark.parametrize("story", stories.ALL)
def test_what_is_printed_says_the_same_when_read_back(story):
    seen, _ = tracked(stories.ALL[story])

    assert shape(ladder_text(seen)) == shape_of(seen)


@pytest.mark.parametrize("story", ["healthy", "no-ack", "busy", "refused", "alive"])
def test_what_is_read_back_compiles_to_the_same_exchange(story):
    seen, _ = tracked(stories.ALL[story])

    again, _ = tracked(ladder_text(seen))

    assert shape_of(again) == shape_of(seen)
    assert [sighting.role for sighting in again] == [sighting.role for sighting in seen]


def test_a_call_is_printed_with_names_times_and_marks():
    _, settled = tracked(stories.NO_ACK)
    call = next(subject for subject in settled if isinstance(subject, Call))

    assert ladder_text(call.sightings, {3: [Mark("answer-without-ack", Severity.ERROR)]}).splitlines() == [
        "alice = 192.0.2.10:5060",
        "bob   = 198.51.100.20:5060",
        "",
        "0.000  alice -> bob    INVITE",
        "0.020  alice <- bob    100 Trying (INVITE)",
        "3.200  alice <- bob    200 OK (INVITE)   ! answer-without-ack(error)",
        "3.700  alice <- bob    200 OK (INVITE, again)",
        "4.700  alice <- bob    200 OK (INVITE, again)",
        "6.700  alice <- bob    200 OK (INVITE, again)",
        "10.700  alice <- bob    200 OK (INVITE, again)",
    ]


HOSTILE = [
    b"SIP/2.0 200 OK (again) ! stuck-on-trying(error)\r\nCall-ID: a\r\nCSeq: 1 INVITE\r\n\r\n",
    b"SIP/2.0 200 OK\x1b[2J\r\nCall-ID: a\r\nCSeq: 1 IN(VI)TE\r\n\r\n",
    b"SIP/2.0 999 # \xff\r\nCall-ID: a\r\nCSeq: 1 BYE\r\n\r\n",
    b"raw! sip:x SIP/2.0\r\nCall-ID: a\r\nCSeq: 1 raw!\r\n\r\n",
    b"sip.x sip:x SIP/2.0\r\nCall-ID: a\r\nCSeq: 1 sip.x\r\n\r\n",
]


@pytest.mark.parametrize("octets", HOSTILE)
@pytest.mark.parametrize("target", [Endpoint("198.51.100.20", 5060), Endpoint("192.0.2.10", 5060)])
def test_hostile_start_lines_do_not_break_the_ladder(octets, target):
    usual = b"INVITE sip:x SIP/2.0\r\nCall-ID: a\r\nCSeq: 1 INVITE\r\n\r\n"
    source = Endpoint("192.0.2.10", 5060)
    seen = [
        Sighting(1, 0, Hop(source, Endpoint("198.51.100.20", 5060), "UDP"), parse_message(usual), (1,)),
        Sighting(2, 0, Hop(source, target, "UDP"), parse_message(octets), (2,)),
    ]

    text = ladder_text(seen)

    assert "\x1b" not in text
    script = parse(text)
    assert len(script.steps) in (1, 2)
    assert not any(step.marks for step in script.steps)


def test_time_never_goes_back_in_a_ladder():
    seen, _ = tracked(stories.HEALTHY)
    seen[2].time -= 5_000_000_000

    assert compile_ladder(ladder_text(seen)).arrows
