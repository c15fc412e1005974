"""Who is shown what carries no SIP, beside the decoding: media, and the segments of connections."""

from analyser.decode.packet import Packet
from analyser.decode.rows import Frames, Octets, Packets, Words


class Onlooker:
    """Shown the datagrams and segments of each batch, whole arrays of those that the wide lane knows. This one looks at nothing."""

    def begin(self, batch: Packets) -> None:
        """What is shown from now on is of this batch."""

    def datagrams(self, frames: Frames, kind: int, size: Words, carry: Octets) -> None:
        """Sound UDP datagrams, DATAGRAM4 or DATAGRAM6; `size` are the octets of their payloads, captured or not, `carry` what
        these look like (`analyser.decode.contents`), 0 where like nothing that is known there."""

    def segments(self, frames: Frames, kind: int) -> None:
        """Sound TCP segments, SEGMENT4 or SEGMENT6."""

    def packet(self, packet: Packet, carries: str) -> None:
        """A datagram or segment that took the narrow lane; `carries` is empty where that is not known."""
