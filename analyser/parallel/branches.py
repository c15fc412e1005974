"""Whether transactions of two processes may be one: a branch tells the transaction, whatever the Call-ID (RFC 3261 §17.2.3).

Each process tells of the branches of its messages: where one begins a transaction, where one comes along, and where the transaction is
over. `Branches` finds the first message that comes with a branch which is under way in another process.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence
    from collections.abc import Set as AbstractSet

MOST_BRANCHES: Final = 200_000
"""Branches under way in one process that are remembered. A tracker has 50,000 transactions at most."""

ENOUGH: Final = 100_000
"""Branches of one process that may wait to be counted, beside twice as many as are under way."""

OVER, MET, BEGUN = 0, 1, 2
"""What is told of a branch. Of one message, what is over comes first."""


class BranchLog:
    """What one process tells of branches, by their hash: forked processes share its seed."""

    def __init__(self) -> None:
        self._rows: list[int] = []

    def note(self, branch: str, number: int, what: int) -> None:
        """Tell of a branch at message `number`."""
        self._rows.append(number << 2 | what)
        self._rows.append(hash(branch))

    def take(self) -> bytes:
        """All that has been told since the last time."""
        rows = array("q", self._rows).tobytes()
        self._rows.clear()
        return rows


class Branches:
    """What all processes have told.

    As good as never do two of them tell of one branch, so what is under way is counted late: only when it may matter, or when there is
    enough to count.
    """

    def __init__(self, jobs: int) -> None:
        self._under_way: list[dict[int, int]] = [{} for _ in range(jobs)]
        """For each process: how many of its transactions have a branch, as far as that has been counted."""
        self._uncounted: list[list[array[int]]] = [[] for _ in range(jobs)]
        """What was told since."""
        self._told: list[set[int]] = [set() for _ in range(jobs)]
        """For each process: the branches of both, among them all that are under way."""

    def first_shared(self, logs: Sequence[bytes]) -> int | None:
        """The number of the first message that comes with a branch of another process; None where there is none."""
        rows = [array("q") for _ in logs]
        for row, log in zip(rows, logs, strict=True):
            row.frombytes(log)
        new = [set(row[1::2]) for row in rows]
        if not self._common(new, self._told):
            for process, row in enumerate(rows):
                self._uncounted[process].append(row)
                self._told[process] |= new[process]
                if len(self._told[process]) > ENOUGH + 2 * len(self._under_way[process]):
                    self._count_rest(process)
            return None
        for process in range(len(rows)):
            self._count_rest(process)
        shared = self._common(new, [known.keys() for known in self._under_way])
        notes = sorted(
            (when, process, branch)
            for process, row in enumerate(rows if shared else ())
            for when, branch in _pairs(row)
            if branch in shared
        )
        for when, process, branch in notes:
            others = (known for other, known in enumerate(self._under_way) if other != process)
            if when & 3 != OVER and any(branch in known for known in others):
                return when >> 2
            _count(self._under_way[process], branch, when & 3)
        for process, row in enumerate(rows):
            self._count_row(process, row, shared)
            self._told[process] = set(self._under_way[process])
        return None

    def _common(self, new: list[set[int]], known: Sequence[AbstractSet[int]]) -> set[int]:
        """The branches of which one process tells now and another one now or before."""
        shared: set[int] = set()
        for process, branches in enumerate(new):
            for other, before in enumerate(known):
                if other != process:
                    shared |= branches & before | branches & new[other]
        return shared

    def _count_rest(self, process: int) -> None:
        """Count what has waited for it."""
        for row in self._uncounted[process]:
            self._count_row(process, row, ())
        self._uncounted[process].clear()
        self._told[process] = set(self._under_way[process])

    def _count_row(self, process: int, row: array[int], counted: Container[int]) -> None:
        """Count what a process has told of all branches but those that are."""
        known = self._under_way[process]
        for when, branch in _pairs(row):
            if branch not in counted:
                _count(known, branch, when & 3)
        while len(known) > MOST_BRANCHES:
            del known[next(iter(known))]


def _pairs(row: array[int]) -> Iterator[tuple[int, int]]:
    return zip(row[0::2], row[1::2], strict=True)


def _count(known: dict[int, int], branch: int, what: int) -> None:
    if what == BEGUN:
        known[branch] = known.get(branch, 0) + 1
    elif what == OVER and branch in known:
        known[branch] -= 1
        if not known[branch]:
            del known[branch]
