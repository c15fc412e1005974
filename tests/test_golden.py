"""The terminal report of each sample capture, as it is in `tests/golden/`: every change to a report is seen in review."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.conftest import GOLDEN
from tests.support.samples import ROOT, SAMPLES

CAPTURES = sorted(SAMPLES.glob("*.pcap"))


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.stem)
def test_report(path: Path, golden: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch) -> None:
    from analyser.cli import main

    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")
    result = CliRunner().invoke(main, ["read", str(path.relative_to(ROOT))], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    golden(f"{path.stem}.txt", result.stdout)


def test_no_golden_is_left_over() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} <= {path.stem for path in CAPTURES}
