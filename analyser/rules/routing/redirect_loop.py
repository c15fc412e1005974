"""Redirected in a circle (RFC 3261 §8.1.3.4, §16.5)."""

from collections.abc import Iterator

from analyser.annotate import Evidence, Sentence, Severity, rule
from analyser.rules.calls._legs import MOST_RELATED
from analyser.sip import Request
from analyser.track import Call, Transaction

_CIRCLE = Sentence(
    "{caller} was redirected {count} times and sent back to {again}, which it had called before. Its way: {path}."
)
_MANY = Sentence("{caller} was redirected {count} times in one call. Its way: {path}.")
_REMEDY = Sentence(
    "Look among the forwardings of the numbers on the way for two that point to each other. Remove one, and "
    "let {caller} stop at an address that it has tried."
)
_NAMED = 8


@rule(
    "redirect-loop",
    on=Transaction,
    methods=("INVITE",),
    statuses=range(300, 400),
    severity=Severity.ERROR,
    summary="the call is forwarded from one number to the next in a circle",
    remedy="Look among the forwardings of the numbers on the way for two that point to each other. Remove one, and "
    "let the caller stop at an address that it has tried.",
    refs=("RFC 3261 §8.1.3.4", "RFC 3261 §16.5", "RFC 3261 §21.3.3"),
)
def redirect_loop(invite: Transaction, *, redirects: int = 5) -> Iterator[Evidence]:
    """Looks for a call that the same sender was redirected with (3xx) from an address that it had been redirected
    from before, or more than `redirects` times.

    Forwarding from A to B and from B to A is set up easily by two users who go on holiday. Each address must be
    tried once only; a caller or proxy that follows blindly never ends.

    It compares the Request-URIs that drew a redirection from the same server. Silent on a chain that ends: A to B,
    B to C.
    """
    owner = invite.owner
    if not isinstance(owner, Call) or invite.request is None or invite.final is None:
        return
    way = [
        seen
        for seen in owner.transactions
        if 300 <= seen.status < 400
        and seen.method == "INVITE"
        and seen.request is not None
        and seen.hop.source.host == invite.hop.source.host
    ]
    targets = [_target(seen) for seen in way]
    again = next((index for index, target in enumerate(targets) if target in targets[:index]), 0)
    at = way[again] if again else way[redirects] if len(way) > redirects else None
    if at is not invite:
        return
    shown = [target.partition(" ")[0].partition(";")[0][:60] for target in targets[:_NAMED]]
    yield Evidence(
        invite.final,
        _CIRCLE if again else _MANY,
        [seen.first for seen in way[:MOST_RELATED]],
        remedy=_REMEDY,
        caller=invite.hop.source.host,
        count=len(way),
        again=shown[again] if again < len(shown) else targets[again].partition(" ")[0][:60],
        path=" → ".join(shown) + (" → …" if len(targets) > _NAMED else ""),
    )


def _target(redirected: Transaction) -> str:
    """What was called, and whom it was sent to."""
    request = redirected.request
    assert request is not None
    message = request.message
    assert isinstance(message, Request)
    return f"{message.uri} {redirected.hop.target}"
