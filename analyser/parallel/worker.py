"""One of several processes: reads everything, tracks and judges its share, and sends the results as plain values.

What it sends, in order: one `Chunk` a batch of packets, with all that came of it; then one of another kind, after which there is nothing.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, fields
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from analyser.annotate import Annotator, CaptureStart
from analyser.capture import read
from analyser.decode import Decoder
from analyser.errors import CaptureError
from analyser.parallel.flat import Flat
from analyser.parallel.places import beginning_of, settled_at, sighted_at
from analyser.parallel.results import Briefs, Lines
from analyser.parallel.share import Entangled, Share
from analyser.pipeline import Messages
from analyser.sip import MAGIC_COOKIE, Request, looks_like_sip, parse
from analyser.track import Peer, Release, Tracker, Transaction
from analyser.track.sighting import STRAY
from analyser.wire import Coverage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from analyser.annotate import Event, Finding, Rule
    from analyser.track import Sighting
    from analyser.wire import Hop

BATCH, END, FAILED, ENTANGLED, DIED = "batch", "end", "failed", "entangled", "died"
"""Kinds of chunks: of a batch of packets; the results; the capture cannot be read on; it cannot be split; a mistake of ours."""


class Chunk(NamedTuple):
    """What one process has found in one batch of packets; or why it ends."""

    kind: str
    records: list[tuple[int, Any]]
    """Places and what belongs there, in order."""
    branches: bytes
    """Hashes of the branches that messages of this share have brought, as int64."""
    numbers: bytes
    """The numbers of those messages, as int64."""
    progress: tuple[int, int | None]
    """Octets read, and their total."""
    rest: Any
    """The results, the reason of a failure, or the place from which on it cannot be split."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done, the same for every process."""

    jobs: int
    inputs: Sequence[str]
    coverage: Coverage
    """With what is known of the inputs so far."""
    rules: Sequence[Rule]
    parameters: Mapping[str, Mapping[str, Any]]
    keep: Callable[[Sighting], bool] | None
    shows: Callable[[Event], bool] | None
    """What of the result is wanted; None for everything."""
    fails: Callable[[Finding], bool] | None
    """Whether the process is to end with failure for a finding."""
    lines: bool
    """Whether JSON lines are wanted, rather than a report."""
    lang: str
    most_calls: int
    """Calls that the report may draw."""


class Worker:
    """The process number `index`."""

    def __init__(self, plan: Plan, index: int, send: Callable[[Chunk], None]) -> None:
        self._plan = plan
        self._index = index
        self._send = send
        self._coverage = plan.coverage
        self._tracking = Coverage()
        self._tracker = Tracker(self._tracking)
        self._annotator = Annotator(plan.rules, self._tracking, plan.parameters)
        self._release = Release()
        self._share = Share(index, plan.jobs)
        self._messages = Messages(
            self._coverage, self._share.parse if plan.keep is None else parse, self._passed
        )
        self._results = Lines(plan.lang) if plan.lines else Briefs(index, plan.most_calls)
        self._results.take(0, CaptureStart(tuple(plan.inputs)))
        self._results.records.clear()  # the first process writes that line itself
        self._branches = array("q")
        self._numbers = array("q")
        self._firsts: dict[str, dict[tuple[str, int], int]] = {}
        """Of each peer: where a method met a status code first."""
        self._counted: dict[str | int, int] = {}
        """Where each method and status code was counted first."""
        self._peers: list[Peer] = []
        self._failed = False
        self._progress: tuple[int, int | None] = (0, None)

    def run(self) -> None:
        """Read everything, and send all chunks."""
        try:
            self._read()
        except CaptureError as error:
            self._give(FAILED, str(error))
        except Entangled as entangled:
            self._give(ENTANGLED, entangled.place or beginning_of(self._messages.number + 1))

    def _read(self) -> None:
        plan, messages = self._plan, self._messages
        decoder = Decoder(self._coverage, looks_like_sip)
        last_time = 0
        for batch in read(plan.inputs, self._coverage, self._note_progress):
            self._follow(messages.receive(decoder.receive(batch)))
            last_time = max(last_time, batch.last_time)
            self._give(BATCH, None)
        self._follow(chain(messages.receive(decoder.close()), messages.close()))
        first_time, now = self._tracker.first_time, self._tracker.now
        self._tracker.close(last_time)
        self._settle(messages.number + 1, closing=True)
        self._give(END, self._rest(first_time, now))

    def _note_progress(self, octets: int, total: int | None) -> None:
        self._progress = octets, total

    def _give(self, kind: str, rest: Any) -> None:
        records, self._results.records = self._results.records, []
        self._send(
            Chunk(kind, records, self._branches.tobytes(), self._numbers.tobytes(), self._progress, rest)
        )
        self._branches, self._numbers = array("q"), array("q")

    def _follow(self, sightings: Iterable[Sighting]) -> None:
        keep, share = self._plan.keep, self._share
        for sighting in sightings:
            if keep is not None or share.unsure:
                if keep is not None and not keep(sighting):
                    continue
                share.unsure = False
                if not share.holds(sighting.message):
                    self._passed(sighting.number, sighting.time, sighting.hop)
                    continue
            self._take(sighting)

    def _passed(self, number: int, time: int, hop: Hop) -> None:
        """A message that another process takes."""
        tracker = self._tracker
        tracker.pass_by(time, hop)
        if tracker.settled:
            self._settle(number)

    def _take(self, sighting: Sighting) -> None:
        number, message, tracker = sighting.number, sighting.message, self._tracker
        tracker.receive(sighting)
        if tracker.settled:
            self._settle(number)
        place = sighted_at(number)
        self._yield(place, sighting)
        findings = self._annotator.sighted(sighting)
        self._note_counted(place)
        if findings:
            self._judge(place, findings)
        if (isinstance(message, Request) or sighting.role is STRAY) and message.branch.startswith(
            MAGIC_COOKIE
        ):
            self._branches.append(hash(message.branch))  # forked processes share the seed of hashes
            self._numbers.append(number)

    def _note_counted(self, place: int) -> None:
        summary, counted = self._annotator.summary, self._counted
        if len(summary.methods) + len(summary.statuses) != len(counted):
            names: tuple[str | int, ...] = (*summary.methods, *summary.statuses)
            for name in names:
                counted.setdefault(name, place)

    def _settle(self, number: int, *, closing: bool = False) -> None:
        tracker = self._tracker
        places = tracker.places()
        for (stage, order), subject in zip(places, tracker.drain(), strict=True):
            place = settled_at(number, stage, order)
            if isinstance(subject, Transaction):
                subject.place = place
                firsts = self._firsts.setdefault(subject.hop.source.host, {})
                firsts.setdefault((subject.method, subject.status), place)
            elif isinstance(subject, Peer):
                if closing:
                    self._peers.append(subject)
                    continue
                del self._firsts[subject.host]
            self._yield(place, subject)
            findings = self._annotator.settled(subject)
            if findings:
                self._judge(place, findings)
            if findings or not isinstance(subject, Transaction) or subject.owner is None:
                self._release.let_go(subject, bool(findings))

    def _judge(self, place: int, findings: list[Finding]) -> None:
        fails = self._plan.fails
        for finding in findings:
            if self._yield(place, finding) and fails is not None and fails(finding):
                self._failed = True

    def _yield(self, place: int, event: Event) -> bool:
        """Take an event, if it is wanted."""
        if self._annotator.summary.crashed:  # another process would go on with the rule
            raise Entangled(place)
        shows = self._plan.shows
        wanted = shows is None or shows(event)
        if wanted:
            self._results.take(place, event)
        return wanted

    def _rest(self, first_time: int, now: int) -> dict[str, Any]:
        """The results that are told at the end."""
        summary, flat = self._annotator.summary, Flat()
        if summary.crashed:
            raise Entangled(beginning_of(self._messages.number + 1))
        return {
            "read": (self._messages.number, self._coverage.frames),
            "coverage": plain_coverage(self._coverage) if self._index == 0 else None,
            "tracking": plain_coverage(self._tracking),
            "times": (first_time, now),
            "methods": [(name, count, self._counted[name]) for name, count in summary.methods.items()],
            "statuses": [(name, count, self._counted[name]) for name, count in summary.statuses.items()],
            "retransmissions": summary.retransmissions,
            "rules": dict(summary.rules),
            "severities": dict(summary.severities),
            "kpis": summary.kpis.numbers(),
            "peers": [self._plain_peer(peer, flat) for peer in self._peers],
            "shown": self._results.rest(flat),
            "tables": flat.tables(),
            "failed": self._failed,
        }

    def _plain_peer(self, peer: Peer, flat: Flat) -> tuple[Any, ...]:
        firsts = self._firsts[peer.host]
        return (
            peer.host,
            peer.settled_at,
            flat.transaction(peer.first),
            flat.transaction(peer.last),
            [(firsts[met], *met, count) for met, count in peer.statuses.items()],
            [flat.transaction(failure) for failure in peer.failures],
        )


def plain_coverage(coverage: Coverage) -> dict[str, Any]:
    """Its fields, without the types that only we know."""
    values = {field.name: getattr(coverage, field.name) for field in fields(coverage)}
    return {name: dict(value) if isinstance(value, dict) else value for name, value in values.items()}
