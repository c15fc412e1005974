"""Requests of a ladder: new, again, passed on, inside a dialog."""

from tests.support.acknowledgements import acknowledge, cancel
from tests.support.compose import Scene
from tests.support.hops import (
    asks_for_credentials,
    branch,
    contact,
    earlier_dialog,
    is_again,
    step_through,
    via,
)
from tests.support.ladder import LadderError, Station, Step
from tests.support.messages import Message, credentials, uri_of
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
        return acknowledge(scene, step, usage)
    if step.method == "CANCEL":
        return cancel(scene, step, usage)
    before = next(usage.on_hop(step.source, step.target, step.method), None)
    if before is not None and is_again(step, before):
        return before.request
    if "again" in step.options or "copy" in step.options:
        raise LadderError(
            step.line, f"no {step.method} went from {step.source.name} to {step.target.name} before"
        )
    came = _to_pass_on(usage, step)
    if came is not None:
        return _pass_on(scene, step, usage, came)
    return _new(scene, step, usage)


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
    _answer_challenges(usage, message, step)
    for name, value in source.fields:
        message.add(name, value)
    offer = _method_fields(message, usage, step, fresh=view is None)
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
        return earlier_dialog(scene, step, usage)
    if (
        method == "INVITE"
        and view is not None
        and any(bye.method == "BYE" and bye.final for bye in usage.exchanges)
    ):
        raise LadderError(
            step.line, "this call is over; give the new one a name: `[second] alice -> bob INVITE`"
        )
    return view


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


def _answer_challenges(usage: Usage, message: Message, step: Step) -> None:
    known = usage.challenges.get((step.source.name, message.method), {})
    claimed = next((edit.value for edit in step.edits if edit.name == "From"), f"<{step.source.uri}>")
    user = uri_of(claimed).partition(":")[2].partition("@")[0]
    for name, (challenge, count) in known.items():
        known[name] = (challenge, count + 1)
        message.add(name, credentials(challenge, user, message.method, message.uri, count + 1))


def _method_fields(message: Message, usage: Usage, step: Step, *, fresh: bool) -> str:
    """Header fields that a method must carry; gives the words of its SDP."""
    source = step.source
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
            if not usage.etag and not any(edit.name == "SIP-If-Match" for edit in step.edits):
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
    step_through(step, message, came.source, exchange.branch)
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
    if asks_for_credentials(usage, step.source):
        message.remove("Proxy-Authorization")
    offer = scene.edit(step, message, usage, "", step.source)
    exchange.offer = offer or exchange.offer
    return message
