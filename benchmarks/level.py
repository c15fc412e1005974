"""Memory while many calls pass: what `read`, or `live` on packets that are played to it, holds after so many of them.

`python benchmarks/level.py [--live] [--calls 500000]`. The capture is that of the race, 50 new calls a second of its own time; where
in it a run stands is known from the octets that it has read. Memory must not depend on the length of the capture: what the calls
of half an hour take that hang is the last to fill (`TRYING_LIMIT`), after 90,000 calls.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import generate

ROOT = Path(__file__).parents[1]
MARKS = (10_000, 50_000, 100_000, 180_000, 250_000, 350_000, 500_000)
_STEP = 0.05
"""Seconds between two looks."""


class Look(NamedTuple):
    """Octets that a process has read, and how many it held at most so far."""

    read: int
    peak: int


def looks(process: subprocess.Popen[bytes]) -> Iterator[Look]:
    """A running process, again and again; Linux tells."""
    folder = Path(f"/proc/{process.pid}")
    while process.poll() is None:
        with suppress(OSError, KeyError):
            io = _fields(folder / "io")
            status = _fields(folder / "status")
            yield Look(int(io["rchar"]), int(status["VmHWM"].split()[0]) * 1024)
        time.sleep(_STEP)


def _fields(path: Path) -> dict[str, str]:
    return dict(line.split(":", 1) for line in path.read_text().splitlines())


def command(path: Path, *, live: bool) -> list[str]:
    """What is measured."""
    if live:
        return [sys.executable, "-m", "tests.support.played", str(path), "--each", "500", "--", "live"]
    return [sys.executable, "-m", "analyser", "read", str(path)]


def main() -> None:
    options = argparse.ArgumentParser(description="Measure memory while calls pass.")
    options.add_argument("--calls", type=int, default=500_000)
    options.add_argument("--live", action="store_true", help="as `live` instead of `read`")
    chosen = options.parse_args()
    path = generate.capture_path(chosen.calls, 0)
    if not path.exists():
        generate.write(path, generate.framed(generate.merged(generate.calls(chosen.calls, 0))))
    size = path.stat().st_size
    marks = [mark for mark in MARKS if mark < chosen.calls]
    process = subprocess.Popen(
        command(path, live=chosen.live),
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    look = Look(0, 0)
    for look in looks(process):
        while marks and look.read >= size * marks[0] / chosen.calls:
            print(f"{marks.pop(0):>9,} calls: {look.peak / 2**20:6.1f} MB", flush=True)
    # Once a capture has been played there is nothing left to listen to, which is the failure that ends such a run.
    if process.returncode != (2 if chosen.live else 0):
        raise SystemExit(f"the analyser ended with {process.returncode}")
    print(f"{chosen.calls:>9,} calls, and the report: {look.peak / 2**20:6.1f} MB")


if __name__ == "__main__":
    main()
