"""Where packets were lost, rules that rest on something not being there hold their tongue."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analyser import analyse, pipeline
from analyser.annotate import Finding
from analyser.annotate.gaps import MAX_GAPS, Gaps
from analyser.rules import all_rules
from analyser.wire import SECOND, Coverage
from tests.support.ladder import compile_ladder
from tests.support.page import cases_of
from tests.support.pcap import capture

PAGES = Path(__file__).parents[1] / "rules"
RULES = {rule.id: rule for rule in all_rules()}


def losing(monkeypatch, place):
    """Let packets be lost before one of the capture: `place` of 0 is the first, 1 the last."""
    read = pipeline.read

    def lossy(*given):
        for batch in read(*given):
            lost = np.zeros(len(batch), dtype=np.int64)
            lost[max(1, round((len(batch) - 1) * place))] = 3
            yield replace(batch, lost=lost)

    monkeypatch.setattr(pipeline, "read", lossy)


def told(path):
    return [(found.rule.id, found.frame) for found in analyse([path]) if isinstance(found, Finding)]


@pytest.mark.parametrize("rule", [rule for rule in RULES.values() if rule.on.__name__ != "TlsConnection"],
                         ids=lambda rule: rule.id)  # fmt: skip
def test_a_rule_of_absence_abstains_and_another_does_not(rule, tmp_path, monkeypatch):
    """A loss right behind the first message falls into the life of whatever that began."""
    path = tmp_path / "ladder.pcap"
    fired = kept = 0
    for case in cases_of(PAGES / f"{rule.id}.md"):
        ladder = case.compile()
        marked = any(mark.rule == rule.id for arrow in ladder.arrows for mark in arrow.marks)
        if not marked or len(ladder.arrows) < 2:
            continue
        path.write_bytes(capture(ladder).data)
        whole = told(path)
        with monkeypatch.context() as patched:
            losing(patched, 0.0)
            lossy = told(path)
        others = [each for each in whole if not RULES[each[0]].absence]
        assert [each for each in lossy if not RULES[each[0]].absence] == others
        fired += [each[0] for each in whole].count(rule.id)
        kept += [each[0] for each in lossy].count(rule.id)
    assert fired
    assert kept < fired if rule.absence else kept == fired


def test_a_loss_elsewhere_changes_nothing(tmp_path):
    gaps = Gaps(Coverage())
    gaps.add(10 * SECOND, 11 * SECOND)

    assert gaps.touch(11 * SECOND, 12 * SECOND)
    assert gaps.touch(0, 20 * SECOND)
    assert not gaps.touch(0, 9 * SECOND)
    assert not gaps.touch(12 * SECOND, 13 * SECOND)


STUCK = """
alice = 192.0.2.10:5060
bob   = 203.0.113.20:5060
0.000    alice -> bob    INVITE
0.050    alice <- bob    100 Trying
90.000   [b] alice -> bob    INVITE
90.050   [b] alice <- bob    100 Trying
95.000   [c] alice -> bob    OPTIONS (new)
160.000  [d] alice -> bob    OPTIONS (new)
"""


def test_only_what_lived_then_is_judged_with_care(tmp_path, monkeypatch):
    path = tmp_path / "calls.pcap"
    path.write_bytes(capture(compile_ladder(STUCK)).data)
    assert {frame for rule, frame in told(path) if rule == "stuck-on-trying"} == {2, 4}

    losing(monkeypatch, 0.2)  # before the 100 of the first call, which goes on waiting
    assert {frame for rule, frame in told(path) if rule == "stuck-on-trying"} == {4}


def test_losses_without_end_are_bounded_and_counted():
    coverage = Coverage()
    gaps = Gaps(coverage)
    for moment in range(3 * MAX_GAPS):
        gaps.add(moment * 60 * SECOND, moment * 60 * SECOND + 1)

    assert len(gaps.spans) == MAX_GAPS
    assert coverage.evicted["moments of loss"] == 2 * MAX_GAPS
    assert gaps.touch(30 * SECOND, 31 * SECOND), "of the oldest no more than the time between them is known"
