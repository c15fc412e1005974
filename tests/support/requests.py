"""Requests of a ladder: new, again, passed on, inside a dialog, ACK and CANCEL."""

from tests.support.compose import Scene
from tests.support.ladder import LadderError, Station, Step
from tests.support.messages import Message, credentials, stable, uri_of
from tests.support.offers import DEFAULT
from tests.support.usages import EITHER, FORMS_DIALOG, IN_DIALOG, Exchange, Usage, View

PIDF = (
    '<?xml version="1.0" encoding="UTF-8"?>\r\n'
    '<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="{entity}">\r\n'
    '<tuple id="a1"><status><basic>open</basic></status></tuple>\r\n'
    "</presence>\r\n"
)
_WITH_CONTACT = frozenset({"INVITE", "REGISTER", "SUBSCRIBE", "NOTIFY", "REFER", "UPDATE"})


def request(scene: Scene, step: Step) -> Message:
    """The message of an arrow that is a request."""
    usage = scene.usage_of(step, step.method, step.source, step.target)
    if step.method == "ACK":
        return _ack(scene, step, usage)
    if step.method == "CANCEL":
        return _cancel(scene, step, usage)
    before = next(usage.on_hop(step.source, step.target, step.method), None)
    if before is not None and _is_again(step, before):
        return before.request
    if "again" in step.options or "copy" in step.options:
        raise LadderError(
            step.line, f"no {step.method} went from {step.source.name} to {step.target.name} before"
        )
    came = _to_pass_on(usage, step)
    if came is not None:
        return _pass_on(scene, step, usage, came)
    return _new(scene, step, usage)


def _is_again(step: Step, before: Exchange) -> bool:
    """The same arrow without a final response and without new lines below it is a retransmission."""
    if step.options & {"again", "copy"}:
        return True
    unchanged = not step.edits and step.uri in ("", before.request.uri) and step.transport == before.transport
    return unchanged and not before.final and "new" not in step.options


def _to_pass_on(usage: Usage, step: Step) -> Exchange | None:
    """The request that a proxy forwards here: the newest that came to it, from elsewhere, and is still open."""
    for exchange in reversed(usage.exchanges):
        if exchange.target is step.source and exchange.method == step.method and not exchange.final:
            return exchange if exchange.source is not step.target else None
    return None


def _open(
    scene: Scene, step: Step, usage: Usage, message: Message, cseq: int, came: Exchange | None = None
) -> Exchange:
    value = branch(scene, step, usage)
    return scene.enlist(
        Exchange(usage, step.method, step.source, step.target, step.transport, message, value, cseq, came)
    )


def branch(scene: Scene, step: Step, usage: Usage) -> str:
    scene.branches += 1
    return f"z9hG4bK{stable(usage.call_id, step.source.name, step.target.name, scene.branches, length=10)}"


def via(step: Step, value: str) -> str:
    return f"SIP/2.0/{step.transport.upper()} {step.source.address};branch={value};rport"


def contact(station: Station, transport: str) -> str:
    suffix = ";transport=tcp" if transport == "tcp" else ""
    return f"<sip:{station.user}@{station.address}{suffix}>"


# A request that its sender writes


def _new(scene: Scene, step: Step, usage: Usage) -> Message:
    source, method = step.source, step.method
    view = _dialog(scene, step, usage)
    cseq = usage.next_cseq(source)
    callee = view.peer if view else scene.callee(step)
    uri = step.uri or (view.target if view else _default_uri(step, callee))
    message = Message(f"{method} {uri} SIP/2.0")
    exchange = _open(scene, step, usage, message, cseq)
    exchange.in_dialog = view is not None
    message.add("Via", via(step, exchange.branch))
    message.add("Max-Forwards", "70")
    for route in view.route if view else []:
        message.add("Route", route)
    message.add("From", view.local if view else f"<{source.uri}>;tag={_from_tag(usage, source)}")
    message.add("To", view.remote if view else f"<{_default_to(step, callee)}>")
    message.add("Call-ID", usage.call_id)
    message.add("CSeq", f"{cseq} {method}")
    if method in _WITH_CONTACT:
        message.add("Contact", contact(source, step.transport))
    _answer_challenges(usage, message, source)
    for name, value in source.fields:
        message.add(name, value)
    offer = _method_fields(message, usage, source, fresh=view is None)
    exchange.offer = scene.edit(step, message, usage, offer, source)
    _take_edits(exchange, message)
    return message


def _dialog(scene: Scene, step: Step, usage: Usage) -> View | None:
    """The dialog that a new request belongs to, or None."""
    method, source = step.method, step.source
    if method in ("REGISTER", "PUBLISH"):
        return None
    view = usage.view(source, step.tag, confirmed=method == "INVITE")
    if step.tag and view is None:
        raise LadderError(step.line, f"no dialog whose other side has the tag {step.tag}")
    if view is None and method in IN_DIALOG | EITHER:
        for exchange in reversed(usage.exchanges):  # the other side of a dialog that no response has made yet
            if exchange.target is source and exchange.method in FORMS_DIALOG and not exchange.in_dialog:
                to = f"{exchange.request.first('To')};tag={usage.tag(source, exchange.root.cseq)}"
                return usage.answerer(exchange, to, confirmed=False)
    if view is None and (method in IN_DIALOG or "in-dialog" in step.options):
        return _earlier_dialog(scene, step, usage)
    if (
        method == "INVITE"
        and view is not None
        and any(bye.method == "BYE" and bye.final for bye in usage.exchanges)
    ):
        raise LadderError(
            step.line, "this call is over; give the new one a name: `[second] alice -> bob INVITE`"
        )
    return view


def _earlier_dialog(scene: Scene, step: Step, usage: Usage) -> View:
    """A dialog that began before the ladder does."""
    near, far = step.source, scene.callee(step)
    local, remote = (f"<{side.uri}>;tag={usage.tag(side, 'earlier')}" for side in (near, far))
    for side in (near, far):
        usage.cseqs.setdefault(side.name, 100)
    ends = ((near, far, local, remote), (far, near, remote, local))
    for one, other, ours, theirs in ends:
        target = uri_of(contact(other, step.transport))
        usage.views.setdefault(one.name, []).append(View(ours, theirs, target, [], other, confirmed=True))
    return usage.views[near.name][-1]


def _from_tag(usage: Usage, source: Station) -> str:
    return usage.tag(source, "from")


def _default_uri(step: Step, callee: Station) -> str:
    match step.method:
        case "REGISTER":
            return f"sip:{step.source.uri.partition('@')[2]}"
        case "PUBLISH":
            return step.source.uri
    if callee is step.target and callee.uri == f"sip:{callee.name}@example.com":
        return uri_of(contact(callee, step.transport))
    return callee.uri


def _default_to(step: Step, callee: Station) -> str:
    if step.method in ("REGISTER", "PUBLISH"):
        return step.source.uri
    return step.uri.partition(";")[0] if step.uri.startswith("sip:") else callee.uri


def _answer_challenges(usage: Usage, message: Message, source: Station) -> None:
    known = usage.challenges.get((source.name, message.method), {})
    for name, (challenge, count) in known.items():
        known[name] = (challenge, count + 1)
        message.add(name, credentials(challenge, source.user, message.method, message.uri, count + 1))


def _method_fields(message: Message, usage: Usage, source: Station, *, fresh: bool) -> str:
    """Header fields that a method must carry; gives the words of its SDP."""
    match message.method:
        case "INVITE":
            message.add("Allow", "INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE, PRACK, REFER, NOTIFY")
            return DEFAULT
        case "REGISTER":
            message.add("Expires", "3600")
        case "SUBSCRIBE":
            message.add("Event", "presence")
            message.add("Expires", "3600")
            message.add("Accept", "application/pidf+xml")
        case "NOTIFY":
            subscribed = next((seen for seen in usage.exchanges if seen.method == "SUBSCRIBE"), None)
            referred = any(seen.method == "REFER" for seen in usage.exchanges)
            event = (
                subscribed.request.first("Event")
                if subscribed
                else "refer"
                if referred
                else "message-summary"
            )
            message.add("Event", event)
            message.add("Subscription-State", "active;expires=3600")
        case "PUBLISH":
            message.add("Event", "presence")
            message.add("Expires", "3600")
            message.add("SIP-If-Match", usage.etag)
            if not usage.etag:
                message.body = PIDF.format(entity=source.uri).encode()
                message.add("Content-Type", "application/pidf+xml")
        case "PRACK":
            message.add("RAck", _rack(usage, source))
        case "REFER":
            message.add("Refer-To", "<sip:carol@example.com>")
        case "MESSAGE":
            message.body = b"Good morning."
            message.add("Content-Type", "text/plain")
        case "OPTIONS" if fresh:
            message.add("Accept", "application/sdp")
    return ""


def _rack(usage: Usage, source: Station) -> str:
    """Of the reliable provisional response that came last (RFC 3262 §7.2)."""
    for exchange in reversed(usage.exchanges):
        if exchange.source is source and exchange.method == "INVITE":
            for reply in reversed(exchange.replies):
                if reply.message.first("RSeq"):
                    return f"{reply.message.first('RSeq')} {exchange.cseq} INVITE"
    return "1 1 INVITE"


def _take_edits(exchange: Exchange, message: Message) -> None:
    """What the indented lines changed in the places that later messages are built from."""
    number = message.first("CSeq").partition(" ")[0]
    if number.isdigit():
        exchange.cseq = int(number)
        exchange.usage.cseqs[exchange.source.name] = exchange.cseq


# A proxy


def _pass_on(scene: Scene, step: Step, usage: Usage, came: Exchange) -> Message:
    message = came.request.copy()
    exchange = _open(scene, step, usage, message, came.cseq, came)
    exchange.in_dialog, exchange.offer = came.in_dialog, came.offer
    _hop(step, message, came.source, exchange.branch)
    if step.method in FORMS_DIALOG and not came.in_dialog:
        suffix = ";transport=tcp" if step.transport == "tcp" else ""
        recorded = [f"<sip:{step.source.address};lr{suffix}>", *message.all("Record-Route")]
        message.remove("Record-Route")
        after = [name for name, _ in message.fields].index("From") if message.first("From") else 0
        message.fields[after:after] = [("Record-Route", value) for value in recorded]
    if step.uri:
        message.start = f"{step.method} {step.uri} SIP/2.0"
    elif not came.in_dialog and step.target.uri == message.uri and step.method != "REGISTER":
        message.start = f"{step.method} {uri_of(contact(step.target, step.transport))} SIP/2.0"
    if _challenges(usage, step.source):
        message.remove("Proxy-Authorization")
    offer = scene.edit(step, message, usage, "", step.source)
    exchange.offer = offer or exchange.offer
    return message


def _challenges(usage: Usage, proxy: Station) -> bool:
    """Whether the proxy asked for credentials; it then keeps those that it gets (RFC 3261 §22.3)."""
    return any(
        reply.status == 407 for seen in usage.exchanges if seen.target is proxy for reply in seen.replies
    )


def _hop(step: Step, message: Message, came_from: Station, value: str) -> None:
    """What every proxy does to every request (RFC 3261 §16.6)."""
    vias = message.all("Via")
    if vias:
        vias[0] = received(vias[0], came_from)
    message.replace("Via", via(step, value), *vias)
    hops = message.first("Max-Forwards")
    if hops.isdigit():
        message.replace("Max-Forwards", str(int(hops) - 1))
    routes = message.all("Route")
    if routes and step.source.address in routes[0]:
        message.replace("Route", *routes[1:])


def received(value: str, source: Station) -> str:
    """A Via as its receiver notes where it came from (RFC 3581 §4)."""
    if value.endswith(";rport") or ";rport;" in value:
        return value.replace(";rport", f";received={source.host};rport={source.port}", 1)
    return value


# ACK and CANCEL


def _ack(scene: Scene, step: Step, usage: Usage) -> Message:
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
        _hop(step, message, came[0], branch(scene, step, usage))
        if _challenges(usage, source):
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
    view = usage.view(step.source, step.tag, confirmed=True) or _earlier_dialog(scene, step, usage)
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
    delayed = invite is not None and not invite.offer and not invite.request.body
    answered = delayed and invite is not None and any(reply.message.body for reply in invite.replies)
    scene.edit(step, message, usage, "pcmu telephone-event" if answered else "", step.source)
    return message


def _cancel(scene: Scene, step: Step, usage: Usage) -> Message:
    before = next(usage.on_hop(step.source, step.target, "CANCEL"), None)
    invites = list(usage.on_hop(step.source, step.target, "INVITE"))
    invite = next((seen for seen in invites if not seen.final), invites[0] if invites else None)
    if before is not None and _is_again(step, before) and (invite is None or before.branch == invite.branch):
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
