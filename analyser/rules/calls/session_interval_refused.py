"""422 Session Interval Too Small, and a caller that does not learn from it (RFC 4028 §6, §7.3)."""

from collections.abc import Iterator

from analyser.annotate import Evidence, Sentence, Severity, rule
from analyser.rules._due import tried_again
from analyser.rules.calls._legs import some, speaker
from analyser.rules.registration._attempts import times
from analyser.track import Call, Sighting, Transaction
from analyser.wire import SECOND

_REFUSED = Sentence("{who} refused the {method} of {caller} with 422 ({times}).")
_LEAST = Sentence("It wants a session interval of at least {minimum} s (Min-SE).")
_NO_LEAST = Sentence("It does not say which session interval would be long enough (no Min-SE).")
_ASKED = Sentence("It was asked for {asked} s.")
_STILL_LESS = Sentence("The attempt after the first 422 asked for {retried} s, which is still too short.")
_NO_RETRY = Sentence("{caller} did not try again with this Call-ID.")
_REMEDY = Sentence(
    "Raise the session interval (Session-Expires) at {caller} to the Min-SE of the 422 or more; 1800 s "
    "suits most networks. Where several proxies each want more than the last, let them agree on one "
    "minimum."
)


@rule(
    "session-interval-refused",
    on=Transaction,
    methods=("INVITE", "UPDATE"),
    statuses=(422,),
    severity=Severity.WARNING,
    summary="the caller's session timer is too short for the other side, and the caller does not adapt it",
    remedy="Raise the session interval (Session-Expires) at the caller to the Min-SE of the 422 or more; 1800 s "
    "suits most networks. Where several proxies each want more than the last, let them agree on one "
    "minimum.",
    refs=("RFC 4028 §6", "RFC 4028 §7.3"),
    due=tried_again,
    absence=True,
)
def session_interval_refused(
    request: Transaction, *, refusals: int = 2, retry_within: float = 32.0
) -> Iterator[Evidence]:
    """Looks for 422 Session Interval Too Small that is not mended by the next attempt.

    One 422 is how the session timer works: it carries the least interval that is accepted (Min-SE), the
    caller tries again with that, and the call goes on. A caller that takes no notice asks for too little
    again, and its calls fail.

    It is reported where a call met 422 at least `refusals` times on its first hop, and where no further
    attempt followed within `retry_within` seconds. Silent where the next attempt got anything else, where each attempt asked for what
    the 422 before it wanted and the last one got through (each proxy on the way may want more than the one before), and where the capture
    ended before.
    """
    call = request.owner
    refused = [
        seen
        for seen in (call.transactions if isinstance(call, Call) else ())
        if seen.final is not None
        and seen.status == 422
        and seen.request is not None
        and seen.forward_of is None
    ]
    if not refused or refused[0] is not request:
        return
    assert isinstance(call, Call)
    first = refused[0]
    final, sent = first.final, first.request
    assert final is not None
    assert sent is not None
    attempts = [
        seen.request
        for seen in call.transactions
        if seen.method == first.method
        and seen.request is not None
        and seen.hop.source.host == first.hop.source.host
    ]
    later = [seen for seen in attempts if seen.time > final.time and seen.message.cseq > first.cseq]
    if _got_through(refused, attempts):
        return
    minimum, asked = final.message.min_se, _asked(sent)
    notes = [_REFUSED]
    if minimum is not None or not final.missing:
        notes.append(_NO_LEAST if minimum is None else _LEAST)
    if asked:
        notes.append(_ASKED)
    if len(refused) >= refusals:
        if later and minimum is not None and 0 < _asked(later[0]) < minimum:
            notes.append(_STILL_LESS)
    elif later or request.settled_at - final.time < retry_within * SECOND:
        return
    else:
        notes.append(_NO_RETRY)
    yield Evidence(
        final,
        tuple(notes),
        some([sent, *_finals(refused[1:])]),
        remedy=_REMEDY,
        severity=Severity.ERROR if len(refused) >= refusals and call.answered is None else None,
        who=speaker(final),
        caller=first.hop.source,
        method=first.method,
        times=times(len(refused)),
        minimum=minimum,
        asked=asked,
        retried=_asked(later[0]) if later else 0,
    )


def _got_through(refused: list[Transaction], attempts: list[Sighting]) -> bool:
    """Whether the caller did each time as it was told, and no 422 came to the last attempt."""
    if attempts[-1] in _requests(refused):
        return False
    for seen in refused:
        assert seen.final is not None
        wanted, number = seen.final.message.min_se, seen.final.number
        following = next((sent for sent in attempts if sent.number > number), None)
        if following is None:
            return False
        if seen.final.missing or following.missing:
            continue  # cut before what would tell
        if wanted is None or _asked(following) < wanted:
            return False
    return True


def _requests(refused: list[Transaction]) -> list[Sighting]:
    return [seen.request for seen in refused if seen.request is not None]


def _asked(sent: Sighting) -> int:
    """The session interval that a request asks for, 0 where it names none."""
    interval = sent.message.session_expires
    return interval.seconds if interval is not None else 0


def _finals(refused: list[Transaction]) -> list[Sighting]:
    return [seen.final for seen in refused if seen.final is not None]
