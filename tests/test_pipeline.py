"""The pipeline as a whole: nothing depends on how much is read at once, or on what is let go when."""

import io
from pathlib import Path

import pytest

from analyser import Finding, Summary, analyse
from analyser.annotate import Evidence, Sentence, Severity, rule
from analyser.capture import pcap
from analyser.report.jsonl import JsonLines
from analyser.track import Call, Peer, Sighting, bounds
from tests.support.captures import START, ethernet, ipv4, tcp
from tests.support.captures import pcap as pcap_file
from tests.support.ladder import compile_ladder
from tests.support.pcap import capture

SAMPLES = sorted((Path(__file__).parents[1] / "sample_pcaps").glob("*.pcap"))

CUT_CALL = """
alice = 192.0.2.10:5060  tcp
bob   = 198.51.100.20:5060

0.000  alice -> bob  INVITE
1.200  alice <- bob  180 Ringing
3.200  alice <- bob  200 OK
3.250  alice -> bob  ACK
63.250 alice -> bob  BYE
63.300 alice <- bob  200 OK
"""


def lines(path, **options):
    stream = io.StringIO()
    report = JsonLines(stream)
    for event in analyse([path], **options):
        report.receive(event)
    return stream.getvalue()


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_all_at_once_gives_what_one_packet_at_a_time_gives(path, monkeypatch):
    whole = lines(path)
    monkeypatch.setattr(pcap, "CHUNK", 1)

    assert lines(path) == whole


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_letting_go_changes_nothing(path):
    assert lines(path, release=True) == lines(path)


def write(tmp_path, ladder, name="call.pcap"):
    path = tmp_path / name
    path.write_bytes(capture(compile_ladder(ladder)).data)
    return path


MANY = "alice = 192.0.2.10:5060\nbob = 203.0.113.20:5060\n" + "".join(
    f"{n}.0 [c{n}] alice -> bob INVITE\n{n}.1 [c{n}] alice <- bob 486\n{n}.2 [c{n}] alice -> bob ACK\n"
    for n in range(300)
)


def test_what_is_let_go_is_taken_apart_and_what_is_held_stays_whole(tmp_path):
    path = write(tmp_path, MANY.replace("486", "302"))
    held, others = [], []
    for event in analyse([path], rules=(), release=True):
        if isinstance(event, Call) and len(held) < 2:
            event.wanted = True
            held.append(event)
        elif isinstance(event, Sighting):
            others.append(event)

    assert sum(sighting.transaction is None for sighting in others) > 600
    assert all(len(call.sightings) == 3 for call in held)
    assert all(sighting.transaction is not None for call in held for sighting in call.sightings)


def test_what_a_finding_is_about_stays_whole(tmp_path):
    @rule(
        "every-call",
        on=Call,
        severity=Severity.NOTICE,
        summary="a call",
        remedy="Nothing.",
        refs=("RFC 3261 §13",),
    )
    def every_call(call):
        """Finds each call."""
        yield Evidence(call.sightings[0], Sentence("here"))

    findings = [event for event in analyse([write(tmp_path, MANY)], rules=[every_call], release=True)
                if isinstance(event, Finding)]  # fmt: skip

    assert len(findings) == 300
    assert all(len(finding.subject.sightings) == 3 for finding in findings)


def test_what_a_peer_remembers_stays_whole(tmp_path):
    path = write(tmp_path, MANY.replace("486", "404"))
    told = lines(path)

    assert '"rule":"destination-unknown"' in told
    assert lines(path, release=True) == told


def test_what_a_peer_remembers_no_longer_is_taken_apart(tmp_path, monkeypatch):
    monkeypatch.setattr(bounds, "MAX_FAILURES_OF_PEER", 10)
    whole = {}
    others = 0
    for event in analyse([write(tmp_path, MANY)], rules=(), release=True):
        if isinstance(event, Sighting):
            whole[event.number] = event
        elif isinstance(event, Summary):
            others = sum(sighting.transaction is None for sighting in whole.values())

    waiting = 64
    assert others >= 3 * (300 - 10 - waiting)


FORWARDED = """alice = 192.0.2.10:5060
proxy = 203.0.113.20:5060
carol = 198.51.100.30:5060
0.0 [a] alice -> proxy INVITE
0.1 [a] proxy -> carol INVITE
0.2 [a] proxy <- carol 404
0.3 [a] alice <- proxy 404
"""


def test_what_one_of_two_peers_remembers_stays_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(bounds, "MAX_FAILURES_OF_PEER", 1)
    later = (f"{n}.0 [b{n}] alice -> proxy OPTIONS\n{n}.1 [b{n}] alice <- proxy 404\n" for n in range(1, 200))
    path = write(tmp_path, FORWARDED + "".join(later))
    kept = {
        event.host: [
            (failure.method, failure.owner and len(failure.owner.sightings)) for failure in event.failures
        ]
        for event in analyse([path], rules=(), release=True)
        if isinstance(event, Peer)
    }

    assert kept == {"192.0.2.10": [("OPTIONS", None)], "203.0.113.20": [("INVITE", 4)]}


def test_a_filter_keeps_numbers_and_frames(tmp_path):
    path = write(tmp_path, MANY)
    kept = [event for event in analyse([path], keep=lambda sighting: sighting.number > 897)
            if isinstance(event, Sighting)]  # fmt: skip

    assert [(sighting.number, sighting.frame) for sighting in kept] == [(n, n) for n in (898, 899, 900)]


def test_the_last_event_is_the_summary(tmp_path):
    *_, last = analyse([write(tmp_path, MANY)])

    assert isinstance(last, Summary)
    assert last.messages == 900
    assert last.statuses == {486: 300}


def test_a_message_that_the_snap_length_cut_in_a_stream_comes_when_it_came(tmp_path):
    """The rest of it never comes, so that there is nothing to wait for until the caller speaks again."""
    packets = []
    told = {}
    for arrow in compile_ladder(CUT_CALL).arrows:
        ends = {"source": arrow.source.host, "target": arrow.target.host}
        at = told.get(arrow.source.name, 1)
        told[arrow.source.name] = at + len(arrow.data)
        packets.append((START + arrow.time, ethernet(ipv4(tcp(arrow.data, at, "PA"), 6, **ends))))
    path = tmp_path / "cut.pcap"
    path.write_bytes(pcap_file(packets, kind="ns", snaplen=480))

    *events, last = analyse([path])

    assert [event.frame for event in events if isinstance(event, Sighting)] == [1, 2, 3, 4, 5, 6]
    assert last.coverage.truncated == 2
    (call,) = (event for event in events if isinstance(event, Call))
    assert (call.state, call.answered.frame) == ("ended", 3)
