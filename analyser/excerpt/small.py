"""An excerpt small enough to lie inside a report: the packets of its worst subjects, whole where it can be, and no more octets than a bound."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from io import BytesIO
from typing import Any, Final, NamedTuple

import numpy as np

from analyser.excerpt.choice import Choice
from analyser.excerpt.picking import Captured, pick
from analyser.excerpt.redacted import pick_redacted
from analyser.excerpt.writing import write_pcapng
from analyser.redact import Redactor

MAX_EXCERPT: Final = 2 * 1024 * 1024
"""Octets of packets in an excerpt inside a report, where nobody says otherwise."""

Place = tuple[int, int]
"""Which of the inputs, from 0, and which of its frames, from 1."""


class Excerpt(NamedTuple):
    """A capture of some groups of frames."""

    octets: bytes
    """A pcapng file; nothing where there is no packet."""
    packets: int
    groups: int
    """How many groups of frames are in it."""
    left_out: int
    """How many are not, as there was no room for them."""
    cut_short: frozenset[int] = frozenset()
    """Which of the groups, from 0, are in it with their beginning alone, as each would be too large by itself."""


def excerpt(
    inputs: Sequence[str],
    groups: Sequence[Collection[Place]],
    *,
    most_octets: int = MAX_EXCERPT,
    comment: str = "",
    watched_until: int = 0,
    redactor: Redactor | None = None,
    **keys: Any,
) -> Excerpt:
    """The packets of these frames as one pcapng file, in the order of the captures.

    `groups` are frames that belong together, such as those of a call, the most important first: where there is no room for all,
    the last ones are left out. Of one that is larger than `most_octets` by itself the beginning is taken, up to half of that, so that
    it does not push out all others; the captures are read once more then. Of what is read no more than `most_octets` is held. `inputs` must be files that can be read again,
    as `inputs_of` gives them; CaptureError where they cannot. `watched_until` is that of `write_pcapng`. With a `redactor` they are new
    packets (`pick_redacted`, which has `keys` as well).
    """
    first: dict[Place, int] = {}
    for number, group in enumerate(groups):
        for place in group:
            first.setdefault(place, number)
    choice = Choice(_by_input(first))

    def keep(large: frozenset[int]) -> _Kept:
        kept = _Kept(len(groups), most_octets, large)
        for packet in (
            pick(inputs, choice) if redactor is None else pick_redacted(inputs, choice, redactor, **keys)
        ):
            kept.add(packet, first[packet.input, packet.frame])
        return kept

    kept = keep(frozenset())
    large = kept.too_large()
    if large:
        kept = keep(large)
    cut_short = frozenset(group for group in large if kept.holds(group))
    held = kept.groups - sum(group < kept.groups and group not in cut_short for group in large)
    file = BytesIO()
    packets = list(kept.packets())
    if packets:
        write_pcapng(file, packets, comment=comment, watched_until=watched_until)
    return Excerpt(file.getvalue(), len(packets), held, len(groups) - held, cut_short)


def _by_input(places: Collection[Place]) -> dict[int, np.ndarray[tuple[int], np.dtype[np.int64]]]:
    frames: dict[int, list[int]] = {}
    for number, frame in sorted(places):
        frames.setdefault(number, []).append(frame)
    return {number: np.array(some, dtype=np.int64) for number, some in frames.items()}


class _Kept:
    """The packets of the first groups, as many as there is room for."""

    def __init__(self, groups: int, most_octets: int, large: Collection[int]) -> None:
        """`large` are groups that are cut short."""
        self.groups = groups
        """From here on groups are left out."""
        self._most = self._room = most_octets
        self._left = dict.fromkeys(large, most_octets // 2)
        """How many octets each of those may still have."""
        self._octets: Counter[int] = Counter()
        """Of every group, be it kept or not."""
        self._of: dict[int, list[Captured]] = {}

    def add(self, packet: Captured, group: int) -> None:
        """Keep a packet of a group, unless that is left out."""
        self._octets[group] += len(packet.data)
        if group >= self.groups:
            return
        if group in self._left:
            self._left[group] -= len(packet.data)
            if self._left[group] < 0:
                self._left[group] = 0  # nothing behind it either: packets have octets
                return
        self._of.setdefault(group, []).append(packet)
        self._room -= len(packet.data)
        while self._room < 0:
            self.groups = max(self._of)
            self._room += sum(len(each.data) for each in self._of.pop(self.groups))

    def too_large(self) -> frozenset[int]:
        """The groups that have no room even alone."""
        return frozenset(group for group, octets in self._octets.items() if octets > self._most)

    def holds(self, group: int) -> bool:
        """Whether there are packets of a group."""
        return group in self._of

    def packets(self) -> Iterator[Captured]:
        """All that is kept, in the order of the captures."""
        kept = [packet for some in self._of.values() for packet in some]
        yield from sorted(kept, key=lambda packet: (packet.input, packet.frame))
