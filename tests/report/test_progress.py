"""The bar of long reads."""

import io

import pytest

from analyser.report import progress
from analyser.report.progress import ProgressBar, progress_for


class Screen(io.StringIO):
    def isatty(self):
        return True


def test_nobody_looks_so_nothing_is_drawn():
    assert progress_for(io.StringIO()) is None


def test_a_quick_read_draws_nothing():
    screen = Screen()
    bar = progress_for(screen)
    bar(10, 100)
    bar(100, 100)

    assert screen.getvalue() == ""


@pytest.mark.parametrize("total", [100, None])
def test_a_long_read_draws_and_cleans_up(monkeypatch, total):
    monkeypatch.setattr(progress, "PATIENCE", 0)
    monkeypatch.setattr(progress, "INTERVAL", 0)
    screen = Screen()
    bar = ProgressBar(screen)
    bar(10, total)
    bar(50, total)
    drawn = screen.getvalue()
    bar.stop()
    bar(60, total)

    assert drawn
    assert "\x1b[?25h" in screen.getvalue() or "\x1b[?25l" not in screen.getvalue()
