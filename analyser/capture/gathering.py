"""Packets as they come from a socket, gathered into one batch. Bounded by packets and octets."""

from typing import Final

import numpy as np

from analyser.capture.batch import PADDING, Batch, Column

MAX_PACKETS: Final = 16_384
"""Packets of one batch."""
MAX_OCTETS: Final = 8 * 1024 * 1024
"""Octets of one batch, but for its last packet."""
LONGEST: Final = 262_144
"""Octets that are taken of a packet, as by tcpdump."""
HEADROOM: Final = 20
"""Octets before each packet that are free for a header that the system took off, or has none of."""

_ZEROS: Final = bytes(PADDING)


class Gathering:
    """The packets of one turn. Whoever has a packet writes it to `room` and says by `add` where it lies."""

    def __init__(self) -> None:
        self.buffer = bytearray(MAX_OCTETS + HEADROOM + LONGEST)
        self._view = memoryview(self.buffer)
        self.clear()

    def clear(self) -> None:
        """Forget what was gathered."""
        self.end = 0
        """Where the last packet ends."""
        self._rows: list[tuple[int, int, int, int, int, int]] = []
        self._lost: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def is_full(self) -> bool:
        return self.end >= MAX_OCTETS or len(self._rows) >= MAX_PACKETS

    @property
    def room(self) -> memoryview:
        """Where the next packet may be written, HEADROOM octets behind the last one."""
        start = self.start
        return self._view[start : start + LONGEST]

    @property
    def start(self) -> int:
        """Where in `buffer` the room begins."""
        return self.end + HEADROOM

    def add(self, start: int, size: int, wire: int, time: int, link: int, interface: int, lost: int) -> None:
        """A packet that lies in `buffer` from `start` on. `wire` is its size on the wire, `time` in ns since 1970."""
        if lost:
            self._lost[len(self._rows)] = lost
        self._rows.append((start, size, wire, time, link, interface))
        self.end = start + size

    def batch(self, first_frame: int) -> Batch:
        """What was gathered, which must be something."""
        offset, caplen, wirelen, time, link, interface = np.array(self._rows, dtype=np.int64).T.copy()
        lost: Column | None = None
        if self._lost:
            lost = np.zeros(len(self), dtype=np.int64)
            lost[list(self._lost)] = list(self._lost.values())
        return Batch(
            b"".join((self._view[: self.end], _ZEROS)),
            offset,
            caplen,
            wirelen,
            time,
            int(link[0]) if (link == link[0]).all() else link,
            first_frame,
            0,
            lost=lost,
            interface=interface,
        )
