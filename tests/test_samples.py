"""The sample captures are those that the ladders compile to, and what Wireshark makes of them is no complaint."""

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


WRONG = "_ws.malformed || ip.checksum.status == 0 || udp.checksum.status == 0 || tcp.checksum.status == 0 || tcp.analysis.flags"


@pytest.mark.tshark
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_wireshark_finds_nothing_malformed(page, wireshark) -> None:
    path = SAMPLES / f"{page.stem}.pcap"

    assert wireshark.frames(path, WRONG, "frame.number") == []
    assert wireshark.frames(path, "sip || tls", "frame.number")
