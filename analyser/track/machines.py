"""The transactions of RFC 3261 §17 (with RFC 6026) as tables, seen by an observer between client and server.

An observer sees what crosses its tap, so client and server machine fold into one: a state is what both
ends must be in once the message has passed. `INVITE[state][event]` and `NON_INVITE[state][event]` give the
next state; every pair is decided. `DEADLINE` says which states end by themselves after 64*T1.
"""

from enum import IntEnum
from typing import Final


class State(IntEnum):
    CALLING = 0  # an INVITE was sent, nothing has come back
    TRYING = 1  # another request was sent, nothing has come back
    PROCEEDING = 2  # a provisional response has come
    ACCEPTED = 3  # 2xx to INVITE (RFC 6026): repeats until the ACK comes
    COMPLETED = 4  # a final response has come; its repeats are absorbed
    CONFIRMED = 5  # the ACK of a 3xx-6xx has come
    TERMINATED = 6  # timed out


class Event(IntEnum):
    REQUEST = 0  # a retransmission of the request
    PROVISIONAL = 1
    SUCCESS = 2
    FAILURE = 3  # 3xx to 6xx
    ACK = 4
    TIMER = 5  # the deadline of the state has passed


_S = State

CALLING: Final = State.CALLING
TRYING: Final = State.TRYING
PROCEEDING: Final = State.PROCEEDING
TERMINATED: Final = State.TERMINATED
REQUESTED: Final = Event.REQUEST
ACKNOWLEDGED: Final = Event.ACK
"""Members by names that are cheap to look up."""

INVITE: Final[tuple[tuple[State, ...], ...]] = (
    # REQUEST        PROVISIONAL    SUCCESS      FAILURE        ACK            TIMER
    (_S.CALLING, _S.PROCEEDING, _S.ACCEPTED, _S.COMPLETED, _S.CALLING, _S.TERMINATED),
    (_S.TRYING, _S.TRYING, _S.TRYING, _S.TRYING, _S.TRYING, _S.TRYING),  # not a state of an INVITE
    (_S.PROCEEDING, _S.PROCEEDING, _S.ACCEPTED, _S.COMPLETED, _S.PROCEEDING, _S.TERMINATED),
    (_S.ACCEPTED, _S.ACCEPTED, _S.ACCEPTED, _S.ACCEPTED, _S.ACCEPTED, _S.ACCEPTED),
    (_S.COMPLETED, _S.COMPLETED, _S.ACCEPTED, _S.COMPLETED, _S.CONFIRMED, _S.COMPLETED),
    (_S.CONFIRMED, _S.CONFIRMED, _S.CONFIRMED, _S.CONFIRMED, _S.CONFIRMED, _S.CONFIRMED),
    (_S.TERMINATED, _S.TERMINATED, _S.ACCEPTED, _S.COMPLETED, _S.TERMINATED, _S.TERMINATED),
)
"""§17.1.1.2 figure 5, §17.2.1 figure 7, RFC 6026 §7. A 2xx after a 3xx-6xx comes from another fork branch."""

NON_INVITE: Final[tuple[tuple[State, ...], ...]] = (
    (_S.CALLING, _S.CALLING, _S.CALLING, _S.CALLING, _S.CALLING, _S.CALLING),  # only of an INVITE
    (_S.TRYING, _S.PROCEEDING, _S.COMPLETED, _S.COMPLETED, _S.TRYING, _S.TERMINATED),
    (_S.PROCEEDING, _S.PROCEEDING, _S.COMPLETED, _S.COMPLETED, _S.PROCEEDING, _S.TERMINATED),
    (_S.ACCEPTED, _S.ACCEPTED, _S.ACCEPTED, _S.ACCEPTED, _S.ACCEPTED, _S.ACCEPTED),  # only of an INVITE
    (_S.COMPLETED, _S.COMPLETED, _S.COMPLETED, _S.COMPLETED, _S.COMPLETED, _S.COMPLETED),
    (_S.CONFIRMED, _S.CONFIRMED, _S.CONFIRMED, _S.CONFIRMED, _S.CONFIRMED, _S.CONFIRMED),
    (_S.TERMINATED, _S.TERMINATED, _S.COMPLETED, _S.COMPLETED, _S.TERMINATED, _S.TERMINATED),
)
"""§17.1.2.2 figure 6, §17.2.2 figure 8. Timer F runs on in Proceeding, Timer B of an INVITE does not."""

EVENT_OF_CLASS: Final[tuple[Event, ...]] = (
    Event.FAILURE,  # 0xx is no status code; an answer all the same
    Event.PROVISIONAL,
    Event.SUCCESS,
    Event.FAILURE,
    Event.FAILURE,
    Event.FAILURE,
    Event.FAILURE,
)
"""Indexed by the first digit of the status code."""
