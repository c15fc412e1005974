"""Runs the analyser over the captures of `hostile.py`: memory at its highest, processor time for each frame, what was evicted.

`python benchmarks/endure.py [NAME…] [--count N] [--format jsonl]`. Each run is a process of its own.
"""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

from hostile import CASES, capture

ROOT = Path(__file__).parents[1]
MOST = 400
"""Megabytes that no capture may make the analyser take."""


def run(path: Path, form: str) -> tuple[float, float, dict[str, int], int]:
    """CPU seconds, megabytes, evictions and frames of one run."""
    with tempfile.TemporaryFile("w+") as out:
        arguments = [sys.executable, "-m", "analyser", "read", "--format", form, str(path)]
        child = os.posix_spawn(
            sys.executable,
            arguments,
            {**os.environ, "PYTHONPATH": str(ROOT)},
            file_actions=[(os.POSIX_SPAWN_DUP2, out.fileno(), 1)],
        )
        _, status, usage = os.wait4(child, 0)
        if status:
            raise SystemExit(f"{path}: the analyser ended with {os.waitstatus_to_exitcode(status)}")
        evicted, frames = {}, 0
        if form == "jsonl":
            out.seek(max(out.seek(0, os.SEEK_END) - 100_000, 0))
            coverage = json.loads(out.read().splitlines()[-1])["coverage"]
            evicted, frames = coverage["evicted"], coverage["frames"]
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, evicted, frames


def main() -> None:
    options = argparse.ArgumentParser(description="Measure the analyser on captures that were made to hurt.")
    options.add_argument("names", nargs="*", metavar="NAME")
    options.add_argument("--count", type=int)
    options.add_argument("--format", choices=["terminal", "jsonl"], default="terminal")
    chosen = options.parse_args()
    worst = 0.0
    for name in chosen.names or CASES:
        count = CASES[name].count if chosen.count is None else chosen.count
        seconds, megabytes, evicted, _ = run(capture(name, count), chosen.format)
        worst = max(worst, megabytes)
        each = seconds / count * 1e6
        print(
            f"{name:22}{count:>10,} {seconds:8.2f} s {each:9.1f} µs/step {megabytes:7.0f} MB  {evicted}",
            flush=True,
        )
    if worst > MOST:
        raise SystemExit(f"more than {MOST} MB")


if __name__ == "__main__":
    main()
