"""An INVITE that rings and rings (RFC 3261 §13.3.1.1, §16.8)."""

from collections.abc import Iterator

from analyser.annotate import Duration, Evidence, Sentence, Severity, rule
from analyser.rules._due import ringing
from analyser.rules.calls._legs import cancelled_at, final_without_via, some, status, status_line
from analyser.track import Ending, Transaction
from analyser.wire import SECOND

_RANG = Sentence(
    "{target} sent {ringing} {delay} after the INVITE and then neither an answer nor a refusal for {rang}."
)
_CANCELLED = Sentence("Then the calling side gave up.")
_FAILED = Sentence("Then {end} came.")
_CAPTURE_ENDED = Sentence("Then the capture ended.")
_NO_LONGER = Sentence("Then the call was no longer followed.")
_RINGS_ON = Sentence("It is still ringing.")
_STANDS = {Ending.CAPTURE_ENDED: _CAPTURE_ENDED, Ending.OPEN: _RINGS_ON}
_MEDIA = Sentence(
    "The {ringing} carries media (SDP), so the caller may hear an announcement or a queue that costs nothing until it is answered."
)


@rule(
    "ringing-unanswered-for-long",
    on=Transaction,
    methods=("INVITE",),
    statuses=(0, 408, 480, 486, 487, 500, 503, 504, 600, 603),
    severity=Severity.NOTICE,
    summary="the call rang for very long, and nothing took it over",
    remedy="Set a time after which an unanswered call ends or goes to voicemail, at the callee's server or phone. If a queue or an announcement "
    "is meant to hold callers before the answer, it should answer the call or repeat its 18x every minute.",
    refs=("RFC 3261 §13.3.1.1", "RFC 3261 §16.8"),
    due=ringing,
    absence=True,
)
def ringing_unanswered_for_long(
    invite: Transaction, *, notice: float = 60.0, warning: float = 120.0, error: float = 180.0
) -> Iterator[Evidence]:
    """Looks for calls with 180 Ringing or 183 Session Progress and no final response for long.

    People let a phone ring for half a minute. Who hears ringing for minutes is at a destination without a
    no-answer timer, or at one that is not there: a gateway may send 183 and play ringing of its own. A
    proxy may end such a call by its Timer C, which is longer than three minutes.

    It is a notice after `notice` seconds since the first 18x, a warning after `warning` and an error
    after `error`. Silent for calls that were answered in the end, and for those with 181 or 182, which
    are forwarded or queued on purpose. Where a proxy shows the call on several hops, it is told on the
    first. "The capture ended" and "the caller gave up" are told apart.
    """
    responses = invite.responses
    if invite.request is None or not responses or invite.forward_of is not None:
        return
    final = invite.final or final_without_via(invite)
    cancel = cancelled_at(invite)
    over = cancel or final
    until = over.time if over is not None else invite.settled_at
    if until - responses[0].time < notice * SECOND:
        return
    ringing = next((seen for seen in responses if status(seen) in (180, 183)), None)
    if ringing is None or any(status(seen) in (181, 182) or 200 <= status(seen) < 300 for seen in responses):
        return
    rang = until - ringing.time
    if rang < notice * SECOND:
        return
    if over is None:
        notes = [_RANG, _STANDS.get(invite.ending, _NO_LONGER)]
    else:
        notes = [_RANG, _CANCELLED if over is cancel else _FAILED]
    if status(ringing) == 183 and ringing.message.sdp is not None:
        notes.append(_MEDIA)
    severity = Severity.NOTICE
    if rang >= warning * SECOND:
        severity = Severity.ERROR if rang >= error * SECOND else Severity.WARNING
    yield Evidence(
        ringing,
        tuple(notes),
        some([invite.request, *([over] if over else [])]),
        severity=severity,
        target=invite.hop.target,
        ringing=status_line(ringing),
        delay=Duration(ringing.time - invite.request.time),
        rang=Duration(rang),
        end=status_line(final) if final else "",
    )
