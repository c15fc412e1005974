"""A real agent and a real collector, sngrep: what it sends is heard, what is sent to it is understood."""

import shutil
import socket
import subprocess
import time
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from analyser.annotate import Finding, final
from analyser.capture.hep_in import HepListener
from analyser.errors import CaptureError
from analyser.pipeline import analyse
from analyser.report.hep_out import HepSender
from analyser.track import Sighting
from analyser.watch import Watch
from analyser.wire import Coverage
from tests.support.agents import LONG
from tests.support.samples import SAMPLES

pytestmark = pytest.mark.skipif(
    shutil.which("sngrep") is None, reason="sngrep is not installed (apt install sngrep)"
)

SOCKETS = Path("/proc/net/udp")
CALLS = [
    "ack-lost-behind-nat",
    "cancel-race",
    "codec-mismatch-488",
    "forked-call",
    "publish-412-loop",
    "scanner",
]


def sample(name):
    return SAMPLES / f"{name}.pcap"


@contextmanager
def sngrep(*arguments):
    running = subprocess.Popen(
        ["sngrep", "-F", "-N", "-q", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield running
    finally:
        running.kill()
        running.wait(LONG)


def messages_in(events):
    """All but the transport: what sngrep writes is UDP."""
    return [
        (event.time // 1000, str(event.hop), event.message.raw)
        for event in events
        if isinstance(event, Sighting)
    ]


def findings_in(events):
    return sorted(
        (event.rule.id, event.severity, str(event.evidence.note), event.evidence.at.time)
        for event in final(events)
        if isinstance(event, Finding)
    )


def until_the_last_message(name, folder):
    """The sample without what comes behind its last message: an agent does not tell for how long nothing more came."""
    data = sample(name).read_bytes()
    last = max(event.frame for event in analyse([sample(name)]) if isinstance(event, Sighting))
    end = 24
    for _ in range(last):
        end += 16 + int.from_bytes(data[end + 8 : end + 12], "little")
    path = folder / "cut.pcap"
    path.write_bytes(data[:end])
    return path


@pytest.mark.parametrize("name", CALLS)
def test_an_agent_gives_the_messages_and_the_findings_of_the_file_it_reads(name, tmp_path):
    expected = list(analyse([until_the_last_message(name, tmp_path)]))
    count = len(messages_in(expected))
    coverage = Coverage()
    until = time.monotonic() + LONG
    events = []

    with (
        closing(HepListener("udp:127.0.0.1:0", coverage)) as listener,
        sngrep("-I", str(sample(name)), "-H", f"udp:{listener.address}"),
    ):
        turns = Watch(listener, coverage).turns(
            lambda: len(messages_in(events)) >= count or time.monotonic() > until
        )
        for turn in turns:
            events += turn

    assert messages_in(events) == messages_in(expected)
    assert findings_in(events) == findings_in(expected)
    assert not coverage.evicted
    assert not listener.losses.all


@pytest.mark.skipif(not SOCKETS.exists(), reason="only Linux tells who listens")
@pytest.mark.parametrize("name", ["healthy-call", "forked-call"])
def test_a_collector_understands_what_we_send(name, tmp_path):
    kept = tmp_path / "kept.pcap"
    expected = [event for event in analyse([sample(name)]) if isinstance(event, Sighting)]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    with sngrep("-L", f"udp:127.0.0.1:{port}", "-O", str(kept)) as collector:
        with closing(HepSender(f"127.0.0.1:{port}")) as sender:
            wait_for(lambda: is_open(port) and kept.exists())
            for sighting in expected:
                sender.send(sighting)
            assert (sender.sent, sender.dropped) == (len(expected), 0)
        wait_for(lambda: len(kept_in(kept)) >= len(expected))
        collector.terminate()

    assert kept_in(kept) == messages_in(expected)


def kept_in(path):
    try:
        return messages_in(analyse([path]))
    except CaptureError:  # nothing is written yet
        return []


def is_open(port):
    """Whether somebody listens there; a trial would take the port away from who is about to."""
    return f"0100007F:{port:04X}" in SOCKETS.read_text()


def wait_for(condition):
    until = time.monotonic() + LONG
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)
