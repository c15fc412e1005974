"""An INVITE to which only 100 Trying has come (RFC 3261 §17.1.1.2): judged on the hop behind which silence begins."""

from collections.abc import Iterator
from typing import NamedTuple

from analyser.annotate import Duration, Evidence, Sentence, Severity, rule
from analyser.rules._due import trying
from analyser.rules.calls._legs import (
    cancelled_at,
    completed_elsewhere,
    downstream,
    final_without_via,
    progress,
    progresses_elsewhere,
    some,
    speaker,
    status,
    status_line,
)
from analyser.rules.calls._silence import is_cut, unanswered
from analyser.track import Ending, Sighting, Transaction
from analyser.wire import SECOND

_LATE_COPIES = 3
"""Copies of an INVITE after which `unanswered-invite` speaks of the hop behind."""

_SEEN = Sentence("{who} answered the {request} with 100 Trying after {delay}, then nothing more came.")
_CAPTURE_ENDED = Sentence("The capture ended {waited} after the {request}, with the call still waiting.")
_STILL_WAITING = Sentence("The call was still waiting after {waited}, when it was no longer followed.")
_WAITS = Sentence("The call is still waiting, {waited} after the {request}.")
_STANDS = {Ending.CAPTURE_ENDED: _CAPTURE_ENDED, Ending.OPEN: _WAITS}
_TIMER = Sentence(
    "The 100 stopped the caller's own timer (Timer B), so it waits until its user gives up;"
    " only {address} or an element behind it can end this."
)
_GAVE_UP = Sentence("{caller}, which had sent the {request}, gave up after {waited} (CANCEL).")
_HUNG_UP = Sentence("{ender} hung up after {waited} (BYE).")
_FAILED = Sentence(
    "{who} answered the {request} with 100 Trying after {delay}, then nothing more came until {end}, "
    "{waited} after the {request}."
)
_NOT_PASSED_ON = Sentence("Behind {address}, {next} did answer ({came}), but that was not passed on.")
_NOTHING_BEHIND = Sentence(
    "{address} had sent the call on to {next}, from which nothing is seen in this capture."
)
_NOT_SEEN_BEHIND = Sentence("Where {address} sent the call on to, if at all, is not in this capture.")
_REMEDY = Sentence(
    "Go to {address}, which sent the 100, and follow the call from there: look in its log for this Call-"
    "ID, capture on its far side, and check its route, its DNS and database lookups and the timer after "
    "which it gives up on a dead destination."
)


class _Wait(NamedTuple):
    """How long only 100 had come, and what ended that."""

    until: int
    ended_by: Sighting | None
    cancelled: bool


@rule(
    "stuck-on-trying",
    on=Transaction,
    methods=("INVITE",),
    statuses=(0, 408, 480, 487, 500, 502, 503, 504),
    severity=Severity.NOTICE,
    summary="the call hangs: the next server said that it is trying, and then nothing more came",
    remedy="Go to the element that sent the 100 and follow the call from there: look in its log for this Call-"
    "ID, capture on its far side, and check its route, its DNS and database lookups and the timer after "
    "which it gives up on a dead destination.",
    refs=("RFC 3261 §17.1.1.2", "RFC 3261 §16.8", "RFC 3261 §8.2.6.1"),
    due=trying,
    absence=True,
)
def stuck_on_trying(
    invite: Transaction, *, notice: float = 10.0, warning: float = 32.0, error: float = 180.0
) -> Iterator[Evidence]:
    """Looks for an INVITE to which only 100 Trying has come.

    100 Trying comes from the next element only. It says "I have your request, stop repeating it", and not
    that anybody's phone rings. With it the caller's side loses its timer: Timer B ends an INVITE after 32
    s of silence, but any provisional response stops it, and nothing takes its place. From then on the
    caller waits for as long as the user does. Only the element that sent the 100, or a proxy behind it,
    can end the wait: a proxy has Timer C, which must be longer than three minutes, and should have a
    shorter timer for a destination that does not answer at all.

    It is a notice after `notice` seconds, a warning after `warning`, and an error after `error` seconds
    or when the caller gave up (CANCEL, or BYE where it is a re-INVITE) after at least `notice` seconds.
    If at last a failure such as 408 or 503 came (not 480, which says that the callee is away), it is a
    warning at least. The note says whether the wait ended, or the capture.

    Where the capture shows several hops, it speaks of the one furthest along that had only 100: behind it
    the silence begins. Where the next hop's INVITE got no response at all, that is the cause, and
    `unanswered-invite` reports it there. Silent where the capture does not hold the INVITE or cut its head, where another
    branch of a forked call rings or was answered, where the CANCEL says that the call was completed
    elsewhere, and where a final response came without the Via that would tie it to the INVITE (`malformed-message`).
    """
    wait = _wait(invite)
    if wait is None or is_cut(invite):
        return
    waited = wait.until - invite.first.time
    if waited < notice * SECOND or _explained_behind(invite, notice) or progresses_elsewhere(invite):
        return
    trying = invite.responses[0]
    grave = waited >= error * SECOND or wait.cancelled
    failed = wait.ended_by is not None and status(wait.ended_by) != 480
    worse = waited >= warning * SECOND or failed
    related = [invite.first]
    if wait.ended_by is None:
        notes = [_SEEN, _STANDS.get(invite.ending, _STILL_WAITING), _TIMER]
    else:
        related.append(wait.ended_by)
        hung_up = wait.ended_by.message.cseq_method == "BYE"
        notes = [_SEEN, _HUNG_UP if hung_up else _GAVE_UP] if wait.cancelled else [_FAILED]
    behind, causes = _behind(invite)
    further = causes[0] if causes else trying
    yield Evidence(
        trying,
        (*notes, *behind),
        some([*related, *causes]),
        remedy=_REMEDY,
        severity=Severity.ERROR if grave else Severity.WARNING if worse else Severity.NOTICE,
        who=speaker(trying),
        address=trying.hop.source,
        caller=invite.hop.source,
        request="re-INVITE" if invite.first.message.to_tag else "INVITE",
        delay=Duration(trying.time - invite.first.time),
        waited=Duration(waited),
        end=status_line(wait.ended_by) if wait.ended_by is not None else "",
        ender=wait.ended_by.hop.source if wait.ended_by is not None else "",
        next=further.hop.target,
        came=status_line(causes[-1]) if causes else "",
    )


def _wait(invite: Transaction) -> _Wait | None:
    """None where more than 100 came in time, or nothing at all."""
    if invite.request is None or not invite.responses or status(invite.responses[0]) != 100:
        return None
    more = progress(invite)
    cancel = cancelled_at(invite) or _bye(invite)
    untied = final_without_via(invite)
    if untied is not None and (cancel is None or untied.time < cancel.time):
        return None
    if cancel is not None and (more is None or cancel.time <= more.time):
        if invite.cancel is not None and completed_elsewhere(invite.cancel):
            return None
        return _Wait(cancel.time, cancel, cancelled=True)
    if more is None:
        return _Wait(invite.settled_at, None, cancelled=False)
    if status(more) < 300:
        return None
    return _Wait(more.time, more, cancelled=False)


def _bye(invite: Transaction) -> Sighting | None:
    """The BYE that ends the dialog while a re-INVITE waits."""
    owner = invite.owner
    if owner is None or not invite.first.message.to_tag:
        return None
    return next(
        (
            other.request
            for other in owner.transactions
            if other.method == "BYE" and other.request and other.request.time > invite.first.time
        ),
        None,
    )


def _explained_behind(invite: Transaction, notice: float) -> bool:
    """Whether a hop further on shows the same, or the silence that causes it."""
    for further in downstream(invite):
        if unanswered(further, _LATE_COPIES) or is_cut(further):
            return True
        wait = _wait(further)
        if wait is not None and (not wait.until or wait.until - further.first.time >= notice * SECOND):
            return True  # one that has not settled yet waits as well
    return False


def _behind(invite: Transaction) -> tuple[tuple[Sentence, ...], list[Sighting]]:
    """What the capture shows on the far side of the element that sent the 100: what to say, the messages."""
    for further in invite.forwards:
        came = progress(further)
        if came is not None:
            return (_NOT_PASSED_ON,), [further.first, came]
        if not further.responses:
            return (_NOTHING_BEHIND,), [further.first]
    return (() if invite.forwards else (_NOT_SEEN_BEHIND,)), []
