"""One source that tries one user after the other (RFC 3261 §26.1)."""

from collections.abc import Iterator

from analyser.annotate import Duration, Evidence, Sentence, Severity, rule
from analyser.rules.registration._attempts import called, final_of, names, refused_users, request_of
from analyser.track import Peer

_TRIED = Sentence("{source} tried {users} different users within {span}, all refused ({statuses}): {some}.")
_IN_ALL = Sentence("Requests of {source} in the whole capture: {count}.")
_DIFFERENT = Sentence(
    "{server} answers {statuses} to different users, which tells the source which of them exist."
)
_THROUGH = Sentence("{source} is a proxy that passes on what others send: look at the hop before it.")
_REMEDY = Sentence(
    "Block {source} if it is none of yours, limit the rate of unknown sources at {server}, and let the "
    "server answer alike whether a user exists or not."
)


@rule(
    "extension-enumeration",
    on=Peer,
    severity=Severity.WARNING,
    summary="somebody tries one phone number or user name after the other to learn which exist",
    remedy="Block the source if it is none of yours, limit the rate of unknown sources at the server, and let "
    "the server answer alike whether a user exists or not.",
    refs=("RFC 3261 §26.1", "RFC 3261 §26.3.2.4"),
)
def extension_enumeration(peer: Peer, *, users: int = 20, within: float = 60.0) -> Iterator[Evidence]:
    """Before passwords can be guessed, users must be found. Tools walk through extensions (100, 101, 102 …) with REGISTER, INVITE,
    OPTIONS or SUBSCRIBE and read from the answer which exist: 404 or 403 for one, 401 for another.

    It fires where one source was refused for `users` different users of the To header field within `within` seconds (401, 403, 404, 407, 604, the challenge
    never answered or answered in vain). One finding a source.

    It is silent on a source more of whose requests succeed than fail: a gateway, a dialler or a proxy
    for many phones; on challenges that were answered with credentials that were taken, or that are less than 5 s old when the capture ends: phones that
    register at once after a power cut are all challenged before the first of them answers; and on busy, no answer and the like, which say that the user
    exists and was called in earnest. Requests that a proxy passed on count at the hop before, where the capture has it.
    """
    tried = refused_users(peer, users, within)
    if not tried:
        return
    first, last = tried[0], tried[-1]
    statuses = sorted({seen.status for seen in tried})
    through = len(request_of(first).message.vias) > 1
    notes = [_TRIED, _IN_ALL]
    if len(statuses) > 1:
        notes.append(_DIFFERENT)
    if through:
        notes.append(_THROUGH)
    yield Evidence(
        final_of(first),
        tuple(notes),
        [part for seen in tried[1:10] for part in (request_of(seen), final_of(seen))],
        remedy=_REMEDY,
        source=peer.host,
        server=first.hop.target,
        users=len({called(seen) for seen in tried}),
        some=names([called(seen) for seen in tried]),
        span=Duration(request_of(last).time - request_of(first).time),
        statuses=statuses,
        count=sum(peer.requests.values()),
    )
