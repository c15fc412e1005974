"""Where a call asked for its media to be sent: the endpoints in its session descriptions (RFC 3264, RFC 8866), and for how long.

RTP that passes while the call lasts belongs to it if one of its ends is such an endpoint. One is enough: behind a NAT the other one
is not what the description said (symmetric RTP, RFC 4961).
"""

from collections.abc import Iterator
from ipaddress import ip_address
from typing import Final, NamedTuple

from analyser.sip import Media, Request, Sdp
from analyser.track.sighting import Sighting
from analyser.track.subjects import Call
from analyser.wire import SECOND, Endpoint, RtpStream

CALLER: Final = "caller"
CALLEE: Final = "callee"

BEFORE: Final = SECOND
AFTER: Final = 2 * SECOND
"""How much earlier than its first INVITE, and later than its last message, media may still be of a call: what was on its way."""

MAX_DESCRIPTIONS = 64
"""Session descriptions of a call that are read; a session timer repeats the same for hours, and those repeats do not count."""
MAX_CANDIDATES: Final = 32
"""ICE candidates of one medium."""


class MediaEnd(NamedTuple):
    """Where one side asked for a medium to be sent."""

    endpoint: Endpoint
    kind: str
    """`audio`, `video`, `image`: as the description says, so from the wire."""
    side: str
    """CALLER or CALLEE, whoever described it."""
    described_by: Endpoint
    """The source of the message in which the description was first seen: the side itself, or the element that put its own
    address there."""
    number: int
    """Of that message."""
    rtcp: bool = False
    """Whether it is for RTCP alone."""


class CallMedia(NamedTuple):
    """The media endpoints of a call, in the order in which they were described."""

    ends: dict[Endpoint, MediaEnd]
    since: int
    """ns since 1970."""
    until: int

    def concerns(self, stream: RtpStream) -> bool:
        """Whether the stream is of this call: one of its ends is one of these, and it passed while the call lasted."""
        source, target, _ = stream.hop
        return (
            (target in self.ends or source in self.ends)
            and stream.first_time <= self.until
            and stream.last_time >= self.since
        )


def media_of(call: Call) -> CallMedia:
    """What the session descriptions of a call say, on all hops. To be asked when the call is yielded, before it leaves memory."""
    sightings = call.sightings
    ends: dict[Endpoint, MediaEnd] = {}
    seen: set[bytes] = set()
    caller = _caller(call)
    for sighting in sightings:
        message = sighting.message
        if message.raw.find(b"m=", message.body_at) < 0 or len(seen) >= MAX_DESCRIPTIONS:
            continue
        body = message.raw[message.body_at :]
        if body in seen:
            continue
        seen.add(body)
        sdp = message.sdp
        if isinstance(sdp, Sdp):
            for end in _ends(sdp, sighting, caller):
                ends.setdefault(end.endpoint, end)
    if not sightings:
        return CallMedia(ends, 0, 0)
    invites = call.invites
    first = invites[0].first.time if invites else sightings[0].time
    last = sightings[-1].time
    # One that goes on, as far as the capture shows, lasts until it was settled.
    return CallMedia(ends, first - BEFORE, (max(last, call.settled_at) if call.goes_on else last) + AFTER)


def _caller(call: Call) -> str | None:
    """The tag of whoever began the call; None where its first INVITE was not seen."""
    return next((seen.from_tag for seen in call.invites), None)


def _ends(sdp: Sdp, sighting: Sighting, caller: str | None) -> Iterator[MediaEnd]:
    message = sighting.message
    own = message.from_tag if isinstance(message, Request) else message.to_tag
    requested = isinstance(message, Request)
    side = CALLER if (own == caller if caller is not None else requested) else CALLEE
    for medium in sdp.media:
        if not medium.port:
            continue
        kind = medium.kind
        for endpoint, rtcp in _endpoints(medium):
            yield MediaEnd(endpoint, kind, side, sighting.hop.source, sighting.number, rtcp)


def _endpoints(medium: Media) -> Iterator[tuple[Endpoint, bool]]:
    """Where RTP, RTCP or other contents of a medium are to go."""
    assert medium.port
    host = _address(medium.connection)
    if host:
        yield Endpoint(host, medium.port), False
        if medium.rtcp is not None:
            port, address = medium.rtcp
            if 0 < port <= 65535:
                yield Endpoint(_address(address) or host, port), True
        elif medium.is_rtp and not medium.rtcp_mux and medium.port < 65535:
            yield Endpoint(host, medium.port + 1), True
    for candidate in medium.ice.candidates[:MAX_CANDIDATES] if medium.ice is not None else ():
        words = candidate.split(None, 6)
        if len(words) == 7 and words[2].upper() == "UDP" and words[5].isascii() and words[5].isdecimal():
            host, port = _address(words[4]), int(words[5][:6])
            if host and 0 < port <= 65535:
                yield Endpoint(host, port), words[1] == "2"


def _address(text: str) -> str:
    """The address as endpoints have it; empty for a name, and for what is nobody's, such as the 0.0.0.0 of a call on hold."""
    try:
        address = ip_address(text[:64])
    except ValueError:
        return ""
    return "" if address.is_unspecified or address.is_multicast else str(address)
