"""What the rules on unanswered requests say alike: how often it was sent, what came instead, what the capture sees."""

from typing import NamedTuple

from analyser.rules.calls._legs import seconds, status
from analyser.rules.calls._silence import kept_trying, repeats, timed_out
from analyser.track import Transaction

_ONLY_PROVISIONAL = "{target} answered {method} from {source} with {status}, but no final response came"
_GIVEN_UP = " within {waited:.1f} s."
_CAPTURE_ENDED = "; the capture ended {waited:.1f} s after the first copy."
_HEARD = " The capture does hold other SIP from {target_host} to {source_host}, so it sees both directions."
_UNHEARD = (
    " The capture holds nothing from {target_host} to {source_host}: it is down or unreachable, or the capture"
    " sees one direction only."
)
_LOST_BACK = " {target_host} did send the request on (frame {frame}), but no response of its own comes back."


class Sentences(NamedTuple):
    """How a note on a request without any response begins."""

    silent: str
    """It was repeated, and the capture would show a response."""
    once: str
    not_seen: str
    """The client stopped early: it may have heard what the capture does not hold."""


class Account(NamedTuple):
    """The note, the values of its fields, and whether the request is proved to be unanswered for good."""

    note: str
    values: dict[str, object]
    lost: bool


def account(request: Transaction, copies: int, sentences: Sentences) -> Account:
    """Tell of a request without a final response; from `copies` copies on, silence is proved over UDP."""
    over = timed_out(request)
    first, hop = request.first, request.hop
    count = repeats(request) + 1
    proved = request.reliable or (count >= copies and (request.peer_heard or kept_trying(request)))
    if request.responses:
        note = _ONLY_PROVISIONAL
    elif proved:
        note = sentences.silent if count > 1 else sentences.once
    else:
        note = sentences.not_seen
    note += _GIVEN_UP if over else _CAPTURE_ENDED
    if request.forwards:
        note += _LOST_BACK
    elif not request.responses:
        note += _HEARD if request.peer_heard else _UNHEARD
    values: dict[str, object] = {
        "method": "re-INVITE" if request.method == "INVITE" else request.method,
        "source": hop.source,
        "target": hop.target,
        "source_host": hop.source.host,
        "target_host": hop.target.host,
        "transport": hop.transport,
        "copies": count,
        "sent": seconds(request.requests[-1].time - first.time),
        "waited": seconds(request.settled_at - first.time),
        "status": status(request.responses[0]) if request.responses else 0,
        "frame": request.forwards[0].first.frame if request.forwards else 0,
    }
    return Account(note, values, over and proved)
