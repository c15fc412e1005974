"""`sip-analyser live` at work on a machine of a line, and what it takes of the processor and of memory."""

import json
import os
import re
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from time import monotonic, time_ns
from typing import Any, NamedTuple

from tests.live.line import INTERFACE, SERVER, Line, until

ROOT = Path(__file__).parents[1]
SECOND = 1_000_000_000
_TICKS = os.sysconf("SC_CLK_TCK")
_TIME = re.compile(rb'^\{"event":"message".*?"time":"([^"]+)Z"', re.MULTILINE)
_REPORT = 200_000
"""Octets that the last report has at most."""
_MESSAGES = re.compile(r"([\d,]+) SIP messages")


class Usage(NamedTuple):
    """Seconds of processor and of wall time."""

    cpu: float
    wall: float

    @property
    def busy(self) -> float:
        """Of one core, in percent."""
        return 100 * self.cpu / self.wall


class Watched:
    """One run of `live`: starts to listen when made, ends with `end`."""

    def __init__(self, line: Line, form: str, *, timed: bool = False) -> None:
        self._form = form
        self._timed = timed
        read, write = os.pipe()
        command = (sys.executable, "-m", "analyser", "live", "-i", INTERFACE, "--format", form)
        self._program = line.start(SERVER, *command, output=write, folder=ROOT)
        os.close(write)
        self.latencies: list[int] = []
        """From packet to line, in nanoseconds, of each message, where `timed` in JSON lines."""
        self._last = b""
        self._told = False
        self._reader = Thread(target=self._follow, args=(read,))
        self._reader.start()
        until(lambda: self._told or bool(self._program.said()), "live does not listen", self._program)
        self.started()

    def started(self) -> None:
        """What is measured begins now."""
        self._cpu, self._wall = self._processor(), monotonic()

    def usage(self) -> Usage:
        return Usage(self._processor() - self._cpu, monotonic() - self._wall)

    def _processor(self) -> float:
        fields = Path(f"/proc/{self._program.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def memory(self) -> int:
        """Octets resident."""
        pages = Path(f"/proc/{self._program.process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def _follow(self, pipe: int) -> None:
        rest = b""
        with open(pipe, "rb", buffering=0) as lines:
            while octets := lines.read(1 << 20):
                now = time_ns()
                self._told = True
                text, _, rest = (rest + octets).rpartition(b"\n")
                self._last = (self._last + text + b"\n")[-_REPORT:]
                if self._timed:
                    self.latencies += [now - _nanoseconds(each) for each in _TIME.findall(text)]

    def end(self) -> tuple[int, dict[str, Any]]:
        """Press Ctrl-C; give the number of messages that were seen and, of a run in JSON lines, the coverage."""
        os.kill(self._program.process.pid, signal.SIGINT)
        self._program.process.wait(60)
        self._reader.join()
        if self._form == "jsonl":
            summary = json.loads(self._last.splitlines()[-1])
            return summary["messages"], summary["coverage"]
        found = _MESSAGES.search(self._last.decode())
        assert found, self._program.said()
        return int(found[1].replace(",", "")), {}


def _nanoseconds(stamp: bytes) -> int:
    moment, _, fraction = stamp.decode().partition(".")
    return int(datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp()) * SECOND + int(fraction)


def carried(line: Line, machine: str) -> int:
    """Packets that have come to a machine over the cable so far."""
    command = ("ip", "-n", line.machines[machine], "-s", "-j", "link", "show", INTERFACE)
    told = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return told[0]["stats64"]["rx"]["packets"]
