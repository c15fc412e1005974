"""Some packets, one after another, as columns: where each lies in one buffer, when it came and by which link."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

PADDING = 64
"""Zero octets behind the last packet of every buffer, so that a look at the head of any packet stays inside."""

Column = NDArray[np.int64]


class Interface(NamedTuple):
    """By what packets came, as a file describes it."""

    link: int
    """The link type (LINKTYPE_ value)."""
    snaplen: int
    """0 where there is no limit, or none is known."""
    options: tuple[tuple[int, bytes], ...] = ()
    """Its name, description and other texts: code of the option of pcapng and octets, as they are in the file."""


@dataclass(slots=True)
class Batch:
    """Packets of one file, never none; every column has one row a packet.

    Each `offset + caplen` lies at least PADDING octets before the end of `buffer`.
    """

    buffer: bytes
    offset: Column
    caplen: Column
    """Octets of the packet that are here; the snap length may have cut the rest."""
    wirelen: Column
    time: Column
    """Nanoseconds since 1970-01-01 UTC."""
    link: int | Column
    """The link type (LINKTYPE_ value), one for all packets or one for each."""
    first_frame: int
    """The number of the first packet in its file, from 1; the others follow."""
    input: int
    """Which of the files read, from 0."""
    has_keys: bool = False
    """Whether the file has shown TLS keys so far, in a Decryption Secrets Block of pcapng."""
    lost: Column | None = None
    """How many packets the capture lost just before each of these; None where nothing was lost."""
    interface: Column | None = None
    """By which interface each came, an index into the names of the source or into `interfaces`; None where there is only one."""
    interfaces: Sequence[Interface] = ()
    """Those that the file has described so far in this section: one object for all batches of it."""
    excerpt: bool = False
    """Whether the file is an excerpt that we wrote: what is missing of a stream in front of a message has been left out."""

    unwatched: list[tuple[int, int]] = field(default_factory=list)
    """From when to when, up to the last of these packets, nobody listened: between two captures, or in a silence too long to be one."""

    def __len__(self) -> int:
        return len(self.offset)

    def gaps(self, since: int) -> list[tuple[int, int]]:
        """From when to when packets were lost or nobody listened; `since` is the time of the packet before the first of these, 0 for none."""
        if self.lost is None:
            return self.unwatched
        times = self.time.tolist()
        return self.unwatched + [
            ((times[index - 1] if index else since) or times[index], times[index])
            for index in np.flatnonzero(self.lost).tolist()
        ]

    @property
    def last_time(self) -> int:
        """The latest time in the batch."""
        return int(self.time.max())
