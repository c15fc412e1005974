"""Whether transactions of two processes may be one: a branch tells the transaction, whatever the Call-ID (RFC 3261 §17.2.3).

Each process tells of the branches of its messages: where one begins a transaction, where one comes along, and where the transaction is
over. `Branches` finds the first message that comes with a branch which is under way in another process.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MOST_BRANCHES: Final = 200_000
"""Branches under way in one process that are remembered. A tracker has 50,000 transactions at most."""

OVER, MET, BEGUN = 0, 1, 2
"""What is told of a branch. Of one message, what is over comes first."""


class BranchLog:
    """What one process tells of branches, by their hash: forked processes share its seed."""

    def __init__(self) -> None:
        self._rows = array("q")

    def note(self, branch: str, number: int, what: int) -> None:
        """Tell of a branch at message `number`."""
        self._rows.extend((number << 2 | what, hash(branch)))

    def take(self) -> bytes:
        """All that has been told since the last time."""
        rows = self._rows.tobytes()
        self._rows = array("q")
        return rows


class Branches:
    """What all processes have told."""

    def __init__(self, jobs: int) -> None:
        self._under_way: list[dict[int, int]] = [{} for _ in range(jobs)]
        """For each process: how many of its transactions have a branch."""

    def first_shared(self, logs: Sequence[bytes]) -> int | None:
        """The number of the first message that comes with a branch of another process; None where there is none."""
        rows = [array("q") for _ in logs]
        for row, log in zip(rows, logs, strict=True):
            row.frombytes(log)
        shared = self._suspects([row[1::2] for row in rows])
        told = sorted(
            (when, process, branch)
            for process, row in enumerate(rows if shared else ())
            for when, branch in _pairs(row)
            if branch in shared
        )
        for when, process, branch in told:
            others = (known for other, known in enumerate(self._under_way) if other != process)
            if when & 3 != OVER and any(branch in known for known in others):
                return when >> 2
            _count(self._under_way[process], branch, when & 3)
        for known, row in zip(self._under_way, rows, strict=True):
            for when, branch in _pairs(row):
                if branch not in shared:
                    _count(known, branch, when & 3)
            while len(known) > MOST_BRANCHES:
                del known[next(iter(known))]
        return None

    def _suspects(self, told: list[array[int]]) -> set[int]:
        """The branches that two processes know."""
        shared: set[int] = set()
        new = [set(branches) for branches in told]
        for process, branches in enumerate(new):
            for other, known in enumerate(self._under_way):
                if other != process:
                    shared |= branches & known.keys() | branches & new[other]
        return shared


def _pairs(row: array[int]) -> Iterator[tuple[int, int]]:
    return zip(row[0::2], row[1::2], strict=True)


def _count(known: dict[int, int], branch: int, what: int) -> None:
    if what == BEGUN:
        known[branch] = known.get(branch, 0) + 1
    elif what == OVER and branch in known:
        known[branch] -= 1
        if not known[branch]:
            del known[branch]
