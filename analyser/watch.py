"""watch(live) -> turns of events: the pipeline over packets that are still to come."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from analyser.annotate import Annotator, CaptureStart, Event, Rule, Summary
from analyser.capture.live import Live
from analyser.decode import Decoder
from analyser.pipeline import Messages, Run
from analyser.rules import all_rules
from analyser.sip import looks_like_sip
from analyser.track import Release, Sighting, Tracker
from analyser.wire import Coverage

TURN: Final = 0.1
"""Seconds that a turn waits for packets: so late, at most, are the timers of a quiet line told."""


class Watch:
    """One live analysis. `turns` yields what each turn of listening showed; `summary` counts as it goes."""

    def __init__(
        self,
        live: Live,
        coverage: Coverage,
        rules: Iterable[Rule] | None = None,
        parameters: Mapping[str, Mapping[str, Any]] | None = None,
        keep: Callable[[Sighting], bool] | None = None,
    ) -> None:
        """`rules`, `parameters` and `keep` are those of `analyse`; `coverage` is that of the source as well."""
        self._live = live
        self._coverage = coverage
        self._tracker = Tracker(coverage)
        self._annotator = Annotator(all_rules() if rules is None else rules, coverage, parameters)
        self._messages = Messages(coverage)
        self._decoder = Decoder(coverage, looks_like_sip)
        self._run = Run(self._messages, self._tracker, self._annotator, Release(), keep, brief=False)

    @property
    def summary(self) -> Summary:
        """What was seen so far, in numbers."""
        summary = self._annotator.summary
        summary.first_time, summary.last_time = self._tracker.first_time, self._tracker.now
        return summary

    @property
    def open_calls(self) -> int:
        """Calls under way, or over so lately that late copies of their messages may come."""
        return self._tracker.open_calls

    def turns(self, over: Callable[[], bool]) -> Iterator[Sequence[Event]]:
        """Listen until `over`, asked before each turn. Each turn gives its events, often none; the first gives the
        CaptureStart, the last ends with the Summary."""
        live = self._live
        yield (CaptureStart(live.names),)
        while not over():
            batch = live.receive(TURN)
            events: list[Event] = []
            if batch is not None:
                self._coverage.frames += len(batch)
                self._coverage.octets += int(batch.caplen.sum())
                payloads = self._decoder.receive(batch)
                events += self._run.receive(payloads, self._decoder.connections())
            self._tracker.advance(live.now)
            events += self._run.settle()
            yield events
        yield tuple(self._end())

    def _end(self) -> Iterator[Event]:
        payloads = self._decoder.close()
        yield from self._run.receive(payloads, self._decoder.connections())
        yield from self._run.follow(self._messages.close())
        summary = self.summary
        self._tracker.close(self._live.now)
        yield from self._run.settle()
        yield summary
