"""Two engines, one truth: over the sample captures our pipeline reads the messages that Wireshark reads."""

import asyncio
import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from analyser.pipeline import analyse
from analyser.sip import Request
from analyser.track import Sighting
from tests.support.samples import SAMPLES

pytestmark = [
    pytest.mark.tshark,
    pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:pyshark"),
]


class Read(NamedTuple):
    frame: int
    what: str
    cseq: str
    call_id: str
    branch: str


def ours(path: Path) -> Iterator[Read]:
    for event in analyse([path], rules=()):
        if isinstance(event, Sighting):
            message = event.message
            if isinstance(message, Request):
                what, method = message.method, message.method
            else:
                what, method = str(message.status), message.cseq_method
            yield Read(event.frame, what, f"{message.cseq} {method}", message.call_id, message.branch)


def theirs(path: Path) -> list[Read]:
    import pyshark
    from pyshark.capture.capture import TSharkCrashException

    read = []
    loop = asyncio.new_event_loop()
    capture = pyshark.FileCapture(str(path), display_filter="sip", keep_packets=False, eventloop=loop)
    # Where somebody else reaps the child first, asyncio makes up an exit status of 255, and pyshark takes that for
    # a crash. The packets decide: after a real crash some would be missing.
    with contextlib.suppress(TSharkCrashException):
        for packet in capture:
            read.append(_read(packet))  # noqa: PERF401 - what was read before an exception counts
    with contextlib.suppress(TSharkCrashException):
        capture.close()
    capture._running_processes.clear()
    loop.close()
    return read


def _read(packet) -> Read:
    sip = packet.sip
    what = sip.get_field("method") or sip.get_field("status_code")
    cseq = f"{sip.cseq_seq} {sip.cseq_method}"
    return Read(int(packet.number), str(what), cseq, str(sip.call_id), str(sip.via_branch))


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.pcap")), ids=lambda path: path.stem)
def test_same_messages(path: Path) -> None:
    assert list(ours(path)) == theirs(path)
