"""A SUBSCRIBE or PUBLISH that the server refuses for what it asks about (RFC 6665 §4.1.2.1, §8.3.2)."""

from collections.abc import Iterator
from typing import Any

from analyser.annotate import Duration, Evidence, Sentence, Severity, rule
from analyser.rules._refusals import origin
from analyser.rules.registration._attempts import (
    NONE,
    attacks,
    called,
    failures,
    final_of,
    names,
    request_of,
    times,
    user_of,
)
from analyser.track import Peer, Transaction

_MEANS = {
    404: Sentence(
        "{server} has no {package} to tell about for {asked}: {status} {phrase} to {method} of {source} ({users}, {times})."
    ),
    405: Sentence(
        "{server} takes no {method} of {source} for {package}: {status} {phrase} ({users}, {times})."
    ),
    489: Sentence(
        "{server} does not know the event package {package} that {source} asks for ({method}, {users}, {times})."
    ),
    501: Sentence(
        "{server} knows no {method}: {status} {phrase} to {source}, which asks for {package} ({users}, {times})."
    ),
}
_STORES_NONE = Sentence(
    "{server} takes no PUBLISH of {source} for the event package {package}: {status} {phrase} ({users}, {times})."
)
_OFFERS = Sentence("It offers {offers}.")
_SILENT = Sentence("It does not say which it knows (no Allow-Events).")
_AGAIN = Sentence("The client keeps asking, every {every} on average, and will get the same answer.")
_REMEDY = Sentence(
    "Switch off the feature that uses {package} in {source} (busy lamps, presence, message waiting …), or"
    " enable the package at {server}."
)
_REMEDY_PUBLISH = Sentence(
    "Switch off in {source} that it publishes {package}, or let {server} take it. That is about the state that it reports of itself, and not about what it subscribes to "
    "(busy lamps, presence of others, message waiting)."
)
_REMEDY_REG = Sentence(
    "{package} tells a client what becomes of its registration (RFC 3680). IMS telephones ask for it once they are registered, and rely on it: enable it at"
    " {server}. Elsewhere a client can do without: switch it off in {source}."
)

_JUDGED = frozenset({"SUBSCRIBE", "PUBLISH"})


@rule(
    "event-package-refused",
    on=Peer,
    severity=Severity.NOTICE,
    summary="a client asks for status updates, or publishes a status, of a kind that the server does not have",
    remedy="Switch off the feature that uses the refused package in the client (busy lamps, presence, message "
    "waiting …), or enable the package at the server.",
    refs=("RFC 6665 §4.1.2.1", "RFC 6665 §8.3.2", "RFC 3261 §21.4.6", "RFC 3903 §6"),
)
def event_package_refused(peer: Peer, *, again: int = 3) -> Iterator[Evidence]:
    """489 Bad Event says that the server does not support the event package of the request: presence, dialog (busy lamp
    field), message-summary (message waiting) or another. 405 and 501 say that it takes no such request at all, 404
    that it has no such state for that user, as where no mailbox is set up. Where a PUBLISH is refused, the server may well have the package for those
    who subscribe to it: many exchanges tell of busy lamps and store no presence. Calls are not affected, but the feature
    behind it does not work. The client should not repeat the request.

    It is a notice, and a warning where the client asks `again` times or more. All refusals of one source, method,
    package and status code are one finding. It is silent inside a dialog, where the snap length cut the request, on requests that a proxy passed on, on 489 to
    NOTIFY, which notify-refused judges, and on a source that a rule on security reports.
    """
    if not any(method in _JUDGED and status in _MEANS for method, status in peer.statuses):
        return
    groups: dict[tuple[str, str, int], list[Transaction]] = {}
    for seen in failures(peer):
        if seen.status in _MEANS and seen.method in _JUDGED:
            message: Any = request_of(seen).message
            if message.head_cut:
                continue
            package = message.event.package if message.event is not None else NONE
            groups.setdefault((seen.method, package, seen.status), []).append(seen)
    if not groups or attacks(peer):
        return
    for (method, package, status), group in groups.items():
        first, last = group[0], group[-1]
        offers = [name for seen in group for name in final_of(seen).message.headers.values("allow-events")]
        publishes = method == "PUBLISH"
        notes = [_STORES_NONE if publishes else _MEANS[status]]
        if status == 489 and (offers or not final_of(first).missing):
            notes.append(_OFFERS if offers else _SILENT)
        answer: Any = final_of(first).message
        repeats = len(group) >= again
        if repeats:
            notes.append(_AGAIN)
        yield Evidence(
            final_of(first),
            tuple(notes),
            [request_of(first), *(final_of(seen) for seen in group[1:20])],
            remedy=_REMEDY_PUBLISH if publishes else _REMEDY_REG if package == "reg" else _REMEDY,
            severity=Severity.WARNING if repeats else None,
            server=origin(first).hop.source,
            source=first.hop.source,
            method=method,
            package=package,
            status=status,
            phrase=answer.reason[:60],
            asked=names([called(seen) for seen in group], 4),
            users=names([user_of(seen) for seen in group]),
            times=times(len(group)),
            offers=names(offers, 12),
            every=Duration((request_of(last).time - request_of(first).time) // max(len(group) - 1, 1)),
        )
