"""The sample captures are those that the ladders compile to, and what Wireshark makes of them is no complaint."""

import shutil
import subprocess

import pytest

from tests.support.page import cases_of, title_of
from tests.support.samples import FLOWS, SAMPLES, samples

PAGES = sorted(FLOWS.glob("*.md"))
EXPECTED = samples()


@pytest.mark.parametrize("name", EXPECTED)
def test_current(name: str) -> None:
    assert (SAMPLES / name).read_bytes() == EXPECTED[name], "stale: run `make pcaps`"


def test_nothing_else_is_there() -> None:
    assert {path.name for path in SAMPLES.iterdir()} == set(EXPECTED)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_page_tells_one_story(page) -> None:
    assert title_of(page)
    assert len(cases_of(page)) == 1
    assert "## What to learn from it" in page.read_text()


@pytest.mark.tshark
@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_wireshark_finds_nothing_malformed(page) -> None:
    command = ["tshark", "-r", SAMPLES / f"{page.stem}.pcap", "-T", "fields", "-e", "frame.number"]
    for protocol in ("ip", "udp", "tcp"):
        command += ["-o", f"{protocol}.check_checksum:TRUE"]
    wrong = "_ws.malformed || ip.checksum.status == 0 || udp.checksum.status == 0 || tcp.checksum.status == 0 || tcp.analysis.flags"
    seen = subprocess.run([*command, "-Y", wrong], capture_output=True, text=True, check=True)
    assert seen.stdout == ""
