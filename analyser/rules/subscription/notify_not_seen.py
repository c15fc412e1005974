"""An accepted SUBSCRIBE that no NOTIFY follows (RFC 6665 §4.1.2.4, §4.2.1.2)."""

from collections.abc import Iterator
from typing import Any

from analyser.annotate import Duration, Evidence, Sentence, Severity, rule
from analyser.rules._due import notified
from analyser.rules.registration._attempts import NONE, TIMEOUT
from analyser.track import Subscription, Transaction

_NEVER = Sentence(
    "{notifier} accepted the SUBSCRIBE of {source} for {package} ({status}), but no NOTIFY for it is seen in this capture, which goes on "
    "for {after}."
)
_FURTHER = Sentence("{notifier} accepted a further SUBSCRIBE of {source} for {package} ({status}).")
_STOPPED = Sentence(
    "It had sent NOTIFY before (messages: {before}), but none is seen in the {after} of capture after that SUBSCRIBE."
)
_REMEDY = Sentence(
    "Check that {notifier} sends NOTIFY, and where: it goes to the Contact of the SUBSCRIBE ({contact}) "
    "or along its Record-Route. If that path does not pass this capture, capture at {source}."
)


@rule(
    "notify-not-seen",
    on=Subscription,
    severity=Severity.WARNING,
    summary="a server accepted a subscription but no status update followed",
    remedy="Check that the server sends NOTIFY, and where: it goes to the Contact of the SUBSCRIBE or along its "
    "Record-Route. If that path does not pass this capture, capture at the subscriber.",
    refs=("RFC 6665 §4.1.2.4", "RFC 6665 §4.2.1.2"),
    due=notified,
    absence=True,
)
def notify_not_seen(subscription: Subscription) -> Iterator[Evidence]:
    """Each accepted SUBSCRIBE, a refresh included, must be followed by a NOTIFY with the present state, at once. A subscriber
    that sees none within 64*T1 (32 s) takes the subscription as failed: lamps stay dark, presence stays unknown.

    NOTIFY may take another path than SUBSCRIBE, so this says no more than that it is not seen in this capture. It is
    silent where the capture ends within 32 s of the answer, on 204 (which promises none), on Expires: 0, on the further hops of a
    proxy, and where a bound has pushed out part of the subscription. Each subscription is one finding.
    """
    if subscription.dropped:
        return
    notified = [seen for seen in subscription.transactions if seen.method == "NOTIFY"]
    for subscribe in subscription.subscribes:
        if not 200 <= subscribe.status < 300 or subscribe.status == 204 or subscribe.request is None:
            continue
        final, request = subscribe.final, subscribe.request
        assert final is not None
        after = subscription.settled_at - final.time
        if after < TIMEOUT or any(seen.last.time >= request.time for seen in notified):
            continue
        if _ends_it(subscribe):
            continue
        yield _evidence(subscribe, after, len(notified))
        return


def _ends_it(subscribe: Transaction) -> bool:
    """Whether it ends the subscription, or only asks once, or was cut so that it may: its NOTIFY is left to chance."""
    request: Any = subscribe.first.message
    answer: Any = subscribe.final.message if subscribe.final is not None else request
    if request.head_cut or answer.head_cut:
        return True
    return 0 in {request.expires, answer.expires}


def _evidence(subscribe: Transaction, after: int, before: int) -> Evidence:
    request: Any = subscribe.first.message
    contact = request.contacts[0].uri.text if request.contacts else NONE
    event = request.event
    final = subscribe.final
    assert final is not None
    return Evidence(
        final,
        (_FURTHER, _STOPPED) if before else _NEVER,
        [subscribe.first],
        remedy=_REMEDY,
        notifier=subscribe.hop.target,
        source=subscribe.hop.source,
        package=event.package if event is not None else NONE,
        status=subscribe.status,
        contact=contact,
        before=before,
        after=Duration(after),
    )
