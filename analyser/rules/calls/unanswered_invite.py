"""An INVITE to which nothing at all has come back (RFC 3261 §17.1.1.2, Timers A and B)."""

from collections.abc import Iterator

from analyser.annotate import Evidence, Severity, rule
from analyser.rules.calls._legs import downstream, seconds, some, upstream
from analyser.rules.calls._silence import repeats, timed_out, unanswered
from analyser.track import Transaction

_TIMER_B = 7
"""Copies that a client sends before Timer B ends it: at 0, 0.5, 1.5, 3.5, 7.5, 15.5 and 31.5 s."""

_NOTHING = (
    "{source} sent the INVITE to {target} over {transport} (copies: {copies} in {sent:.1f} s) "
    "and got no response at all, not even 100 Trying"
)
_NOT_SEEN = (
    "{source} sent the INVITE to {target} over {transport} (copies: {copies} in {sent:.1f} s, then no more) and no response "
    "is in this capture"
)
_GIVEN_UP = " within {waited:.1f} s."
_CAPTURE_ENDED = "; the capture ended {waited:.1f} s after the first copy."
_HEARD = " The capture does hold other SIP from {target_host} to {source_host}, so it sees both directions."
_UNHEARD = (
    " The capture holds nothing from {target_host} to {source_host}: it is down or unreachable, or the capture"
    " sees one direction only. Refusals by the network (ICMP) are not looked at here."
)
_WAITS_BEFORE = " Before this hop, {caller} got 100 Trying and waits."
_LOST_BACK = (
    " The next hop shows the request arriving, for {target_host} sent it on; its responses do not come back."
)


@rule(
    "unanswered-invite",
    on=Transaction,
    methods=("INVITE",),
    statuses=(0,),
    severity=Severity.ERROR,
    summary="the call request got no response at all, not even a sign that it arrived",
    remedy="Check that the target address, port and transport are right and that something listens there; then the firewalls both ways. "
    "Capture at the target: if the INVITE arrives there, its answer goes astray, so compare the Via (sent-by, rport) with the source address.",
    refs=("RFC 3261 §17.1.1.2", "RFC 3261 §8.1.3.1", "RFC 3581 §4"),
)
def unanswered_invite(invite: Transaction, *, copies: int = 3) -> Iterator[Evidence]:
    """Looks for an INVITE to which no response of any kind came: no 100 Trying, no refusal, nothing.

    Over UDP the caller repeats the INVITE after 0.5 s, 1 s, 2 s and so on, and gives up after 32 s (Timer
    B) or seven copies. To its user that is a call that fails after half a minute of silence, as if by
    408.

    It is an error once 32 s have passed or seven copies were sent, and a warning where the capture ended
    before or holds fewer than `copies` copies. The copies are the proof: a caller that repeats itself did
    not hear an answer, whatever the capture holds; one INVITE over UDP that is never repeated is not
    judged. Over TCP and its like, where SIP repeats nothing, the capture must show other messages from
    the target to the caller, for else it may hold one direction only.

    Where a proxy's next hop shows the same silence, it is reported there and not twice. Silent where the
    capture does not hold the INVITE.
    """
    if invite.responses or not unanswered(invite, copies):
        return
    if any(unanswered(further, copies) for further in downstream(invite)):
        return
    count = repeats(invite) + 1
    first, last = invite.first, invite.requests[-1]
    over = timed_out(invite) or count >= _TIMER_B
    waiting = next((before for before in upstream(invite) if before.responses), None)
    proved = count >= copies or invite.reliable
    note = (_NOTHING if proved else _NOT_SEEN) + (_GIVEN_UP if over else _CAPTURE_ENDED)
    if invite.forwards:
        note += _LOST_BACK
    else:
        note += _HEARD if invite.peer_heard else _UNHEARD
    if waiting is not None:
        note += _WAITS_BEFORE
    yield Evidence(
        first,
        note,
        some([*invite.requests[1:], *(further.first for further in invite.forwards)]),
        severity=Severity.ERROR if over and proved else Severity.WARNING,
        source=invite.hop.source,
        target=invite.hop.target,
        source_host=invite.hop.source.host,
        target_host=invite.hop.target.host,
        transport=invite.hop.transport,
        copies=count,
        sent=seconds(last.time - first.time),
        waited=seconds(invite.settled_at - first.time),
        caller=waiting.hop.source if waiting is not None else "",
    )
