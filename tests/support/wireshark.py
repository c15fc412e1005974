"""Wireshark without its window, for tests that ask it about many captures: sharkd stays, where each tshark takes a fifth of a second to begin."""

import json
from pathlib import Path
from typing import Any

from tests.support.asked import Asked


class Wireshark:
    """A sharkd, which speaks JSON-RPC. It verifies checksums."""

    def __init__(self) -> None:
        self._sharkd = Asked(["sharkd", "-"])
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
        self._sharkd.close()

    def _ask(self, method: str, **parameters: str) -> Any:
        question = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
        answer = json.loads(self._sharkd.ask(json.dumps(question)))
        assert "error" not in answer, (question, answer)
        return answer["result"]
