"""Ladders as text can be read back by the reader of the test pages, and give the same findings."""

import io
import re
from pathlib import Path

import pytest

from analyser.annotate import Finding
from analyser.pipeline import analyse
from analyser.report.ladder import LadderText, exact, printed
from analyser.report.secrets import Apart
from analyser.track import Sighting
from analyser.wire import Endpoint, Hop
from tests.report import runs, stories
from tests.support.ladder import compile_ladder
from tests.support.page import cases_of, events_of
from tests.support.pcap import capture
from tests.support.samples import SAMPLES

ROOT = Path(__file__).parents[2]
CASES = [case for page in sorted((ROOT / "tests/rules").glob("*.md")) for case in cases_of(page)]


def ladder_of(events):
    stream = io.StringIO()
    report = LadderText(stream)
    for event in events:
        report.receive(event)
    report.finish()
    return stream.getvalue()


def found(events):
    """The findings at messages: rule, severity, and the number of the message."""
    return sorted(
        (event.rule.id, str(event.severity), event.evidence.at.number)
        for event in events
        if isinstance(event, Finding) and isinstance(event.evidence.at, Sighting)
    )


def read_back(text):
    """What is found in a ladder that was printed."""
    return events_of(capture(compile_ladder(text)).data)


@pytest.mark.parametrize("story", stories.ALL)
def test_what_is_printed_has_the_same_messages_when_read_back(story):
    sent = list(runs.messages(stories.ALL[story]))

    again = list(runs.messages(ladder_of(runs.events_of(sent))))

    first = sent[0][0]
    assert again == [(time - first, *rest) for time, *rest in sent]


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.pcap")), ids=lambda path: path.stem)
def test_a_sample_gives_the_same_findings_when_read_back(path):
    events = list(analyse([path]))

    assert any(isinstance(event, Sighting) for event in events)
    assert found(read_back(ladder_of(events))) == found(events)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.page.stem}: {case.name}")
def test_a_page_gives_the_same_findings_when_read_back(case):
    ladder = case.compile()
    events = events_of(capture(ladder).data)
    printed = ladder_of(events)

    if any(
        arrow.tls for arrow in ladder.arrows
    ):  # what is encrypted has no ladder, and no finding at a message
        assert "[1]" not in printed
        assert found(events) == []
    else:
        assert found(read_back(printed)) == found(events)


def test_a_call_is_printed_with_names_times_and_marks():
    events = list(analyse([SAMPLES / "ack-lost-behind-nat.pcap"]))

    lines = ladder_of(events).splitlines()

    assert lines[:4] == [
        "alice = 198.51.100.10:5060",
        "bob   = 203.0.113.20:5060",
        "",
        "0.000  [1] alice -> bob  INVITE (exact)",
    ]
    assert "3.400  [1] alice <- bob  200 OK (exact)   ! unacknowledged-answer(error)" in lines


def test_the_octets_of_a_password_are_not_printed():
    text = ladder_of(analyse([SAMPLES / "wrong-password.pcap"]))

    given = re.findall(r'(?:response|cnonce)="([^"]*)"', text)
    assert given
    assert all(re.fullmatch(r"[0-9a-f]{4}\.\.\.\d*", secret) for secret in given)


def test_content_length_fits_a_body_whose_key_is_shortened():
    body = (
        b"v=0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR|2^20\r\n"
    )
    raw = b"INVITE sip:x SIP/2.0\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)

    head, _, rest = exact(raw, Apart()).partition(b"\r\n\r\n")

    assert b"inline:PS1u...|2^20" in rest
    assert head.endswith(b"Content-Length: %d" % len(rest))


HOSTILE = [
    b"SIP/2.0 200 OK (again) ! stuck-on-trying(error)\r\nCall-ID: a\r\nCSeq: 1 INVITE\r\n\r\n",
    b"SIP/2.0 200 OK\x1b[2J\r\nCall-ID: a\r\nCSeq: 1 IN(VI)TE\r\n\r\n",
    b"SIP/2.0 999 # \xff\r\nCall-ID: a\r\nCSeq: 1 BYE\r\n\r\n",
    b"raw! sip:x SIP/2.0\r\nCall-ID: a\r\nCSeq: 1 raw!\r\n\r\n",
    b"sip.x sip:x SIP/2.0\nCall-ID: a\\x0a\nCSeq: 1 sip.x\n\n",
    b"TLS sip:x SIP/2.0\r\nCall-ID: \xe2\x80\xae \r\nCSeq: 1 TLS\r\n\r\n\\ \r\n\xc2\x85\x00",
]


@pytest.mark.parametrize("octets", HOSTILE)
@pytest.mark.parametrize("target", [Endpoint("198.51.100.20", 5060), Endpoint("192.0.2.10", 5060)])
def test_hostile_messages_come_back_octet_for_octet(octets, target):
    usual = b"INVITE sip:x SIP/2.0\r\nCall-ID: a\r\nCSeq: 1 INVITE\r\n\r\n"
    source = Endpoint("192.0.2.10", 5060)
    exchange = [
        (0, Hop(source, Endpoint("198.51.100.20", 5060), "UDP"), usual),
        (1000, Hop(source, target, "UDP"), octets),
    ]

    text = ladder_of(runs.events_of(exchange))

    assert text.replace("\n", "").isprintable()
    again = list(runs.messages(text))
    assert again == exchange[: 2 if target != source else 1]


def test_what_is_printed_is_one_line_whatever_is_in_it():
    assert printed(b"a\xe2\x80\xa8b\nc \r\n\\") == ["a\\xe2\\x80\\xa8b\\x0ac\\x20", "\\\\"]


def test_time_never_goes_back_in_a_ladder():
    events = list(analyse([SAMPLES / "healthy-call.pcap"]))
    next(event for event in events if isinstance(event, Sighting) and event.number == 3).time -= 5_000_000_000

    assert compile_ladder(ladder_of(events)).arrows
