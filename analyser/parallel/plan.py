"""What the processes are told, and what they send."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from analyser.annotate import Event, Finding, Rule
    from analyser.redact import Redactor
    from analyser.track import Sighting
    from analyser.wire import Coverage

BATCH, END, FAILED, ENTANGLED, DIED = "batch", "end", "failed", "entangled", "died"
"""Kinds of chunks: of a batch of packets; the results; the capture cannot be read on; it cannot be split; a mistake of ours."""


class Chunk(NamedTuple):
    """What one process has found in one batch of packets; or why it ends."""

    kind: str
    records: list[tuple[int, Any]]
    """Places and what belongs there, in order."""
    branches: bytes
    """What its `BranchLog` holds."""
    progress: tuple[int, int | None]
    """Octets read, and their total."""
    rest: Any
    """The results, the reason of a failure, or the place from which on it cannot be split."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done, the same for every process."""

    jobs: int
    inputs: Sequence[str]
    coverage: Coverage
    """With what is known of the inputs so far."""
    rules: Sequence[Rule]
    parameters: Mapping[str, Mapping[str, Any]]
    keep: Callable[[Sighting], bool] | None
    shows: Callable[[Event], bool] | None
    """What of the result is wanted; None for everything."""
    fails: Callable[[Finding], bool] | None
    """Whether the process is to end with failure for a finding."""
    lines: bool
    """Whether JSON lines are wanted, rather than a report."""
    lang: str
    most_calls: int
    """Calls that the report may draw."""
    redactor: Redactor | None = None
    """All processes have the same key."""
