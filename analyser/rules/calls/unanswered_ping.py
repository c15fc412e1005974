"""OPTIONS requests that a peer does not answer, counted by target (RFC 3261 §11)."""

from collections.abc import Iterator

from analyser.annotate import Duration, Evidence, Sentence, Severity, rule
from analyser.rules.calls._legs import some
from analyser.rules.calls._silence import silences
from analyser.track import Peer

_SILENT = Sentence("{source} sent OPTIONS to {target} {count} times within {span} and heard no response.")
_ONCE = Sentence("{source} sent OPTIONS to {target} (copies: {copies}) and heard no response.")

_REMEDY = Sentence(
    "Find out whether {target} is meant to be up. If so, check address, port, transport and firewalls; if not, take it out of the "
    "configuration of {source_host}. Many systems stop sending calls to a peer that does not answer OPTIONS."
)


@rule(
    "unanswered-ping",
    on=Peer,
    severity=Severity.NOTICE,
    summary="a check whether the other side is alive (OPTIONS) got no answer",
    remedy="Find out whether the silent side is meant to be up. If so, check its address, port, transport and the firewalls; if not, take it "
    "out of the configuration of the one that asks. Many systems stop sending calls to a peer that does not answer OPTIONS.",
    refs=("RFC 3261 §11", "RFC 3261 §17.1.2.2"),
    absence=True,
)
def unanswered_ping(peer: Peer, *, copies: int = 4, warning: int = 3) -> Iterator[Evidence]:
    """Looks for OPTIONS requests outside a dialog that got no response, and counts them by target.

    OPTIONS is used as a ping: PBXs and SBCs ask their trunks and phones every half a minute whether they
    are alive, and many take a peer that is silent out of service. Any final response, even a refusal,
    means alive.

    A ping counts where at least `copies` copies of it were sent, which proves that the sender heard
    nothing, or where 32 s passed, it was repeated or went over TCP, and the capture shows other SIP from
    the target. It is a warning from `warning` pings to one target.

    Silent for single requests into the dark, as scanners send them, where the capture ends too soon, on a
    source that a rule on security reports, and where a call, a registration or the like got no answer
    from the same target either: `unanswered-invite` or `unanswered-request` counts the pings then.
    """
    if not peer.statuses["OPTIONS", 0]:
        return
    for silence in silences(peer, copies):
        pings = silence.requests
        if any(seen.method != "OPTIONS" for seen in pings):
            continue
        firsts = [ping.first for ping in pings]
        yield Evidence(
            firsts[0],
            _SILENT if len(pings) > 1 else _ONCE,
            some(firsts[1:] if len(pings) > 1 else pings[0].requests[1:]),
            severity=Severity.WARNING if len(pings) >= warning else Severity.NOTICE,
            remedy=_REMEDY,
            source=pings[0].hop.source,
            source_host=peer.host,
            target=silence.target,
            count=len(pings),
            copies=len(pings[0].requests),
            span=Duration(firsts[-1].time - firsts[0].time),
        )
