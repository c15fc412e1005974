"""A NOTIFY that the subscriber refuses (RFC 6665 §4.1.3, §4.2.2)."""

from collections.abc import Iterator
from typing import Any

from analyser.annotate import Evidence, Sentence, Severity, rule
from analyser.rules._refusals import origin
from analyser.rules.registration._attempts import NONE
from analyser.track import Subscription, Transaction

_GONE = Sentence(
    "{subscriber} answers a NOTIFY of {notifier} for {package} with {status}: it does not know that subscription (any more)."
)
_OTHER = Sentence("{subscriber} answers a NOTIFY of {notifier} for {package} with {status} {phrase}.")
_COUNT = Sentence("NOTIFY requests of this Call-ID that were refused: {count} of {all}.")
_ON = Sentence("The notifier sent {more} more after a refusal that ends the subscription.")
_FOLLOWED = Sentence(
    "A SUBSCRIBE for it had been accepted in frame {subscribed}, so {subscriber} should know it."
)
_STRANGE = Sentence(
    "A SUBSCRIBE of this Call-ID had been accepted in frame {subscribed}, but its From tag is {from_tag} and the To tag of the NOTIFY "
    "{to_tag}, so the two do not belong together: something has changed or cut the tag."
)
_REFRESH = Sentence("A later SUBSCRIBE to renew it was refused with 481 as well (frame {refused}).")
_REMEDY = Sentence(
    "Compare Call-ID and tags of the NOTIFY with those of the SUBSCRIBE; if {subscriber} has restarted, "
    "{notifier} must drop the subscription and the phone subscribe anew."
)

_ENDS = frozenset({404, 405, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604})
"""After these a notifier must let the subscription go (RFC 6665 §4.2.2, RFC 5057)."""
_KEEP_ALIVE = frozenset({"keep-alive", "ping", "check-sync"})
"""Packages sent to provoke any answer, or to whom it may concern."""


@rule(
    "notify-refused",
    on=Subscription,
    severity=Severity.NOTICE,
    summary="a client refuses the status update that a server sends",
    remedy="Compare Call-ID and tags of the NOTIFY with those of the SUBSCRIBE; if the subscriber has restarted,"
    " the notifier must drop the subscription and the phone subscribe anew.",
    refs=("RFC 6665 §4.1.3", "RFC 6665 §4.2.2"),
)
def notify_refused(subscription: Subscription) -> Iterator[Evidence]:
    """A subscriber that answers NOTIFY with 481 does not know the subscription: it has restarted, has let it end, or cannot
    match it. The notifier must then remove it. Other failures (489, 405, 5xx) say that the subscriber cannot take such events.

    One refusal inside a subscription is a notice, for it is how a forgotten subscription ends. It is a warning where the capture
    holds the accepted SUBSCRIBE, so that the subscriber should know it, or one of the same Call-ID with another tag, or where the notifier goes on after a refusal
    that ends the subscription. All refusals of one Call-ID are one finding.

    It is silent on a NOTIFY that crossed the SUBSCRIBE by which the subscriber gave the subscription up (Expires: 0), on challenges, on an unsolicited NOTIFY (no To tag, no SUBSCRIBE seen), which phones may well refuse, on keep-alives, on the last NOTIFY
    of a subscription that says terminated, on requests that a proxy passed on, and inside calls.
    """
    notifies = subscription.notifies
    refused = [seen for seen in notifies if seen.status >= 400 and seen.status not in {401, 407}]
    refused = [seen for seen in refused if seen.request is not None and not _is_nothing(seen)]
    refused = [seen for seen in refused if not _was_given_up(subscription, seen)]
    if not refused:
        return
    to_tag = refused[0].first.message.to_tag
    accepted = [seen for seen in subscription.subscribes if 200 <= seen.status < 300]
    subscribed = next((seen for seen in accepted if seen.from_tag == to_tag), None)
    if not accepted and not to_tag:
        return
    first = refused[0]
    answer: Any = first.final
    ended = next((seen for seen in refused if seen.status in _ENDS), None)
    more = [
        seen
        for seen in notifies
        if ended is not None
        and ended.final is not None
        and seen.request is not None
        and seen.request.number > ended.final.number
        and seen.request.message.to_tag == ended.first.message.to_tag
    ]
    known = subscribed is not None and subscribed.first.number < first.first.number
    strange = None if subscribed is not None or not to_tag else _accepted_at(accepted, first)
    refresh = next((seen for seen in subscription.subscribes if seen.status == 481 and seen.final), None)
    notes = [_GONE if first.status == 481 else _OTHER]
    further = (
        (_COUNT, len(notifies) > 1),
        (_ON, more),
        (_FOLLOWED, known),
        (_STRANGE, strange),
        (_REFRESH, refresh),
    )
    notes += [sentence for sentence, said in further if said]
    shown = subscribed or strange
    request: Any = first.first.message
    yield Evidence(
        answer,
        tuple(notes),
        [
            first.first,
            *(seen.final for seen in refused[1:10] if seen.final),
            *(seen.first for seen in more[:8]),
            *([refresh.final] if refresh is not None and refresh.final is not None else []),
        ],
        remedy=_REMEDY,
        severity=Severity.WARNING if more or known or strange else None,
        subscriber=origin(first).hop.source,
        notifier=first.hop.source,
        package=request.event.package if request.event is not None else NONE,
        status=first.status,
        phrase=answer.message.reason,
        count=len(refused),
        all=len(notifies),
        more=len(more),
        subscribed=shown.final.frame if shown is not None and shown.final is not None else 0,
        from_tag=_end_of(strange.from_tag, to_tag) if strange is not None else "",
        to_tag=_end_of(to_tag, strange.from_tag) if strange is not None else "",
        refused=refresh.final.frame if refresh is not None and refresh.final is not None else 0,
    )


def _end_of(tag: str, other: str) -> str:
    """A tag from a little before where it differs from the other."""
    same = next((at for at, (one, two) in enumerate(zip(tag, other, strict=False)) if one != two), 0)
    begin = max(same - 8, 0)
    return ("…" if begin else "") + tag[begin : begin + 40]


def _accepted_at(accepted: list[Transaction], notify: Transaction) -> Transaction | None:
    """The subscription that the refusing host had made before."""
    host, number = origin(notify).hop.source.host, notify.first.number
    return next(
        (seen for seen in accepted if seen.hop.source.host == host and seen.first.number < number), None
    )


def _was_given_up(subscription: Subscription, notify: Transaction) -> bool:
    """Whether the subscriber had sent its removal before it refused: it has forgotten the subscription, as it wanted to."""
    final = notify.final
    return final is not None and any(
        seen.request is not None
        and seen.request.number < final.number
        and seen.request.message.expires == 0
        and seen.from_tag == notify.first.message.to_tag
        for seen in subscription.subscribes
    )


def _is_nothing(seen: Transaction) -> bool:
    """Whether a refusal is to be expected, or of no account."""
    request: Any = seen.first.message
    if request.head_cut:
        return True
    if request.event is not None and request.event.package in _KEEP_ALIVE:
        return True
    state = request.subscription_state
    return state is not None and state.state == "terminated"
