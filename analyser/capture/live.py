"""What every place has in common from which packets come while they pass: network interfaces, HEP agents."""

from typing import NamedTuple, Protocol

from analyser.capture.batch import Batch


class Losses(NamedTuple):
    """Packets that passed and were not seen, so far, by who lost them."""

    kernel: int = 0
    """The system's buffer was full, as we were too slow."""
    interface: int = 0
    """The interface or its driver dropped them."""
    queue: int = 0
    """A bound of our own was reached."""

    @property
    def all(self) -> int:
        return self.kernel + self.interface + self.queue


class Live(Protocol):
    """Packets as they pass. Frames are numbered through from 1, in the order in which they are given."""

    @property
    def names(self) -> tuple[str, ...]:
        """Where they come from, in words: `eth0`, `hep udp:0.0.0.0:9060`."""

    @property
    def now(self) -> int:
        """How far time has come, ns since 1970-01-01 UTC: no packet that is still to come is older, clock steps apart."""

    @property
    def losses(self) -> Losses:
        """What was lost since the beginning."""

    def receive(self, wait: float) -> Batch | None:
        """The packets that have come, waiting for the first of them up to `wait` seconds; None if there was none.

        `Batch.lost` tells where packets are missing. Raises CaptureError where there is nothing left to listen to.
        """

    def close(self) -> None:
        """Stop listening."""


class Through:
    """A `Live` in front of another, which does something with its packets as they pass through."""

    def __init__(self, live: Live) -> None:
        self._live = live

    @property
    def names(self) -> tuple[str, ...]:
        return self._live.names

    @property
    def now(self) -> int:
        return self._live.now

    @property
    def losses(self) -> Losses:
        return self._live.losses

    def receive(self, wait: float) -> Batch | None:
        return self._live.receive(wait)

    def close(self) -> None:
        self._live.close()
