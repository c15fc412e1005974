"""What requests of all kinds need: branches, Via, what a proxy does to a request, a dialog from before the ladder."""

from tests.support.compose import Scene
from tests.support.ladder import Station, Step
from tests.support.messages import Message, stable, uri_of
from tests.support.usages import Exchange, Usage, View


def is_again(step: Step, before: Exchange) -> bool:
    """The same arrow without a final response and without new lines below it is a retransmission."""
    if step.options & {"again", "copy"}:
        return True
    unchanged = not step.edits and step.uri in ("", before.request.uri) and step.transport == before.transport
    return unchanged and not before.final and "new" not in step.options


def branch(scene: Scene, step: Step, usage: Usage) -> str:
    scene.branches += 1
    return f"z9hG4bK{stable(usage.call_id, step.source.name, step.target.name, scene.branches, length=10)}"


def via(step: Step, value: str) -> str:
    return f"SIP/2.0/{step.transport.upper()} {step.source.address};branch={value};rport"


def contact(station: Station, transport: str) -> str:
    suffix = ";transport=tcp" if transport == "tcp" else ""
    return f"<sip:{station.user}@{station.address}{suffix}>"


def asks_for_credentials(usage: Usage, proxy: Station) -> bool:
    """Whether the proxy asked for credentials; it then keeps those that it gets (RFC 3261 §22.3)."""
    return any(
        reply.status == 407 for seen in usage.exchanges if seen.target is proxy for reply in seen.replies
    )


def step_through(step: Step, message: Message, came_from: Station, value: str) -> None:
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


def earlier_dialog(scene: Scene, step: Step, usage: Usage) -> View:
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
