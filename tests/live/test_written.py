"""`live --write` keeps the packets: reading them afterwards gives what the live run gave."""

import json
import subprocess
import sys

import pytest

from tests.live.line import SERVER, Line
from tests.live.programs import call, kamailio, serve
from tests.live.tail import ROOT, Event, Tail

pytestmark = pytest.mark.live


def _messages(events: list[Event]) -> list[object]:
    return [(each["frame"], each["time"], each["call_id"]) for each in events if each["event"] == "message"]


def _findings(events: list[Event]) -> list[object]:
    return sorted((each["rule"], each["severity"], each["note"], each["frames"]) for each in events)


def test_read_gives_the_same(line: Line) -> None:
    kept = line.folder / "kept.pcapng"
    tail = Tail(line, "--write", str(kept))
    server = kamailio(line)
    call(line, "publish").wait()
    server.stop()
    callee = serve(line, "refuse", status="488 Not Acceptable Here", extra="User-Agent: desk")
    call(line, "call").wait()
    callee.wait()
    line.lose(SERVER, "udp", "dport", "5060", "numgen", "inc", "mod", "1000", "<", "2")
    callee = serve(line, "answer")
    call(line, "call").wait()
    callee.wait()
    tail.until_message("BYE")
    tail.end()
    command = (sys.executable, "-m", "analyser", "read", "--format", "jsonl", str(kept))
    read = subprocess.run(command, capture_output=True, check=True, cwd=ROOT)
    again = [json.loads(each) for each in read.stdout.splitlines()]
    assert _messages(again) == _messages(tail.events)
    assert _findings([each for each in again if each["event"] == "finding"]) == _findings(tail.standing)
    assert set(tail.rules) == {"publish-precondition-failed", "offer-refused", "repeated-request"}
