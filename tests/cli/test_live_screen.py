"""`sip-analyser live` on a terminal: lines scroll, the status stays below them, and goes with the end."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time

import pytest

from tests.cli.test_live import ROOT, STUCK
from tests.report.runs import SGR

WIPE = "\r\x1b[K"
STATUS = re.compile(r"\d+ msg/s · (\d+) messages? · \d+ calls? open · (no findings|\d+ findings?[^\r]*)")


class Terminal:
    """A process whose output is a terminal."""

    def __init__(self, *arguments, own=(), columns="100", **streams):
        self.master, child = pty.openpty()
        self.resize(100)
        streams = {"stdout": child, "stderr": child, **streams}
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "LC_ALL": "C.UTF-8",
            "TERM": "xterm",
            "COLUMNS": columns,
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.played", str(STUCK), "--stay", *own, "--", "live", *arguments],
            env=environment, cwd=ROOT, **streams,
        )  # fmt: skip
        os.close(child)
        self.text = ""

    def resize(self, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))

    def until(self, pattern, seconds=30):
        """Read until the pattern is there; all that came so far."""
        end = time.monotonic() + seconds
        while not re.search(pattern, self.text):
            assert time.monotonic() < end, self.text[-2000:]
            assert self._read(), self.text[-2000:]
        return self.text

    def _read(self):
        """Whether there may be more."""
        if select.select([self.master], [], [], 0.2)[0]:
            try:
                self.text += os.read(self.master, 65536).decode()
            except OSError:  # nobody has it open for writing any more
                return False
        return True

    def ended(self):
        """End it, and give all that it wrote."""
        self.process.send_signal(signal.SIGINT)
        while self._read():
            pass
        self.process.wait(30)
        return self.text

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()
        os.close(self.master)


def shown(text):
    """The lines that a screen holds in the end."""
    return [line.rpartition(WIPE)[2] for line in SGR.sub("", text.replace("\r\n", "\n")).split("\n")]


@pytest.fixture
def screen():
    started = []

    def start(*arguments, **options):
        started.append(Terminal(*arguments, **options))
        return started[-1]

    yield start
    for terminal in started:
        terminal.close()


def test_the_status_stays_below_the_lines_and_goes_at_the_end(screen):
    terminal = screen(own=["--each", "5", "--pause", "0.1"])
    terminal.until(r"41 messages · 1 call open · \d+ finding")
    text = terminal.ended()
    lines = shown(text)

    assert len(STATUS.findall(text)) > 3
    assert not any(STATUS.search(line) for line in lines)
    assert sum(re.match(r"\d\d:\d\d:\d\d\.\d{3} #", line) is not None for line in lines) == 41
    assert any("WHAT WAS READ" in line for line in lines)
    assert re.search(r"\x1b\[38;5;\d+m", text)


@pytest.mark.parametrize("colour", [(), ("--no-color",)])
def test_the_report_is_as_wide_as_the_window_is_by_then(screen, colour):
    terminal = screen(*colour, columns="")
    terminal.until("41 messages")
    terminal.resize(64)
    report = shown(terminal.ended().rpartition("Ending, with the report")[2])

    assert any("WHAT WAS READ" in line for line in report)
    assert max(map(len, report[1:])) in range(55, 65)


def test_no_colour_is_no_colour(screen):
    terminal = screen("--no-color")
    terminal.until("41 messages")

    assert not SGR.search(terminal.ended())


def test_a_pipe_has_no_status_on_the_terminal_beside_it(screen):
    terminal = screen(own=["--each", "5", "--pause", "0.1"], stdout=subprocess.PIPE)
    terminal.until("Listening")
    first = terminal.process.stdout.readline()
    terminal.process.send_signal(signal.SIGINT)
    rest = terminal.process.stdout.read()
    text = terminal.ended()

    assert b"#1 " in first
    assert b"\x1b" not in first + rest
    assert not STATUS.search(text)
