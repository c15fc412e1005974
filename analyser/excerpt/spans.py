"""Names that matter for a time: endpoints while a call lasts, connections up to a message. Asked for whole arrays at once."""

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analyser.decode.rows import Mask, Octets

WIDTH: Final = 40
"""Octets of a name, zeros behind a shorter one."""
_WORDS: Final = WIDTH // 8
_FACTORS: Final = np.array(
    [0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x27D4EB2F165667C5, 0x85EBCA77C2B2AE63],
    dtype=np.uint64,
)
"""Odd, so that names which differ in the first eight octets only, as those of IPv4 endpoints do, never have one sum."""

Span = tuple[bytes, int, int]
"""A name, and from when to when it matters, both included."""
Positions = NDArray[np.int64]


class Spans:
    """A set of spans. Where a name has several they may overlap."""

    def __init__(self, spans: Iterable[Span]) -> None:
        by_name: dict[bytes, list[tuple[int, int]]] = {}
        for name, since, until in spans:
            by_name.setdefault(name, []).append((since, until))
        self._by_name = {name: _merged(stretches) for name, stretches in by_name.items()}
        words = np.frombuffer(b"".join(name.ljust(WIDTH, b"\0") for name in by_name), np.uint64)
        words = words.reshape(-1, _WORDS)
        sums = _sums(words)
        order = np.argsort(sums, kind="stable")
        self._words, self._sums = words[order], sums[order]
        stretches = list(self._by_name.values())
        flat = [(place, *each) for place, old in enumerate(order.tolist()) for each in stretches[old]]
        table = np.array(flat, dtype=np.int64).reshape(-1, 3)
        self._name_of, self._since, self._until = table[:, 0], table[:, 1], table[:, 2]
        self._moments = np.unique(self._since)
        self._ranks = self._rank(self._name_of, self._since)

    def __len__(self) -> int:
        return len(self._by_name)

    def covers(self, names: Octets, at: Positions) -> Mask:
        """Which of these names, a row of octets each, matter at these positions."""
        covered = np.zeros(len(names), dtype=np.bool_)
        if not len(self._sums) or not len(names):
            return covered
        padded = np.zeros((len(names), WIDTH), dtype=np.uint8)
        padded[:, : names.shape[1]] = names
        words = padded.view(np.uint64)
        sums = _sums(words)
        place = np.minimum(np.searchsorted(self._sums, sums), len(self._sums) - 1)
        hits = np.flatnonzero(self._sums[place] == sums)
        hits = hits[(self._words[place[hits]] == words[hits]).all(axis=1)]
        if len(hits):
            name, moment = place[hits], at[hits]
            entry = np.searchsorted(self._ranks, self._rank(name, moment), side="right") - 1
            covered[hits] = (entry >= 0) & (self._name_of[entry] == name) & (self._until[entry] >= moment)
        return covered

    def covers_one(self, name: bytes, at: int) -> bool:
        """The same for a single name."""
        return any(since <= at <= until for since, until in self._by_name.get(name, ()))

    def _rank(self, name: Positions, moment: Positions) -> Positions:
        """Names in order, and the moments of each in order, as one number."""
        rank: Positions = name * (len(self._moments) + 1) + np.searchsorted(
            self._moments, moment, side="right"
        )
        return rank


def _sums(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    sums: NDArray[np.uint64] = (words * _FACTORS).sum(axis=1, dtype=np.uint64)
    return sums


def _merged(stretches: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for since, until in sorted(stretches):
        if merged and since <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(until, merged[-1][1])
        else:
            merged.append((since, until))
    return merged
