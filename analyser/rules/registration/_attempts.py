"""What the failed requests of one source say together: credentials, challenges, bursts (RFC 3261 §22).

Everything here looks at a `Peer` and at the owners of its failed transactions; a request that a proxy
passed on is left out, so that one attempt counts once. A peer keeps its latest failures only.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterator, Sequence
from typing import Any, Final

from analyser.annotate import Clause, Sentence
from analyser.track import Peer, Sighting, Transaction
from analyser.wire import SECOND

TIMEOUT: Final = 32 * SECOND
"""64*T1: how long a client may take over one request (RFC 3261 §17)."""

ANSWERED_WITHIN: Final = 5 * SECOND
"""A client that knows its password has answered a challenge by then, even where its first copies were lost on the way. Hundreds of phones
that register at once, as after a power cut, are all challenged before the first of them is let in."""

NONE: Final = Sentence("(none)")
"""In the place of a name that is not there."""
_ONCE: Final = Sentence("once")
_TWICE: Final = Sentence("twice")
_TIMES: Final = Sentence("{count} times")
_AND_MORE: Final = Sentence("… ({count})")

_CREDENTIALS: Final = re.compile(rb"\n(?:proxy-)?authorization[ \t]*:", re.IGNORECASE)
_REFUSED: Final = frozenset({401, 403, 404, 407, 604})
"""What a server says to a user that it does not know, or to a wrong password."""
_SIGNS: Final = (
    b"friendly-scanner",
    b"sipvicious",
    b"sundayddr",
    b"sipcli",
    b"sip-scan",
    b"vaxsipuseragent",
    b"pplsip",
    b"siparmyknife",
    b"sivus",
    b"sip:100@1.1.1.1",
    b"sip:123@1.1.1.1",
)
"""What scanners write into User-Agent, From and Contact unless told otherwise, in lower case."""
_SIGNED: Final = re.compile(
    rb"\n(?:user-agent|from|f|contact|m)[ \t]*:[^\r\n]*?(" + b"|".join(map(re.escape, _SIGNS)) + rb")"
)
_UNDER_WAY: Final = frozenset({"BYE", "CANCEL", "PRACK", "UPDATE", "INFO", "NOTIFY"})
_SCANNED: Final = frozenset({"REGISTER", "INVITE", "OPTIONS", "SUBSCRIBE"})


def request_of(transaction: Transaction) -> Sighting:
    """Its request; only for transactions that `failures` gave."""
    assert transaction.request is not None
    return transaction.request


def final_of(transaction: Transaction) -> Sighting:
    """Its final response; only where there is a status code."""
    assert transaction.final is not None
    return transaction.final


def carries_credentials(transaction: Transaction) -> bool:
    """Whether the request has Authorization or Proxy-Authorization."""
    request = transaction.request
    return request is not None and _CREDENTIALS.search(request.message.raw) is not None


def failures(peer: Peer) -> list[Transaction]:
    """The failed requests that the peer sent itself, in order."""
    own = [seen for seen in peer.failures if seen.forward_of is None and seen.request is not None]
    return sorted(own, key=lambda seen: request_of(seen).number)


def user_of(transaction: Transaction) -> str:
    """Whom the request is about: the user of its credentials, else of its To."""
    request: Any = request_of(transaction).message
    for auth in request.credentials:
        if auth.username:
            return str(auth.username)
    return called(transaction)


def called(transaction: Transaction) -> str:
    """The user of the To header field."""
    to = request_of(transaction).message.to
    return to.uri.user if to is not None else ""


def names(users: Sequence[str], most: int = 6) -> list[str | Clause]:
    """Distinct names, the first few, and how many there are."""
    distinct = list(dict.fromkeys(user or NONE for user in users))
    if len(distinct) <= most:
        return [*distinct]
    return [*distinct[:most], Clause(_AND_MORE, count=len(distinct))]


def times(count: int) -> Clause:
    """`once`, `twice`, `7 times`."""
    return Clause({1: _ONCE, 2: _TWICE}.get(count, _TIMES), count=count)


def later(transaction: Transaction) -> Iterator[Transaction]:
    """Requests of the same method, source and owner that were sent after the final response."""
    owner, final = transaction.owner, transaction.final
    if owner is None or final is None:
        return
    host, method, number = transaction.hop.source.host, transaction.method, final.number
    for seen in owner.transactions:
        request = seen.request
        if (
            request is not None
            and request.number > number
            and seen.method == method
            and seen.hop.source.host == host
        ):
            yield seen


def accepted(transaction: Transaction) -> bool:
    """Whether the credentials of the request were good enough, whatever became of it then."""
    if transaction.status in {0, 401, 403, 407}:
        return any(seen.message.status > 100 for seen in transaction.provisionals)  # type: ignore[union-attr]
    return True


def proper(auth: Any) -> bool:
    """Whether credentials answer a challenge at all: the first REGISTER of a mobile network has an empty set of them."""
    return bool(auth.nonce and auth.params.get("response"))


def gave(transaction: Transaction, realms: Collection[str]) -> bool:
    """Whether the request has credentials for one of the realms, or is cut so that they may have been there."""
    request: Any = request_of(transaction).message
    if not carries_credentials(transaction):
        return bool(request.head_cut)
    return bool(request.head_cut) or any(
        auth.realm in realms and proper(auth) for auth in request.credentials
    )


def open_challenge(transaction: Transaction) -> bool:
    """Whether it was challenged and no later request has the credentials that were asked for."""
    if transaction.status not in {401, 407} or transaction.owner is None:
        return False
    realms = {auth.realm for auth in final_of(transaction).message.challenges}
    return bool(realms) and not any(gave(seen, realms) for seen in later(transaction))


def is_fresh(transaction: Transaction, peer: Peer) -> bool:
    """Whether it was challenged so lately that nobody knows yet what the client will do."""
    final = transaction.final
    return (
        transaction.status in {401, 407}
        and final is not None
        and peer.settled_at - final.time < ANSWERED_WITHIN
    )


def accepted_later(transaction: Transaction) -> bool:
    """Whether a later request of the same owner, and for the same user, was let in: a client may change its user and go on with its Call-ID."""
    user = called(transaction)
    return any(accepted(seen) and called(seen) == user for seen in later(transaction))


def busiest(
    transactions: Sequence[Transaction], within: float, key: Callable[[Transaction], Hashable]
) -> list[Transaction]:
    """Of all stretches of `within` seconds the one with the most distinct keys."""
    span = int(within * SECOND)
    best, best_start, best_end, start = 0, 0, 0, 0
    inside: Counter[Hashable] = Counter()
    keys = [key(seen) for seen in transactions]
    times = [request_of(seen).time for seen in transactions]
    for end, time in enumerate(times):
        inside[keys[end]] += 1
        while time - times[start] > span:
            inside[keys[start]] -= 1
            if not inside[keys[start]]:
                del inside[keys[start]]
            start += 1
        if len(inside) > best:
            best, best_start, best_end = len(inside), start, end + 1
    return list(transactions[best_start:best_end])


def refused_users(peer: Peer, users: int = 20, within: float = 60.0) -> list[Transaction]:
    """The requests of a source that tried one user after the other and was refused; empty where it did not.

    A source most of whose requests succeed is a gateway, a dialler or a proxy for many.
    """
    if len(peer.failures) < users or _mostly_served(peer) or len(peer.users) < users:
        return []
    refused = [
        seen
        for seen in failures(peer)
        if seen.method in _SCANNED
        and seen.status in _REFUSED
        and (
            seen.status not in {401, 407}
            or open_challenge(seen)
            or (carries_credentials(seen) and not accepted_later(seen))
        )
        and not is_fresh(seen, peer)
    ]
    stretch = busiest(refused, within, called)
    return stretch if len({called(seen) for seen in stretch}) >= users else []


def guesses(peer: Peer, attempts: int = 10, within: float = 60.0) -> list[Transaction]:
    """The requests of a source that tried one password after the other; empty where it did not.

    A phone with a wrong password tries again with one Call-ID, or repeats the same digest: no guesses.
    """
    if len(peer.failures) < attempts or _mostly_served(peer):
        return []
    tried = [
        seen
        for seen in failures(peer)
        if seen.status in _REFUSED
        and carries_credentials(seen)
        and b"stale=true" not in _answer(seen).lower()
    ]
    latest = {user_of(seen): seen for seen in tried}
    tried = [seen for seen in tried if latest[user_of(seen)] is not seen or not is_fresh(seen, peer)]
    if len(tried) < attempts:
        return []
    stretch = busiest(tried, within, digest_of)
    several = len({seen.call_id for seen in stretch}) > 1
    return stretch if several and len({digest_of(seen) for seen in stretch}) >= attempts else []


def unmatched(transaction: Transaction) -> bool:
    """Whether there is no answer because the capture cut the messages, so that answers did not find back."""
    request: Any = request_of(transaction).message
    return not transaction.status and bool(request.head_cut)


def swept(peer: Peer, hosts: int = 10, within: float = 600.0) -> list[Transaction]:
    """The requests of a source that tried one server after the other and got nowhere; empty where it did not.

    OPTIONS counts where it asks each server for the same user: a server that looks after its phones asks for their own.
    """
    if len(peer.failures) < hosts or _mostly_served(peer):
        return []
    own = failures(peer)
    asked = {called(seen) for seen in own if seen.method == "OPTIONS"}
    tried = [
        seen
        for seen in own
        if (
            seen.method == "REGISTER"
            or (seen.method == "INVITE" and seen.status in _REFUSED)
            or (seen.method == "OPTIONS" and len(asked) == 1)
        )
        and not unmatched(seen)
    ]
    stretch = busiest(tried, within, _target)
    return stretch if len({_target(seen) for seen in stretch}) >= hosts else []


def signature(peer: Peer) -> tuple[Transaction, str] | None:
    """The first request that bears the sign of a scanner, and the sign."""
    for seen in (peer.first, *peer.failures, peer.last):
        request = seen.request
        if request is None or seen.forward_of is not None:
            continue
        head = request.message.raw[: request.message.body_at].lower()
        if any(sign in head for sign in _SIGNS):
            found = _SIGNED.search(head)
            if found is not None:
                return seen, found[1].decode("ascii")
    return None


def successes(peer: Peer) -> Counter[str]:
    """How many requests of the peer were answered with 2xx, by method; those left out that belong to a call under way."""
    found: Counter[str] = Counter()
    for (method, status), count in peer.statuses.items():
        if 200 <= status < 300 and method not in _UNDER_WAY:
            found[method] += count
    return found


def attacks(peer: Peer) -> bool:
    """Whether the rules on security report the source: then its failures are no client's in need of help."""
    return bool(signature(peer) or refused_users(peer) or guesses(peer) or swept(peer))


def digest_of(transaction: Transaction) -> str:
    """The response parameter of its first credentials: differs with the password, and with the nonce."""
    request: Any = request_of(transaction).message
    return next((str(auth.params.get("response", "")) for auth in request.credentials), "")


def _target(transaction: Transaction) -> str:
    return transaction.hop.target.host


def _answer(transaction: Transaction) -> bytes:
    return final_of(transaction).message.raw


def _mostly_served(peer: Peer) -> bool:
    """Whether as many requests succeeded as failed, first challenges left out."""
    served = successes(peer).total()
    failed = sum(
        count for (_, status), count in peer.statuses.items() if status >= 400 and status not in {401, 407}
    )
    refused = sum(1 for seen in peer.failures if seen.status in {401, 407} and open_challenge(seen))
    return served > failed + refused
