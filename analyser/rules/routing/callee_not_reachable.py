"""480 at once: nobody is registered, or nobody wants to be disturbed (RFC 3261 §21.4.18)."""

from collections.abc import Iterator

from analyser.annotate import Duration, Evidence, Sentence, Severity, rule
from analyser.rules._refusals import Refusal, causes, clues, dialled
from analyser.rules.calls._legs import speaker, status
from analyser.rules.routing._groups import CLUES, REMEDY_BEHIND, Group, refused_calls
from analyser.track import Peer
from analyser.wire import SECOND

_SAID = Sentence(
    "{who} answered the call of {caller} to {number} with {status} {reason} after {delay}, without any ringing."
)
_SERVER = Sentence("Most likely no phone is registered for {number}, or the callee has set do-not-disturb.")
_ABSENT = Sentence("The network says that the callee's phone is switched off or out of reach.")
_REJECTED = Sentence(
    "The callee's phone or the network behind it turned the call down at once, as with do-not-disturb or a barred caller."
)
_MORE = Sentence("{count} calls of {caller} met the same.")
_REMEDY = Sentence(
    "Ask {server} whether {number} is registered at this time, and from where; if it is not, look at the "
    "phone (power, network, password). If it is, look for do-not-disturb or a schedule at the phone and "
    "at the server."
)


@rule(
    "callee-not-reachable",
    on=Peer,
    severity=Severity.NOTICE,
    summary="the called phone could not be reached at all: it did not even ring",
    remedy="Ask the server whether the callee is registered at this time, and from where; if it is not, look at "
    "the phone (power, network, password). If it is, look for do-not-disturb or a schedule at the phone "
    "and at the server.",
    refs=("RFC 3261 §21.4.18",),
)
def callee_not_reachable(peer: Peer, *, within: float = 1.0) -> Iterator[Evidence]:
    """Looks for 480 Temporarily Unavailable (or 430 Flow Failed) within `within` seconds of the INVITE and without
    any ringing before.

    So quick an answer comes from a server that has no registration for the callee, or from a phone with
    do-not-disturb. Neither is a fault of the call, so this is a notice; it is what to look at when somebody says
    "my phone does not ring". The Reason field, where there is one, tells more: cause 20 is a mobile phone that is
    off.

    Silent where it rang (180), was forwarded (181) or queued (182), for then nobody answered; where the callee or a route behind it
    took longer; where another branch or a later attempt of the call rings or is answered; inside a dialog; and
    where the capture does not hold the INVITE; and on a source that a rule on security reports. All such calls of
    one source to one number are one finding.
    """
    for group in refused_calls(
        peer, (430, 480), lambda found: _is_prompt(found, within), lambda found: dialled(found.sent)
    ):
        yield _evidence(group)


def _is_prompt(found: Refusal, within: float) -> bool:
    """Whether the refusal came at once, 100 Trying and an announcement aside."""
    final = found.invite.final
    return (
        final is not None
        and final.time - found.sent.time < within * SECOND
        and all(status(seen) in (100, 183) for seen in found.invite.provisionals)
    )


def _evidence(group: Group) -> Evidence:
    _, sent, written, _ = group.first
    message = group.answer
    said = clues(message)
    found = causes(message)
    behind = group.behind
    notes = [
        _SAID,
        behind.note if behind else _ABSENT if 20 in found else _REJECTED if 21 in found else _SERVER,
    ]
    if said:
        notes.append(CLUES)
    if len(group.calls) > 1:
        notes.append(_MORE)
    return Evidence(
        written,
        tuple(notes),
        [*group.related, *(behind.seen if behind else [])],
        remedy=REMEDY_BEHIND if behind and behind.refused else _REMEDY,
        who=speaker(written),
        server=written.hop.source,
        caller=group.caller,
        number=dialled(sent),
        status=message.status,
        reason=message.reason[:60],
        delay=Duration(written.time - sent.time),
        clues=said,
        count=len(group.calls),
        **(behind.values if behind else {}),
    )
