"""A registration, message or subscription that nobody answers (RFC 3261 §17.1.2.2, Timers E and F)."""

from collections.abc import Iterator
from typing import Final

from analyser.annotate import Evidence, Sentence, Severity, rule
from analyser.rules.calls._legs import some, upstream
from analyser.rules.calls._silence import Silence, silences
from analyser.rules.calls._unanswered import CONNECTED, MORE, Opening, account
from analyser.track import Peer, Transaction

_OPENING: Final = Opening(
    repeated=Sentence("{source} sent {method} to {target} over {transport} {copies} times in {sent}."),
    once=Sentence("{source} sent {method} to {target} over {transport}."),
    stopped=Sentence(
        "{source} sent {method} to {target} over {transport} {copies} times in {sent}, then no more."
    ),
)

_GRAVE: Final = frozenset({"REGISTER", "SUBSCRIBE", "PUBLISH", "MESSAGE", "REFER"})
_REGISTER = Sentence(
    "Check the registrar's address, port and transport, and the firewalls both ways; without a registration, calls do not reach {client}."
)
_REMEDY = Sentence(
    "Check that {target} listens there and is reachable both ways; capture at its side. If the request arrives and is answered, "
    "compare the Via (sent-by, rport) with the address from which it came."
)


@rule(
    "unanswered-request",
    on=Peer,
    severity=Severity.WARNING,
    summary="a request, such as a registration or a message, got no response",
    remedy="Check that the target listens there and is reachable both ways; capture at its side. If the request arrives and is answered, "
    "compare the Via (sent-by, rport) with the address from which it came.",
    refs=("RFC 3261 §17.1.2.2", "RFC 3261 §8.1.3.1", "RFC 4320 §4"),
    absence=True,
)
def unanswered_request(peer: Peer, *, copies: int = 4) -> Iterator[Evidence]:
    """Looks for REGISTER, SUBSCRIBE, PUBLISH, MESSAGE and other requests outside a dialog that got no final
    response.

    Over UDP the client repeats its request after 0.5 s, 1 s, 2 s, then every 4 s, and gives up after 32 s
    (Timer F). It then acts as if 408 had come: a registration is not made or not renewed, a message is not
    delivered.

    It is an error for REGISTER, SUBSCRIBE, PUBLISH, MESSAGE and REFER once 32 s have passed, a warning for
    others. Where the capture ended before, at least `copies` copies must be in it, and it is a warning.
    Copies are the proof that the client heard no response; a client that sends its request over UDP but
    once is not judged. Over TCP and its like, where SIP repeats nothing, the capture must show other SIP
    from the target to the client, for else it may hold one direction only.

    All that one source sent to one address in vain is one finding, which shows the first such request and
    counts the rest; of a chain of hops, the last tells it. Silent where a call got no answer from the same
    address either (`unanswered-invite` counts it then), where nothing but OPTIONS was sent
    (`unanswered-ping`), inside a dialog (`unanswered-in-dialog`), and on a source that a rule on security
    reports.
    """
    if not any(not code and method not in ("INVITE", "OPTIONS") for method, code in peer.statuses):
        return
    for silence in silences(peer, copies):
        telling = next((seen for seen in silence.requests if seen.method != "OPTIONS"), None)
        if telling is not None and not silence.calls:
            yield _evidence(silence, telling, copies)


def _evidence(silence: Silence, request: Transaction, copies: int) -> Evidence:
    note, values, lost = account(request, copies, _OPENING)
    others = [seen.first for seen in silence.requests if seen is not request]
    if others:
        note.append(MORE)
    passed_on = [further.first for further in request.forwards]
    return Evidence(
        request.first,
        tuple(note),
        some([*request.requests[1:], *request.responses, *passed_on, *others]),
        severity=Severity.ERROR if lost and request.method in _GRAVE else Severity.WARNING,
        remedy=CONNECTED if request.reliable else _REGISTER if request.method == "REGISTER" else _REMEDY,
        **values,
        client=[request, *upstream(request)][-1].hop.source.host,
        asked=silence.asked,
    )
