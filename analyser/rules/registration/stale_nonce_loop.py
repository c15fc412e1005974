"""Challenge after challenge that calls the nonce stale (RFC 3261 §22.4, RFC 7616 §3.3)."""

from collections.abc import Iterator

from analyser.annotate import Duration, Evidence, Sentence, Severity, rule
from analyser.rules._refusals import origin
from analyser.rules.registration._attempts import carries_credentials, failures, final_of, names, user_of
from analyser.track import Peer, Transaction

_STALE = Sentence(
    "{server} called the nonce of {source} stale {count} times in a row within {span} ({method}, {users})."
)
_OLD = Sentence("The client does not take the new nonces (different nonces used: {nonces}).")
_NEW = Sentence(
    "The client did take new ones ({nonces} different nonces), so the server does not know its own nonces, or lets them grow old at once."
)
_REMEDY = Sentence("Update the client {source}: it must use the nonce of the latest challenge.")
_REMEDY_NEW = Sentence(
    "Let the nodes behind {server} share the secret of their nonces, or keep a client on one node; check their clocks and the lifetime "
    "of a nonce."
)


@rule(
    "stale-nonce-loop",
    on=Peer,
    severity=Severity.ERROR,
    summary="a client and a server never agree on a fresh challenge, so the client is not let in",
    remedy="Update the client: it must use the nonce of the latest challenge.",
    refs=("RFC 3261 §22.4", "RFC 7616 §3.3"),
)
def stale_nonce_loop(peer: Peer, *, more_than: int = 3) -> Iterator[Evidence]:
    """stale=true in a challenge says that the password was right and only the nonce too old; the client sends the request
    again with the new nonce and is let in. More than `more_than` of them in a row are no question of age: the
    client goes on with the old nonce, or the nonces come from several servers that do not know
    each other's.

    A single stale challenge, also at each refresh of a registration, is normal. It is silent on requests that a proxy passed on,
    and a row ends where a request of the same call or registration was accepted. Each source is one finding.
    """
    if not any(status in {401, 407} for _, status in peer.statuses):
        return
    longest: list[Transaction] = []
    judged: set[int] = set()
    for seen in failures(peer):
        if id(seen.owner) not in judged and _is_stale(seen):
            judged.add(id(seen.owner))
            row = _longest_row(seen)
            if len(row) > max(more_than, len(longest)):
                longest = row
    if not longest:
        return
    first, last = longest[0], longest[-1]
    nonces = {auth.nonce for seen in longest for auth in seen.first.message.credentials}
    renewed = len(nonces) > len(longest) // 2
    yield Evidence(
        final_of(first),
        (_STALE, _NEW if renewed else _OLD),
        [final_of(seen) for seen in longest[1:20]],
        remedy=_REMEDY_NEW if renewed else _REMEDY,
        server=origin(first).hop.source,
        source=first.hop.source,
        method=first.method,
        users=names([user_of(first)]),
        count=len(longest),
        nonces=len(nonces),
        span=Duration(final_of(last).time - final_of(first).time),
    )


def _is_stale(seen: Transaction) -> bool:
    """Whether credentials were answered with stale=true."""
    if seen.status not in {401, 407} or seen.request is None:
        return False
    final = final_of(seen).message
    if b"stale" not in final.raw.lower() or not carries_credentials(seen):
        return False
    return any(challenge.stale for challenge in final.challenges)


def _longest_row(seen: Transaction) -> list[Transaction]:
    """The longest row of such answers among the requests that belong together with this one."""
    if seen.owner is None:
        return [seen]
    longest: list[Transaction] = []
    row: list[Transaction] = []
    for other in seen.owner.transactions:
        if other.method != seen.method or other.hop.source.host != seen.hop.source.host:
            continue
        row = [*row, other] if _is_stale(other) else []
        if len(row) > len(longest):
            longest = row
    return longest
