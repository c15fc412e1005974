"""A registration that ran out before it was refreshed (RFC 3261 §10.2.4)."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

from analyser.annotate import Duration, Evidence, Sentence, Severity, rule
from analyser.rules._due import lapsed
from analyser.track import Ending, Registration, Sighting, Transaction
from analyser.wire import SECOND

_LATE = Sentence(
    "{registrar} registered {user} for {granted} s (frame {since}), and the next accepted REGISTER came {gap} after that had run out: "
    "unless another registration stood in, {source} could not be called in between."
)
_TRIED_IN_TIME = Sentence("Refreshes tried in time: {attempts}.")
_NEVER = Sentence(
    "{registrar} registered {user} for {granted} s. That ran out, and in the {gap} after it no refresh of this registration "
    "(Call-ID {call_id}) was accepted: {source} may have been switched off, or have registered anew under another Call-ID."
)
_TRIED = Sentence("Refreshes tried: {attempts}.")
_REMEDY = Sentence(
    "Check that {source} refreshes well before the granted {granted} s are over (it must take the value "
    "of the 200 OK, not its own), that it does not sleep, and that its clock runs."
)
_REMEDY_FAILED = Sentence(
    "Look at why the refreshes of {source} failed (see the other findings of this registration)."
)


class _Grant(NamedTuple):
    at: Sighting
    granted: int
    """Seconds; 0 for a removal, -1 where the answer does not say."""
    ends: int


@rule(
    "registration-lapsed",
    on=Registration,
    severity=Severity.WARNING,
    summary="a phone let its registration run out, and could not be called until it registered again",
    remedy="Check that the phone refreshes well before the granted lifetime is over (it must take the value of "
    "the 200 OK, not its own), that it does not sleep, and that its clock runs.",
    refs=("RFC 3261 §10.2.4", "RFC 3261 §10.3"),
    absence=True,
    due=lapsed,
)
def registration_lapsed(registration: Registration, *, slack: float = 10.0) -> Iterator[Evidence]:
    """A registrar forgets a binding when the lifetime that it granted in its 200 OK has passed. The client has to send a
    REGISTER before that. It fires where the next accepted REGISTER of the same Call-ID came more than `slack` seconds after the
    end of the lifetime, and, as a notice, where none came at all although the capture goes on. In the latter case the client
    may have been switched off, or have registered anew under another Call-ID.

    The lifetime is that of the client's own Contact in the 200 OK, else the longest there, else Expires.

    It is silent where the capture ends before the lifetime does, after a removal (expires=0), where the answer does not tell
    the lifetime, and on the further hops of a proxy. All gaps of a registration are one finding, at the first.
    """
    own = registration.first_leg
    grants = [grant for grant in map(_grant, own) if grant is not None]
    if not grants:
        return
    allowed = int(slack * SECOND)
    late = [
        (before, after)
        for before, after in pairwise(grants)
        if before.granted > 0 and after.granted and after.at.time > before.ends + allowed
    ]
    if late:
        before, after = late[0]
        yield _evidence(
            registration,
            before,
            after.at,
            after.at.time,
            _LATE,
            [other.at for _, other in late[1:]],
            Severity.WARNING,
        )
        return
    last = grants[-1]
    if (
        registration.ending is not Ending.EVICTED
        and last.granted > 0
        and registration.settled_at > last.ends + allowed
    ):
        yield _evidence(registration, last, last.at, registration.settled_at, _NEVER, (), Severity.NOTICE)


def _grant(register: Transaction) -> _Grant | None:
    """What the registrar granted."""
    final, request = register.final, register.request
    if final is None or not 200 <= register.status < 300:
        return None
    answer: Any = final.message
    asked: Any = request.message if request is not None else None
    if asked is not None and _is_removal(asked):
        return _Grant(final, 0, final.time)
    own = {
        (contact.uri.user, contact.uri.host.lower())
        for contact in (asked.contacts if asked is not None else ())
    }
    listed = [(contact, _seconds(contact.params.get("expires", ""))) for contact in answer.contacts]
    mine = [seconds for contact, seconds in listed if (contact.uri.user, contact.uri.host.lower()) in own]
    known = [seconds for seconds in mine or [seconds for _, seconds in listed] if seconds > 0]
    granted = max(known, default=answer.expires or -1)
    return _Grant(final, granted, final.time + granted * SECOND)


def _is_removal(asked: Any) -> bool:
    contacts = asked.contacts
    return bool(contacts) and all(
        contact.params.get("expires", str(asked.expires)) == "0" for contact in contacts
    )


def _seconds(value: str) -> int:
    return int(value[:10]) if value.isascii() and value.isdigit() else -1


def _evidence(
    registration: Registration,
    before: _Grant,
    at: Sighting,
    until: int,
    note: Sentence,
    more: Any,
    severity: Severity,
) -> Evidence:
    attempts = [
        seen.request
        for seen in registration.first_leg
        if seen.request is not None
        and before.at.time < seen.request.time < (before.ends if note is _LATE else until)
    ]
    answer: Any = before.at.message
    return Evidence(
        at,
        (note, _TRIED_IN_TIME if note is _LATE else _TRIED),
        [before.at, *attempts[:10], *more[:8]],
        severity=severity,
        remedy=_REMEDY_FAILED if attempts else _REMEDY,
        registrar=before.at.hop.source,
        source=before.at.hop.target,
        user=answer.to.uri if answer.to is not None else "",
        granted=before.granted,
        since=before.at.frame,
        gap=Duration(until - before.ends),
        attempts=len(attempts),
        call_id=registration.call_id,
    )
