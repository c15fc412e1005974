"""An excerpt small enough to lie inside a report: the packets of its worst subjects, whole, and no more octets than a bound."""

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
    the last ones are left out. Of what is read no more than `most_octets` is held. `inputs` must be files that can be read again,
    as `inputs_of` gives them; CaptureError where they cannot. `watched_until` is that of `write_pcapng`. With a `redactor` they are new
    packets (`pick_redacted`, which has `keys` as well).
    """
    first: dict[Place, int] = {}
    for number, group in enumerate(groups):
        for place in group:
            first.setdefault(place, number)
    kept = _Kept(len(groups), most_octets)
    choice = Choice(_by_input(first))
    for packet in (
        pick(inputs, choice) if redactor is None else pick_redacted(inputs, choice, redactor, **keys)
    ):
        kept.add(packet, first[packet.input, packet.frame])
    file = BytesIO()
    packets = list(kept.packets())
    if packets:
        write_pcapng(file, packets, comment=comment, watched_until=watched_until)
    return Excerpt(file.getvalue(), len(packets), kept.groups, len(groups) - kept.groups)


def _by_input(places: Collection[Place]) -> dict[int, np.ndarray[tuple[int], np.dtype[np.int64]]]:
    frames: dict[int, list[int]] = {}
    for number, frame in sorted(places):
        frames.setdefault(number, []).append(frame)
    return {number: np.array(some, dtype=np.int64) for number, some in frames.items()}


class _Kept:
    """The packets of the first groups, as many as there is room for."""

    def __init__(self, groups: int, most_octets: int) -> None:
        self.groups = groups
        """From here on groups are left out."""
        self._room = most_octets
        self._of: dict[int, list[Captured]] = {}

    def add(self, packet: Captured, group: int) -> None:
        """Keep a packet of a group, unless that is left out."""
        if group >= self.groups:
            return
        self._of.setdefault(group, []).append(packet)
        self._room -= len(packet.data)
        while self._room < 0:
            self.groups = max(self._of)
            self._room += sum(len(each.data) for each in self._of.pop(self.groups))

    def packets(self) -> Iterator[Captured]:
        """All that is kept, in the order of the captures."""
        kept = [packet for some in self._of.values() for packet in some]
        yield from sorted(kept, key=lambda packet: (packet.input, packet.frame))
