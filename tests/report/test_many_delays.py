"""Delays of which there are more than are kept as they are: what `check` and `diff` say of them."""

import pytest

from analyser.annotate import Summary
from analyser.annotate.kpi import MAX_SAMPLES
from analyser.report.check.expression import Figure
from analyser.report.check.figures import Figures
from analyser.report.check.seen import Seen
from analyser.report.diff.numbers import figure_changes
from analyser.wire import MILLISECOND, Coverage

COUNT = 2 * MAX_SAMPLES


def summary(longest):
    """Post-dial delays from nothing to `longest` (ns), evenly."""
    made = Summary(Coverage())
    for number in range(COUNT):
        made.kpis.post_dial.add(longest * number // (COUNT - 1))
    return made


@pytest.mark.parametrize(
    ("function", "expected"), [("max", 4.0), ("p95", 3.8), ("p1", 0.04), ("mean", 2.0), ("", 2.0)]
)
def test_a_check_measures_them(function, expected):
    seen = Seen()
    seen.receive(summary(4000 * MILLISECOND))

    reading = Figures(seen, [], []).read(Figure(function, "PDD"))

    assert reading.value == pytest.approx(expected, rel=1 / 256)
    assert reading.of == COUNT


def test_a_comparison_compares_them():
    one, other = summary(2000 * MILLISECOND), summary(4000 * MILLISECOND)
    names = {kpi.id: kpi.id for kpi in one.kpis.figures()} | {"RTX": "RTX"}
    found = {figure["id"]: figure for figure in figure_changes(one, other, names)}

    assert found["PDD"]["verdict"] == found["PDD p95"]["verdict"] == "changed"
    assert found["PDD"]["change"] == pytest.approx(1, rel=1 / 256)
    assert found["PDD"]["a"]["of"] == COUNT
