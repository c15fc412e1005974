"""A password in the clear: Basic credentials (RFC 3261 §22.1)."""

import re
from collections.abc import Iterator

from analyser.annotate import Evidence, Sentence, Severity, rule
from analyser.rules._conditions import holds_credentials
from analyser.rules._due import sent
from analyser.track import Transaction

_BASIC = re.compile(rb"\n(?:proxy-)?authorization[ \t]*:[ \t]*basic[ \t]", re.IGNORECASE)
_READABLE = Sentence(
    "{source} sends user name and password to {server} with Basic, which anybody on the way can read ({method} over {transport})."
)
_AT_THE_END = Sentence(
    "{source} sends user name and password to {server} with Basic ({method} over {transport}): only the two ends of this connection can "
    "read them, but {server} learns the password."
)
_REMEDY = Sentence(
    "Change that password, and let {source} use Digest over TLS; {server} must neither ask for Basic nor "
    "take it."
)
_SAFE = frozenset({"TLS", "WSS"})


@rule(
    "basic-credentials",
    on=Transaction,
    when=holds_credentials,
    severity=Severity.WARNING,
    summary="a client sends its password in a form that anybody on the way can read",
    remedy="Change that password, and let the client use Digest over TLS; the server must neither ask for Basic "
    "nor take it.",
    refs=("RFC 3261 §22",),
    methods={"REGISTER", "INVITE", "SUBSCRIBE", "PUBLISH", "MESSAGE", "OPTIONS"},
    due=sent,
)
def basic_credentials(transaction: Transaction) -> Iterator[Evidence]:
    """SIP had Basic authentication, as HTTP has, until RFC 3261 took it out: user name and password are merely encoded. Who sees the packet
    has the password. A server must not accept it and a client must not send it.

    Of requests other than REGISTER it looks at those that follow a challenge. The first request of a call, registration, subscription or publication gives the finding, the rest are not repeated. It is a notice over
    TLS, where only the two ends see it, and silent on the further hops of a proxy.
    """
    request = transaction.request
    assert request is not None
    raw, body_at = request.message.raw, request.message.body_at
    if _BASIC.search(raw, 0, body_at) is None or transaction.forward_of is not None or _told(transaction):
        return
    safe = transaction.hop.transport in _SAFE
    yield Evidence(
        request,
        _AT_THE_END if safe else _READABLE,
        remedy=_REMEDY,
        severity=Severity.NOTICE if safe else None,
        source=transaction.hop.source,
        server=transaction.hop.target,
        method=transaction.method,
        transport=transaction.hop.transport,
    )


def _told(transaction: Transaction) -> bool:
    owner = transaction.owner
    if owner is None:
        return False
    return owner.dropped > 0 or any(
        _BASIC.search(seen.request.message.raw, 0, seen.request.message.body_at)
        for seen in owner.transactions
        if seen.request is not None and seen.first.number < transaction.first.number
    )
