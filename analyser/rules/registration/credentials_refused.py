"""Credentials that a server refuses with a further challenge (RFC 3261 §22)."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from analyser.annotate import Duration, Evidence, Sentence, Severity, rule
from analyser.rules._refusals import origin
from analyser.rules.registration._attempts import (
    TIMEOUT,
    accepted_later,
    attacks,
    carries_credentials,
    failures,
    final_of,
    names,
    proper,
    request_of,
    times,
)
from analyser.track import Ending, Peer, Sighting, Transaction

_REFUSED = Sentence(
    "{server} challenged {method} of {source} again with {status} although it carried credentials for realm "
    '"{realm}" and a nonce just issued (user {users}, {times}).'
)
_SAME_NONCE = Sentence(
    '{source} sent credentials for realm "{realm}" (user {users}) {count} times with a nonce that {server} no longer takes, '
    "although each {status} offered a new one: the client does not use the new nonce."
)
_OLD_NONCE = Sentence(
    '{server} did not take the credentials that {source} sent with {method} (user {users}, {times}) and says "{status} {phrase}": the nonce '
    "that they were made with was {age} old."
)
_NOT_STALE = Sentence(
    "It does not add stale=true, so the client cannot know that its password was not the reason."
)
_ALGORITHM = Sentence(
    "The server asks for {wanted} and the client computed {used}, so the password need not be wrong."
)
_URI = Sentence(
    "Likely the password or user name is wrong, but the digest is also for {digest_uri} while the Request-URI is {uri}, which a strict "
    "server refuses."
)
_LIKELY = Sentence(
    "Likely the password is wrong in the client or at the server, or it belongs to another user name than {username} or to another realm."
)
_ENDED = Sentence("The capture ends {after} after the refusal.")
_ENDED_WITH_IT = Sentence("The capture ends with the refusal.")
_TO_COME = Sentence("Whether the client tries again is still to come.")
_ACCEPTED = Sentence("User name {username} was accepted at another time (frame {accepted}).")

_REMEDY = Sentence(
    'Compare user name, password and realm "{realm}" in the client {source} with the account at {server}; the user name for '
    "authentication may differ from the phone number."
)
_REMEDY_OLD_NONCE = Sentence(
    "Let {server} say stale=true with a nonce that has grown old, and keep nonces for longer; find out why {source} takes {age} "
    "to answer a challenge."
)
_REMEDY_NONCE = Sentence(
    "Update or replace the client {source}: it must compute its digest with the nonce of the latest challenge."
)
_REMEDY_ALGORITHM = Sentence(
    "Let the server offer MD5 beside {wanted}, or update the client {source} to one that knows {wanted}."
)
_REMEDY_URI = Sentence(
    "Check user name and password of {source} at {server} first. Then find out who makes {digest_uri} and {uri} differ: the client, or "
    "a SIP ALG or SBC that changes the Request-URI on the way."
)


class _Try(NamedTuple):
    """A request whose credentials were refused."""

    seen: Transaction
    auth: Any
    issued: int
    """When the server offered the nonce; 0 where that was not seen."""


@rule(
    "credentials-refused",
    on=Peer,
    severity=Severity.ERROR,
    summary="the server does not accept the user name and password that a client sends",
    remedy="Compare user name, password and realm in the client with the account at the server; the user name for authentication may differ from the phone number.",
    refs=("RFC 3261 §22.1", "RFC 3261 §22.4", "RFC 8760 §2"),
)
def credentials_refused(peer: Peer) -> Iterator[Evidence]:
    """A first 401 or 407 is how digest authentication works: the server asks, the client repeats the request with
    credentials. When that request gets a challenge for the same realm again, and the challenge does not say
    stale=true, the server did not accept the credentials: password, user name or realm are wrong, the two sides
    use different algorithms, or something on the way changed the Request-URI, which the digest covers.

    A refusal counts where the nonce had just been issued, so that its age cannot be the reason, and
    where no later request of the same call or registration was accepted for that user. Told apart are a client
    that goes on with an old nonce although it was offered new ones, and a server that says in its phrase that
    the nonce was too old and not with stale=true, as it should. All refusals of one source for one realm are one
    finding; it is a warning where the capture ends with a single refusal, or where the same user name was
    accepted at another time.

    It is silent on stale=true, on challenges of another realm (two proxies may each ask once), on requests that a
    proxy passed on, and on a source that a rule on security reports. It looks at the failures that are kept of a source, the latest few hundred.
    """
    if not any(status in {401, 407} for _, status in peer.statuses):
        return
    refusals: dict[str, list[_Try]] = {}
    offered: dict[str, int] = {}
    for seen in failures(peer):
        if seen.status not in {401, 407}:
            continue
        final = final_of(seen).message
        if carries_credentials(seen):
            for auth in _refused(seen):
                refusals.setdefault(auth.realm, []).append(_Try(seen, auth, offered.get(auth.nonce, 0)))
        for challenge in final.challenges:
            offered.setdefault(challenge.nonce, final_of(seen).time)
    if not refusals or attacks(peer):
        return
    for realm, tries in refusals.items():
        fresh = [one for one in tries if one.issued]
        clinging = len(tries) > 1 and len({one.auth.nonce for one in tries}) == 1
        if fresh or clinging:
            yield _evidence(peer, realm, fresh or tries)


def _refused(seen: Transaction) -> Iterator[Any]:
    """The credentials of the request that the answer asks for again."""
    if accepted_later(seen):
        return
    message: Any = request_of(seen).message
    challenges: list[Any] = final_of(seen).message.challenges
    for auth in message.credentials:
        for challenge in challenges:
            if challenge.realm == auth.realm and challenge.proxy == auth.proxy and proper(auth):
                if not any(one.stale for one in challenges) and not _was_good(seen, auth.nonce):
                    yield auth
                break


def _was_good(seen: Transaction, nonce: str) -> bool:
    """Whether credentials with that nonce had been accepted before: then it has only grown old."""
    if seen.owner is None or not nonce:
        return False
    return any(
        200 <= other.status < 300
        and other.request is not None
        and nonce.encode() in other.request.message.raw
        and other.first.number < seen.first.number
        for other in seen.owner.transactions
    )


def _evidence(peer: Peer, realm: str, tries: list[_Try]) -> Evidence:
    seen, auth, issued = tries[-1]
    challenges: list[Any] = final_of(seen).message.challenges
    wanted = [one.params.get("algorithm", "MD5") for one in challenges if one.realm == realm]
    request: Any = request_of(seen).message
    answer: Any = final_of(seen).message
    accepted = _accepted(peer, auth.username)
    values: dict[str, Any] = {
        "server": origin(seen).hop.source,
        "source": seen.hop.source,
        "method": [*dict.fromkeys(one.seen.method for one in tries)],
        "status": [*dict.fromkeys(one.seen.status for one in tries)],
        "realm": realm,
        "users": names([one.auth.username for one in tries]),
        "username": auth.username,
        "count": len(tries),
        "times": times(len(tries)),
        "wanted": wanted,
        "used": auth.params.get("algorithm", "MD5"),
        "digest_uri": auth.params.get("uri", ""),
        "uri": request.uri,
        "phrase": answer.reason[:60],
        "age": Duration(request_of(seen).time - issued if issued else 0),
        "accepted": accepted.frame if accepted is not None else 0,
        "after": Duration(peer.settled_at - final_of(seen).time),
    }
    if not issued:
        notes, remedy = [_SAME_NONCE], _REMEDY_NONCE
    elif all(_names_nonce(one.seen) for one in tries):
        notes, remedy = [_OLD_NONCE, _NOT_STALE], _REMEDY_OLD_NONCE
        values["status"] = seen.status  # whose phrase is quoted
    elif values["used"].upper() not in {name.upper() for name in wanted}:
        notes, remedy = [_REFUSED, _ALGORITHM], _REMEDY_ALGORITHM
    elif _other_uri(values["digest_uri"], values["uri"]):
        notes, remedy = [_REFUSED, _URI], _REMEDY_URI
    else:
        notes, remedy = [_REFUSED, _LIKELY], _REMEDY
    alone = len(tries) == 1 and values["after"] < TIMEOUT
    if alone and peer.ending is not Ending.OPEN:
        notes.append(_ENDED if values["after"] else _ENDED_WITH_IT)
    elif alone and not _goes_on(seen):
        notes.append(_TO_COME)
    if accepted is not None:
        notes.append(_ACCEPTED)
    related = [request_of(tries[0].seen), *([accepted] if accepted is not None else [])]
    related += [part for one in tries[1:] for part in (request_of(one.seen), final_of(one.seen))]
    return Evidence(
        final_of(tries[0].seen),
        tuple(notes),
        related[:20],
        severity=Severity.WARNING if alone or accepted is not None else Severity.ERROR,
        remedy=remedy,
        **values,
    )


def _goes_on(seen: Transaction) -> bool:
    """Whether the client has sent a further request since."""
    owner, refused = seen.owner, final_of(seen).number
    return owner is not None and any(other.first.number > refused for other in owner.transactions)


def _names_nonce(seen: Transaction) -> bool:
    """Whether the phrase of the refusal blames the nonce: `401 nonce has changed`."""
    answer: Any = final_of(seen).message
    phrase = answer.reason.lower()
    return "nonce" in phrase or "stale" in phrase


def _accepted(peer: Peer, username: str) -> Sighting | None:
    """The 2xx to a request of that user, in another attempt of the same source."""
    owners = {id(seen.owner): seen.owner for seen in peer.failures if seen.owner is not None}
    for owner in owners.values():
        for other in owner.transactions:
            if 200 <= other.status < 300 and other.request is not None and other.hop.source.host == peer.host:
                credentials: Any = other.request.message
                if any(auth.username == username for auth in credentials.credentials):
                    return other.final
    return None


def _other_uri(digest_uri: str, uri: str) -> bool:
    """Whether the digest was made for another URI than the Request-URI; parameters may come and go."""
    left, right = (
        text.strip("<>").partition(";")[0].lower().removesuffix(":5060") for text in (digest_uri, uri)
    )
    return bool(left) and left != right
