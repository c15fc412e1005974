"""One of several processes: reads everything, tracks and judges its share, and sends the results as plain values.

What it sends, in order: one `Chunk` a batch of packets, with all that came of it; then one of another kind, after which there is nothing.
"""

from __future__ import annotations

from dataclasses import fields
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from analyser.annotate import Annotator, CaptureStart
from analyser.capture import read
from analyser.decode import Decoder
from analyser.errors import CaptureError
from analyser.parallel.branches import BEGUN, MET, OVER, BranchLog
from analyser.parallel.flat import Flat
from analyser.parallel.others import Others
from analyser.parallel.places import BITS_OF_NUMBER, SIGHTED, beginning_of, settled_at
from analyser.parallel.plan import BATCH, END, ENTANGLED, FAILED, Chunk, Plan
from analyser.parallel.results import Briefs, Lines
from analyser.parallel.share import UNKNOWN, Entangled, Share
from analyser.pipeline import Messages
from analyser.sip import MAGIC_COOKIE, Request, looks_like_sip
from analyser.sip.parse import parse
from analyser.track import Peer, Release, Sighting, Tracker, Transaction
from analyser.track.sighting import ACK, STRAY
from analyser.wire import Coverage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mypy_extensions import i64

    from analyser.annotate import Event, Finding
    from analyser.wire import Hop, Payload

_NEVER: Final = 1 << 62
"""The place of what does not come any more in a batch."""


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
        self._others = Others(self._share, index, plan.jobs, self._coverage)
        self._messages = Messages(
            self._coverage, self._share.parse if plan.keep is None else parse, self._passed
        )
        self._results = Lines(plan.lang) if plan.lines else Briefs(index, plan.most_calls)
        self._results.take(0, CaptureStart(tuple(plan.inputs)))
        self._results.records.clear()  # the first process writes that line itself
        self._branches = BranchLog()
        self._firsts: dict[str, dict[tuple[str, int], int]] = {}
        """Of each peer: where a method met a status code first."""
        self._passed_over: i64 = 0
        """Of the datagrams of the batch that were left to others: how many are counted, and how many hops were heard by that."""
        self._heard_over: i64 = 0
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
        decoder = Decoder(self._coverage, looks_like_sip, self._others if plan.keep is None else None)
        own = self._own if plan.keep is None else _all
        last_time = 0
        for batch in read(plan.inputs, self._coverage, self._note_progress):
            for gap in batch.gaps(last_time):
                self._annotator.gaps.add(*gap)
            payloads = decoder.receive(batch)
            if decoder.connections() or batch.has_keys:  # TLS belongs to no Call-ID
                raise Entangled(beginning_of(messages.number + 1))
            self._follow(messages.receive(own(payloads)))
            last_time = max(last_time, batch.last_time)
            self._give(BATCH, None)
        payloads = decoder.close()
        if decoder.connections():
            raise Entangled(beginning_of(messages.number + 1))
        self._follow(chain(messages.receive(own(payloads)), messages.close()))
        first_time, now = self._tracker.first_time, self._tracker.now
        self._tracker.close(max(last_time, self._coverage.watched_until) - decoder.behind)
        self._settle(messages.number + 1, closing=True)
        self._give(END, self._rest(first_time, now))

    def _note_progress(self, octets: int, total: int | None) -> None:
        self._progress = octets, total

    def _give(self, kind: str, rest: Any) -> None:
        records, self._results.records = self._results.records, []
        self._send(Chunk(kind, records, self._branches.take(), self._progress, rest))

    def _follow(self, sightings: Iterable[Sighting]) -> None:
        keep, share, wants = self._plan.keep, self._share, self._results.wants
        tracker, annotator = self._tracker, self._annotator
        settled, redactor = tracker.settled, self._plan.redactor
        methods, statuses = self._annotator.summary.methods, self._annotator.summary.statuses
        for sighting in sightings:
            if keep is not None or share.unsure:
                share.unsure = False
                if keep is not None and not keep(sighting):
                    continue
                if not share.holds(sighting.message):
                    self._passed(sighting.number, sighting.time, sighting.hop)
                    continue
            if redactor is not None:
                sighting = redactor.sighting(sighting)  # noqa: PLW2901 - the original goes no further
            tracker.receive(sighting)
            if settled:
                self._settle(sighting.number)
            place = sighting.number << BITS_OF_NUMBER | SIGHTED
            if Sighting in wants:
                self._yield(place, sighting)
            findings = annotator.sighted(sighting)
            if len(methods) + len(statuses) != len(self._counted):
                self._note_counted(place)
            if findings:
                self._judge(place, findings)
            if sighting.message.__class__ is Request or sighting.role is STRAY:
                self._note_branch(sighting)

    def _note_branch(self, sighting: Sighting) -> None:
        message, transaction, number = sighting.message, sighting.transaction, sighting.number
        if transaction is not None and sighting.role is not ACK:
            begun = transaction.opened == number
            self._branches.note(transaction.branch, number, BEGUN if begun else MET)
        elif message.branch.startswith(MAGIC_COOKIE) and message.branch != MAGIC_COOKIE:
            self._branches.note(message.branch, number, MET)

    def _own(self, payloads: list[Payload]) -> Iterable[Payload]:
        """The payloads that may be this process's. What others take is counted between them, where it came."""
        share, others, messages = self._share, self._others, self._messages
        own, places = others.own, others.places
        own.append(_NEVER)  # so that there is always a next one
        places.append(_NEVER)
        others.fresh.append(_NEVER)
        mine: i64 = 0
        next_own: i64 = own[0]
        next_left: i64 = places[0]
        at: i64 = 0
        for payload in payloads:
            if next_left == at:
                next_left = self._pass_over(at)
            if next_own == at:
                mine += 1
                next_own = own[mine]
                share.guessed = self._index
            elif payload.whole:
                guess = share.guess(payload.data)
                if guess not in (self._index, UNKNOWN):
                    messages.number += 1
                    if payload.missing:
                        self._coverage.truncated += 1
                    self._passed(messages.number, payload.time, payload.hop)
                    at += 1
                    continue
                share.guessed = guess
            at += 1
            yield payload
        if next_left == at:
            self._pass_over(at)
        others.clear()
        self._passed_over = self._heard_over = 0

    def _pass_over(self, at: i64) -> i64:
        """Count the datagrams that were left to others before payload `at` of the batch; the payload before which the next ones are."""
        others, tracker, messages = self._others, self._tracker, self._messages
        places, times, fresh = others.places, others.times, others.fresh
        left, heard = self._passed_over, self._heard_over
        number: i64 = messages.number
        due: i64 = tracker.due
        next_fresh: i64 = fresh[heard]
        place: i64 = places[left]
        while place == at:
            time: i64 = times[left]
            number += 1
            if time >= due or left == next_fresh:
                messages.number = number
                self._passed(number, time, others.hops[left])
                due = tracker.due
                if left == next_fresh:
                    heard += 1
                    next_fresh = fresh[heard]
            elif time > tracker.now:
                tracker.now = time
            left += 1
            place = places[left]
        messages.number = number
        self._passed_over, self._heard_over = left, heard
        return place

    def _passed(self, number: int, time: int, hop: Hop) -> None:
        """A message that another process takes."""
        tracker, redactor = self._tracker, self._plan.redactor
        tracker.pass_by(time, hop if redactor is None else redactor.hop(hop))
        if tracker.settled:
            self._settle(number)

    def _note_counted(self, place: int) -> None:
        summary = self._annotator.summary
        names: tuple[str | int, ...] = (*summary.methods, *summary.statuses)
        for name in names:
            self._counted.setdefault(name, place)

    def _settle(self, number: int, *, closing: bool = False) -> None:
        tracker, wants, judged, release = self._tracker, self._results.wants, self._annotator, self._release
        places = tracker.places()
        for (stage, order), subject in zip(places, tracker.drain(), strict=True):
            place = settled_at(number, stage, order)
            if isinstance(subject, Transaction):
                subject.place = place
                self._note_peer(subject)
                self._branches.note(subject.branch, number, OVER)
            elif isinstance(subject, Peer):
                if closing:
                    self._peers.append(subject)
                    continue
                del self._firsts[subject.host]
            if subject.__class__ in wants:
                self._yield(place, subject)
            findings = judged.settled(subject)
            if findings:
                self._judge(place, findings)
            if findings or not isinstance(subject, Transaction) or subject.owner is None:
                release.let_go(subject, bool(findings))
        for spared in tracker.spared:
            release.spare(spared)

    def _note_peer(self, transaction: Transaction) -> None:
        """Remember where its sender met a status code first."""
        host = transaction.hop.source.host
        firsts = self._firsts.get(host)
        if firsts is None:
            firsts = self._firsts[host] = {}
        met = transaction.method, transaction.status
        if met not in firsts:
            firsts[met] = transaction.place

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
            "gaps": self._annotator.gaps.spans,
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
            [(firsts.get(met, 0), *met, count) for met, count in peer.statuses.items()],
            [flat.transaction(failure) for failure in peer.failures],
            peer.failed,
            peer.undecided,
        )


def _all(payloads: list[Payload]) -> Iterable[Payload]:
    """Whether a message is kept at all, only its parse tells."""
    return payloads


def plain_coverage(coverage: Coverage) -> dict[str, Any]:
    """Its fields, without the types that only we know."""
    values = {field.name: getattr(coverage, field.name) for field in fields(coverage)}
    return {name: dict(value) if isinstance(value, dict) else value for name, value in values.items()}
