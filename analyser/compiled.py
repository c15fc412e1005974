"""Which form of the hot rooms runs: the extension modules that `hatch_build.py` made of them, or their sources.

The build leaves `compiled.txt` beside this file. Its first line is the suffix of the extension modules, or the reason
why there are none. In a checkout a line for each source follows, with its time of change and its size, for there an
extension module that is older than its source would run what nobody can read any more: one such source, and the sources
run, all of them. Mixed forms would not fit together. An installed wheel has no such lines; its files belong together.
"""

import os
import sys
from importlib.machinery import EXTENSION_SUFFIXES, SOURCE_SUFFIXES, FileFinder, SourceFileLoader
from typing import Final

FOLDER: Final = os.path.dirname(__file__)
STAMP: Final = "compiled.txt"
PURE: Final = "SIP_ANALYSER_PURE"
"""The variable that asks for the sources, whatever was compiled."""


def obstacle(folder: str) -> str | None:
    """Why the extension modules of a folder must not run, '' where nobody tried to make any; None if they may."""
    try:
        with open(f"{folder}/{STAMP}", encoding="utf-8") as file:
            suffix, *sources = file.read().splitlines()
    except (OSError, ValueError):
        return ""
    if suffix not in EXTENSION_SUFFIXES:
        return "compiled for another Python" if suffix.startswith(".") else suffix
    if not os.path.exists(f"{folder}__mypyc{suffix}"):
        return "the library of the compiled rooms is gone"
    for source in sources:
        name, changed, size = source.rsplit(" ", 2)
        try:
            status = os.stat(f"{folder}/{name}")
            os.stat(f"{folder}/{name.removesuffix('.py')}{suffix}")
        except OSError:
            return f"{name} is not compiled"
        if (status.st_mtime_ns, status.st_size) != (int(changed), int(size)):
            return f"{name} was edited after it was compiled"
    return None


def _run_sources(folder: str) -> None:
    """Let the import system see nothing but sources in the package and its rooms."""
    rooms = [entry.path for entry in os.scandir(folder) if entry.is_dir()] if os.path.isdir(folder) else []
    for path in (folder, *rooms):
        sys.path_importer_cache[path] = FileFinder(path, (SourceFileLoader, SOURCE_SUFFIXES))


_asked = os.environ.get(PURE, "0") not in {"", "0"}
_obstacle = f"{PURE} is set" if _asked else obstacle(FOLDER)
COMPILED: Final = _obstacle is None
FORM: Final = "compiled" if _obstacle is None else f"pure Python: {_obstacle}" if _obstacle else "pure Python"
"""The form that runs, in words, with the reason."""
if not COMPILED:
    _run_sources(FOLDER)
