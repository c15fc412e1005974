"""A program that stays and answers each line with a line."""

import os
import select
import subprocess
from collections.abc import Sequence
from typing import Any

PATIENCE = 120
"""Seconds after which an answer is given up; none needs one."""


class Asked:
    """Such a program. What it says on its standard error goes nowhere."""

    def __init__(self, command: Sequence[str], **options: Any) -> None:
        streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        self._process = subprocess.Popen(command, **streams, **options)
        self._read = b""

    def ask(self, question: str) -> bytes:
        """The answer to a line."""
        assert self._process.stdin is not None
        self._process.stdin.write(question.encode() + b"\n")
        self._process.stdin.flush()
        return self._line()

    def close(self) -> None:
        """Let it end, as it does where there is nothing more to answer."""
        self._process.communicate(timeout=PATIENCE)

    def _line(self) -> bytes:
        assert self._process.stdout is not None
        pipe = self._process.stdout.fileno()
        parts = [self._read]
        while b"\n" not in parts[-1]:
            assert select.select([pipe], [], [], PATIENCE)[0], "no answer comes"
            parts.append(os.read(pipe, 1 << 20))
            assert parts[-1], "it has ended"
        line, _, self._read = b"".join(parts).partition(b"\n")
        return line
