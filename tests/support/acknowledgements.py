"""ACK and CANCEL of a ladder: requests that depend on the INVITE before them (RFC 3261 §9.1, §13.2.2.4, §17.1.1.3)."""

from tests.support.compose import Scene, answer_to
from tests.support.hops import asks_for_credentials, branch, earlier_dialog, is_again, step_through, via
from tests.support.ladder import LadderError, Step
from tests.support.messages import Message
from tests.support.offers import DEFAULT
from tests.support.usages import Exchange, Usage


def acknowledge(scene: Scene, step: Step, usage: Usage) -> Message:
    """The message of an ACK arrow."""
    source, target = step.source, step.target
    hop = next((seen for seen in usage.on_hop(source, target, "INVITE") if seen.final), None)
    if hop is not None and hop.final >= 300 and not step.tag:
        return _ack_of_refusal(scene, step, usage, hop)
    came = next((ack for ack in reversed(usage.acks) if ack[1] is source and ack[0] is not target), None)
    sent = next((ack for ack in reversed(usage.acks) if ack[0] is source and ack[1] is target), None)
    if came is not None:
        if sent and sent[2] == came[2] and not step.edits and "new" not in step.options:
            return sent[3]
        message = came[3].copy()
        step_through(step, message, came[0], branch(scene, step, usage))
        if asks_for_credentials(usage, source):
            message.remove("Proxy-Authorization")
        scene.edit(step, message, usage, "", source)
        usage.acks.append((source, target, came[2], message))
        return message
    invite = _answered(usage, step)
    unchanged = not step.edits and "new" not in step.options and not step.tag
    if sent and invite and sent[2] == invite.cseq and unchanged:
        return sent[3]
    message = _ack_of_answer(scene, step, usage, invite)
    usage.acks.append((source, target, invite.cseq if invite else 0, message))
    return message


def _answer_due(usage: Usage, invite: Exchange) -> bool:
    """Whether the 2xx brought the offer of an INVITE without one, so that the ACK brings the answer."""
    answered_early = any(seen.method == "PRACK" and seen.request.body for seen in usage.exchanges)
    return not answered_early and any(reply.message.body for reply in invite.replies)


def _answered(usage: Usage, step: Step) -> Exchange | None:
    """The newest INVITE of this sender that got a 2xx."""
    for exchange in reversed(usage.exchanges):
        if exchange.method == "INVITE" and exchange.source is step.source and 200 <= exchange.final < 300:
            return exchange
    return None


def _ack_of_refusal(scene: Scene, step: Step, usage: Usage, invite: Exchange) -> Message:
    """Part of the INVITE transaction: its branch, its Request-URI (RFC 3261 §17.1.1.3)."""
    final = next(reply.message for reply in invite.replies if reply.status >= 300)
    message = _like(invite, "ACK", final.first("To"))
    scene.edit(step, message, usage, "", step.source)
    return message


def _ack_of_answer(scene: Scene, step: Step, usage: Usage, invite: Exchange | None) -> Message:
    """A transaction of its own, along the dialog's route (RFC 3261 §13.2.2.4)."""
    view = usage.view(step.source, step.tag, confirmed=True) or earlier_dialog(scene, step, usage)
    message = Message(f"ACK {step.uri or view.target} SIP/2.0")
    message.add("Via", via(step, branch(scene, step, usage)))
    message.add("Max-Forwards", "70")
    for route in view.route:
        message.add("Route", route)
    message.add("From", view.local)
    message.add("To", view.remote)
    message.add("Call-ID", usage.call_id)
    message.add("CSeq", f"{invite.cseq if invite else usage.cseqs.get(step.source.name, 1)} ACK")
    for name in ("Authorization", "Proxy-Authorization"):
        message.add(name, invite.request.first(name) if invite else "")
    offered_late = invite is not None and not invite.request.body and _answer_due(usage, invite)
    scene.edit(step, message, usage, answer_to(DEFAULT) if offered_late else "", step.source)
    return message


def cancel(scene: Scene, step: Step, usage: Usage) -> Message:
    """The message of a CANCEL arrow."""
    before = next(usage.on_hop(step.source, step.target, "CANCEL"), None)
    invites = list(usage.on_hop(step.source, step.target, "INVITE"))
    invite = next((seen for seen in invites if not seen.final), invites[0] if invites else None)
    if before is not None and is_again(step, before) and (invite is None or before.branch == invite.branch):
        return before.request
    if invite is None:
        raise LadderError(step.line, "CANCEL needs an INVITE on this hop; give it one that is (unseen)")
    message = _like(invite, "CANCEL", invite.request.first("To"))
    scene.enlist(
        Exchange(
            usage, "CANCEL", step.source, step.target, step.transport, message, invite.branch, invite.cseq
        )
    )
    scene.edit(step, message, usage, "", step.source)
    return message


def _like(invite: Exchange, method: str, to: str) -> Message:
    """A CANCEL, or the ACK of a refusal: made from the INVITE on its hop."""
    source = invite.request
    message = Message(f"{method} {source.uri} SIP/2.0")
    message.add("Via", source.first("Via"))
    message.add("Max-Forwards", "70")
    for route in source.all("Route"):
        message.add("Route", route)
    message.add("From", source.first("From"))
    message.add("To", to)
    message.add("Call-ID", source.first("Call-ID"))
    message.add("CSeq", f"{invite.cseq} {method}")
    return message
