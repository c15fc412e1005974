"""Wireshark without its window, for tests that ask it about many captures: sharkd stays, where each tshark takes a fifth of a second to begin."""

import json
import os
import select
import subprocess
from pathlib import Path
from typing import Any

PATIENCE = 120
"""Seconds after which an answer is given up; none needs one."""


class Wireshark:
    """A sharkd, which speaks JSON-RPC, a line a message."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            ["sharkd", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._read = b""
        self._loaded = 0
        for protocol in ("ip", "udp", "tcp"):
            self._ask("setconf", name=f"{protocol}.check_checksum", value="TRUE")
        self._ask("setconf", name="sctp.checksum", value="TRUE")

    def frames(self, path: Path, display_filter: str, *fields: str) -> list[tuple[str, ...]]:
        """The fields of each frame that passes the filter; several values of one are joined by commas."""
        self._ask("load", file=str(path))
        self._loaded += 1
        columns = {f"column{place}": f"{field}:0" for place, field in enumerate(fields)}
        # It remembers by its text which frames pass a filter, also when another capture is loaded.
        another = display_filter + " " * self._loaded
        return [tuple(frame["c"]) for frame in self._ask("frames", filter=another, **columns)]

    def close(self) -> None:
        """End it."""
        self._process.communicate(timeout=PATIENCE)

    def _ask(self, method: str, **parameters: str) -> Any:
        assert self._process.stdin is not None
        question = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
        self._process.stdin.write(json.dumps(question).encode() + b"\n")
        self._process.stdin.flush()
        answer = json.loads(self._line())
        assert "error" not in answer, (question, answer)
        return answer["result"]

    def _line(self) -> bytes:
        assert self._process.stdout is not None
        pipe = self._process.stdout.fileno()
        while b"\n" not in self._read:
            assert select.select([pipe], [], [], PATIENCE)[0], "sharkd says nothing"
            octets = os.read(pipe, 1 << 20)
            assert octets, "sharkd has ended"
            self._read += octets
        line, _, self._read = self._read.partition(b"\n")
        return line
