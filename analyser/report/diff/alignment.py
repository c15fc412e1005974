"""Two lists of steps side by side: the alignment that has most in common, the same whichever of the two comes first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyser.report.diff.steps import Step

_SAME: Final = 4
_ALIKE: Final = 1
"""Of two final responses, or two provisional ones, to the same method: one stands in the place of the other."""


class Pair(NamedTuple):
    """What stands beside each other; None where one call has nothing of the kind."""

    one: Step | None
    other: Step | None

    @property
    def same(self) -> bool:
        """Whether both have it."""
        return self.one is not None and self.other is not None and self.one.key == self.other.key

    @property
    def passing(self) -> bool:
        """Whether nothing hangs on it, or on its absence."""
        return all(step is None or step.passing for step in self)


def align(ones: Sequence[Step], others: Sequence[Step]) -> list[Pair]:
    """All steps of both, each once, in order; of several alignments that are as good, the one that agrees longest from the start."""
    table = _table(ones, others)
    pairs: list[Pair] = []
    at, beside = 0, 0
    while at < len(ones) and beside < len(others):
        one, other = ones[at], others[beside]
        best = table[at][beside]
        gain = _worth(one, other)
        if gain and best == gain + table[at + 1][beside + 1]:
            pairs.append(Pair(one, other))
            at, beside = at + 1, beside + 1
        elif best == table[at + 1][beside] and (best != table[at][beside + 1] or one.key < other.key):
            pairs.append(Pair(one, None))
            at += 1
        else:
            pairs.append(Pair(None, other))
            beside += 1
    pairs += [Pair(one, None) for one in ones[at:]]
    pairs += [Pair(None, other) for other in others[beside:]]
    return pairs


def first_divergence(pairs: Sequence[Pair]) -> int | None:
    """Which pair is the first that is not the same in both. One on which nothing hangs counts only where there is no other."""
    apart = [number for number, pair in enumerate(pairs) if not pair.same]
    return next((number for number in apart if not pairs[number].passing), apart[0] if apart else None)


def _worth(one: Step, other: Step) -> int:
    if one.key == other.key:
        return _SAME
    (method, status), (other_method, other_status) = one.kind, other.kind
    alike = (
        one.sent == other.sent
        and method == other_method
        and status
        and other_status
        and (status < 200) == (other_status < 200)
    )
    return _ALIKE if alike else 0


def _table(ones: Sequence[Step], others: Sequence[Step]) -> list[list[int]]:
    """For each pair of places, what the best alignment of the rest is worth."""
    table = [[0] * (len(others) + 1) for _ in range(len(ones) + 1)]
    for at in range(len(ones) - 1, -1, -1):
        row, below, one = table[at], table[at + 1], ones[at]
        for beside in range(len(others) - 1, -1, -1):
            together = below[beside + 1] + _worth(one, others[beside])
            row[beside] = max(together, below[beside], row[beside + 1])
    return table
