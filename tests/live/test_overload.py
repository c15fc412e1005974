"""More than can be looked at: packets are lost, and each that was is told."""

import sys

import pytest

from tests.live.line import ADDRESS, PHONES, SERVER, Line
from tests.live.tail import ROOT, Tail

pytestmark = pytest.mark.live

SENT = 40_000


def test_what_is_lost_is_told(line: Line) -> None:
    """While `live` is kept from running, more comes than the kernel keeps for it."""
    line.lose(SERVER, "udp", "dport", "5060")
    tail = Tail(line)
    with tail.halted():
        flood = (sys.executable, "-m", "tests.live.flood", ADDRESS[SERVER], str(SENT))
        line.start(PHONES, *flood, folder=ROOT).wait()
    summary = tail.end()
    lost = summary["coverage"]["lost"]
    assert 0 < summary["messages"] < SENT
    assert lost["kernel"] == SENT - summary["messages"]
    assert sum(lost.values()) == lost["kernel"]
