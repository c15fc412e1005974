"""Runs a command to its end and says what it took, all its processes together."""

import os
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

ENVIRONMENT = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")} | {
    "TERM": "xterm"
}
"""As a user has it: Python keeps its bytecode. sngrep asks for a terminal even where it draws nothing."""
_STEP = 0.05
"""Seconds between two looks at the memory of several processes."""


class Run(NamedTuple):
    """What a command took: seconds of processor and of wall time, peak octets of memory, octets printed."""

    cpu: float
    wall: float
    memory: int
    printed: int


class FailedRunError(Exception):
    """A contestant that did not end well."""


def run(command: list[str]) -> Run:
    """Run to the end, output to a file. Processor time covers the process and whatever it waited for."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        started = time.monotonic()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=ENVIRONMENT)
        watch = _Watch(process.pid)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - started
        together = watch.stop()
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            err.seek(0)
            last = err.read()[-500:].decode("utf-8", "replace").strip().rpartition("\n")[2]
            raise FailedRunError(f"exit status {process.returncode}: {last}")
        alone = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        cpu = usage.ru_utime + usage.ru_stime
        return Run(cpu, wall, max(alone, together), out.seek(0, os.SEEK_END))


class _Watch:
    """Looks now and then how much memory a process and those that it has started hold together."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._peak = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def stop(self) -> int:
        """The most that was seen."""
        self._over.set()
        self._thread.join()
        return self._peak

    def _look(self) -> None:
        while not self._over.wait(_STEP):
            self._peak = max(self._peak, sum(map(_resident, _family(self._pid))))


def _family(pid: int) -> list[int]:
    """A process and all its descendants, where the system tells."""
    found = [pid]
    for each in found:
        with suppress(OSError):
            found += map(int, Path(f"/proc/{each}/task/{each}/children").read_text().split())
    return found


def _resident(pid: int) -> int:
    with suppress(OSError, IndexError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return 0
