"""What the commands that read captures begin with."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from analyser.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence


def check_names(captures: Sequence[str]) -> None:
    """Raise UsageError where a capture has no name: a script's variable was empty."""
    if "" in captures:
        raise UsageError("a capture needs a name; '-' is standard input")


def collect_seldom() -> None:
    """Set the cycle collector, which `__main__` has switched off, for a run. Calls are taken apart when they are over (`release`):
    it has little left to find, and nothing at all in what was imported so far."""
    gc.freeze()
    gc.set_threshold(80_000, 5, 2)
    gc.enable()
