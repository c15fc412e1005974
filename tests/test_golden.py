"""The terminal report of each sample capture, as it is in `tests/golden/`: every change to a report is seen in review."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.conftest import GOLDEN
from tests.support.samples import ROOT, SAMPLES

CAPTURES = sorted(SAMPLES.glob("*.pcap"))
IN_JAPANESE = "ack-lost-behind-nat"


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.stem)
def test_report(path: Path, golden: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch) -> None:
    golden(f"{path.stem}.txt", printed(path, monkeypatch))


def test_report_in_japanese(golden: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch) -> None:
    golden(f"{IN_JAPANESE}.ja.txt", printed(SAMPLES / f"{IN_JAPANESE}.pcap", monkeypatch, "--lang", "ja"))


def test_no_golden_is_left_over() -> None:
    names = {path.stem for path in CAPTURES} | {f"{IN_JAPANESE}.ja"}
    assert {path.stem for path in GOLDEN.glob("*.txt")} <= names


def printed(path: Path, monkeypatch: pytest.MonkeyPatch, *options: str) -> str:
    from analyser.cli import main

    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")
    result = CliRunner().invoke(main, ["read", str(path.relative_to(ROOT)), *options], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout
