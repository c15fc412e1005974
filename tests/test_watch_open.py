"""What a watch has told of something that goes on: it grows with it, and nothing stays said that is no longer so."""

import io
from dataclasses import replace

from analyser.annotate import Finding, Revision, lookout
from analyser.report.tail import Tail
from analyser.report.terminal import TerminalReport
from analyser.report.words import Words
from analyser.rules import all_rules
from analyser.track.bounds import MAX_FAILURES_OF_PEER
from analyser.watch import Watch
from analyser.wire import SECOND, Coverage
from tests.support.ladder import compile_ladder
from tests.support.live import Replay, standing
from tests.support.pcap import capture

HOSTS = "alice = 192.0.2.10:5060\nserver = 198.51.100.1:5060\n"
TRIES = 11
WRONG = "".join(
    f"{3 * number}.00 alice -> server REGISTER\n{3 * number}.04 alice <- server 401\n"
    for number in range(TRIES + 1)
)
"""The first is what every client begins with; each of the others carries credentials."""
CLINGS = "0 alice -> server PUBLISH\n0.04 alice <- server 200\n" + "".join(
    f"{10 * number}.00 alice -> server PUBLISH\n  SIP-If-Match: {{etag}}\n{10 * number}.05 alice <- server 412\n"
    for number in range(1, 8)
)
STUCK = "0 alice -> server INVITE\n0.1 alice <- server 100\n"


class Run:
    """A watch over a ladder, with what it said and when, and a report and a tail beside it."""

    def __init__(self, tmp_path, ladder, *, rule=None, step=0.1, quiet=0.0, ask_every=0.0):
        path = tmp_path / "ladder.pcap"
        path.write_bytes(capture(compile_ladder(HOSTS + ladder)).data)
        self.live = Replay(path, step, quiet)
        self.began = self.live.now
        self.looks = 0
        """How often the rule was asked."""
        rules = [self._counted(each) if each.id == rule else each for each in all_rules()]
        self.watch = Watch(self.live, Coverage(), rules, ahead=lambda: 0)
        self.events = []
        self.said = []
        """When, what it was, and the finding as it stands then, None once it is withdrawn."""
        self.report = TerminalReport(io.StringIO(), 200, False, live=True)
        self.tail = Tail(Words("en"), colour=False)
        self.lines = ""
        self.asked = 0
        for turn in self.watch.turns(lambda: self.live.is_over):
            self._take(turn, rule)
            if ask_every and self.now >= (self.asked + 1) * ask_every:
                self.asked += 1
                self._take(self.watch.refresh(), rule)
                self.held(rule)

    @property
    def now(self):
        return (self.live.now - self.began) / SECOND

    def _counted(self, rule):
        def check(subject, **parameters):
            self.looks += 1
            return rule.check(subject, **parameters)

        return replace(rule, check=check)

    def _take(self, events, rule):
        self.events += events
        self.lines += self.tail.text(events, 100)
        for event in events:
            self.report.receive(event)
            if isinstance(event, Finding) and event.rule.id == rule:
                self.said.append((self.now, "new", event))
            elif isinstance(event, Revision) and event.earlier.rule.id == rule:
                self.said.append((self.now, "revised", event.now))
        self.report.turn_over()

    def held(self, rule):
        """The report of now has the finding as it was said last."""
        self.report.receive(self.watch.summary)
        cases = {case.rule.id: case for case in self.report._early.all().worst_first()}
        last = self.said[-1][2] if self.said else None
        assert (rule in cases) == (last is not None)
        if last is not None:
            assert cases[rule].example.note == last.note
            assert cases[rule].count == 1


def test_a_wrong_password_is_an_error_with_the_second_try(tmp_path):
    run = Run(tmp_path, WRONG, rule="credentials-refused")
    told = [(round(when), what, finding.severity.name) for when, what, finding in run.said]

    assert told == [(3, "new", "WARNING"), (6, "revised", "ERROR"), (33, "revised", "ERROR")]
    assert "once" in run.said[0][2].note
    assert "twice" in run.said[1][2].note
    assert f"{TRIES} times" in run.said[2][2].note
    assert run.lines.count("credentials-refused: ") == 2, "a tail does not repeat what is no worse"
    assert len(standing(run.events)) == 1


def test_whoever_asks_is_told_how_often_it_has_happened(tmp_path):
    run = Run(tmp_path, WRONG, rule="credentials-refused", ask_every=7.5)
    told = [(round(when, 1), finding.note) for when, _, finding in run.said]

    assert [round(when) for when, _ in told] == [3, 6, 15, 22, 30, 33], (
        "asked at 7.5 s as well: nothing new then"
    )
    for when, count in ((15, 4), (22, 7), (30, 9), (33, 11)):
        note = next(note for at, note in told if round(at) == when)
        assert f"{count} times" in note
        assert "still to come" not in note
    assert run.watch.summary.rules == {"credentials-refused": 1}
    assert run.lines.count("credentials-refused: ") == 2
    assert len(standing(run.events)) == 1


def test_a_client_that_gives_up_after_one_refusal_is_told_of_when_that_is_certain(tmp_path):
    ladder = "0 alice -> server REGISTER\n0.04 alice <- server 401\n1 alice -> server REGISTER\n1.04 alice <- server 401\n"
    run = Run(tmp_path, ladder, rule="credentials-refused", quiet=100.0, ask_every=20.0)
    told = [
        (round(when), finding.severity.name, "still to come" in finding.note) for when, _, finding in run.said
    ]

    assert told[0] == (1, "WARNING", True)
    assert (33, "ERROR", False) in told
    assert not any(open_ for when, _, open_ in told if when > 33)


def test_a_publisher_that_clings_to_its_tag_is_an_error_as_it_does(tmp_path):
    run = Run(tmp_path, CLINGS, rule="publish-precondition-failed", ask_every=15.0, quiet=200.0)
    told = [(round(when), finding.severity.name, finding.note) for when, _, finding in run.said]

    assert told[0][:2] == (10, "WARNING")
    assert "still to come" in told[0][2]
    assert next(when for when, severity, _ in told if severity == "ERROR") <= 20
    assert not any("still to come" in note for when, _, note in told if when >= 15)
    assert "There are 5 such refusals" in next(note for when, _, note in told if when == 60)
    assert run.lines.count("publish-precondition-failed: ") == 2
    assert len(standing(run.events)) == 1


def test_what_waits_is_told_with_how_long_it_has_waited(tmp_path):
    run = Run(tmp_path, STUCK, rule="stuck-on-trying", quiet=100.0, ask_every=40.0)
    told = [(round(when), finding.note) for when, _, finding in run.said]

    assert "10.0 s after the INVITE" in told[0][1]
    assert any(when == 40 and "40.0 s after the INVITE" in note for when, note in told)


def test_what_is_mended_is_taken_back_at_once(tmp_path):
    ladder = STUCK + "12 alice <- server 180\n40 alice <- server 200\n40.1 alice -> server ACK\n"
    run = Run(tmp_path, ladder, rule="stuck-on-trying", ask_every=20.0)

    assert [(round(when), what) for when, what, _ in run.said] == [(10, "new"), (12, "revised")]
    assert run.said[-1][2] is None
    assert "holds no longer" in run.lines
    assert standing(run.events) == []


def test_copies_of_what_was_told_of_do_not_bring_a_look_each(tmp_path):
    provisional = "".join(f"{12 + number / 100} alice <- server 100\n" for number in range(200))
    run = Run(tmp_path, STUCK + provisional, rule="stuck-on-trying")

    assert run.said
    assert run.looks < 10


def test_a_host_with_many_failures_is_not_judged_at_each(tmp_path):
    calls = MAX_FAILURES_OF_PEER + 100
    ladder = "".join(
        f"{number / 100} [c{number}] alice -> server INVITE\n{number / 100 + 0.002} [c{number}] alice <- server 404\n"
        f"{number / 100 + 0.004} [c{number}] alice -> server ACK\n"
        for number in range(calls)
    )
    run = Run(tmp_path, ladder, rule="destination-unknown", ask_every=2.0)

    assert run.asked == 3
    assert run.looks < 15
    assert [each.rule.id for each in standing(run.events)].count("destination-unknown") == 1


def test_beyond_the_bound_the_latest_look_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(lookout, "MAX_REFRESHED", 0)
    run = Run(tmp_path, WRONG, rule="credentials-refused", ask_every=7.5)

    assert any("5 times" in finding.note or "4 times" in finding.note for _, _, finding in run.said)
    assert len(standing(run.events)) == 1
