"""A challenge that no request with credentials follows (RFC 3261 §22)."""

from collections.abc import Iterator
from typing import Any

from analyser.annotate import Duration, Evidence, Sentence, Severity, rule
from analyser.rules._refusals import origin
from analyser.rules.registration._attempts import (
    TIMEOUT,
    accepted_later,
    attacks,
    called,
    carries_credentials,
    failures,
    final_of,
    gave,
    later,
    names,
    open_challenge,
    request_of,
    times,
)
from analyser.track import Peer, Transaction

_ASKED = Sentence(
    '{server} asked {source} for credentials for realm "{realm}" ({status} to {method}, for {users}, {times}).'
)
_SILENT = Sentence(
    "No such request with credentials followed within 32 s, although {source} was still heard {after} later."
)
_AGAIN = Sentence("{source} sent the request again, but without credentials for this realm.")
_OTHER_REALM = Sentence("It sent credentials for realm {given} instead.")
_MANY = Sentence(
    "So many different users from one source point to a scan rather than to a client without a password."
)
_ALGORITHM = Sentence("The server offers only {wanted}, which the client may not know.")

_REMEDY = Sentence(
    'Enter user name and password for realm "{realm}" in {source}, or let {server} trust its address if '
    "it is a trunk."
)
_REMEDY_PASSED_ON = Sentence(
    'Enter user name and password for realm "{realm}" in {source}; or, if it is a trunk, let {server} trust the address of {proxy}, which passed the '
    "request on."
)
_REMEDY_MANY = Sentence(
    "If {source} is none of yours, block it. Otherwise it is a server without credentials for {server}."
)
_REMEDY_REALM = Sentence(
    'Set realm "{realm}" (or any realm) for the account in {source}; it is bound to {given} now.'
)


@rule(
    "challenge-unanswered",
    on=Peer,
    severity=Severity.ERROR,
    summary="the server asks for a password and the client does not give one",
    remedy="Enter user name and password for the realm of the challenge in the client, or let the server trust "
    "its address if it is a trunk.",
    refs=("RFC 3261 §22.2", "RFC 3261 §22.3"),
    absence=True,
)
def challenge_unanswered(peer: Peer, *, scan: int = 6) -> Iterator[Evidence]:
    """A 401 or 407 asks the client to send its request again with credentials for the realm that it names. It fires where
    no such request followed for 32 s although the same source went on sending, or where the source repeated
    the request without the credentials. Then no password is configured, or only one for another
    realm, or the client does not know the algorithm that the server offers.

    All challenges of one source for one realm are one finding. Where they are for `scan` different users or
    more and none ever came back with credentials, it is likely a scan and only a notice.

    It is silent where the source says nothing more (it may have heard the answer and given up, or be gone), where
    the capture ends within 32 s, where a later request of the same call or registration was accepted, on requests that a
    proxy passed on, and on a source that a rule on security reports. Only requests that belong to a call, a registration, a subscription or a
    publication are judged: others cannot be followed over their repeats.
    """
    if not any(status in {401, 407} for _, status in peer.statuses):
        return
    open_ones: dict[str, list[Transaction]] = {}
    given = {(seen.call_id, seen.method) for seen in failures(peer) if carries_credentials(seen)}
    for seen in failures(peer):
        if (seen.call_id, seen.method) in given and not carries_credentials(seen):
            continue
        if open_challenge(seen) and not accepted_later(seen):
            challenges: list[Any] = final_of(seen).message.challenges
            if challenges and not gave(seen, {challenges[0].realm}):
                open_ones.setdefault(challenges[0].realm, []).append(seen)
    if not open_ones or attacks(peer):
        return
    heard = peer.last.last.time
    for realm, group in open_ones.items():
        ripe = [one for one in group if heard - final_of(one).time >= TIMEOUT]
        again = [one for one in group if any(later(one))]
        if ripe or again:
            yield _evidence(realm, group if again else ripe, heard, scan, again=bool(again))


def _evidence(realm: str, seen: list[Transaction], heard: int, scan: int, *, again: bool) -> Evidence:
    first = seen[0]
    written = origin(first)
    users = [called(one) for one in seen]
    challenges: list[Any] = final_of(first).message.challenges
    wanted = [one.params.get("algorithm", "MD5") for one in challenges if one.realm == realm]
    given = [
        auth.realm
        for one in seen
        if carries_credentials(one)
        for auth in request_of(one).message.credentials
        if auth.realm != realm
    ]
    notes, severity = [_ASKED, _AGAIN if again else _SILENT], Severity.ERROR
    remedy = _REMEDY if written is first.final else _REMEDY_PASSED_ON
    if len(set(users)) >= scan:
        notes.append(_MANY)
        remedy, severity = _REMEDY_MANY, Severity.NOTICE
    elif given:
        notes.append(_OTHER_REALM)
        remedy = _REMEDY_REALM
    elif not any(name.upper() == "MD5" for name in wanted):
        notes.append(_ALGORITHM)
    return Evidence(
        final_of(first),
        tuple(notes),
        [part for one in seen for part in (request_of(one), final_of(one))][:20],
        severity=severity,
        remedy=remedy,
        server=written.hop.source,
        proxy=written.hop.target,
        source=first.hop.source,
        status=[*dict.fromkeys(one.status for one in seen)],
        method=[*dict.fromkeys(one.method for one in seen)],
        realm=realm,
        users=names(users),
        times=times(len(seen)),
        after=Duration(heard - final_of(first).time),
        given=names(given),
        wanted=wanted,
    )
