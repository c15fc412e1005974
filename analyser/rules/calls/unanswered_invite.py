"""An INVITE to which nothing at all has come back (RFC 3261 §17.1.1.2, Timers A and B)."""

from collections.abc import Iterator

from analyser.annotate import Duration, Evidence, Sentence, Severity, rule
from analyser.rules.calls._legs import some, upstream
from analyser.rules.calls._silence import Silence, kept_trying, repeats, silences, timed_out
from analyser.rules.calls._unanswered import CONNECTED, HEARD, MORE, UNHEARD, UNSEEN, Outcome, hosts
from analyser.track import Peer, Transaction

_TIMER_B = 7
"""Copies that a client sends before Timer B ends it: at 0, 0.5, 1.5, 3.5, 7.5, 15.5 and 31.5 s."""

_SENT = Sentence("{source} sent the INVITE to {target} over {transport} {copies} times in {sent}.")
_SENT_ONCE = Sentence("{source} sent the INVITE to {target} over {transport}.")
_STOPPED = Sentence(
    "{source} sent the INVITE to {target} over {transport} {copies} times in {sent}, then no more."
)
_NOTHING = Sentence("No response at all came within {waited}, not even 100 Trying.")
_NOTHING_YET = Sentence(
    "No response at all, not even 100 Trying, came before the capture ended, {waited} after the first copy."
)
_NOTHING_SO_FAR = Sentence(
    "No response at all, not even 100 Trying, has come so far, {waited} after the first copy."
)
_PROVED = Outcome(_NOTHING, _NOTHING_YET, _NOTHING_SO_FAR)
_NO_ICMP = Sentence("Refusals by the network (ICMP) are not looked at here.")
_WAITS_BEFORE = Sentence("Before this hop, {caller} had got 100 Trying and waited.")
_LOST_BACK = Sentence(
    "The next hop shows the request arriving, for {target_host} sent it on; its responses do not come back."
)


@rule(
    "unanswered-invite",
    on=Peer,
    severity=Severity.ERROR,
    summary="the call request got no response at all, not even a sign that it arrived",
    remedy="Check that the target address, port and transport are right and that something listens there; then the firewalls both ways. "
    "Capture at the target: if the INVITE arrives there, its answer goes astray, so compare the Via (sent-by, rport) with the source address.",
    refs=("RFC 3261 §17.1.1.2", "RFC 3261 §8.1.3.1", "RFC 3581 §4"),
    absence=True,
)
def unanswered_invite(peer: Peer, *, copies: int = 3) -> Iterator[Evidence]:
    """Looks for an INVITE to which no response of any kind came: no 100 Trying, no refusal, nothing.

    Over UDP the caller repeats the INVITE after 0.5 s, 1 s, 2 s and so on, and gives up after 32 s (Timer
    B) or seven copies. To its user that is a call that fails after half a minute of silence, as if by
    408.

    It is an error once 32 s have passed or seven copies were sent, and a warning where the capture ended
    before or holds fewer than `copies` copies, or where the caller stopped early in a capture that holds
    nothing of the other side: it may have heard an answer out of sight. The copies are the proof: a caller
    that repeats itself did not hear an answer, whatever the capture holds; one INVITE over UDP that is
    never repeated is not judged. Over TCP and its like, where SIP repeats nothing, the capture must show other messages from
    the target to the caller, for else it may hold one direction only.

    All that one source sent to one address in vain is one finding, which shows the first such call and
    counts the rest. Where a proxy's next hop shows the same silence, it is reported there and not twice.
    Silent where the capture does not hold the INVITE, inside a dialog (`unanswered-in-dialog`), on a
    branch of a forked call that rings or is answered on another, and on a source that a rule on security
    reports: a scanner gets no answer from many.
    """
    if not peer.statuses["INVITE", 0]:
        return
    for silence in silences(peer, copies_of_invite=copies):
        calls = silence.calls
        if calls:
            yield _evidence(silence, calls[0], copies)


def _evidence(silence: Silence, invite: Transaction, copies: int) -> Evidence:
    count = repeats(invite) + 1
    first, last = invite.first, invite.requests[-1]
    over = timed_out(invite) or count >= _TIMER_B
    waiting = next((before for before in upstream(invite) if before.responses), None)
    proved = invite.reliable or (count >= copies and (invite.peer_heard or kept_trying(invite)))
    if proved:
        note = [_SENT if count > 1 else _SENT_ONCE, _PROVED.of(invite, over=over)]
    else:
        note = [_STOPPED if count > 1 else _SENT_ONCE, UNSEEN.of(invite, over=over)]
    if invite.forwards:
        note.append(_LOST_BACK)
    else:
        note += [HEARD] if invite.peer_heard else [UNHEARD, _NO_ICMP]
    if waiting is not None:
        note.append(_WAITS_BEFORE)
    others = [seen.first for seen in silence.requests if seen is not invite]
    if others:
        note.append(MORE)
    source_host, target_host = hosts(invite.hop)
    return Evidence(
        first,
        tuple(note),
        some([*invite.requests[1:], *(further.first for further in invite.forwards), *others]),
        severity=Severity.ERROR if over and proved else Severity.WARNING,
        remedy=CONNECTED if invite.reliable else None,
        source=invite.hop.source,
        target=invite.hop.target,
        source_host=source_host,
        target_host=target_host,
        transport=invite.hop.transport,
        copies=count,
        sent=Duration(last.time - first.time),
        waited=Duration(invite.settled_at - first.time),
        caller=waiting.hop.source if waiting is not None else "",
        asked=silence.asked,
    )
