"""The command line as its user has it: in this process, which takes a twentieth of the time, or in one of its own."""

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

from analyser import cli
from tests.support.asked import Asked

ROOT = Path(__file__).parents[2]


class Ran(NamedTuple):
    """What a run ended with, and what it wrote to each stream, with its ends of line as they are."""

    returncode: int
    stdout: str
    stderr: str


def stream() -> io.TextIOWrapper:
    """A stream that is no terminal and has no descriptor, for text and for octets."""
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="", write_through=True)


def run(*arguments: object) -> Ran:
    """In this process. Descriptors, signals, a locale, standard input: what is about those takes `run_apart`."""
    out, err = stream(), stream()
    with redirect_stdout(out), redirect_stderr(err):
        status = cli.run([str(each) for each in arguments])
    written = (each.buffer.getvalue().decode("utf-8") for each in (out, err))  # type: ignore[attr-defined]
    return Ran(status, *written)


def run_apart(*arguments: object, **options: Any) -> subprocess.CompletedProcess[bytes]:
    """In a process of its own, whose environment is ours but for `env`."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **options.pop("env", {})}
    given = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "timeout": 60, "cwd": ROOT, **options}
    return subprocess.run(
        [sys.executable, "-m", "analyser", *map(str, arguments)], check=False, env=environment, **given
    )


class Beside:
    """A process that runs one command after the other as `run` does: for those that fork. A process that has collected all
    the tests takes four times as long to fork. What a test patches is not patched there."""

    def __init__(self) -> None:
        self._process = Asked([sys.executable, "-W", "error", "-m", "tests.support.command"], cwd=ROOT)

    def run(self, *arguments: object) -> Ran:
        """What came of it."""
        return Ran(*json.loads(self._process.ask(json.dumps([str(each) for each in arguments]))))

    def close(self) -> None:
        """End it."""
        self._process.close()


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(run(*json.loads(line))), flush=True)
