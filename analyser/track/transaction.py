"""A request and its responses on one hop (RFC 3261 §17), as far as the capture shows them."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final

from analyser.track.machines import CALLING, TRYING, State
from analyser.wire import DATAGRAM_TRANSPORTS

if TYPE_CHECKING:
    from analyser.track.sighting import Sighting
    from analyser.track.subjects import Subject
    from analyser.wire import Hop


class Ending(Enum):
    """Why a subject settled."""

    OPEN = "open"
    COMPLETE = "complete"  # over, and its timer has run out
    TIMEOUT = "timeout"  # no final response for 64*T1, and the capture went on
    CAPTURE_ENDED = "capture ended"
    EVICTED = "evicted"  # a bound pushed it out
    """Absence of anything later says nothing."""


OPEN: Final = Ending.OPEN
COMPLETE: Final = Ending.COMPLETE
TIMED_OUT: Final = Ending.TIMEOUT
CAPTURE_ENDED: Final = Ending.CAPTURE_ENDED
EVICTED: Final = Ending.EVICTED
"""The same by names that are cheap to look up: the members of an enumeration are not."""


_NO_SIGHTINGS: Final[list[Sighting]] = []
_NO_FORWARDS: Final[list[Transaction]] = []
"""For all that have none, which are nearly all of what is held: lists of their own would take a tenth of its memory. Nothing may be
put into them; `own_acks` and `pass_on` see to that."""


class Transaction:
    """A request, its copies, its responses, its ACKs; an INVITE's CANCEL is a transaction of its own."""

    __slots__ = (
        "acks",
        "branch",
        "call_id",
        "cancel",
        "copies",
        "cseq",
        "defective",
        "ending",
        "final",
        "forward_of",
        "forwards",
        "from_tag",
        "gives_up_at",
        "gone_at",
        "hop",
        "invite",
        "kept",
        "method",
        "other_hop",
        "owner",
        "peer_heard",
        "place",
        "previous",
        "request",
        "requests",
        "responses",
        "settled_at",
        "state",
        "status",
        "wanted",
    )

    def __init__(self, method: str, branch: str, call_id: str, cseq: int, from_tag: str, hop: Hop) -> None:
        self.method = method
        self.branch = branch
        self.call_id = call_id
        self.cseq = cseq
        self.from_tag = from_tag
        self.hop = hop
        """Of the request: responses travel the other way."""
        self.state: State = CALLING if method == "INVITE" else TRYING
        self.request: Sighting | None = None
        """None where the capture began after it."""
        self.requests: list[Sighting] = []
        """The request and its retransmissions, in order."""
        self.responses: list[Sighting] = []
        """All responses with their retransmissions, in order."""
        self.final: Sighting | None = None
        """The first final response."""
        self.status = 0
        """Its status code, 0 where there is none."""
        self.acks: list[Sighting] = _NO_SIGHTINGS
        self.cancel: Transaction | None = None
        """Of an INVITE: the CANCEL for it on this hop."""
        self.invite: Transaction | None = None
        """Of a CANCEL: the INVITE that it cancels, where seen."""
        self.previous: Transaction | None = None
        """The attempt that this one repeats with credentials or another correction: same Call-ID and From tag,
        lower CSeq, final response 3xx or 4xx, same source."""
        self.forward_of: Transaction | None = None
        """The same request one hop earlier, where seen."""
        self.forwards: list[Transaction] = _NO_FORWARDS
        """The same request one hop further, where seen; several after forking."""
        self.other_hop: Transaction | None = None
        """The next in the chain of those with its branch: on another hop, or of another method."""
        self.gives_up_at = 0
        """When its client stops waiting for an answer, as the table has it."""
        self.gone_at = 0
        """When late copies of its final response have come, as the table has it; 0 before that."""
        self.owner: Subject | None = None
        """The call, registration, subscription or publication that it belongs to."""
        self.settled_at = 0
        """When it settled: the end of the capture, or its timer."""
        self.ending: Ending = OPEN
        self.peer_heard = True
        """False where the capture holds nothing at all from the target to the source: then it may hold one
        direction only, and silence proves nothing."""
        self.copies = 0
        """Copies counted but not kept."""
        self.defective = False
        """Whether the head scan found fault with one of its messages."""
        self.wanted = False
        """Of one without an owner: as `wanted` of an owner."""
        self.kept = 0
        """The same: as `kept` of an owner."""
        self.place = 0
        """Where it settled in the order of all events; 0 where one process alone reads the capture."""

    def own_acks(self) -> list[Sighting]:
        """Its ACKs, to put one in."""
        if not self.acks:
            self.acks = []
        return self.acks

    def pass_on(self, further: Transaction) -> None:
        """Its request was seen one hop further."""
        if not self.forwards:
            self.forwards = []
        self.forwards.append(further)

    @property
    def opened(self) -> int:
        """The number of the message that began it in the capture, which may be a response."""
        if not self.responses:
            return self.requests[0].number
        answered = self.responses[0].number
        return min(self.requests[0].number, answered) if self.requests else answered

    @property
    def reliable(self) -> bool:
        """Whether the transport repeats for SIP, so that SIP itself does not (RFC 3261 §17.1.1.1)."""
        return self.hop.transport not in DATAGRAM_TRANSPORTS

    @property
    def hangs(self) -> bool:
        """Whether nothing but 100 Trying has come."""
        return all(seen.message.status == 100 for seen in self.responses)  # type: ignore[union-attr]

    @property
    def provisionals(self) -> list[Sighting]:
        """1xx responses, in order, retransmissions included."""
        return [seen for seen in self.responses if seen.message.status < 200]  # type: ignore[union-attr]

    @property
    def finals(self) -> list[Sighting]:
        """Final responses, in order, retransmissions and those of other fork branches included."""
        return [seen for seen in self.responses if seen.message.status >= 200]  # type: ignore[union-attr]

    @property
    def answers(self) -> list[Sighting]:
        """2xx responses, in order, retransmissions included."""
        return [seen for seen in self.responses if 200 <= seen.message.status < 300]  # type: ignore[union-attr]

    @property
    def ack(self) -> Sighting | None:
        """The first ACK seen for the final response."""
        return self.acks[0] if self.acks else None

    @property
    def sightings(self) -> list[Sighting]:
        """All messages of it, ACKs included, in no order."""
        return [*self.requests, *self.responses, *self.acks]

    @property
    def octets(self) -> int:
        """Octets of SIP that it holds."""
        return sum(
            len(seen.message.raw) for kept in (self.requests, self.responses, self.acks) for seen in kept
        )

    @property
    def first(self) -> Sighting:
        """The first message of it in the capture."""
        return self.request or self.responses[0]

    @property
    def last(self) -> Sighting:
        """The last message of it in the capture, ACKs included."""
        return max(self.sightings, key=lambda seen: seen.number)

    def __repr__(self) -> str:
        return f"<{self.method} {self.status or '...'} {self.hop}>"
