"""A request that had to be sent several times before an answer came (RFC 3261 §17.1, Timers A and E)."""

from collections.abc import Iterator

from analyser.annotate import Duration, Evidence, Sentence, Severity, rule
from analyser.rules._conditions import has_repeats
from analyser.rules.calls._legs import downstream, progress, some, status, status_line, upstream
from analyser.track import Sighting, Transaction
from analyser.track.bounds import RETRANSMISSION_GAP
from analyser.wire import MILLISECOND, SECOND

_STUCK = 10 * SECOND
"""From when on `stuck-on-trying` speaks."""

_SENT = Sentence(
    "{source} sent {method} to {target} several times over {span} (copies: {copies}) before {response} came, "
    "{waited} after the first copy and {delay} after the last."
)
_LOST = Sentence(
    "Fewer answers came than copies (answers: {answers}), the first soon after the last copy, so the earlier copies or their answers were probably lost."
)
_SLOW = Sentence(
    "It did not follow soon after a copy, as it would if only the earlier ones had been lost: {target} is probably slow."
)
_ALL_ANSWERED = Sentence(
    "Each copy was answered in the end, so nothing was lost: {target} or the way there and back is slow."
)
_AFTERWARDS = Sentence(
    "{source} sent {method} to {target} again (copies: {copies}, over {span}) after {response} to it had passed here in frame {frame}: that response does not "
    "reach {source}, or {source} does not take it for the answer."
)
_REMEDY_AFTERWARDS = Sentence(
    "Compare where the response of frame {frame} was sent with the address and port that the request came from, and with its top Via (sent-by, received, "
    "rport); then look at the NAT and the firewalls between. If it does arrive at {source}, compare its branch, Call-ID and CSeq with those of the request."
)
_REMEDY = Sentence(
    "If packets are lost, look at the path to {target}: errors on interfaces, full queues, a firewall "
    "that drops fragments. If it answers slowly, look at its load and at what it waits for (DNS, "
    "database); an INVITE should get 100 Trying within 200 ms."
)


@rule(
    "repeated-request",
    on=Transaction,
    when=has_repeats,
    severity=Severity.NOTICE,
    summary="a request was sent several times: its answer came late, or does not reach the client",
    remedy="If packets are lost, look at the path to the side that answers late: errors on interfaces, full "
    "queues, a firewall that drops fragments. If it answers slowly, look at its load and at what it waits"
    " for (DNS, database); an INVITE should get 100 Trying within 200 ms.",
    refs=("RFC 3261 §17.1.1.2", "RFC 3261 §17.1.2.2", "RFC 3261 §17.2.1"),
)
def repeated_request(
    request: Transaction, *, copies: int = 3, warning: int = 5, soon_ms: float = 250.0
) -> Iterator[Evidence]:
    """Looks for requests that were sent at least `copies` times before the first response came, or so often after it.

    Over UDP a client repeats its request after 0.5 s, then each time after twice as long (after 4 s at most
    where it is no INVITE). One repeat is nothing; more mean that packets are lost or that the other side takes
    its time. Each repeat adds to the load, which makes a slow server slower. It is a warning from `warning`
    copies.

    As many responses as copies mean that nothing was lost and that the other side, or the way, is slow.
    Fewer of them, the first within `soon_ms` milliseconds of the last copy, suggest loss: that copy got
    through where others did not. Where a request other than INVITE passed a proxy, the hop furthest along
    that was repeated is named, since the hops before only wait for it.

    A client stops repeating its request once it has a final response, and an INVITE at the first response of any kind. One that goes on does not
    get what passes here: mostly the response goes to another address or port than the request came from. That is a warning,
    told on the hop nearest to the client.

    Silent where no response came at all (`unanswered-request`, `unanswered-invite`), over TCP and its
    like, for copies closer than a retransmission can be (they may be the capture's own), and where the
    request was repeated once or twice after its answer, as when a response was lost. Silent as well for an INVITE
    that is repeated after its final response (`unacknowledged-answer`, `unacknowledged-refusal`), where the answer is malformed
    (`malformed-message`), for an INVITE
    that got no further than 100 Trying (`stuck-on-trying`), and for a CANCEL of an INVITE that ended all the
    same.
    """
    if len(request.requests) < copies or not request.responses or request.reliable or _is_told(request):
        return
    late = _sent_after(request)
    if (
        len(late) >= copies
        and not request.defective
        and not any(len(_sent_after(before)) >= copies for before in upstream(request))
    ):
        yield _in_vain(request, late)
        return
    sent = _sent(request)
    if len(sent) < copies or any(len(_sent(further)) >= copies for further in downstream(request)):
        return
    first, last, response = sent[0], sent[-1], request.responses[0]
    delay = response.time - last.time
    answers = sum(seen.message.raw == response.message.raw for seen in request.responses)
    reason = _ALL_ANSWERED if answers >= len(sent) else _LOST if delay <= soon_ms * MILLISECOND else _SLOW
    yield Evidence(
        first,
        (_SENT, reason),
        some([*sent[1:], response]),
        remedy=_REMEDY,
        severity=Severity.WARNING if len(sent) >= warning else Severity.NOTICE,
        source=request.hop.source,
        target=request.hop.target,
        method=request.method,
        copies=len(sent),
        span=Duration(last.time - first.time),
        waited=Duration(response.time - first.time),
        response=status_line(response),
        delay=Duration(delay),
        answers=answers,
    )


def _in_vain(request: Transaction, late: list[Sighting]) -> Evidence:
    """The client goes on although a response was seen."""
    response = _stopper(request)
    assert response is not None
    return Evidence(
        response,
        _AFTERWARDS,
        some([request.first, *late]),
        remedy=_REMEDY_AFTERWARDS,
        severity=Severity.WARNING,
        source=request.hop.source,
        target=request.hop.target,
        method=request.method,
        copies=len(late),
        span=Duration(late[-1].time - response.time),
        response=status_line(response),
        frame=response.frame,
    )


def _stopper(request: Transaction) -> Sighting | None:
    """The response at which a client stops repeating its request (RFC 3261 §17.1.1.2, §17.1.2.2)."""
    return request.responses[0] if request.method == "INVITE" and request.responses else request.final


def _sent_after(request: Transaction) -> list[Sighting]:
    """The copies sent after that response; of an INVITE those before the final one."""
    response = _stopper(request)
    if response is None or request.request is None:
        return []
    final = request.final if request.method == "INVITE" else None
    last, kept = response.time, list[Sighting]()
    for seen in request.requests[1:]:
        if final is not None and seen.number > final.number:
            break
        if seen.number > response.number and seen.time - last >= RETRANSMISSION_GAP:
            kept.append(seen)
            last = seen.time
    return kept


def _is_told(request: Transaction) -> bool:
    """Whether it is part of what another rule tells, or nothing that matters any more."""
    if request.method == "CANCEL":
        return request.invite is None or request.invite.final is not None
    if request.method != "INVITE" or status(request.responses[0]) != 100:
        return False
    more = progress(request)
    if more is not None and status(more) < 300:
        return False
    return (request.settled_at if more is None else more.time) - request.first.time >= _STUCK


def _sent(request: Transaction) -> list[Sighting]:
    """The copies sent before the first response."""
    if request.request is None or not request.responses:
        return []
    until = request.responses[0].number
    kept = [request.request]
    for seen in request.requests[1:]:
        if seen.number < until and seen.time - kept[-1].time >= RETRANSMISSION_GAP:
            kept.append(seen)
    return kept
