"""analyse(paths) -> events: wires capture, decode, sip, track and annotate together, nothing more."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from analyser.annotate import Annotator, CaptureStart, Event, Rule
from analyser.capture import inputs_of, read
from analyser.decode import Decoder
from analyser.rules import all_rules
from analyser.sip import StreamFramer, looks_like_sip, parse
from analyser.track import Sighting, Tracker
from analyser.wire import DATAGRAM_TRANSPORTS, Coverage, Hop, Payload

MAX_STREAMS = 10_000
"""Stream directions with a message under way; the oldest goes first, counted in the coverage."""

Progress = Callable[[int, int | None], None]


class Messages:
    """Payloads -> sightings: parses datagrams, frames streams (RFC 3261 §18.3), numbers what is SIP."""

    def __init__(self, coverage: Coverage) -> None:
        self.coverage = coverage
        self.number = 0
        self._framers: dict[Hop, StreamFramer[int]] = {}

    def receive(self, payloads: Iterable[Payload]) -> Iterator[Sighting]:
        """The messages that the payloads complete, in order."""
        for time, hop, data, frames, ident, missing, source in payloads:
            if hop.transport in DATAGRAM_TRANSPORTS:
                message = parse(data, missing)
                if message is None:
                    continue
                if missing:
                    self.coverage.truncated += 1
                self.number = number = self.number + 1
                yield Sighting(number, time, hop, message, frames, ident, missing, source)
            else:
                yield from self._stream(time, hop, data, frames, missing, source)

    def _stream(
        self, time: int, hop: Hop, data: bytes, frames: tuple[int, ...], missing: int, source: int
    ) -> Iterator[Sighting]:
        framer = self._framers.get(hop)
        if framer is None:
            if not data:
                return
            framer = self._framers[hop] = StreamFramer()
            if len(self._framers) > MAX_STREAMS:
                self.coverage.evicted["streams"] += 1
                del self._framers[next(iter(self._framers))]
        complete = list(framer.lost()) if missing else []
        if data:
            complete += framer.feed(data, frames[-1])
        else:
            complete += framer.close()
            del self._framers[hop]
        for octets, marks in complete:
            message = parse(octets)
            if message is not None:
                self.number += 1
                yield Sighting(self.number, time, hop, message, marks, input=source)


def analyse(
    paths: Sequence[str | Path],
    rules: Iterable[Rule] | None = None,
    parameters: Mapping[str, Mapping[str, Any]] | None = None,
    keep: Callable[[Sighting], bool] | None = None,
    progress: Progress | None = None,
) -> Iterator[Event]:
    """Read captures ('-' is stdin, a directory is its captures in order of time) and yield what they show.

    `parameters` sets thresholds: rule id -> parameter -> value. `keep` tells which messages are
    to be tracked at all. `progress` is told octets read and their
    total, None where it is not known. Raises CaptureError for what cannot be read.
    """
    coverage = Coverage()
    inputs = inputs_of(paths)
    tracker = Tracker(coverage)
    annotator = Annotator(all_rules() if rules is None else rules, coverage, parameters)
    yield CaptureStart(tuple(str(path) for path in inputs))
    decoder = Decoder(coverage, looks_like_sip)
    messages = Messages(coverage)
    last_time = 0
    for batch in read(inputs, coverage, progress):
        sightings = messages.receive(decoder.receive(batch))
        yield from _track(sightings if keep is None else filter(keep, sightings), tracker, annotator)
        last_time = max(last_time, batch.last_time)
    sightings = messages.receive(decoder.close())
    yield from _track(sightings if keep is None else filter(keep, sightings), tracker, annotator)
    tracker.close(last_time)
    yield from _settle(tracker, annotator)
    yield annotator.summary


def _track(sightings: Iterable[Sighting], tracker: Tracker, annotator: Annotator) -> Iterator[Event]:
    receive, sighted = tracker.receive, annotator.sighted
    for sighting in sightings:
        receive(sighting)
        if tracker.has_settled:
            yield from _settle(tracker, annotator)
        yield sighting
        findings = sighted(sighting)
        if findings:
            yield from findings


def _settle(tracker: Tracker, annotator: Annotator) -> Iterator[Event]:
    for subject in tracker.drain():
        yield subject
        yield from annotator.settled(subject)
