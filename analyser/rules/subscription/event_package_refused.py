"""489 to SUBSCRIBE or PUBLISH: the server does not know the event package (RFC 6665 §4.1.2.1, §8.3.2)."""

from collections.abc import Iterator
from typing import Any

from analyser.annotate import Evidence, Severity, rule
from analyser.rules.registration._attempts import failures, final_of, names, request_of, user_of
from analyser.track import Peer, Transaction
from analyser.wire import SECOND

_NOTE = "{server} does not know the event package {package} that {source} asks for ({method}, {users}, {count} time(s))"
_OFFERS = "; it offers {offers}"
_SILENT = "; it does not say which it knows (no Allow-Events)"
_AGAIN = "; the client keeps asking, every {every:.1f} s on average, and will get the same answer"


@rule(
    "event-package-refused",
    on=Peer,
    severity=Severity.NOTICE,
    summary="a client asks for status updates of a kind that the server does not have",
    remedy="Switch off the feature that uses {package} in {source} (busy lamps, presence, message waiting …), or enable the package at {server}.",
    refs=("RFC 6665 §4.1.2.1", "RFC 6665 §8.3.2", "RFC 3903 §6"),
)
def event_package_refused(peer: Peer, *, again: int = 3) -> Iterator[Evidence]:
    """489 Bad Event says that the server does not support the event package of the request: presence, dialog (busy lamp
    field), message-summary (message waiting) or another. Calls are not affected, but the feature behind it does
    not work. The client should not repeat the request.

    It is a notice, and a warning where the client asks `again` times or more. All refusals of one source, method and
    package are one finding. It is silent on requests that a proxy passed on, and on 489 to NOTIFY, which notify-refused judges.
    """
    if not any(status == 489 for _, status in peer.statuses):
        return
    groups: dict[tuple[str, str], list[Transaction]] = {}
    for seen in failures(peer):
        if seen.status == 489 and seen.method in {"SUBSCRIBE", "PUBLISH"}:
            message: Any = request_of(seen).message
            package = message.event.package if message.event is not None else "(none)"
            groups.setdefault((seen.method, package), []).append(seen)
    for (method, package), group in groups.items():
        first, last = group[0], group[-1]
        offers = [name for seen in group for name in final_of(seen).message.headers.values("allow-events")]
        note = _NOTE + (_OFFERS if offers else "" if final_of(first).missing else _SILENT)
        repeats = len(group) >= again
        yield Evidence(
            final_of(first),
            note + _AGAIN if repeats else note,
            [request_of(first), *(final_of(seen) for seen in group[1:20])],
            severity=Severity.WARNING if repeats else None,
            server=first.hop.target,
            source=first.hop.source,
            method=method,
            package=package,
            users=names([user_of(seen) for seen in group]),
            count=len(group),
            offers=names(offers, 12),
            every=(request_of(last).time - request_of(first).time) / SECOND / max(len(group) - 1, 1),
        )
