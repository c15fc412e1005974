"""5xx to a call: a server on the way has failed, is overloaded, or has no line left (RFC 3261 §21.5)."""

from collections.abc import Iterator
from typing import Final

from analyser.annotate import CauseName, Duration, Evidence, Sentence, Severity, rule
from analyser.rules._refusals import Refusal, causes, clues, dialled
from analyser.rules.calls._legs import MOST_RELATED, downstream, speaker
from analyser.rules.calls._reliable import gave_up_on_prack
from analyser.rules.routing._groups import CAME_FROM, CLUES, REMEDY_BEHIND, Group, refused_calls
from analyser.track import Call, Peer, Sighting
from analyser.wire import SECOND

_SAID = Sentence("{who} refused the call of {caller} to {number} with {status} {reason} after {delay}.")
_MEANING: Final = {
    500: Sentence("It has met an internal fault."),
    501: Sentence("It does not know how to do what was asked."),
    502: Sentence("What it got from the server behind it made no sense."),
    503: Sentence("It is overloaded, closed for maintenance, or has nowhere to send the call."),
    504: Sentence("Something behind it, such as a gateway, a database or DNS, did not answer in time."),
    505: Sentence("It does not speak this version of SIP."),
    513: Sentence("The request is too large for it."),
    580: Sentence("The network could not reserve what the call needs."),
}
_OTHER: Final = Sentence("It could not or would not serve the call.")
_LINES = Sentence(
    "The cause that it gives is one of the telephone network, no line is free or it has failed (Q.850 cause {cause}, {name}); an exchange gives it "
    "as well where a phone or trunk that it had sent the call to was silent or refused."
)
_NO_ROUTE = Sentence(
    "The cause that it gives is one of the telephone network, the destination cannot be reached (Q.850 cause {cause}, {name})."
)
_WAIT = Sentence("It asks not to be sent anything for {wait} s (Retry-After).")
_HAMMERED = Sentence(
    "{caller} tried again {after} later, before that was over (attempts in that time: {early})."
)
_MORE = Sentence("{times} calls of {caller} met the same there, within {span}.")

_REMEDY = Sentence(
    "Look at the log of {server} for this Call-ID, and at its load, its trunks and what is behind it at "
    "this time; let the server before it try another route on {status}."
)
_REMEDY_LINES = Sentence(
    "Find out where {server} sent the call: to a phone that is out of reach, or over a trunk. Of a trunk, count the calls at this time and compare with its "
    "channels, and ask its operator for the cause. Let the server before it try another route on {status}."
)
_REMEDY_WAIT = Sentence(
    "Let {caller} honour Retry-After: take {server} out of service for that long and use another server, and then look at the load of "
    "{server}."
)

_CONGESTED: Final = frozenset({34, 38, 41, 42, 43, 44, 46, 47})
_ROUTE: Final = frozenset({1, 2, 3, 25, 27, 28})


@rule(
    "server-refused-service",
    on=Peer,
    severity=Severity.ERROR,
    summary="a server on the way could not serve the call: it has a fault, is overloaded, or has no line left",
    remedy="Look at the log of the server for this Call-ID, and at its load, its trunks and what is behind it at"
    " this time; let the server before it try another route on this code.",
    refs=("RFC 3261 §21.5", "RFC 3261 §21.5.4", "RFC 3261 §16.7", "RFC 3398 §8.2.6.1"),
)
def server_refused_service(peer: Peer) -> Iterator[Evidence]:
    """Looks for a call that was refused with 5xx: the fault lies with a server or gateway on the way, and neither
    with caller nor callee.

    The note says who wrote the refusal, as far along as the capture shows it, what that server had met behind it where it chose another status
    code (a proxy makes 500 of a 503), and what Reason and Warning add.
    Gateways translate causes of the telephone network: no line free (34, 42, 44), network out of order (38, 41) or
    no route (1, 2, 3) all arrive as 5xx.

    With 503 a server may say for how long it wants to be left alone (Retry-After). Who sends it calls before that
    is over makes the overload worse; that is reported with the count.

    All calls of one source that one server refused with one status code are one finding. Silent where another
    branch or attempt of the call was answered, which is what routing around a fault is for; where it ends the wait for a
    PRACK (RFC 3262 §3), of which `unacknowledged-provisional` tells; inside a dialog; where the capture does not hold the INVITE;
    and on a source that a rule on security reports.
    """
    for group in refused_calls(peer, range(500, 600), _is_fault):
        yield _evidence(group)


def _is_fault(found: Refusal) -> bool:
    """Whether the server gave up for a fault of its own, and not because the caller confirmed no reliable provisional response."""
    return not any(gave_up_on_prack(seen) for seen in (found.invite, *downstream(found.invite)))


def _evidence(group: Group) -> Evidence:
    invite, sent, final, _ = group.first
    message = group.answer
    behind = group.behind
    notes = [_SAID, behind.note if behind else _MEANING.get(message.status, _OTHER)]
    if final is not invite.final:
        notes.append(CAME_FROM)
    cause = next((one for one in causes(message) if one in _CONGESTED | _ROUTE), 0)
    if cause:
        notes.append(_LINES if cause in _CONGESTED else _NO_ROUTE)
    said = clues(message)
    if said:
        notes.append(CLUES)
    asked, early = _too_early(group)
    if asked is not None:
        notes.append(_WAIT)
    if early:
        notes.append(_HAMMERED)
    if len(group.calls) > 1:
        notes.append(_MORE)
    return Evidence(
        final,
        tuple(notes),
        [*group.related, *(behind.seen if behind else [])][: MOST_RELATED - len(early[:8])] + early[:8],
        remedy=REMEDY_BEHIND
        if behind and behind.refused
        else _REMEDY_WAIT
        if early
        else _REMEDY_LINES
        if cause in _CONGESTED
        else _REMEDY,
        who=speaker(final),
        server=final.hop.source,
        caller=group.caller,
        number=dialled(sent),
        status=message.status,
        reason=message.reason[:60],
        delay=Duration(final.time - sent.time),
        clues=said,
        cause=cause,
        name=CauseName(cause),
        wait=asked.final.message.retry_after if asked is not None else 0,
        early=len(early),
        after=Duration(early[0].time - asked.final.time if asked is not None and early else 0),
        times=len(group.calls),
        **(behind.values if behind else {}),
        span=Duration(group.calls[-1].final.time - final.time),
    )


def _too_early(group: Group) -> tuple[Refusal | None, list[Sighting]]:
    """The first refusal with Retry-After, and the calls to the same server that were sent before that had passed."""
    asked = next((call for call in group.calls if call.final.message.retry_after), None)
    if asked is None:
        return None, []
    first = asked.invite
    assert first.final is not None
    until = first.final.time + (asked.final.message.retry_after or 0) * SECOND
    attempts = [
        other.request
        for call in group.calls
        if isinstance(call.invite.owner, Call)
        for other in call.invite.owner.transactions
        if other.method == "INVITE"
        and other.request is not None
        and other.hop.source.host == first.hop.source.host
    ]
    return asked, [
        sent
        for sent in attempts
        if first.final.time < sent.time < until
        and not sent.message.to_tag
        and sent.hop.target.host == first.hop.target.host
    ]
