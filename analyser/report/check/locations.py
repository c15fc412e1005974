"""Names of captures as the machines that read a result want them."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from urllib.parse import quote, quote_from_bytes

from analyser.report.wire_text import escape

STANDARD_INPUT = "-"


def relative_path(name: str) -> str | None:
    """The path of a capture as GitHub wants it: below the folder that the run is in. None where it lies elsewhere."""
    path = _below(name)
    return None if path is None else escape(path)


def uri(name: str) -> str:
    """A URI reference: relative for what lies below the folder of the run, else absolute."""
    if name in ("", STANDARD_INPUT):
        return "stdin"
    path = _below(name)
    if path is not None:
        return quote_from_bytes(os.fsencode(path), safe="/")
    try:
        return Path(name).absolute().as_uri()
    except ValueError:
        return quote(name, safe="/", errors="replace")


def _below(name: str) -> str | None:
    if name in ("", STANDARD_INPUT):
        return None
    path = os.path.relpath(name) if Path(name).is_absolute() else os.path.normpath(name)
    below = PurePosixPath(Path(path).as_posix())
    return None if below.is_absolute() or ".." in below.parts else str(below)
