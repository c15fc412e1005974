"""When a live run looks at what has not settled (`due` of `@rule`): each gives a capture time in ns, 0 for not as it stands."""

from collections.abc import Mapping
from typing import Any, Final

from analyser.rules.calls._legs import downstream, status
from analyser.rules.calls._silence import repeats
from analyser.track import Registration, Subscription, Transaction
from analyser.track.bounds import T1, TIMEOUT
from analyser.wire import SECOND

SILENT: Final = 5 * SECOND
"""How long a request must have waited in vain before a live run tells it, however often it was sent."""

Given = Mapping[str, Any]
"""The parameters of the rule."""


def sent(request: Transaction, _: Given) -> int:
    """As soon as the request is there."""
    return request.request.time if request.request is not None else 0


def repeated(request: Transaction, _: Given) -> int:
    """Half a second after the latest response: what it should have brought about has come by then, or will not."""
    if request.method == "PRACK":
        return request.final.time if request.final is not None else 0
    return request.responses[-1].time + T1 if len(request.responses) > 1 else 0


def acknowledged(invite: Transaction, _: Given) -> int:
    """With the ACK, else two seconds after the final response."""
    if invite.final is None:
        return 0
    return invite.acks[0].time if invite.acks else invite.final.time + 2 * SECOND


def answered_soon(invite: Transaction, _: Given) -> int:
    """A second after the final response, when the next hop shows it too."""
    return invite.final.time + SECOND if invite.final is not None else 0


def in_vain(request: Transaction, given: Given) -> int:
    """When enough copies were sent and some time has passed."""
    if request.final is not None or request.request is None or repeats(request) + 1 < given["copies"]:
        return 0
    return max(request.request.time + SILENT, request.requests[-1].time)


def in_vain_or_not(request: Transaction, given: Given) -> int:
    """With the final response or another copy of the request behind a response, else as `in_vain`; a response that fits no request
    a second later, when the client has shown whether it took it."""
    if request.request is None:
        return request.final.time + SECOND if request.final is not None else 0
    if request.final is not None:
        return max(request.final.time, request.requests[-1].time if request.requests else 0)
    return request.requests[-1].time if request.responses and request.requests else in_vain(request, given)


def trying(invite: Transaction, given: Given) -> int:
    """When only 100 Trying has come for long enough, on this hop and on those behind it."""
    if invite.final is not None or not invite.responses or status(invite.responses[-1]) != 100:
        return 0
    began = max([invite.first.time, *(further.first.time for further in downstream(invite))])
    return began + int(given["notice"] * SECOND)


def ringing(invite: Transaction, given: Given) -> int:
    """When it has rung for long enough."""
    if invite.final is not None:
        return 0
    rang = next((seen.time for seen in invite.responses if status(seen) in (180, 183)), 0)
    return rang + int(given["notice"] * SECOND) if rang else 0


def hung_up(invite: Transaction, given: Given) -> int:
    """When the BYE that should end a surplus answer would have come."""
    return invite.responses[-1].time + int(given["bye_within"] * SECOND) if invite.answers else 0


def crossed(cancelling: Transaction, given: Given) -> int:
    """The same for an answer that came after the CANCEL."""
    invite = cancelling.invite
    return 0 if invite is None else hung_up(invite, given)


def cancelled(cancel: Transaction, given: Given) -> int:
    """When a cancelled INVITE should have ended; at once where the CANCEL was refused."""
    if cancel.final is None or cancel.request is None:
        return 0
    if cancel.status == 481:
        return cancel.final.time
    return max(cancel.final.time, cancel.request.time + int(given["wait"] * SECOND))


def tried_again(request: Transaction, given: Given) -> int:
    """At the next refusal; else when another attempt would have come."""
    owner = request.owner
    later = (
        [seen.final.time for seen in owner.transactions if seen.status == 422 and seen.final] if owner else []
    )
    if request.final is None or not later:
        return 0
    return later[-1] if len(later) > 1 else request.final.time + int(given["retry_within"] * SECOND)


def notified(subscription: Subscription, _: Given) -> int:
    """When the NOTIFY of the latest accepted SUBSCRIBE should have come."""
    granted = [seen.final.time for seen in subscription.subscribes if seen.final and 200 <= seen.status < 300]
    return granted[-1] + TIMEOUT if granted else 0


def lapsed(registration: Registration, given: Given) -> int:
    """When the lifetime that was granted has run out."""
    return registration.expires_at and registration.expires_at + int(given["slack"] * SECOND) + 1
