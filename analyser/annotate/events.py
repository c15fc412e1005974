"""What an analysis yields, in order: one `CaptureStart`, then sightings, findings and settled subjects as they
come, then one `Summary`; before it the RTP streams, where they are asked for. A live run tells findings early, and revises them. Reports, JSON lines and the TUI consume nothing else."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from analyser.annotate.kpi import Kpis
from analyser.annotate.rule import Finding
from analyser.tls import TlsConnection
from analyser.track import Call, Peer, Publication, Registration, Sighting, Subscription, Transaction
from analyser.wire import RtpStream

if TYPE_CHECKING:
    from analyser.wire import Coverage


@dataclass(frozen=True, slots=True)
class CaptureStart:
    """What is about to be read."""

    inputs: tuple[str, ...]
    """Names as given; several files of a directory each by their own."""
    redacted: bool = False
    """Whether pseudonyms stand for users, numbers, hosts and addresses."""


@dataclass(frozen=True, slots=True)
class Revision:
    """Live only: what was told before its subject had settled, in the light of what came after. A tail has told it already; a
    report puts `now` in the place of `earlier`. One finding may be revised several times."""

    earlier: Finding
    """The very finding that stands: the one that was yielded, or `now` of the latest revision of it."""
    now: Finding | None
    """The same as it is known now, `early` if it may be revised further; None where it holds no longer: the call that was stuck went on, the password was right at last."""


@dataclass(slots=True)
class Summary:
    """What was seen, in numbers. Retransmissions are in `retransmissions`, duplicates only in `coverage`;
    `methods` and `statuses` count messages without either."""

    coverage: Coverage
    methods: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    retransmissions: int = 0
    rules: Counter[str] = field(default_factory=Counter)
    """Findings by rule id."""
    severities: Counter[str] = field(default_factory=Counter)
    crashed: dict[str, str] = field(default_factory=dict)
    """Rules switched off because they crashed: id and the exception's one line."""
    kpis: Kpis = field(default_factory=Kpis)
    first_time: int = 0
    last_time: int = 0
    """Of the SIP messages, ns; 0 where there is none."""

    @property
    def messages(self) -> int:
        """All of them, with retransmissions and the capture's duplicates."""
        counted = self.methods.total() + self.statuses.total()
        return counted + self.retransmissions + self.coverage.duplicates


Event = (
    CaptureStart
    | Sighting
    | Finding
    | Revision
    | Transaction
    | Call
    | Registration
    | Subscription
    | Publication
    | Peer
    | TlsConnection
    | RtpStream
    | Summary
)
