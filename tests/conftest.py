"""Goldens: files that hold what a command printed, compared by default, rewritten by `pytest --golden=write`."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from analyser import __version__
from tests.support.wireshark import Wireshark

settings.register_profile("new examples", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("same examples", settings.get_profile("new examples"), derandomize=True)
settings.load_profile("same examples" if os.environ.get("SIP_ANALYSER_SAME_EXAMPLES") else "new examples")
os.environ["LC_ALL"] = "C.UTF-8"  # the language of what is printed follows the locale
GOLDEN = Path(__file__).parent / "golden"
FIRST_LINE = "Golden. Update with: make golden\n"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--golden",
        choices=("check", "write"),
        default="check",
        help="compare output with the files in tests/golden, or write them anew",
    )


@pytest.fixture(scope="session")
def wireshark() -> Iterator[Wireshark]:
    """One for all tests of a process."""
    if shutil.which("sharkd") is None:
        pytest.skip("sharkd is not installed, which comes with tshark")
    running = Wireshark()
    yield running
    running.close()


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text with a golden by name."""

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        actual = FIRST_LINE + text.replace(__version__, "@VERSION@")
        if request.config.getoption("--golden") == "write":
            path.write_text(actual)
        else:
            assert path.exists(), "no such golden: run `make golden` and read what it wrote"
            assert actual == path.read_text(), "the report changed: run `make golden` and read the difference"

    return compare
