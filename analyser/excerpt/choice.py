"""What an excerpt is to hold: frames of messages, and beside them connections and media."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from socket import AF_INET, AF_INET6, inet_pton
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analyser.excerpt.spans import Spans
from analyser.wire import Endpoint, Hop

Numbers = NDArray[np.int64]

FRAME_BITS: Final = 40
"""A place is the number of the input and, in so many bits behind it, that of the frame: in the order of reading."""


def place_of(source: int, frame: int) -> int:
    """Where a frame lies, as one number."""
    return source << FRAME_BITS | frame


def name_of(hop: Hop) -> bytes:
    """The octets that name a connection on the wire: addresses, then ports."""
    source, target, _ = hop
    return b"".join((*map(_packed, (source.host, target.host)), _port(source), _port(target)))


def end_name(endpoint: Endpoint) -> bytes:
    """The octets that name an end: address, then port."""
    return _packed(endpoint.host) + _port(endpoint)


def _packed(host: str) -> bytes:
    return inet_pton(AF_INET6 if ":" in host else AF_INET, host)


def _port(endpoint: Endpoint) -> bytes:
    return endpoint.port.to_bytes(2, "big")


@dataclass(slots=True)
class Choice:
    """Which packets of some captures are wanted; `analyser.excerpt.picking` gives them."""

    frames: Mapping[int, Numbers]
    """By input, in order: the frames of the messages chosen, with all their fragments and segments."""
    opened: Spans = field(default_factory=lambda: Spans(()))
    """Connections of which what opens and closes them is wanted; the positions are places."""
    whole: Spans = field(default_factory=lambda: Spans(()))
    """Connections of which all is wanted, up to a place: what is encrypted or deflated cannot be read without what came before."""
    media: Spans = field(default_factory=lambda: Spans(()))
    """Endpoints of which all datagrams that are no SIP are wanted; the positions are times, in ns."""
    messages: int = 0
    """How many messages were chosen, copies of the capture included."""
    call_ids: int = 0
    """How many Call-IDs they have."""
    all_frames: int = 0
    """How many frames the captures hold."""
    all_octets: int = 0
    watched_until: int = 0
    """Up to when the captures were listening, in ns."""
    notes: tuple[str, ...] = ()
    """What is to be said of the captures, and of what was left out."""

    def __bool__(self) -> bool:
        return any(len(frames) for frames in self.frames.values()) or len(self.whole) > 0
