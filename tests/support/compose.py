"""A script of arrows -> messages on the wire. Requests are in `requests.py`, responses in `responses.py`;
here is what both share: which Call-ID an arrow belongs to, the edits below it, and the order of things."""

import re

from tests.support.ladder import Arrow, Edit, LadderError, Script, Station, Step
from tests.support.messages import Message, fold
from tests.support.offers import DEFAULT, describe
from tests.support.usages import EITHER, Exchange, Usage

_OCTET = re.compile(rb"\\\\|\\x([0-9a-f]{2})")
_PLACEHOLDER = re.compile(r"\{([a-z][\w-]*)\}")


class Scene:
    """Everything that the messages so far have established."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.usages: dict[tuple[str, str], Usage] = {}
        self.exchanges: list[Exchange] = []
        """Of all usages, in order."""
        self.alone = 0
        self.branches = 0

    # Which Call-ID

    def usage_of(self, step: Step, method: str, sender: Station, receiver: Station) -> Usage:
        """The Call-ID for a request of `method` from `sender` to `receiver`; made where there is none."""
        for usage in reversed(self.usages.values()):  # passing on what came
            if (
                usage.name == step.call
                and usage.kind != "call"
                and self._passes_on(usage, method, sender, receiver)
            ):
                return usage
        if method in ("REGISTER", "PUBLISH", "SUBSCRIBE"):
            return self.usage(step.call, f"{method} {sender.name}", sender)
        call = self.usages.get((step.call, "call"))
        if method not in EITHER:
            return call or self.usage(step.call, "call", sender)
        if method == "NOTIFY":
            subscribed = [usage for usage in self.usages.values() if usage.kind.startswith("SUBSCRIBE")]
            named = [usage for usage in reversed(subscribed) if usage.name == step.call]
            asked = [usage for usage in named if any(usage.on_hop(receiver, sender, "SUBSCRIBE"))]
            if named:
                return (asked or named)[0]
        if call is not None and (call.view(sender) or self._passes_on(call, method, sender, receiver)):
            return call
        return self._standing_alone(step, method, sender, receiver)

    def usage(self, name: str, kind: str, owner: Station) -> Usage:
        key = (name, kind)
        if key not in self.usages:
            self.usages[key] = Usage(name, kind, owner)
        return self.usages[key]

    def _passes_on(self, usage: Usage, method: str, sender: Station, receiver: Station) -> bool:
        return any(
            exchange.target is sender and exchange.source is not receiver and exchange.method == method
            for exchange in usage.exchanges
        )

    def _standing_alone(self, step: Step, method: str, sender: Station, receiver: Station) -> Usage:
        """OPTIONS and the like: one Call-ID a request, but the same again after a challenge or without an answer."""
        kind = f"{method} {sender.name} {receiver.name}"
        last = self.usages.get((step.call, kind))
        newest = last.exchanges[-1] if last and last.exchanges else None
        if last is not None and newest and newest.final not in (0, 401, 407):
            self.alone += 1
            self.usages[step.call, f"{kind} {self.alone}"] = self.usages.pop((step.call, kind))
            last = None
        if last is None:
            last = self.usages[step.call, kind] = Usage(step.call, f"{kind} {self.alone}", sender)
        return last

    def enlist(self, exchange: Exchange) -> Exchange:
        exchange.usage.exchanges.append(exchange)
        self.exchanges.append(exchange)
        return exchange

    # Who is meant

    def callee(self, step: Step) -> Station:
        """The end of the chain of arrows that begins with this request: whom its sender wants."""
        target, seen = step.target, {step.source.name}
        steps = self.script.steps
        for later in steps[steps.index(step) + 1 :] if step in steps else ():
            if target.name in seen:
                break
            passed_on = later.call == step.call and later.method == step.method and not later.status
            if passed_on and later.source is target and later.target is not step.source:
                seen.add(target.name)
                target = later.target
        return target

    def station_of(self, uri: str) -> Station | None:
        return next((station for station in self.script.stations.values() if station.uri == uri), None)

    # The lines below an arrow

    def edit(self, step: Step, message: Message, usage: Usage, offer: str, writer: Station) -> str:
        """Put the body in, then what the indented lines say; gives the words of the SDP in the message."""
        for edit in step.edits:
            if edit.kind == "sdp":
                offer = "" if edit.value == "none" else edit.value
                message.body = b""
        if offer:
            self._describe(step, message, usage, offer, writer)
        replaced: set[str] = set()
        for edit in step.edits:
            value = self._fill(edit, message, usage)
            if edit.kind == "start":
                message.start = value
            elif edit.kind == "remove":
                message.remove(edit.name)
            elif edit.kind == "add" or (edit.kind == "set" and fold(edit.name) in replaced):
                message.fields.append((edit.name, value))
            elif edit.kind == "set":
                message.replace(edit.name, value)
                if fold(edit.name) == "call-id" and not step.status:
                    usage.call_id = value
                replaced.add(fold(edit.name))
        lines = [edit.value for edit in step.edits if edit.kind == "body"]
        if lines:
            message.body = "".join(f"{line}\r\n" for line in lines).encode()
            offer = ""
            if not replaced & {"content-type"}:
                message.replace("Content-Type", "application/sdp" if lines[0] == "v=0" else "text/plain")
        if not message.body and "content-type" not in replaced:
            message.remove("Content-Type")
        return offer

    def _describe(self, step: Step, message: Message, usage: Usage, offer: str, writer: Station) -> None:
        version, before = usage.bodies.get(writer.name, (0, ""))
        if offer != before:
            version += 1
        usage.bodies[writer.name] = (version, offer)
        session = (
            1000 + int(usage.call_id[:4], 16) % 1000 * 10 + list(self.script.stations).index(writer.name)
        )
        try:
            message.body = describe(offer, writer.user, writer.host, session, version)
        except ValueError as word:
            raise LadderError(step.line, f"sdp: {word} means nothing here") from None
        message.replace("Content-Type", "application/sdp")

    def _fill(self, edit: Edit, message: Message, usage: Usage) -> str:
        def value(match: re.Match[str]) -> str:
            name = match[1]
            if name in self.script.stations:
                return self.script.stations[name].address
            if name == "etag":
                return usage.issued
            if name == "call-id":
                return usage.call_id
            if name == "branch":
                return message.first("Via").rpartition(";branch=")[2].partition(";")[0]
            if name in ("from", "to", "contact", "via", "cseq"):
                return message.first(name)
            raise LadderError(edit.line, f"{{{name}}} is neither an endpoint nor a value that messages have")

        return _PLACEHOLDER.sub(value, edit.value) if edit.kind != "body" else edit.value


def compose(script: Script) -> list[Arrow]:
    """The messages of a ladder, in order of time."""
    from tests.support.requests import request
    from tests.support.responses import respond

    scene = Scene(script)
    arrows = []
    for step in script.steps:
        if "raw" in step.options:
            lines = [edit.value for edit in step.edits if edit.kind == "body"]
            message = Message("", raw="\r\n".join(lines).encode())
        elif "exact" in step.options:
            message = Message("", raw=_exact(step))
        elif step.tls:
            arrows.append(_tls(step))
            continue
        else:
            message = respond(scene, step) if step.status else request(scene, step)
        if "unseen" in step.options:
            if step.marks:
                raise LadderError(step.line, "an unseen message has no frame to mark")
            continue
        copy = "copy" in step.options
        arrows.append(
            Arrow(
                step.line,
                step.time,
                step.source,
                step.target,
                step.transport,
                message.encode(),
                step.marks,
                copy,
            )
        )
    return arrows


def _exact(step: Step) -> bytes:
    """The octets that the lines below an arrow spell."""
    lines = [edit.value for edit in step.edits if edit.kind == "body"]
    return _OCTET.sub(
        lambda found: b"\\" if found[0] == b"\\\\" else bytes.fromhex(found[1].decode()),
        "\r\n".join(lines).encode(),
    )


def _tls(step: Step) -> Arrow:
    """An arrow that is a part of TLS."""
    from tests.support.handshake import ENDINGS, octets

    try:
        data = octets(step.tls)
    except (ValueError, KeyError, IndexError):
        raise LadderError(step.line, f"{step.tls!r} means nothing in TLS") from None
    flags = ENDINGS.get(step.tls, 0)
    again = "again" in step.options
    return Arrow(
        step.line,
        step.time,
        step.source,
        step.target,
        "tcp",
        data,
        step.marks,
        copy=False,
        tls=True,
        again=again,
        flags=flags,
    )


def answer_to(offer: str) -> str:
    """The words of an answer: the first codec of the offer, its events, the direction mirrored (RFC 3264 §6.1)."""
    mirrored = {"sendonly": "recvonly", "recvonly": "sendonly", "inactive": "inactive", "t38": "t38"}
    words = (offer or DEFAULT).split()
    first = next(
        (word for word in words if "=" not in word and word not in mirrored and word != "sendrecv"), ""
    )
    answer = [first] if first else []
    if "telephone-event" in words and first != "telephone-event":
        answer.append("telephone-event")
    answer += [mirrored[word] for word in words if word in mirrored]
    answer += [word for word in words if word.startswith("profile=")]
    return " ".join(answer)
