"""Which datagrams need no payload, because somebody else takes their messages."""

from typing import Final

from analyser.decode.hops import Hops
from analyser.decode.rows import Column, Packets
from analyser.wire import Hop

NO_FRAME: Final = 1 << 62


class Choice:
    """Asked for each batch, then for each datagram of it that may be SIP, in order. This one leaves nothing to anybody else."""

    def sift(self, batch: Packets, hops: Hops) -> Column | None:  # noqa: ARG002
        """Which packets of a batch are to be looked at, None for all; the datagrams among the others are left."""
        return None

    def reached(self, number: int, place: int) -> int:  # noqa: ARG002
        """Told that frame `number` has its turn, with as many payloads of the batch before it as `place` says, whenever that is
        behind the frame that was asked for last: the number of the next frame that was left, `NO_FRAME` for none."""
        return NO_FRAME

    def leaves(self, data: bytes, number: int, time: int, hop: Hop, missing: int, place: int) -> bool:  # noqa: ARG002
        """Whether to make no payload of the datagram of frame `number`; `place` is the number of payloads of its batch before it."""
        return False
