"""A source that signs as a known scanner."""

from collections.abc import Iterator

from analyser.annotate import Duration, Evidence, Sentence, Severity, rule
from analyser.rules.registration._attempts import called, names, signature, successes
from analyser.track import Peer

_SCAN = Sentence(
    '{source} bears the mark of a scanner ("{sign}"): {count} requests in {span} ({methods}; users: {users}), first to {target}.'
)
_ONCE = Sentence(
    '{source} bears the mark of a scanner ("{sign}"): one {method} request to {target} (user {users}).'
)
_NOTHING = Sentence("None of its requests was answered with 2xx.")
_SUCCESS = Sentence("Some of its requests were answered with 2xx ({accepted}): look at those first.")
_REMEDY = Sentence(
    "Block {source} at the firewall, let SIP in from known networks only, and check that no request of it"
    " was accepted."
)


@rule(
    "scanner-signature",
    on=Peer,
    severity=Severity.WARNING,
    summary="a known scanning tool is looking for phone systems to break into",
    remedy="Block the source at the firewall, let SIP in from known networks only, and check that no request of "
    "it was accepted.",
    refs=("RFC 3261 §26.1",),
)
def scanner_signature(peer: Peer) -> Iterator[Evidence]:
    """Scanners look through the internet for SIP servers, extensions and weak passwords. Many do not hide: they leave
    the name of the tool in User-Agent (friendly-scanner, sipcli, VaxSIPUserAgent …) or the tool's default addresses
    in From and Contact.

    It looks at the first, the last and the latest failed requests of a source, answered or not, and gives one
    finding a source. A scanner that borrows the name of a phone is not seen here; extension-enumeration,
    password-guessing and server-sweep look at what a source does.

    It is silent on sipp and sipsak, which are tools for tests and monitoring, and on requests that a proxy passed on where the capture has the hop before.
    """
    found = signature(peer)
    if found is None:
        return
    signed, sign = found
    accepted = successes(peer)
    tried = [seen for seen in peer.failures if seen.request is not None and seen is not signed]
    count = sum(peer.requests.values())
    yield Evidence(
        signed.first,
        (_SCAN if count > 1 else _ONCE, _SUCCESS if accepted else _NOTHING),
        [seen.first for seen in tried[:19]],
        remedy=_REMEDY,
        source=peer.host,
        sign=sign,
        count=count,
        span=Duration(peer.last.last.time - peer.first.first.time),
        method=signed.method,
        methods=[f"{method}: {count}" for method, count in peer.requests.most_common(4)],
        users=names([called(seen) for seen in [signed, *tried]]),
        target=signed.hop.target,
        accepted=[f"{method}: {number}" for method, number in accepted.most_common(4)],
    )
