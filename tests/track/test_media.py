"""The media endpoints of a call: what its session descriptions say, on which side, and which streams are of it."""

import pytest

from analyser import Call, RtpStream, analyse
from analyser.track import media_of
from analyser.track.media import AFTER, BEFORE
from analyser.wire import SECOND, Endpoint
from tests.support.captures import START, pcap
from tests.support.rung import ALICE, BOB, STEP, call, describe, packet, request, response, voice


@pytest.fixture
def media(tmp_path):
    """Packets -> the media of the only call in them, and the RTP streams."""

    def run(packets):
        path = tmp_path / "a.pcap"
        path.write_bytes(pcap(packets, link=101, kind="ns"))
        found, streams = [], []
        for event in analyse([path], release=True, media=True):
            if isinstance(event, Call):
                found.append(media_of(event))
            elif isinstance(event, RtpStream):
                streams.append(event)
        (only,) = found
        return only, streams

    return run


def offered(*sdps):
    """An INVITE for each description, the first of which begins the call."""
    return [
        (
            START + number * SECOND,
            packet(request("INVITE", cseq=number + 1, sdp=sdp, answered=number > 0)),
        )
        for number, sdp in enumerate(sdps)
    ]


def ends(found, *, rtcp=False):
    return [str(end.endpoint) for end in found.ends.values() if end.rtcp is rtcp]


def test_offer_and_answer_each_name_an_end(media):
    found, streams = media(call())

    assert [
        (str(end.endpoint), end.kind, end.side, str(end.described_by), end.number)
        for end in found.ends.values()
        if not end.rtcp
    ] == [
        ("192.0.2.1:4000", "audio", "caller", "192.0.2.1:5060", 1),
        ("198.51.100.2:6000", "audio", "callee", "198.51.100.2:5060", 2),
    ]
    assert ends(found, rtcp=True) == ["192.0.2.1:4001", "198.51.100.2:6001"]
    assert [found.concerns(stream) for stream in streams] == [True, True]


def test_it_lasts_from_the_first_invite_to_the_last_message_and_a_little_more(media):
    packets = call()
    found, (stream, _) = media(packets)

    assert (found.since, found.until) == (START - BEFORE, packets[-1][0] + AFTER)
    later = stream._replace(first_time=found.until + 1, last_time=found.until + SECOND)
    earlier = stream._replace(first_time=found.since - SECOND, last_time=found.since - 1)
    assert not found.concerns(later)
    assert not found.concerns(earlier)
    assert found.concerns(stream._replace(first_time=earlier.first_time, last_time=later.last_time))


def test_a_call_without_an_end_lasts_as_long_as_the_capture(media):
    packets = [
        *call()[:3],
        (START + 50 * SECOND, packet(voice(), ("192.0.2.1", 4000), ("198.51.100.2", 6000))),
    ]
    found, (stream,) = media(packets)

    assert found.until == START + 50 * SECOND + AFTER
    assert found.concerns(stream)


@pytest.mark.parametrize(
    ("source", "target", "is_of_it"),
    [
        (("203.0.113.9", 40123), ("198.51.100.2", 6000), True),
        (("198.51.100.2", 6000), ("203.0.113.9", 40123), True),
        (("192.0.2.1", 4000), ("203.0.113.9", 40123), True),
        (("203.0.113.9", 4000), ("198.51.100.3", 6000), False),
        (("192.0.2.1", 4002), ("198.51.100.2", 6002), False),
    ],
)
def test_one_known_end_is_enough(media, source, target, is_of_it):
    packets = call(media=0)
    time = packets[2][0] + 1000
    found, (stream,) = media([*packets[:3], (time, packet(voice(), source, target)), *packets[3:]])

    assert found.concerns(stream) is is_of_it


def test_sides_are_told_by_tags_not_by_who_asks(media):
    again = START + 10 * STEP
    packets = [
        *call(media=0)[:3],
        (again, packet(request("INVITE", cseq=9, back=True, sdp=describe("198.51.100.2", 7000)), BOB, ALICE)),
        (
            again + STEP,
            packet(response(200, "OK", "INVITE", cseq=9, back=True, sdp=describe("192.0.2.1", 5000))),
        ),
    ]
    found, _ = media(packets)

    assert {str(end.endpoint): end.side for end in found.ends.values() if not end.rtcp} == {
        "192.0.2.1:4000": "caller",
        "198.51.100.2:6000": "callee",
        "198.51.100.2:7000": "callee",
        "192.0.2.1:5000": "caller",
    }


@pytest.mark.parametrize(
    ("sdp", "rtp", "rtcp"),
    [
        (describe("192.0.2.7", 0), [], []),
        (describe("0.0.0.0", 4000), [], []),
        (describe("pbx.example.com", 4000), [], []),
        (describe("239.1.1.1", 4000), [], []),
        (describe("192.0.2.7", 65535), ["192.0.2.7:65535"], []),
        (describe("192.0.2.7", 70000), [], []),
        (describe("2001:DB8:0::1", 4000), ["[2001:db8::1]:4000"], ["[2001:db8::1]:4001"]),
        (describe("192.0.2.7", 4000, "a=rtcp-mux"), ["192.0.2.7:4000"], []),
        (describe("192.0.2.7", 4000, "a=rtcp:53020"), ["192.0.2.7:4000"], ["192.0.2.7:53020"]),
        (
            describe("192.0.2.7", 4000, "a=rtcp:53020 IN IP4 192.0.2.8"),
            ["192.0.2.7:4000"],
            ["192.0.2.8:53020"],
        ),
        (describe("192.0.2.7", 4000, kind="image", proto="udptl", form="t38"), ["192.0.2.7:4000"], []),
        (
            describe(
                "192.0.2.7",
                9,
                "a=rtcp-mux",
                "a=candidate:1 1 UDP 2130706431 10.0.0.5 50000 typ host",
                "a=candidate:1 2 UDP 2130706430 10.0.0.5 50001 typ host",
                "a=candidate:2 1 TCP 2130706431 10.0.0.6 9 typ host tcptype active",
                "a=candidate:3 1 UDP 1 x.local 50002 typ host",
                "a=candidate:broken",
            ),
            ["192.0.2.7:9", "10.0.0.5:50000"],
            ["10.0.0.5:50001"],
        ),
    ],
)
def test_what_a_description_says(media, sdp, rtp, rtcp):
    found, _ = media(offered(sdp))

    assert ends(found) == rtp
    assert ends(found, rtcp=True) == rtcp


def test_repeats_of_a_description_do_not_count(media, monkeypatch):
    monkeypatch.setattr("analyser.track.media.MAX_DESCRIPTIONS", 2)
    first, second, third = (describe("192.0.2.7", port) for port in (4000, 4002, 4004))
    found, _ = media(offered(first, first, first, second, third))

    assert ends(found) == ["192.0.2.7:4000", "192.0.2.7:4002"]


def test_a_call_without_descriptions_has_no_media(media):
    found, _ = media([(START, packet(request("INVITE", answered=False)))])

    assert found.ends == {}
    assert not found.concerns(
        RtpStream((Endpoint("a", 1), Endpoint("b", 2), "UDP"), 1, (8,), 1, 1, START, START, 1, 1)
    )
