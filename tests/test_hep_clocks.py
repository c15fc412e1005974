"""A file of HEP packets whose agent has another clock than the machine that captured them: the capture ends by the clock of the messages."""

from pathlib import Path

import pytest

from analyser.annotate import Finding
from analyser.hep import hep3_packet
from analyser.pipeline import analyse
from analyser.wire import Endpoint, Hop
from tests.support.captures import SECOND, START, ethernet, ipv4, pcap, udp
from tests.support.ladder import compile_ladder

LADDER = """
alice = 192.0.2.10:5060
bob   = 198.51.100.20:5060
0.000, 0.500, 1.500  alice -> bob  INVITE
"""


@pytest.mark.parametrize("behind", [0, 3600, -20, 4000 * 86_400])
def test_a_capture_that_ends_early_is_not_one_that_waited_in_vain(tmp_path: Path, behind: int) -> None:
    packets = []
    hop = Hop(Endpoint("192.0.2.10", 5060), Endpoint("198.51.100.20", 5060), "UDP")
    for arrow in compile_ladder(LADDER).arrows:
        seen = START + arrow.time
        copy = hep3_packet(seen - behind * SECOND, hop, arrow.data, "one")
        assert copy is not None
        packets.append((seen, ethernet(ipv4(udp(copy, 40000, 9060)))))
    path = tmp_path / "agent.pcap"
    path.write_bytes(pcap(packets))

    (found,) = [event for event in analyse([path]) if isinstance(event, Finding)]

    assert (found.rule.id, str(found.severity)) == ("unanswered-invite", "warning")
    assert "before the capture ended, 1.5 s after the first copy" in found.note
