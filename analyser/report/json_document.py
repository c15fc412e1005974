"""The whole report as one JSON document, documented in docs/report.md and docs/report.schema.json.

One object: everything but the subjects first, then `subjects`, one a line, written one at a time. Nothing depends on the machine or
the hour: two runs over the same file give the same octets.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from analyser.report.dossier import Dossier

if TYPE_CHECKING:
    from typing import TextIO

    from analyser.annotate import Event

_encode = json.JSONEncoder(separators=(",", ":")).encode


class JsonDocument:
    """Feed it every event, then `finish`."""

    def __init__(self, stream: TextIO, lang: str = "en", *, narrowed: bool = False) -> None:
        self._write = stream.write
        self._dossier = Dossier(lang, narrowed=narrowed)

    def receive(self, event: Event) -> None:
        """Take the next event."""
        self._dossier.receive(event)

    def finish(self) -> None:
        """Write the document."""
        write = self._write
        between = "{\n"
        for key, value in self._dossier.head().items():
            write(f"{between}{_encode(key)}:{_encode(value)}")
            between = ",\n"
        write(f'{between}"subjects":[')
        between = "\n"
        for subject in self._dossier.subjects():
            write(between + _encode(subject))
            between = ",\n"
        write("\n]\n}\n")
