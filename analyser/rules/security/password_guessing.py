"""One source that tries one password after the other (RFC 3261 §22, §26.1)."""

from collections.abc import Iterator

from analyser.annotate import Duration, Evidence, Sentence, Severity, rule
from analyser.rules.registration._attempts import final_of, guesses, names, request_of, user_of
from analyser.track import Peer

_GUESSED = Sentence(
    "{source} sent {count} requests with different credentials to {server} within {span}, all refused ({statuses}; users: {users})."
)
_IN_ALL = Sentence("Requests of {source} in the whole capture: {total}.")
_ACCEPTED = Sentence(
    "REGISTER requests of the same source were accepted in this capture ({accepted}): check whether it has found a password."
)
_REMEDY = Sentence(
    "Block {source}, let {server} ban a source after a few failures, and change weak passwords of "
    "{users}. If {source} is your own server, its accounts are wrong."
)


@rule(
    "password-guessing",
    on=Peer,
    severity=Severity.WARNING,
    summary="somebody tries one password after the other",
    remedy="Block the source, let the server ban a source after a few failures, and change weak passwords of the"
    " users that it tried. If the source is your own server, its accounts are wrong.",
    refs=("RFC 3261 §22.1", "RFC 3261 §26.1"),
)
def password_guessing(peer: Peer, *, attempts: int = 10, within: float = 60.0) -> Iterator[Evidence]:
    """It fires where one source sent `attempts` or more requests with different credentials within `within` seconds, and all were refused
    (401, 403, 404, 407). For one user that is guessing of its password; for many it is the same few passwords tried on each. It
    is an error where the source had a REGISTER accepted as well: it may have found one.

    A phone with a wrong password tries again too. It does so with one Call-ID, or repeats the same digest, and is no guesser:
    credentials-refused reports it. So is a source more of whose requests succeed than fail, such as a proxy for many phones. stale=true
    is no refusal, and neither is a challenge less than 5 s before the capture ends, if nothing of that user followed. One finding a source, from the latest few hundred failures that are kept of it.
    """
    tried = guesses(peer, attempts, within)
    if not tried:
        return
    first, last = tried[0], tried[-1]
    accepted = peer.statuses["REGISTER", 200]
    yield Evidence(
        final_of(first),
        (_GUESSED, _IN_ALL, *([_ACCEPTED] if accepted else [])),
        [part for seen in tried[1:10] for part in (request_of(seen), final_of(seen))],
        remedy=_REMEDY,
        severity=Severity.ERROR if accepted else None,
        source=peer.host,
        server=first.hop.target,
        count=len(tried),
        span=Duration(request_of(last).time - request_of(first).time),
        statuses=sorted({seen.status for seen in tried}),
        users=names([user_of(seen) for seen in tried]),
        total=sum(peer.requests.values()),
        accepted=accepted,
    )
