"""watch(live) -> turns of events: the pipeline over packets that are still to come."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from analyser.annotate import CaptureStart, Event, Lookout, Rule, Summary
from analyser.capture.batch import Batch
from analyser.capture.live import Live
from analyser.decode import Decoder
from analyser.pipeline import Messages, Run
from analyser.rules import all_rules
from analyser.sip import looks_like_sip
from analyser.tls import TlsConnection
from analyser.track import Release, Sighting, Tracker, Transaction
from analyser.wire import SECOND, Coverage

if TYPE_CHECKING:
    from analyser.redact import Redactor  # only --redact needs it

TURN: Final = 0.1
"""Seconds that a turn waits for packets: so late, at most, are the timers of a quiet line told."""
PATIENCE: Final = 20 * SECOND
"""How long, at the end, what has passed and waits is still taken; whoever wants an end has waited for it then."""
STEP: Final = SECOND
"""A clock that is set by more than this is a clock that was set; less is corrected by and by."""


def clock_ahead() -> int:
    """How far the system's clock is ahead of one that nobody sets, ns: another value tells that it was set (or that the machine
    slept)."""
    return time.time_ns() - time.monotonic_ns()


class Watch:
    """One live analysis. `turns` yields what each turn of listening showed; `summary` counts as it goes."""

    def __init__(
        self,
        live: Live,
        coverage: Coverage,
        rules: Iterable[Rule] | None = None,
        parameters: Mapping[str, Mapping[str, Any]] | None = None,
        keep: Callable[[Sighting], bool] | None = None,
        *,
        ahead: Callable[[], int] = clock_ahead,
        release: bool = True,
        redactor: "Redactor | None" = None,
    ) -> None:
        """`rules`, `parameters`, `keep` and `redactor` are those of `analyse`; `coverage` is that of the source as well. `ahead` tells
        whether the clock behind `live.now` was set (`clock_ahead`). What has settled, also what a finding is about, is taken apart
        after the turn that told of it, unless the reader has set its `wanted`; without `release` it stays whole."""
        self._live = live
        self._coverage = coverage
        self._ahead = ahead
        self._tracker = Tracker(coverage)
        self._lookout = Lookout(all_rules() if rules is None else rules, coverage, parameters, self._tracker)
        self._messages = Messages(coverage)
        self._decoder = Decoder(coverage, looks_like_sip)
        self._redactor = redactor
        self._run = _LiveRun(self._messages, self._tracker, self._lookout, keep, redactor, release=release)
        self._last_time = 0

    @property
    def summary(self) -> Summary:
        """What was seen so far, in numbers."""
        summary = self._lookout.summary
        summary.first_time, summary.last_time = self._run.first_time, self._run.last_time
        return summary

    @property
    def open_calls(self) -> int:
        """Calls under way, or over so lately that late copies of their messages may come."""
        return self._tracker.open_calls

    def calls_going_on(self) -> int:
        """Calls in which somebody is being called or talks. It looks at each call under way: ask once a second, not each turn."""
        return self._tracker.calls_going_on()

    def turns(self, over: Callable[[], bool]) -> Iterator[Sequence[Event]]:
        """Listen until `over`, asked before each turn. Each turn gives its events, often none; the first gives the
        CaptureStart, the last ends with the Summary."""
        live = self._live
        ahead = self._ahead()
        redactor = self._redactor
        yield (
            CaptureStart(
                live.names if redactor is None else redactor.sources(live.names), redactor is not None
            ),
        )
        while not over():
            batch = live.receive(TURN)
            before, ahead = ahead, self._ahead()
            if abs(ahead - before) > STEP:
                self._step(ahead - before)
            yield self._turn(batch)
        end = time.time_ns()
        while (batch := live.receive(0)) is not None:  # what had passed when it was told to end
            yield self._turn(batch)
            if live.now >= end or time.time_ns() - end > PATIENCE:
                break
        yield tuple(self._end())

    def refresh(self) -> Sequence[Event]:
        """Between two turns: what was told early and is said otherwise by now, such as how often it has happened, for a report that
        is to be of this moment. Turns by themselves tell what has become graver, or holds no longer."""
        return self._lookout.refresh(self._tracker.now)

    def _turn(self, batch: Batch | None) -> Sequence[Event]:
        run, events = self._run, list[Event]()
        run.looked()
        while self._coverage.unseen:
            self._lookout.gaps.add(*self._coverage.unseen.pop(0))
        if batch is not None:
            self._coverage.frames += len(batch)
            self._coverage.octets += int(batch.caplen.sum())
            for gap in batch.gaps(self._last_time):
                self._lookout.gaps.add(*gap)
            self._last_time = max(self._last_time, batch.last_time)
            payloads, handshakes = self._decoder.receive(batch), self._decoder.handshakes()
            events += run.receive(payloads, self._decoder.connections())
            events += run.shake(handshakes)
        events += run.pass_time(self._live.now)
        return events

    def _step(self, by: int) -> None:
        """The clock was set. Timers go on as they would have; what was seen in between cannot be told from what was not."""
        now = self._tracker.now
        self._coverage.clock_jumps += 1
        self._lookout.gaps.add(now, now + by)
        self._tracker.step(by)
        self._lookout.step(by)

    def _end(self) -> Iterator[Event]:
        payloads = self._decoder.close()
        yield from self._run.receive(payloads, self._decoder.connections())
        yield from self._run.follow(self._messages.close())
        yield from self._run.pass_time(self._live.now)
        self._tracker.close(self._live.now)
        yield from self._run.settle()
        yield self.summary


class _LiveRun(Run):
    """One analysis under way that looks at what has not settled, in the order of capture time."""

    def __init__(
        self,
        messages: Messages,
        tracker: Tracker,
        lookout: Lookout,
        keep: Callable[[Sighting], bool] | None,
        redactor: "Redactor | None",
        *,
        release: bool,
    ) -> None:
        queue = Release(in_turns=True)
        super().__init__(messages, tracker, lookout, queue if release else None, keep, redactor, brief=False)
        self.looked = queue.looked
        """To be called once all that was yielded so far has been told."""
        self._lookout = lookout
        self.first_time = 0
        self.last_time = 0
        """Of the messages, ns; 0 where there is none."""

    def follow(self, sightings: Iterable[Sighting]) -> Iterator[Event]:
        """As in `Run`; before each message, what was due before it."""
        tracker, lookout = self._tracker, self._lookout
        chosen = sightings if self._keep is None else filter(self._keep, sightings)
        for sighting in chosen if self._redactor is None else map(self._redactor.sighting, chosen):
            self.first_time = self.first_time or sighting.time
            self.last_time = max(self.last_time, sighting.time)
            yield from self._look(sighting.time - 1)
            tracker.receive(sighting)
            if tracker.settled:
                yield from self.settle()
            yield sighting
            yield from lookout.sighted(sighting)

    def shake(self, handshakes: Iterable[TlsConnection]) -> Iterator[Event]:
        """Look at the TLS connections whose handshakes go on."""
        redactor = self._redactor
        for connection in handshakes if self._keep is None else ():
            yield from self._lookout.shake(
                connection if redactor is None else redactor.connection(connection)
            )

    def _end(self, connection: TlsConnection) -> Iterator[Event]:
        if self._keep is None:
            if self._redactor is not None:
                connection = self._redactor.connection(connection)
            yield connection
            yield from self._lookout.part(connection)

    def pass_time(self, now: int) -> Iterator[Event]:
        """No message is still to come from before `now`."""
        yield from self._look(now)
        self._tracker.advance(now)
        self._lookout.tidy(now)
        yield from self.settle()

    def _look(self, until: int) -> Iterator[Event]:
        lookout = self._lookout
        while (due := lookout.due) is not None and due <= until:
            self._tracker.advance(due)
            yield from self.settle()
            if lookout.due == due:  # what has settled is not looked at any more
                yield from lookout.look()

    def settle(self) -> Iterator[Event]:
        """As in `Run`, with what becomes of early findings."""
        release = self._release
        for subject in self._tracker.drain():
            yield subject
            yield from self._lookout.settle(subject)
            if release is not None and (not isinstance(subject, Transaction) or subject.owner is None):
                release.let_go(subject, cited=False)  # who reads has this turn to want what was found
        shown = self._lookout.shown
        spared, shown.spared = shown.spared, []
        if release is not None:
            self._spare(release)
            for each in spared:
                release.spare(each)
