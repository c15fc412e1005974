"""What reads the octets of a stream, once `analyser.decode.signs` has told what they are."""

from typing import Protocol

from analyser.decode.stream import Run
from analyser.wire import Hop, Payload


class Reader(Protocol):
    """Gives the messages in the runs of one direction of a stream."""

    refused: bool
    """Whether the stream has turned out to be of no interest."""

    @property
    def waiting(self) -> int:
        """Octets that are kept until more come."""

    def read(self, run: Run, hop: Hop) -> list[Payload]:
        """Take a run of octets; what can now be given."""

    def forget(self) -> None:
        """Let go of what is kept, and seek the next message."""


class Plain:
    """Plain SIP: the octets are passed on as they come, to be framed by Content-Length (RFC 3261 §18.3)."""

    __slots__ = ()

    refused = False
    waiting = 0

    def read(self, run: Run, hop: Hop) -> list[Payload]:
        time, data, frames, lost, source = run
        return [Payload(time, hop, data, frames, -1, lost, source, whole=False)]

    def forget(self) -> None:
        """Nothing is kept here."""


PLAIN = Plain()
