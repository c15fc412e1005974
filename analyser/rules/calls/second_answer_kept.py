"""Two answers to one INVITE, both kept (RFC 3261 §13.2.2.4)."""

from collections.abc import Iterator

from analyser.annotate import Duration, Evidence, Sentence, Severity, rule
from analyser.rules._conditions import answered_again
from analyser.rules._due import hung_up
from analyser.rules.calls._legs import some, speaker
from analyser.track import Call, Sighting, Transaction
from analyser.wire import SECOND

_TWO = Sentence(
    "The INVITE of {caller} was answered twice: by {first} after {after}, and {gap} later by {second}, with another To tag."
)
_TWO_ALIKE = Sentence(
    "The INVITE of {caller} was answered twice from {first}: after {after} with the To tag {first_tag}, and {gap} later with the To tag "
    "{second_tag}, which makes two calls of it."
)
_NO_ACK = Sentence(
    "No ACK for the second answer is in this capture, and no BYE ended either call within {within:g} s: most likely one callee talks to nobody."
)
_NO_FIRST_ACK = Sentence(
    "No ACK for the first answer is in this capture, and no BYE ended either call within {within:g} s: most likely one callee talks to nobody."
)
_NO_BYE = Sentence(
    "Both were acknowledged, and no BYE ended either within {within:g} s: one callee is connected to nobody, or both to the caller."
)
_REMEDY = Sentence(
    "Check at {caller} that it sends ACK for every answer and then BYE for those that it does not keep. "
    "At the proxy, see that it cancels the other branches at the first answer."
)


@rule(
    "second-answer-kept",
    on=Transaction,
    methods=("INVITE",),
    statuses=range(200, 300),
    when=answered_again,
    severity=Severity.ERROR,
    summary="two phones answered the same call, and the caller's side did not hang up on one of them",
    remedy="Check at the caller that it sends ACK for every answer and then BYE for those that it does not keep."
    " At the proxy, see that it cancels the other branches at the first answer.",
    refs=("RFC 3261 §13.2.2.4", "RFC 3261 §16.7"),
    due=hung_up,
    absence=True,
)
def second_answer_kept(invite: Transaction, *, bye_within: float = 5.0) -> Iterator[Evidence]:
    """Looks for an INVITE that was answered by two devices, where neither call was ended.

    A proxy that rings several phones cancels the others when one is answered. If two people pick up at
    once, both answers reach the caller, who must acknowledge both and hang up on one by BYE. If it
    ignores the second, that person talks into silence and the phone stays busy for 32 s or longer.

    Two 2xx with different To tags must be on one hop, neither ended by a BYE within `bye_within` seconds
    of the second answer, and the capture must go on for that long. Told on the first hop. Silent for
    repeats of one answer, and where the caller ended one of the calls, as it should.
    """
    if invite.forward_of is not None or invite.request is None:
        return
    answers = invite.answers
    first = answers[0]
    second = next((seen for seen in answers if seen.message.to_tag != first.message.to_tag), None)
    owner = invite.owner
    if second is None or not isinstance(owner, Call) or not (first.message.to_tag and second.message.to_tag):
        return
    deadline = second.time + int(bye_within * SECOND)
    if invite.settled_at < deadline or any(_ended(owner, seen, deadline) for seen in (first, second)):
        return
    acked = {ack.message.to_tag for ack in invite.acks}
    if second.message.to_tag not in acked:
        kept = _NO_ACK
    else:
        kept = _NO_BYE if first.message.to_tag in acked else _NO_FIRST_ACK
    devices = _device(first), _device(second)
    yield Evidence(
        second,
        (_TWO_ALIKE if devices[0] == devices[1] else _TWO, kept),
        some([invite.request, first]),
        remedy=_REMEDY,
        severity=Severity.WARNING if kept is _NO_BYE else None,
        caller=invite.hop.source,
        first=devices[0],
        second=devices[1],
        first_tag=first.message.to_tag[:40],
        second_tag=second.message.to_tag[:40],
        after=Duration(first.time - invite.request.time),
        gap=Duration(second.time - first.time),
        within=bye_within,
    )


def _ended(call: Call, answer: Sighting, deadline: int) -> bool:
    """Whether a BYE for the dialog of this answer was sent by then."""
    dialog = call.dialogs.get(answer.message.to_tag)
    return dialog is not None and dialog.bye is not None and dialog.bye.first.time <= deadline


def _device(answer: Sighting) -> str:
    """Who answered: the Contact, which tells apart what lies behind one proxy."""
    contacts = answer.message.contacts
    return contacts[0].uri.text if contacts else speaker(answer)
