"""A watch says at once what reading the same packets says at the end."""

from pathlib import Path

import pytest

from analyser import analyse
from analyser.annotate import Finding, Revision
from tests.support.live import Replay, standing, told, watched, with_end
from tests.support.page import cases_of
from tests.support.pcap import capture

ROOT = Path(__file__).parent
SAMPLES = sorted((ROOT.parent / "sample_pcaps").glob("*.pcap*"))
PAGES = sorted([*(ROOT / "rules").glob("*.md"), *(ROOT / "flows").glob("*.md")])
CASES = [case for page in PAGES for case in cases_of(page)]
QUIET = 7300.0
"""Longer than anything waits, save for what was granted for longer."""


def read_findings(path):
    return [event for event in analyse([path]) if isinstance(event, Finding)]


def agree(path, tmp_path, step, quiet):
    live = Replay(path, step, quiet)
    events = [event for turn in watched(live) for event in turn]
    ended = with_end(path, live.now, tmp_path / "ended.pcapng")
    read = list(analyse([ended]))
    findings = standing(events)

    assert told(findings) == told(event for event in read if isinstance(event, Finding))
    assert not any(isinstance(event, Revision) and event.now is event.earlier for event in events)
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
