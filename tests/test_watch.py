"""A watch says at once what reading the same packets says at the end."""

import io
import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from analyser import analyse
from analyser.annotate import Finding, Revision, Summary, final
from analyser.report.jsonl import JsonLines
from analyser.report.terminal import TerminalReport
from analyser.track import Call, Sighting, Transaction
from analyser.watch import Watch
from analyser.wire import SECOND, Coverage
from tests.support.ladder import compile_ladder
from tests.support.live import Replay, standing, told, watched, with_end
from tests.support.page import cases_of
from tests.support.pcap import capture

ROOT = Path(__file__).parent
SAMPLES = sorted((ROOT.parent / "sample_pcaps").glob("*.pcap*"))
PAGES = sorted([*(ROOT / "rules").glob("*.md"), *(ROOT / "flows").glob("*.md")])
CASES = [case for page in PAGES for case in cases_of(page)]
QUIET = 7300.0
"""Longer than anything waits, save for what was granted for longer."""


def agree(path, tmp_path, step, quiet):
    live = Replay(path, step, quiet)
    events = [event for turn in watched(live) for event in turn]
    ended = with_end(path, live.now, tmp_path / "ended.pcapng")
    read = list(analyse([ended]))
    findings = standing(events)

    assert told(findings) == told(event for event in read if isinstance(event, Finding))
    assert events[-1].rules == read[-1].rules
    assert events[-1].severities == read[-1].severities
    assert events[-1].methods == read[-1].methods
    assert (events[-1].first_time, events[-1].last_time) == (read[-1].first_time, read[-1].last_time)
    assert sorted((f.rule.id, f.frame, f.note) for f in findings) == sorted(
        (f.rule.id, f.frame, f.note) for f in read if isinstance(f, Finding)
    )


@pytest.mark.parametrize("quiet", [0.0, 40.0, QUIET])
@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_a_sample_gives_live_what_reading_it_gives(path, quiet, tmp_path):
    agree(path, tmp_path, 0.5, quiet)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.page.stem}: {case.name}")
def test_a_ladder_gives_live_what_reading_it_gives(case, tmp_path):
    path = tmp_path / "ladder.pcap"
    path.write_bytes(capture(case.compile()).data)
    for step, quiet in ((0.1, 0.0), (1.0, 100.0)):
        agree(path, tmp_path, step, quiet)


HOSTS = "alice = 192.0.2.10:5060\nbob = 203.0.113.20:5060\n"


def replay(tmp_path, ladder, step=0.1, quiet=0.0):
    path = tmp_path / "ladder.pcap"
    path.write_bytes(capture(compile_ladder(HOSTS + ladder)).data)
    return Replay(path, step, quiet)


def first_told(live, rule, **options):
    """How long after the first packet a rule speaks first, in seconds; None where it never does."""
    began = live.now
    watch = Watch(live, Coverage(), ahead=lambda: 0, **options)
    for events in watch.turns(lambda: live.is_over):
        if any(isinstance(event, Finding) and event.rule.id == rule for event in events):
            return (live.now - began) / SECOND
    return None


STUCK = "0 alice -> bob INVITE\n0.1 alice <- bob 100\n"
PUBLISH = "0 alice -> bob PUBLISH\n  Event: presence\n  SIP-If-Match: x\n0.1 alice <- bob 412\n"


@pytest.mark.parametrize(
    ("ladder", "rule", "least", "most"),
    [
        (STUCK, "stuck-on-trying", 10.0, 10.2),
        (STUCK + "2 alice <- bob 180\n", "ringing-unanswered-for-long", 62.0, 63.0),
        ("0, 0.5, 1.5, 3.5, 7.5 alice -> bob INVITE\n", "unanswered-invite", 5.0, 5.2),
        ("0, 0.5, 1.5, 3.5 alice -> bob REGISTER\n", "unanswered-request", 5.0, 5.2),
        ("0 alice -> bob INVITE\n0.1 alice <- bob 488\n0.2 alice -> bob ACK\n", "offer-refused", 0.1, 0.3),
        ("0 alice -> bob INVITE\n0.1 alice <- bob 404\n0.2 alice -> bob ACK\n", "destination-unknown", 0.1, 0.3),
        ("0 alice -> bob INVITE\n0.1 alice <- bob 480\n0.2 alice -> bob ACK\n", "callee-not-reachable", 0.1, 0.3),
        (PUBLISH, "publish-precondition-failed", 0.1, 0.3),
        ("0 alice -> bob INVITE\n1, 1.5, 2.5 alice <- bob 200\n", "unacknowledged-answer", 2.0, 2.2),
    ],
)  # fmt: skip
def test_a_finding_is_told_when_it_is_known(ladder, rule, least, most, tmp_path):
    told_at = first_told(replay(tmp_path, ladder, quiet=100.0), rule)

    assert least <= told_at <= most


def test_phones_that_register_at_once_are_accused_of_nothing_while_they_answer(tmp_path):
    """After a power cut all phones behind one address are challenged; on a crowded link each takes seconds to answer."""
    steps = []
    for phone in range(120):
        name, begun = f"[p{phone}]", phone * 0.01
        to = f"  To: <sip:{200 + phone}@example.com>"
        digest = f'username="{200 + phone}", realm="example.com", nonce="n", uri="sip:example.com", response="{phone:032x}"'
        steps += [
            (begun, f"{begun:.3f} {name} alice -> bob REGISTER\n{to}\n"),
            (begun + 0.004, f"{begun + 0.004:.3f} {name} alice <- bob 401\n"),
            (
                begun + 3,
                f"{begun + 3:.3f} {name} alice -> bob REGISTER\n{to}\n  Authorization: Digest {digest}\n",
            ),
            (begun + 3.004, f"{begun + 3.004:.3f} {name} alice <- bob 200\n"),
        ]
    live = replay(tmp_path, "".join(text for _, text in sorted(steps)), quiet=50.0)

    assert not [event for turn in watched(live) for event in turn if isinstance(event, Finding | Revision)]


def test_users_that_are_tried_in_vain_are_told_of_once_nobody_can_be_about_to_answer(tmp_path):
    """Nothing more comes from the source that would bring another look."""
    tried = "".join(
        f"{user * 0.02:.3f} [u{user}] alice -> bob REGISTER\n  To: <sip:{200 + user}@example.com>\n"
        f"{user * 0.02 + 0.005:.3f} [u{user}] alice <- bob 401\n"
        for user in range(22)
    )

    assert 5.0 <= first_told(replay(tmp_path, tried, quiet=100.0), "extension-enumeration") <= 5.6


def test_a_threshold_moves_the_deadline(tmp_path):
    given = {"stuck-on-trying": {"notice": 3.0}}

    assert 3.0 <= first_told(replay(tmp_path, STUCK, quiet=20), "stuck-on-trying", parameters=given) <= 3.2


@pytest.mark.parametrize("come", ["180 Ringing", "200 OK", "486 Busy Here"])
def test_what_comes_before_the_deadline_lifts_it(come, tmp_path):
    ladder = STUCK + f"9.9 alice <- bob {come}\n"

    assert first_told(replay(tmp_path, ladder, quiet=30.0), "stuck-on-trying") is None


def test_what_was_told_early_is_told_once_and_says_what_was_known(tmp_path):
    turns = watched(replay(tmp_path, STUCK, quiet=200.0))
    found = [event for events in turns for event in events if isinstance(event, Finding)]
    revised = [event for events in turns for event in events if isinstance(event, Revision)]

    assert [each.rule.id for each in found] == ["stuck-on-trying"]
    assert "The call is still waiting, 10.0 s after the INVITE." in found[0].note
    assert revised[0].earlier is found[0]
    assert found[0].early
    assert "The capture ended 3 min 20 s after the INVITE" in revised[0].now.note
    summary = turns[-1][-1]
    assert isinstance(summary, Summary)
    assert summary.rules == {"stuck-on-trying": 1}
    assert summary.severities == {"error": 1}, "it grew worse in the meantime"


def test_what_was_mended_is_withdrawn(tmp_path):
    turns = watched(
        replay(tmp_path, STUCK + "12 alice <- bob 180\n13 alice <- bob 200\n13.1 alice -> bob ACK\n")
    )
    events = [event for turn in turns for event in turn]

    assert [event.now for event in events if isinstance(event, Revision)] == [None]
    assert not standing(events)
    assert not +events[-1].rules


def plain(events):
    """What happened, without the order between what has nothing to do with each other."""
    return sorted(
        f"{type(event).__name__} {_plain(event)}" for event in events if not isinstance(event, Summary)
    )


def _plain(event):
    match event:
        case Finding():
            return f"{event.rule.id} {event.severity} {event.frames} {event.note}"
        case Revision():
            return f"{_plain(event.earlier)} => {'' if event.now is None else _plain(event.now)}"
    return getattr(event, "number", getattr(event, "call_id", ""))


@pytest.mark.parametrize(
    "path", [path for path in SAMPLES if "tls" not in path.name], ids=lambda path: path.name
)
def test_turns_of_any_size_give_the_same_events(path):
    """But for TLS connections, which are looked at once a turn while their handshake goes on."""
    seen = [
        [event for turn in watched(Replay(path, step, 50.0)) for event in turn] for step in (0.01, 0.7, 1e6)
    ]

    assert plain(seen[0]) == plain(seen[1]) == plain(seen[2])
    for events in seen[1:]:
        assert [e.number for e in events if isinstance(e, Sighting)] == [
            e.number for e in seen[0] if isinstance(e, Sighting)
        ]


class Stepping(Replay):
    """Its clock is set in between; packets bear the time of the clock."""

    def __init__(self, path, step, quiet, after, by):
        super().__init__(path, step, quiet)
        self.true, self.at, self.by = self.now, self.now + int(after * SECOND), int(by * SECOND)

    @property
    def is_over(self):
        return self.true >= self.end

    @property
    def ahead(self):
        return self.by if self.true >= self.at else 0

    def receive(self, wait):
        self.now = self.true
        batch = super().receive(wait)
        self.true = self.now
        self.now += self.ahead
        return None if batch is None else replace(batch, time=batch.time + self.ahead)


@pytest.mark.parametrize("by", [7200.0, -7200.0])
def test_a_clock_that_is_set_ends_no_timer(by, tmp_path):
    ladder = (
        "0 alice -> bob INVITE\n0.1 alice <- bob 100\n0.2 alice <- bob 180\n8 alice <- bob 200\n8.1 alice -> bob ACK\n"
        "20 [b] alice -> bob INVITE\n20.1 [b] alice <- bob 100\n"
    )  # fmt: skip
    path = replay(tmp_path, ladder).path
    live = Stepping(path, 0.1, 60.0, 4.0, by)
    turns = list(Watch(live, coverage := Coverage(), ahead=lambda: live.ahead).turns(lambda: live.is_over))
    events = [event for turn in turns for event in turn]

    assert coverage.clock_jumps == 1
    (call,) = [each for each in events if isinstance(each, Call) and each.state == "answered"]
    assert len(call.sightings) == 5, "the answer found its INVITE"
    assert told(standing(events)) == [("stuck-on-trying", told(standing(events))[0][1], 7)]
    assert [len(turn) for turn in turns[:40] if any(isinstance(each, Transaction) for each in turn)] == []


def test_of_a_call_across_the_step_nothing_absent_is_told(tmp_path):
    path = replay(tmp_path, STUCK).path
    live = Stepping(path, 0.1, 60.0, 4.0, 7200.0)

    assert standing(event for turn in watched(live, lambda: live.ahead) for event in turn) == []


@pytest.mark.parametrize(
    ("away", "told_of"),
    [((3.0, 4.0), 0), ((3.0, 900.0), 0), ((400.0, 500.0), 1)],
    ids=["under way", "long", "later"],
)
def test_of_a_call_during_which_an_interface_was_away_nothing_absent_is_told(away, told_of, tmp_path):
    path = replay(tmp_path, STUCK).path
    live, coverage = Replay(path, 0.5, 600.0), Coverage()
    begin = live.now
    events = []
    for turn in Watch(live, coverage).turns(lambda: live.is_over):
        events += turn
        since, until = (begin + int(seconds * SECOND) for seconds in away)
        if since <= live.now <= until:
            coverage.unseen.append((since, live.now))

    assert len(standing(events)) == told_of


@pytest.mark.parametrize("name", ["stuck-on-trying", "wrong-password", "publish-412-loop", "scanner"])
def test_the_report_at_the_end_is_that_of_reading(name, tmp_path):
    live = Replay(ROOT.parent / "sample_pcaps" / f"{name}.pcap", 0.1, 60.0)
    events = [event for turn in watched(live) for event in turn]
    cases = []
    for given in (final(events), analyse([with_end(live.path, live.now, tmp_path / "end.pcapng")])):
        report = TerminalReport(io.StringIO(), 100, False)
        for event in given:
            report.receive(event)
        cases.append([(case.rule.id, case.count, case.example.note) for case in report.cases.worst_first()])

    assert cases[0] == cases[1]
    assert cases[0]


def test_every_line_of_a_live_run_keeps_to_the_schema():
    stream = io.StringIO()
    report = JsonLines(stream)
    for turn in watched(Replay(ROOT.parent / "sample_pcaps" / "stuck-on-trying.pcap", 0.1, 60.0)):
        for event in turn:
            report.receive(event)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    schema = json.loads((ROOT.parent / "docs/events.schema.json").read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(schema)

    assert {line["event"] for line in lines} >= {"finding", "revision"}
    assert all(validator.is_valid(line) for line in lines)
