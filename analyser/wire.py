"""What the wire gave us: endpoints, hops and payloads, and an account of what could not be read.

Every time is an integer of nanoseconds since 1970-01-01 UTC, so that no capture loses precision
and two runs print the same digits. `SECOND` converts.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from mypy_extensions import mypyc_attr

SECOND: Final = 1_000_000_000
MILLISECOND: Final = 1_000_000

SIP, RTP, OTHER_UDP, OTHER_TCP, ENCRYPTED, OTHER = "sip", "rtp", "udp", "tcp", "encrypted", "other"
CARRIED = (SIP, RTP, OTHER_UDP, OTHER_TCP, ENCRYPTED, OTHER)
"""What a frame carried, for the account of frames in `Coverage.carried`."""

LOST = ("kernel", "interface", "queue", "capture")
"""Who loses packets: the system that had no room for them and the network interface, both while we listen; a bound of our
own; and whoever wrote the capture file, where the file says so."""

DATAGRAM_TRANSPORTS = frozenset({"UDP"})
"""Transports where SIP repeats itself (RFC 3261 §17.1.1.1 calls the others reliable)."""


class Endpoint(NamedTuple):
    """An address and port, as seen on the wire; the host is in canonical text form."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Hop(NamedTuple):
    """One directed leg: who sent to whom, over UDP, TCP, TLS, SCTP, WS or WSS."""

    source: Endpoint
    target: Endpoint
    transport: str

    def __str__(self) -> str:
        return f"{self.source} -> {self.target}"


@mypyc_attr(acyclic=True)  # spares the cycle collector an object for each datagram
class Payload:
    """One message of a transport that keeps messages apart, or a run of stream bytes in order.

    `data` of a stream is what follows the run before it on the same hop; an empty run says that the
    stream has ended or, where octets are missing, that the run before it was cut. `missing` counts octets known to be absent:
    behind the data of a datagram that the snap length cut, before the data of a stream run.
    """

    __slots__ = ("data", "frames", "hop", "ident", "input", "missing", "time", "whole")

    def __init__(
        self,
        time: int,
        hop: Hop,
        data: bytes,
        frames: tuple[int, ...],
        ident: int = -1,
        missing: int = 0,
        input: int = 0,  # noqa: A002 - the event field's name
        whole: bool = True,  # noqa: FBT001, FBT002 - made for each datagram
    ) -> None:
        self.time = time
        self.hop = hop
        self.data = data
        self.frames = frames
        """1-based numbers in the capture file, as Wireshark counts; the last one completes the payload."""
        self.ident = ident
        """The IPv4 Identification of a datagram, -1 where there is none; a mirrored copy carries the same."""
        self.missing = missing
        self.input = input
        """Which of the files read, from 0."""
        self.whole = whole
        """Whether the data is one message, as a datagram, an SCTP message or a WebSocket message is; False for a run
        of a stream, in which SIP has to be framed (RFC 3261 §18.3)."""

    def _values(self) -> tuple[object, ...]:
        return (
            self.time,
            self.hop,
            self.data,
            self.frames,
            self.ident,
            self.missing,
            self.input,
            self.whole,
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Payload) and self._values() == other._values()

    def __hash__(self) -> int:
        return hash(self._values())

    def __repr__(self) -> str:
        return f"Payload{self._values()}"


class Glimpse(NamedTuple):
    """A frame that a finding can point at although no SIP message is in it."""

    time: int
    hop: Hop
    frames: tuple[int, ...]
    """1-based numbers in the capture file; the last one completes what is meant."""
    input: int = 0
    """Which of the files read, from 0."""

    @property
    def frame(self) -> int:
        """The frame that completes it."""
        return self.frames[-1]


class RtpStream(NamedTuple):
    """RTP of one synchronisation source from one endpoint to another (RFC 3550 §3, §5.1), without a longer silence. RTCP is none."""

    hop: Hop
    """Of the innermost headers, where it came through a tunnel."""
    ssrc: int
    payload_types: tuple[int, ...]
    """All that were seen, in ascending order."""
    packets: int
    """As the capture holds them, copies of a mirror port included."""
    octets: int
    """Of RTP, its headers included, captured or not."""
    first_time: int
    """ns since 1970-01-01 UTC."""
    last_time: int
    first_frame: int
    """1-based numbers in the capture file."""
    last_frame: int
    input: int = 0
    """Which of the files read, from 0; a stream that goes on in the next file is another one there."""


@dataclass(slots=True)
class Coverage:
    """What was read, and what was not, and why. No limit is silent: each one counts here."""

    frames: int = 0
    octets: int = 0
    carried: Counter[str] = field(default_factory=Counter)
    """Frames that were understood, by what they carried: SIP, RTP and RTCP, other UDP, other TCP, what is encrypted, and
    the rest (ARP, ICMP, SCTP without SIP …). With `not_decoded`, each frame of `frames` counts here exactly once."""
    not_decoded: Counter[str] = field(default_factory=Counter)
    """Frames that nobody could read, by reason, such as `link type 147`."""
    evicted: Counter[str] = field(default_factory=Counter)
    """What a bound made us drop, by the name of the thing, such as `calls` or `IP fragments`."""
    lost: Counter[str] = field(default_factory=Counter)
    """Packets that passed and were not captured, by who lost them (see LOST)."""
    truncated: int = 0
    """SIP payloads cut by the snap length."""
    stream_gaps: int = 0
    """Times when octets of a stream that carries SIP were missing in the capture."""
    gap_octets: int = 0
    """How many octets were missing there."""
    decrypted: int = 0
    """Frames that were read with keys."""
    duplicates: int = 0
    """Messages the capture holds twice (mirror port), dropped before tracking."""
    latest: int = 0
    """The latest time of a packet (ns)."""
    watched_until: int = 0
    """The latest time (ns) up to which a capture says of itself that it was listening; 0 where none does."""
    clock_jumps: int = 0
    """Times when the capture's clock went back by more than a millisecond."""
    notes: list[str] = field(default_factory=list)
    """Sentences about the input as a whole, such as a file that ends inside a record."""

    unseen: list[tuple[int, int]] = field(default_factory=list)
    """Live: from when to when (ns) an interface was away, for the watch, which takes them out."""

    def note_once(self, sentence: str) -> None:
        """Note what would be tedious to read as often as it happens."""
        if sentence not in self.notes:
            self.notes.append(sentence)

    def opened(self, frames: int) -> None:
        """Count frames as SIP that were encrypted until keys opened them."""
        self.decrypted += frames
        moved = min(frames, self.carried[ENCRYPTED])
        self.carried[ENCRYPTED] -= moved
        self.carried[SIP] += moved
