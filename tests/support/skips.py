"""A pytest plugin: says in the end what would make the skipped tests run, and can forbid skips.

With SIP_ANALYSER_FORBID_SKIPS=1 a test that skips fails with the reason it gave. Only tests marked `corpus`
may still skip, and only where SIP_ANALYSER_CORPUS is unset: their captures belong to others and need not be
at hand. Once the variable is set, a folder that is not there is a mistake and fails.
"""

import os
from collections import Counter
from collections.abc import Generator

import pytest

NEEDS = {
    "tshark": "Wireshark's tshark (Debian and Ubuntu: apt install tshark; macOS: brew install wireshark)",
    "live": "root on a Linux with network namespaces, and the programs that `.ci/run` installs (SIPp, Kamailio …)",
    "browser": "Chromium (Debian: apt install chromium poppler-utils), which Playwright drives (pip install playwright)",
    "corpus": "a folder of captures with a truth.json, named by the variable SIP_ANALYSER_CORPUS",
}
"""What a marker asks for, in words for someone who lacks it."""


def forbidden(keywords: object) -> bool:
    if os.environ.get("SIP_ANALYSER_FORBID_SKIPS", "0") in {"", "0"}:
        return False
    assert hasattr(keywords, "__contains__")
    return "corpus" not in keywords or "SIP_ANALYSER_CORPUS" in os.environ


def fail(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Turn a skip into a failure that carries the reason."""
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    report.outcome = "failed"
    report.longrepr = f"skips are forbidden here (SIP_ANALYSER_FORBID_SKIPS), and this skipped: {reason}"


# Tried first and thereby outermost: pytest's own wrapper turns the exception into a skip inside of it.
@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and forbidden(item.keywords):
        fail(report)
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if report.skipped and forbidden(collector.keywords):
        fail(report)
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line a missing thing, below pytest's own list of the single skips."""
    missing: Counter[str] = Counter()
    for report in terminalreporter.stats.get("skipped", []):
        missing.update(marker for marker in NEEDS if marker in getattr(report, "keywords", ()))
    for marker, count in missing.items():
        terminalreporter.write_line(
            f"not run: {count} of the tests, for want of {NEEDS[marker]}", yellow=True
        )
