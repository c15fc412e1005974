"""One source that tries one server after the other (RFC 3261 §26.1)."""

from collections.abc import Iterator

from analyser.annotate import Duration, Evidence, Sentence, Severity, rule
from analyser.rules.registration._attempts import called, names, request_of, successes, swept
from analyser.track import Peer

_SWEPT = Sentence(
    "{source} tried {hosts} different servers within {span} ({methods}; users: {users}) and got {statuses}."
)
_IN_ALL = Sentence("Requests of {source} in the whole capture: {count}.")
_NOTHING = Sentence("None of its requests was answered with 2xx.")
_SUCCESS = Sentence("Some of its requests were answered with 2xx ({accepted}): look at those first.")
_NO_ANSWER = Sentence("no answer")
_REMEDY = Sentence(
    "Block {source} at the firewall if it is none of yours, and let SIP in from known networks only."
)


@rule(
    "server-sweep",
    on=Peer,
    severity=Severity.WARNING,
    summary="somebody tries one server after the other, looking for one that lets them in",
    remedy="Block the source at the firewall if it is none of yours, and let SIP in from known networks only.",
    refs=("RFC 3261 §26.1",),
)
def server_sweep(peer: Peer, *, hosts: int = 10, within: float = 600.0) -> Iterator[Evidence]:
    """A client has one server, or a few. It fires where one source sent requests to `hosts` or more hosts within `within` seconds, and they
    were refused or not answered: REGISTER, INVITE that was refused for want of an account, or OPTIONS for the same user everywhere. That is somebody who
    walks through addresses.

    It is an error where a call or a registration of the source was accepted as well: somebody may pay for that.

    It is silent on a source more of whose requests succeed than fail, and on a server that asks its own phones with OPTIONS whether
    they are there, each by its own name. One finding a source; the failures are the latest few hundred that are kept of it.
    """
    tried = swept(peer, hosts, within)
    if not tried:
        return
    first, last = tried[0], tried[-1]
    accepted = successes(peer)
    let_in = any(200 <= status < 300 and method in {"INVITE", "REGISTER"} for method, status in peer.statuses)
    statuses = sorted({seen.status for seen in tried}, key=lambda status: status or 999)
    yield Evidence(
        request_of(first),
        (_SWEPT, _IN_ALL, _SUCCESS if accepted else _NOTHING),
        [request_of(seen) for seen in tried[1:20]],
        remedy=_REMEDY,
        severity=Severity.ERROR if let_in else None,
        source=peer.host,
        hosts=len({seen.hop.target.host for seen in tried}),
        span=Duration(request_of(last).time - request_of(first).time),
        methods=sorted({seen.method for seen in tried}),
        users=names([called(seen) for seen in tried]),
        accepted=[f"{method}: {number}" for method, number in accepted.most_common(4)],
        statuses=[status or _NO_ANSWER for status in statuses],
        count=sum(peer.requests.values()),
    )
