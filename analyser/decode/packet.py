"""The narrow lane: one packet, layer by layer.

A layer is a function of the packet, where its header begins and where the octets end; it gives the next layer
with its bounds, or None where there is nothing further. To read one more kind of header, write a layer and add a row to the table
of whatever carries it: by link type, by Ethernet type, by IP protocol.
"""

from collections.abc import Callable
from typing import Final, Protocol, TypeAlias

from analyser.decode.bounds import MAX_LAYERS

UDP: Final = 17
TCP: Final = 6
SCTP: Final = 132

Layer: TypeAlias = Callable[["Packet", int, int], "tuple[Layer, int, int] | None"]
Step: TypeAlias = tuple[Layer, int, int] | None


class Joiner(Protocol):
    """Collects the fragments of datagrams (`analyser.decode.fragments`)."""

    def add(self, packet: "Packet", ident: bytes, at: int, end: int, offset: int, *, more: bool) -> bool:
        """Take a fragment; True when the packet now holds the whole."""


class Packet:
    """What the layers have found out about one packet so far."""

    __slots__ = (
        "addresses",
        "beside",
        "claimed",
        "data",
        "end",
        "flags",
        "frames",
        "ident",
        "joiner",
        "ports",
        "protocol",
        "reason",
        "sequence",
        "shared",
        "start",
        "time",
        "transport",
        "tunnel",
        "weight",
    )

    def __init__(self, data: bytes, time: int, frame: int, joiner: Joiner) -> None:
        self.data = data
        self.time = time
        self.frames: tuple[int, ...] = (frame,)
        self.weight = 1
        """How many frames count with the packet."""
        self.shared = False
        """Whether its frame has other parts, so that the frame counts by itself."""
        self.joiner = joiner
        self.tunnel = b""
        """The addresses of the IP headers around the innermost one."""
        self.addresses = b""
        """Source and target of the innermost IP header."""
        self.ident = -1
        self.claimed = 0
        """Where the headers say that the contents end, though fewer octets may have been captured."""
        self.protocol = 0
        """UDP, TCP or SCTP, once a payload has been found."""
        self.transport = "UDP"
        """What brought a payload of UDP, which another one may have brought where a program took it out of its packet."""
        self.ports = b""
        self.start = 0
        self.end = 0
        self.sequence = 0
        self.flags = 0
        self.reason: str | None = None
        """Why the packet could not be read, where it might have carried SIP."""
        self.beside: tuple[tuple[Packet, Layer, int, int], ...] = ()
        """What else the frame holds beside what the walk leads to, each to be walked by itself."""

    def twin(self) -> "Packet":
        """The same packet so far, for another part of its contents."""
        twin = Packet(self.data, self.time, self.frames[0], self.joiner)
        twin.frames = self.frames
        twin.shared = True
        twin.tunnel, twin.addresses = self.tunnel, self.addresses
        return twin

    @property
    def missing(self) -> int:
        """Octets of the payload that were not captured."""
        return max(self.claimed - self.end, 0)


def walk(packet: Packet, layer: Layer, at: int, end: int) -> None:
    """Go through the layers to the innermost one that is known."""
    step: Step = (layer, at, end)
    for _ in range(MAX_LAYERS):
        if step is None:
            return
        layer, at, end = step
        step = layer(packet, at, end)
    packet.reason = "too many headers"
