"""Where and when a message was seen. One message on two hops is two sightings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from analyser.sip import Request, Response

if TYPE_CHECKING:
    from analyser.track.transaction import Transaction
    from analyser.wire import Hop

REQUEST: Final = "request"
PROVISIONAL: Final = "provisional"
FINAL: Final = "final"
CHALLENGE: Final = "challenge"
ACK: Final = "ack"
RETRANSMISSION: Final = "retransmission"
DUPLICATE: Final = "duplicate"
STRAY: Final = "stray"
"""A response whose request the capture does not hold."""


class Sighting:
    """A message, with its place in the capture and its part in the exchange."""

    __slots__ = (
        "_frames",
        "frame",
        "hop",
        "ident",
        "input",
        "message",
        "missing",
        "number",
        "role",
        "time",
        "transaction",
    )

    def __init__(
        self,
        number: int,
        time: int,
        hop: Hop,
        message: Request | Response,
        frames: tuple[int, ...],
        ident: int = -1,
        missing: int = 0,
        input: int = 0,  # noqa: A002 - the event field's name
    ) -> None:
        self.number = number
        """Count of SIP messages, from 1."""
        self.time = time
        """Nanoseconds since 1970-01-01 UTC."""
        self.hop = hop
        self.message = message
        self.frame = frames[-1]
        """The frame that completes the message."""
        # Nearly every message has one frame, and hundreds of thousands of messages are held at a time.
        self._frames = frames if len(frames) > 1 else None
        self.ident = ident
        self.missing = missing
        self.input = input
        self.role = REQUEST
        """One of the constants of this module, given by the tracker."""
        self.transaction: Transaction | None = None

    @property
    def frames(self) -> tuple[int, ...]:
        """All frames that carried it, the one that completes it last."""
        return (self.frame,) if self._frames is None else self._frames

    @property
    def duplicate(self) -> bool:
        return self.role is DUPLICATE

    @property
    def retransmission(self) -> bool:
        return self.role is RETRANSMISSION

    def __repr__(self) -> str:
        match self.message:
            case Request(method=method):
                text = method
            case Response(status=status, reason=reason):
                text = f"{status} {reason}"
        return f"<frame {self.frame}: {self.hop}: {text}>"
