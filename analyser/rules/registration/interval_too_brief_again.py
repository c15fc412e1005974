"""423 to a request that asks for a too short lifetime a second time (RFC 3261 §10.2.8)."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from analyser.annotate import Evidence, Sentence, Severity, rule
from analyser.rules._refusals import origin
from analyser.rules.registration._attempts import (
    accepted,
    called,
    failures,
    final_of,
    later,
    names,
    request_of,
    times,
)
from analyser.track import Peer, Transaction

_AGAIN = Sentence(
    "{server} wants at least {least} s, and {source} still asks for {asked} s ({method} for {user}, {times} after it was told)."
)
_AGAIN_UNTOLD = Sentence(
    "{server} finds {asked} s too short without saying what is enough (no Min-Expires), and {source} does not ask for more "
    "({method} for {user}, {times})."
)
_REMEDY = Sentence(
    "Set the lifetime (expires) of the account in {source} to {least} s or more; if it is short to keep a"
    " NAT open, use keep-alives for that."
)
_REMEDY_UNTOLD = Sentence(
    "Report it to the maker of {server}: 423 must carry Min-Expires. Until then set a longer lifetime, such as 3600 s, in {source}."
)


@rule(
    "interval-too-brief-again",
    on=Peer,
    severity=Severity.ERROR,
    summary="a client keeps asking for a shorter lifetime than the server allows, and is refused each time",
    remedy="Set the lifetime (expires) of the account in the client to the Min-Expires of the answer or more; if"
    " it is short to keep a NAT open, use keep-alives for that.",
    refs=("RFC 3261 §10.2.8", "RFC 3261 §21.4.17", "RFC 3903 §5", "RFC 6665 §4.1.2.1"),
)
def interval_too_brief_again(peer: Peer) -> Iterator[Evidence]:
    """423 Interval Too Brief says that the lifetime of a registration, subscription or publication is too short, and names the
    shortest one that is allowed in Min-Expires. The client asks again with that, and all is well. It fires where the same user's next
    request of that method asks for less than Min-Expires again, or, where the server
    gave none, for no more than before.

    A first 423 is normal. A later request of the same registration, subscription or publication that is accepted makes it a warning:
    the client learns, slowly. Each source and method is one finding. It is silent on requests whose lifetime cannot be read and on those that a proxy passed on.
    """
    if not any(status == 423 for _, status in peer.statuses):
        return
    runs: dict[tuple[str, str], list[Transaction]] = {}
    for seen in failures(peer):
        if seen.status == 423 and _asked(seen) is not None:
            runs.setdefault((seen.method, called(seen)), []).append(seen)
    told: set[str] = set()
    for (method, user), run in runs.items():
        again = [seen for before, seen in pairwise(run) if _is_too_brief(before, seen) and method not in told]
        if again:
            told.add(method)
            yield _evidence(run[0], again, user)


def _asked(seen: Transaction) -> int | None:
    """The shortest lifetime that the request asks for: its Contact's, else Expires."""
    message: Any = request_of(seen).message
    given = [contact.params.get("expires", "") for contact in message.contacts]
    seconds = [int(value[:10]) for value in given if value.isascii() and value.isdigit()]
    return min(seconds) if seconds else message.expires


def _is_too_brief(before: Transaction, seen: Transaction) -> bool:
    """Whether the second request asks for less than it was told after the first."""
    asked, asked_before = _asked(seen), _asked(before)
    if asked is None or asked_before is None or before.hop.target.host != seen.hop.target.host:
        return False
    least: int | None = final_of(before).message.min_expires
    return asked < least if least is not None else asked <= asked_before


def _evidence(first: Transaction, again: list[Transaction], user: str) -> Evidence:
    least: int | None = final_of(first).message.min_expires
    learnt = any(accepted(other) and other.status < 300 for other in later(again[-1]))
    return Evidence(
        final_of(again[0]),
        _AGAIN_UNTOLD if least is None else _AGAIN,
        [final_of(first), *(final_of(seen) for seen in again[1:19])],
        severity=Severity.WARNING if learnt else Severity.ERROR,
        remedy=_REMEDY_UNTOLD if least is None else _REMEDY,
        server=origin(first).hop.source,
        source=first.hop.source,
        method=first.method,
        user=names([user]),
        least=least,
        asked=_asked(again[0]),
        times=times(len(again)),
    )
