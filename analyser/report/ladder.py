"""A call as text in the ladder language of the tests: endpoints by name, then one arrow a line.

    alice = 192.0.2.10:5060
    bob = 198.51.100.20:5060

    0.000  alice -> bob    INVITE
    0.120  alice <- bob    180 Ringing (INVITE)

So a call from a capture can be pasted into a test page. Times count from the first message of the call and
never go back. What the language cannot say, such as an endpoint that talks to itself, stands in a comment.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from analyser.report.rows import start_line
from analyser.sip import Response
from analyser.wire import DATAGRAM_TRANSPORTS, MILLISECOND, SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from analyser.report.rows import Mark
    from analyser.track import Sighting
    from analyser.wire import Endpoint

_NAMES: Final = ("alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi")
_METHOD: Final = re.compile(r"[A-Z][A-Z0-9_.-]*\Z")


def ladder_text(sightings: Sequence[Sighting], marks: Mapping[int, Sequence[Mark]] | None = None) -> str:
    """The messages, in order, as a ladder; `marks` are the findings that begin at a message."""
    if not sightings:
        return ""
    names = _names(sightings)
    streams = {
        endpoint
        for seen in sightings
        if seen.hop.transport not in DATAGRAM_TRANSPORTS
        for endpoint in seen.hop[:2]
    }
    longest = max(map(len, names.values()))
    lines = [
        f"{name:{longest}} = {endpoint}{' tcp' if endpoint in streams else ''}"
        for endpoint, name in names.items()
    ]
    lines.append("")
    start = now = sightings[0].time
    for seen in sightings:
        now = max(now, seen.time)
        whole, rest = divmod(now - start, SECOND)
        time = f"{whole}.{rest // MILLISECOND:03d}"
        text = _arrow(seen, names, longest)
        cited = (marks or {}).get(seen.number, ())
        if cited and text[0] != "#":
            text += "   ! " + ", ".join(f"{rule}({severity})" for rule, severity in cited)
        lines.append(f"# {time}  {text[2:]}" if text[0] == "#" else f"{time}  {text}")
    return "\n".join(lines) + "\n"


def _names(sightings: Sequence[Sighting]) -> dict[Endpoint, str]:
    names: dict[Endpoint, str] = {}
    for seen in sightings:
        for endpoint in seen.hop[:2]:
            if endpoint not in names:
                number = len(names)
                names[endpoint] = _NAMES[number] if number < len(_NAMES) else f"host{number + 1}"
    return names


def _arrow(seen: Sighting, names: dict[Endpoint, str], longest: int) -> str:
    source, target, message = names[seen.hop.source], names[seen.hop.target], seen.message
    first, second = (source, target)
    order = list(names.values())
    way = "->"
    if order.index(source) > order.index(target):
        first, second, way = target, source, "<-"
    options = []
    text = start_line(message)
    if isinstance(message, Response):
        if _METHOD.match(message.cseq_method):
            options.append(message.cseq_method)
        sayable = 100 <= message.status <= 999
    else:
        sayable = _METHOD.match(message.method) is not None
    if seen.retransmission:
        options.append("again")
    if options:
        text += f" ({', '.join(options)})"
    line = f"{first:{longest}} {way} {second:{longest}}  {text}"
    return line if sayable and source != target else f"# {line}"
