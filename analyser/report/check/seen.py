"""What a check keeps of a run: numbers, and of the findings one tally for each fingerprint."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from analyser.annotate import CaptureStart, Finding, Summary
from analyser.report.check.fingerprint import Fingerprint, fingerprint
from analyser.report.encrypted import Encrypted
from analyser.report.json_times import iso_time
from analyser.report.secrets import note_of, remedy_of
from analyser.report.wire_text import wire_text
from analyser.sip import Response
from analyser.tls import TlsConnection
from analyser.track import Call, Sighting

if TYPE_CHECKING:
    from collections.abc import Collection

    from analyser.annotate import Event, Rule, Severity

MAX_TALLIES: Final = 10_000
"""Fingerprints that are told apart; findings with further ones count by rule and severity alone."""
MAX_PLACES: Final = 8
"""Findings of one fingerprint whose frames are named."""
MAX_FRAMES: Final = 16
"""Frames named of one finding."""
MAX_NOTE: Final = 1200


class Place(NamedTuple):
    """Where one finding is to be seen."""

    input: int
    frames: tuple[int, ...]
    """The frame that shows it first."""
    time: str
    call_id: str


class Tally:
    """The findings of one fingerprint. Of the first one it has the words, of the first few the places."""

    __slots__ = ("count", "fingerprint", "known", "note", "places", "remedy", "rule", "severity")

    def __init__(self, finding: Finding, mark: Fingerprint, lang: str) -> None:
        self.fingerprint = mark
        self.rule: Rule = finding.rule
        self.severity: Severity = finding.severity
        self.note = wire_text(note_of(finding, lang), MAX_NOTE)
        self.remedy = wire_text(remedy_of(finding, lang), MAX_NOTE)
        self.places: list[Place] = []
        self.count = 0
        self.known = 0
        """How many of them the baseline knows."""

    @property
    def new(self) -> int:
        """How many of them the baseline does not know."""
        return self.count - self.known

    @property
    def order(self) -> tuple[int, int, Fingerprint]:
        """Worst first, then the most frequent; by name what is alike in that."""
        return (-self.severity, -self.new, self.fingerprint)

    def add(self, finding: Finding) -> None:
        """Count one more."""
        self.count += 1
        if len(self.places) < MAX_PLACES:
            at = finding.evidence.at
            message = at.message if isinstance(at, Sighting) else None
            call_id = wire_text(message.call_id) if message is not None else ""
            self.places.append(
                Place(at.input, tuple(finding.frames[:MAX_FRAMES]), iso_time(at.time), call_id)
            )


class Seen:
    """Takes the events of an analysis. Its size has a bound, whatever the length of the capture."""

    def __init__(self, lang: str = "en", methods: Collection[str] = (), *, narrowed: bool = False) -> None:
        """`methods` are those whose responses are counted by code; their messages must be told. `narrowed` says that filters chose
        among the messages."""
        self.lang = lang
        self.narrowed = narrowed
        self._methods = methods
        self.inputs: tuple[str, ...] = ()
        self.redacted = False
        self.calls = 0
        self.encrypted = Encrypted()
        """TLS connections of SIP that were seen from outside."""
        self.answers: Counter[tuple[str, int]] = Counter()
        """Responses to those methods by method and status, without retransmissions."""
        self.not_told_apart = 0
        """Findings that came when there were `MAX_TALLIES`."""
        self.summary: Summary | None = None
        self._tallies: dict[Fingerprint, Tally] = {}

    def receive(self, event: Event) -> None:
        """Count one event."""
        match event:
            case Sighting():
                self._answered(event)
            case Call():
                self.calls += 1
            case Finding():
                self._found(event)
            case TlsConnection():
                self.encrypted.add(event)
            case CaptureStart():
                self.inputs, self.redacted = event.inputs, event.redacted
            case Summary():
                self.summary = event

    def _answered(self, sighting: Sighting) -> None:
        message = sighting.message
        if (
            isinstance(message, Response)
            and message.cseq_method in self._methods
            and not (sighting.duplicate or sighting.retransmission)
        ):
            self.answers[message.cseq_method, message.status] += 1

    def _found(self, finding: Finding) -> None:
        mark = fingerprint(finding)
        tally = self._tallies.get(mark)
        if tally is None and len(self._tallies) >= MAX_TALLIES:
            self.not_told_apart += 1
            mark = Fingerprint(mark.rule, mark.severity, mark.kind, "", 0, "", "")
            tally = self._tallies.get(mark)
        if tally is None:
            tally = self._tallies[mark] = Tally(finding, mark, self.lang)
        tally.add(finding)

    def tallies(self) -> list[Tally]:
        """All of them, worst first."""
        return sorted(self._tallies.values(), key=lambda tally: tally.order)
