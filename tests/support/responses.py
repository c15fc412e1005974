"""Responses of a ladder: which request they answer, passed on or written here, again or new."""

from tests.support.compose import Scene, answer_to
from tests.support.hops import contact, received
from tests.support.ladder import LadderError, Step
from tests.support.messages import PHRASES, Message, stable, tag_of, uri_of
from tests.support.offers import DEFAULT
from tests.support.requests import request
from tests.support.usages import FORMS_DIALOG, IN_DIALOG, Exchange, Reply, Usage


def respond(scene: Scene, step: Step) -> Message:
    """The message of an arrow that is a response."""
    exchange = _answered(scene, step)
    usage = exchange.usage
    sent = next((reply for reply in reversed(exchange.replies) if reply.status == step.status), None)
    if step.options & {"again", "copy"}:
        if sent is None:
            raise LadderError(step.line, f"no {step.status} went this way before")
        return sent.message
    passed = None if "new" in step.options or step.tag else _to_pass_on(exchange, step, sent)
    if passed is None and sent is not None and not step.edits and not step.tag and "new" not in step.options:
        return sent.message
    message = _pass_on(passed) if passed else _written(scene, step, exchange)
    offer = "" if passed else _offer(exchange, step, usage)
    scene.edit(step, message, usage, offer, step.source)
    exchange.replies.append(Reply(step.status, message, step))
    _remember(exchange, message, step.status)
    return message


def _answered(scene: Scene, step: Step) -> Exchange:
    """The exchange on this hop that the response belongs to."""
    order = [
        exchange
        for exchange in reversed(scene.exchanges)
        if exchange.usage.name == step.call
        and exchange.source is step.target
        and exchange.target is step.source
        and step.method in ("", exchange.method)
    ]
    if not order:
        return _unseen_request(scene, step)
    if step.options & {"again", "copy"} or step.method:
        same = [one for one in order if any(reply.status == step.status for reply in one.replies)]
        return same[0] if same and step.options & {"again", "copy"} else order[0]
    waiting = [exchange for exchange in order if not exchange.final]
    if step.status < 200 or step.status == 487:
        invites = [exchange for exchange in waiting if exchange.method == "INVITE"]
        waiting = invites or waiting
    answered = [one for one in order if any(reply.status == step.status for reply in one.replies)]
    return (waiting or answered or order)[0]


def _unseen_request(scene: Scene, step: Step) -> Exchange:
    """A response whose request the ladder does not show: as if it had been there."""
    method = step.method or "INVITE"
    asked = Step(step.line, step.time, step.call, step.target, step.source, method, transport=step.transport)
    if method in ("ACK", "CANCEL"):
        raise LadderError(
            step.line, f"{step.status} to {method} needs that request above; it may be (unseen)"
        )
    request(scene, asked)
    return scene.exchanges[-1]


# A proxy


def _to_pass_on(exchange: Exchange, step: Step, sent: Reply | None) -> Reply | None:
    """The oldest response of that status that came to the proxy and has not been passed on."""
    for further in exchange.forwards:
        for reply in further.replies:
            if reply.status != step.status or reply.passed_on or step.status == 100:
                continue
            if step.origin and further.target.name != step.origin:
                continue
            reply.passed_on = True
            if sent is None or _pass_on(reply).encode() != sent.message.encode():
                return reply
    return None


def _pass_on(reply: Reply) -> Message:
    message = reply.message.copy()
    message.replace("Via", *message.all("Via")[1:])
    return message


# A response written here


def _written(scene: Scene, step: Step, exchange: Exchange) -> Message:
    asked, status, usage = exchange.request, step.status, exchange.usage
    message = Message(f"SIP/2.0 {status} {step.phrase or PHRASES.get(status, 'Unknown')}")
    vias = asked.all("Via")
    for index, value in enumerate(vias):
        message.add("Via", value if index else received(value, exchange.source))
    if 100 < status < 300 and exchange.method in FORMS_DIALOG and not exchange.in_dialog:
        for route in asked.all("Record-Route"):
            message.add("Record-Route", route)
    message.add("From", asked.first("From"))
    to = asked.first("To")
    if status > 100 and not tag_of(to):
        to = f"{to};tag={step.tag or usage.tag(step.source, exchange.cseq)}"
    message.add("To", to)
    message.add("Call-ID", asked.first("Call-ID"))
    message.add("CSeq", asked.first("CSeq"))
    _status_fields(message, exchange, step)
    for name, value in step.source.fields:
        message.add("Server" if name == "User-Agent" else name, value)
    return message


def _status_fields(message: Message, exchange: Exchange, step: Step) -> None:
    """Header fields that a status code must carry."""
    asked, method, status, usage = exchange.request, exchange.method, step.status, exchange.usage
    ours = contact(step.source, exchange.transport)
    match status:
        case 401 | 407:
            usage.nonces += 1
            nonce = stable(usage.call_id, step.source.name, usage.nonces, length=24)
            realm = uri_of(asked.first("From")).partition("@")[2] or "example.com"
            name = "WWW-Authenticate" if status == 401 else "Proxy-Authenticate"
            message.add(name, f'Digest realm="{realm}", nonce="{nonce}", algorithm=MD5, qop="auth"')
        case 300 | 301 | 302 | 305:
            message.add("Contact", f"<sip:{step.source.user}@example.net>")
        case 405:
            message.add("Allow", "INVITE, ACK, BYE, CANCEL, OPTIONS")
        case 415:
            message.add("Accept", "application/sdp")
        case 420:
            message.add("Unsupported", "100rel")
        case 421:
            message.add("Require", "100rel")
        case 422:
            message.add("Min-SE", "1800")
        case 423:
            message.add("Min-Expires", "3600")
        case 489:
            message.add("Allow-Events", "presence, message-summary, dialog")
        case 494:
            message.add("Security-Server", "tls;q=0.2")
    if "reliable" in step.options:
        usage.reliables += 1
        message.add("Require", "100rel")
        message.add("RSeq", str(usage.reliables))
    if method == "INVITE" and 100 < status < 300:
        message.add("Contact", ours)
    elif 200 <= status < 300:
        _success_fields(message, exchange, ours)


def _success_fields(message: Message, exchange: Exchange, ours: str) -> None:
    asked, usage = exchange.request, exchange.usage
    match exchange.method:
        case "REGISTER":
            expires = asked.first("Expires") or "3600"
            for value in asked.all("Contact"):
                if value != "*" and expires != "0":
                    message.add("Contact", value if ";expires=" in value else f"{value};expires={expires}")
        case "SUBSCRIBE":
            message.add("Contact", ours)
            message.add("Expires", asked.first("Expires") or "3600")
        case "UPDATE" | "REFER":
            message.add("Contact", ours)
        case "PUBLISH":
            message.add("Expires", asked.first("Expires") or "3600")
            message.add("SIP-ETag", stable(usage.call_id, "etag", exchange.cseq, length=10))
        case "OPTIONS":
            message.add("Allow", "INVITE, ACK, BYE, CANCEL, OPTIONS")
            message.add("Accept", "application/sdp")


def _offer(exchange: Exchange, step: Step, usage: Usage) -> str:
    """The words of the SDP that a response carries unless the ladder says otherwise."""
    status, root = step.status, exchange.root
    if exchange.method == "INVITE":
        reliably = any(reply.message.first("RSeq") and reply.message.body for reply in exchange.replies)
        if status == 183 or (200 <= status < 300 and not reliably):
            answered = [
                reply.message for reply in exchange.replies if 100 < reply.status < 300 and reply.message.body
            ]
            if answered:
                return usage.bodies.get(step.source.name, (0, ""))[1]
            return answer_to(root.offer) if root.request.body else DEFAULT
        return ""
    return answer_to(root.offer) if root.offer and 200 <= status < 300 else ""


# What it teaches


def _remember(exchange: Exchange, message: Message, status: int) -> None:
    usage, root = exchange.usage, exchange.root
    if exchange.method in FORMS_DIALOG or exchange.method in IN_DIALOG:
        if exchange.method in FORMS_DIALOG or exchange.in_dialog:
            usage.learn(exchange, message, status)
    elif exchange.method == "REFER" and status < 300 and not exchange.in_dialog:
        usage.learn(exchange, message, status)
    if status in (401, 407) and exchange is root:
        _challenged(exchange, message, status)
    if exchange.method == "PUBLISH" and status >= 200:
        etag = message.first("SIP-ETag")
        if 200 <= status < 300 and etag:
            usage.etag = usage.issued = etag
        elif status == 412:
            usage.etag = ""


def _challenged(exchange: Exchange, message: Message, status: int) -> None:
    theirs, ours = (
        ("WWW-Authenticate", "Authorization")
        if status == 401
        else ("Proxy-Authenticate", "Proxy-Authorization")
    )
    challenge = message.first(theirs)
    if challenge:
        key = (exchange.source.name, exchange.method)
        exchange.usage.challenges.setdefault(key, {})[ours] = (challenge, 0)
