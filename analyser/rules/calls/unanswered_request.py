"""A request other than INVITE without a final response (RFC 3261 §17.1.2.2, Timers E and F)."""

from collections.abc import Iterator

from analyser.annotate import Evidence, Severity, rule
from analyser.rules.calls._legs import downstream, seconds, some
from analyser.rules.calls._silence import given_up, repeats, timed_out, unanswered
from analyser.track import Transaction

_SILENT = "{source} sent {method} to {target} over {transport} (copies: {copies} in {sent:.1f} s) and got no response"
_NOT_SEEN = "{source} sent {method} to {target} over {transport} (copies: {copies} in {sent:.1f} s, then no more) and no response is in this capture"
_ONLY_PROVISIONAL = "{target} answered {method} from {source} with {status}, but no final response came"
_GIVEN_UP = " within {waited:.1f} s."
_CAPTURE_ENDED = "; the capture ended {waited:.1f} s after the first copy."
_HEARD = " The capture does hold other SIP from {target_host} to {source_host}, so it sees both directions."
_UNHEARD = (
    " The capture holds nothing from {target_host} to {source_host}: it is down or unreachable, or the capture"
    " sees one direction only."
)
_LOST_BACK = " {target_host} did send the request on (frame {frame}), but no response of its own comes back."

_GRAVE = frozenset({"REGISTER", "SUBSCRIBE", "PUBLISH", "MESSAGE", "REFER", "UPDATE"})
_NO_RESULT = {
    "BYE": "The caller's side has hung up all the same; check the call record of {target_host}, where the call may still run, and its address "
    "in the Contact and Route of the dialog.",
    "REGISTER": "Check the registrar's address, port and transport, and the firewalls both ways; until it answers, {source_host} cannot be called.",
}


@rule(
    "unanswered-request",
    on=Transaction,
    methods=(
        "BYE",
        "CANCEL",
        "INFO",
        "MESSAGE",
        "NOTIFY",
        "PRACK",
        "PUBLISH",
        "REFER",
        "REGISTER",
        "SUBSCRIBE",
        "UPDATE",
    ),
    statuses=(0,),
    severity=Severity.WARNING,
    summary="a request got no final response",
    remedy="Check that {target} listens there and is reachable both ways; capture at its side. If the request arrives and is answered, "
    "compare the Via (sent-by, rport) with the address from which it came.",
    refs=("RFC 3261 §17.1.2.2", "RFC 3261 §8.1.3.1", "RFC 4320 §4"),
)
def unanswered_request(request: Transaction, *, copies: int = 4) -> Iterator[Evidence]:
    """Looks for a request other than INVITE, ACK and OPTIONS that got no final response.

    Over UDP the client repeats it after 0.5 s, 1 s, 2 s, then every 4 s, and gives up after 32 s (Timer
    F). It then acts as if 408 had come: a registration is not made or not renewed, a message is not
    delivered. A BYE without response ends the call for the one who sent it, while the other side may
    think that it goes on.

    It is an error for REGISTER, SUBSCRIBE, PUBLISH, MESSAGE, REFER and UPDATE once 32 s have passed, a
    warning for the others. Where the capture ended before, at least `copies` copies must be in it, and it
    is a warning. Copies are the proof that the client heard no response; a client that sends its request
    over UDP but once is not judged. Over TCP and its like, where SIP repeats nothing, the capture must
    show other SIP from the target to the client, for else it may hold one direction only.

    Of a run of unanswered requests of one registration, subscription or publication that once succeeded,
    the first is told; of a chain of hops, the last. Unanswered OPTIONS are counted by `unanswered-ping`,
    and a CANCEL of an INVITE without any response is left to `unanswered-invite`. A CANCEL whose INVITE
    ended all the same is not told.
    """
    if not _given_up(request, copies) or any(_given_up(further, copies) for further in downstream(request)):
        return
    if request.invite is not None and (request.invite.final is not None or not request.invite.responses):
        return  # a CANCEL that is not needed any more, or to someone who does not hear the INVITE either
    if _run_goes_on(request, copies):
        return
    over = timed_out(request)
    first, hop = request.first, request.hop
    proved = request.reliable or repeats(request) + 1 >= copies
    silent = _SILENT if proved else _NOT_SEEN
    note = (_ONLY_PROVISIONAL if request.responses else silent) + (_GIVEN_UP if over else _CAPTURE_ENDED)
    if request.forwards:
        note += _LOST_BACK
    elif not request.responses:
        note += _HEARD if request.peer_heard else _UNHEARD
    grave = over and proved and request.method in _GRAVE
    yield Evidence(
        first,
        note,
        some([*request.requests[1:], *request.responses, *(further.first for further in request.forwards)]),
        severity=Severity.ERROR if grave else Severity.WARNING,
        remedy=_NO_RESULT.get(request.method),
        method=request.method,
        source=hop.source,
        target=hop.target,
        source_host=hop.source.host,
        target_host=hop.target.host,
        transport=hop.transport,
        copies=repeats(request) + 1,
        sent=seconds(request.requests[-1].time - first.time),
        waited=seconds(request.settled_at - first.time),
        status=request.responses[0].message.status if request.responses else 0,  # type: ignore[union-attr]
        frame=request.forwards[0].first.frame if request.forwards else 0,
    )


def _given_up(request: Transaction, copies: int) -> bool:
    """Whether the client has heard no final response, as far as the capture can prove that."""
    if request.request is None:
        return False
    if request.responses:
        return request.final is None and given_up(request)
    return unanswered(request, copies)


def _run_goes_on(request: Transaction, copies: int) -> bool:
    """Whether the request just before, on the same hop and for the same owner, fared no better."""
    before = None
    for other in request.owner.transactions if request.owner is not None else ():
        if other is request:
            break
        if other.method == request.method and other.hop == request.hop:
            before = other
    return before is not None and _given_up(before, copies)
