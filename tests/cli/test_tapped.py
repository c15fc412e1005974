"""What `live --write` keeps says how long was listened, so that `read` misses what `live` missed."""

from pathlib import Path

from analyser import Finding, analyse
from analyser.capture import read
from analyser.capture.live import Losses
from analyser.capture.writing import Writer
from analyser.cli.tapped import Tapped
from analyser.wire import SECOND, Coverage
from tests.support.ladder import compile_ladder
from tests.support.pcap import capture

LADDER = "alice = 192.0.2.10:5060\nbob = 203.0.113.20:5060\n0 alice -> bob INVITE\n0.1 alice <- bob 100\n"


class Played:
    """Gives the packets of a capture, and then listens on for a while."""

    names = ("eth0",)
    losses = Losses()

    def __init__(self, path: Path, quiet: int) -> None:
        self._batches = list(read([path], Coverage()))
        self.now = self._batches[-1].last_time + quiet

    def receive(self, _wait: float):
        return self._batches.pop(0) if self._batches else None

    def close(self) -> None:
        pass


def rules(path):
    return [event.rule.id for event in analyse([path]) if isinstance(event, Finding)]


def test_the_quiet_behind_the_last_packet_is_kept(tmp_path):
    path = tmp_path / "call.pcap"
    path.write_bytes(capture(compile_ladder(LADDER)).data)
    tapped = Tapped(Played(path, 90 * SECOND), Writer(tmp_path / "kept.pcapng"))
    while tapped.receive(0) is not None:
        pass
    tapped.close()

    assert rules(path) == []
    assert rules(tmp_path / "kept.pcapng") == ["stuck-on-trying"]
