"""Which datagrams need no payload, because somebody else takes their messages."""

from analyser.wire import Hop


class Choice:
    """Asked for each datagram that may be SIP, in order. This one leaves nothing to anybody else."""

    def leaves(self, data: bytes, time: int, hop: Hop, missing: int, place: int) -> bool:  # noqa: ARG002
        """Whether to make no payload of a datagram; `place` is the number of payloads of its batch before it."""
        return False
