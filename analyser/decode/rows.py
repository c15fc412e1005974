"""What the wide lane takes and gives: the packets of a batch as columns, and rows for those that deserve a look.

Also what its parts share to look at octets: the heads of packets, and a buffer as numbers at every octet.
"""

from typing import Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

Column = NDArray[np.int64]
Mask = NDArray[np.bool_]
Words = NDArray[np.uint16]
Octets = NDArray[np.uint8]

HEAD: Final = 64
"""Octets of a packet that are looked at together; a batch has as many behind its last packet."""


class Packets(Protocol):
    """The packets of a batch, as columns with one row a packet; `HEAD` octets follow the last one in the buffer."""

    @property
    def buffer(self) -> bytes: ...
    @property
    def offset(self) -> Column: ...
    @property
    def caplen(self) -> Column: ...
    @property
    def time(self) -> Column: ...
    @property
    def link(self) -> int | Column: ...
    @property
    def first_frame(self) -> int: ...
    @property
    def input(self) -> int: ...
    @property
    def excerpt(self) -> bool: ...


DATAGRAM4, DATAGRAM6, SEGMENT4, SEGMENT6, OTHER = range(5)
"""What a row is: UDP or TCP in IPv4 or IPv6, or a packet for the narrow lane."""

FIN, SYN, RST = 0x01, 0x02, 0x04
SYN_FIN_RST: Final = FIN | SYN | RST
SYN_RST: Final = SYN | RST
"""What matters of a stream that is not known, whatever it carries."""
MAY_BEGIN: Final = 0x100
"""Beside the flags of a segment: its octets can begin SIP."""
OPENS: Final = 0x200
"""Beside the flags of a segment: it begins with a record of TLS that may be the first of a connection worth watching."""


class Rows(NamedTuple):
    """One row for each packet that deserves a look, in order."""

    packet: Column
    """Which packet of the batch."""
    kind: Column
    start: Column
    """Where the payload begins; for OTHER the packet."""
    end: Column
    missing: Column
    """Octets that should follow but were not captured."""
    key: Column
    """Where the source address begins; target address and ports follow."""
    extra: Column
    """A datagram's IPv4 identification, or -1; a segment's sequence number."""
    flags: Column
    """Of a segment."""


NO_ROWS: Final = np.zeros((8, 0), dtype=np.int64)


class Frames(NamedTuple):
    """Packets that carry IP."""

    packet: Column
    net: Column
    """Where the IP header begins."""
    end: Column
    octets: Octets
    """The first octets of the IP header, one row a packet."""

    @property
    def words(self) -> Words:
        """The same in 16-bit numbers."""
        words: Words = self.octets.view(">u2")
        return words

    def only(self, chosen: Column | Mask) -> "Frames":
        """Some of them."""
        packet, net, end, octets = self
        return Frames(packet[chosen], net[chosen], end[chosen], octets[chosen])


def windows(buffer: bytes, kind: str) -> Words:
    """The buffer as numbers or runs of octets that begin at every octet."""
    size = np.dtype(kind).itemsize
    found: Words = np.ndarray((len(buffer) - size + 1,), kind, buffer, 0, (1,))
    return found


def rows(
    packet: Column,
    kind: int,
    start: Column,
    end: Column,
    missing: Column | int = 0,
    key: Column | int = 0,
    extra: Column | int = 0,
    flags: Column | int = 0,
) -> Column:
    """A group of rows of one kind."""
    group = np.empty((8, len(packet)), dtype=np.int64)
    for place, column in enumerate((packet, kind, start, end, missing, key, extra, flags)):
        group[place] = column
    return group
