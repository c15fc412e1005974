"""What the room asks of the place where events come from. The command line makes one of a file or of an interface."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from analyser.annotate import Event, Summary
    from analyser.capture.live import Losses

Place = tuple[int, int]
"""Where a packet lies: the number of its file, from 0, and of its frame, from 1."""


class Packet(NamedTuple):
    """A packet as it was captured."""

    time: int
    """Nanoseconds since 1970-01-01 UTC."""
    link: int
    """The link type (LINKTYPE_ value)."""
    wirelen: int
    data: bytes


class Source(Protocol):
    """Events, and the packets behind them. `turns` runs in a thread of its own; the rest is asked from the screen's."""

    @property
    def names(self) -> Sequence[str]:
        """What is read: file names, interfaces."""

    @property
    def live(self) -> bool:
        """Whether there is no end to it."""

    @property
    def progress(self) -> tuple[int, int | None]:
        """Octets read and their total, where known."""

    @property
    def losses(self) -> Losses | None:
        """What was lost on the way, of a live source."""

    @property
    def notes(self) -> Sequence[str]:
        """What there is to know of a live source beside them, as that an interface is down; the latest is the last."""

    @property
    def summary(self) -> Summary | None:
        """The numbers so far, where the source counts them before its end."""

    def turns(self, over: Callable[[], bool]) -> Iterator[Sequence[Event]]:
        """Events in small portions, until there are no more or `over`."""

    def packets(self, places: Collection[Place]) -> Iterator[Packet]:
        """The packets of these frames, in order. Raises AnalyserError where they cannot be had any more."""
