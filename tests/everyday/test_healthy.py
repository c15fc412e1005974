"""Traffic of every day that holds refusals, crossings and repeats, and nothing wrong: no rule finds anything in it."""

from pathlib import Path

import pytest

from tests.support.page import Case, cases_of, findings_of

CASES = cases_of(Path(__file__).parent / "healthy.md")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_nothing_is_found(case: Case) -> None:
    assert findings_of(case.compile()) == []
