"""analyse(paths) -> events: wires capture, decode, sip, track and annotate together, nothing more."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, Final

from analyser.annotate import Annotator, CaptureStart, Event, Rule
from analyser.capture import inputs_of, read
from analyser.decode import Decoder
from analyser.rules import all_rules
from analyser.sip import Defect, Request, Response, StreamFramer, looks_like_sip, parse
from analyser.track import Release, Sighting, Tracker, Transaction
from analyser.wire import Coverage, Hop, Payload

MAX_STREAMS = 10_000
"""Stream directions with a message under way; the oldest goes first, counted in the coverage."""

_NO_SIP_FIELD = frozenset(
    {Defect.MISSING_CALL_ID, Defect.MISSING_CSEQ, Defect.MISSING_VIA, Defect.MISSING_FROM, Defect.MISSING_TO}
)

Progress = Callable[[int, int | None], None]
Parse = Callable[[bytes, int], Request | Response | None]
Passed = Callable[[int, int, Hop], None]

ELSEWHERE: Final = Request()
"""What a `Parse` gives for a message that it leaves to another process: it counts, and nothing more."""


class Messages:
    """Payloads -> sightings: parses datagrams, frames streams (RFC 3261 §18.3), numbers what is SIP."""

    def __init__(
        self,
        coverage: Coverage,
        read: Parse = parse,
        passed: Passed | None = None,
    ) -> None:
        """`passed` is told number, time and hop of each message that `read` leaves to another process."""
        self.coverage = coverage
        self.number = 0
        self._parse = read
        self._passed = passed or _ignored
        self._framers: dict[Hop, StreamFramer[int]] = {}
        self._last_time = 0
        self._last_input = 0

    def receive(self, payloads: Iterable[Payload]) -> Iterator[Sighting]:
        """The messages that the payloads complete, in order."""
        parse = self._parse
        for time, hop, data, frames, ident, missing, source, whole in payloads:
            if whole:
                message = parse(data, missing)
                if message is None:
                    continue
                if missing:
                    self.coverage.truncated += 1
                self.number = number = self.number + 1
                if message is ELSEWHERE:
                    self._passed(self.number, time, hop)
                else:
                    yield Sighting(number, time, hop, message, frames, ident, missing, source)
            else:
                yield from self._stream(time, hop, data, frames, missing, source)

    def _stream(
        self, time: int, hop: Hop, data: bytes, frames: tuple[int, ...], missing: int, source: int
    ) -> Iterator[Sighting]:
        self._last_time, self._last_input = time, source
        framer = self._framers.get(hop)
        if framer is None:
            if not data:
                return
            framer = self._framers[hop] = StreamFramer()
            if len(self._framers) > MAX_STREAMS:
                self.coverage.evicted["streams"] += 1
                del self._framers[next(iter(self._framers))]
        complete = framer.lost() if missing else []
        if data:
            complete += framer.feed(data, frames[-1])
        else:
            complete += framer.close()
            del self._framers[hop]
        yield from self._framed(complete, time, hop, source)
        if framer.unfinished is not None:
            yield from self._cut(framer, time, hop, source)

    def close(self) -> Iterator[Sighting]:
        """The capture has ended: what the streams still hold."""
        for hop, framer in self._framers.items():
            yield from self._framed(framer.close(), self._last_time, hop, self._last_input)
            if framer.unfinished is not None:
                yield from self._cut(framer, self._last_time, hop, self._last_input)
        self._framers.clear()

    def _framed(
        self, complete: Iterable[tuple[bytes, tuple[int, ...]]], time: int, hop: Hop, source: int
    ) -> Iterator[Sighting]:
        for octets, marks in complete:
            message = self._parse(octets, 0)
            if message is not None and not _foreign(message):
                self.number += 1
                if message is ELSEWHERE:
                    self._passed(self.number, time, hop)
                else:
                    yield Sighting(self.number, time, hop, message, marks, input=source)

    def _cut(self, framer: StreamFramer[int], time: int, hop: Hop, source: int) -> Iterator[Sighting]:
        """A message whose end the capture does not hold."""
        rest, framer.unfinished = framer.unfinished, None
        assert rest is not None
        message = self._parse(rest.octets, rest.missing)
        if message is None:
            return
        self.coverage.truncated += 1
        self.number += 1
        if message is ELSEWHERE:
            self._passed(self.number, time, hop)
        else:
            yield Sighting(self.number, time, hop, message, rest.marks, missing=rest.missing, input=source)


def _ignored(_number: int, _time: int, _hop: Hop) -> None:
    """Where one process reads everything, nothing passes by."""


def _foreign(message: Request | Response) -> bool:
    """Whether a stream only borrows SIP's status line: an HTTP server may say `SIP/2.0 200 ok` to evade a
    filter, but without a single header field of SIP there is nothing that such a response could answer."""
    return isinstance(message, Response) and _NO_SIP_FIELD.issubset(message.scan_defects)


def analyse(
    paths: Sequence[str | Path],
    rules: Iterable[Rule] | None = None,
    parameters: Mapping[str, Mapping[str, Any]] | None = None,
    keep: Callable[[Sighting], bool] | None = None,
    progress: Progress | None = None,
    *,
    release: bool = False,
) -> Iterator[Event]:
    """Read captures ('-' is stdin, a directory is its captures in order of time) and yield what they show.

    `parameters` sets thresholds: rule id -> parameter -> value. `keep` tells which messages are
    to be tracked at all. `progress` is told octets read and their total, None where it is not known.
    With `release`, what has settled is taken apart soon after it was yielded, unless a finding is about it
    or the consumer sets its `wanted`: memory then stays flat without the cycle collector. Raises CaptureError for what cannot be read.
    """
    coverage = Coverage()
    inputs = inputs_of(paths, coverage)
    tracker = Tracker(coverage)
    annotator = Annotator(all_rules() if rules is None else rules, coverage, parameters)
    run = _Run(tracker, annotator, Release() if release else None)
    decoder = Decoder(coverage, looks_like_sip)
    messages = Messages(coverage)
    last_time = 0
    batches = read(inputs, coverage, progress)
    first = next(batches, None)  # what cannot be read says so before there is any event
    yield CaptureStart(tuple(str(path) for path in inputs))
    for batch in chain(() if first is None else (first,), batches):
        sightings = messages.receive(decoder.receive(batch))
        yield from run.follow(sightings if keep is None else filter(keep, sightings))
        last_time = max(last_time, batch.last_time)
    sightings = chain(messages.receive(decoder.close()), messages.close())
    yield from run.follow(sightings if keep is None else filter(keep, sightings))
    annotator.summary.first_time, annotator.summary.last_time = tracker.first_time, tracker.now
    tracker.close(last_time)
    yield from run.settle()
    yield annotator.summary


class _Run:
    """One analysis under way: what is tracked, judged and let go."""

    def __init__(self, tracker: Tracker, annotator: Annotator, release: Release | None) -> None:
        self._tracker = tracker
        self._annotator = annotator
        self._release = release

    def follow(self, sightings: Iterable[Sighting]) -> Iterator[Event]:
        receive, settled, sighted = self._tracker.receive, self._tracker.settled, self._annotator.sighted
        for sighting in sightings:
            receive(sighting)
            if settled:
                yield from self.settle()
            yield sighting
            findings = sighted(sighting)
            if findings:
                yield from findings

    def settle(self) -> Iterator[Event]:
        release = self._release
        for subject in self._tracker.drain():
            yield subject
            findings = self._annotator.settled(subject)
            if findings:
                yield from findings
            if release is not None and (
                findings or type(subject) is not Transaction or subject.owner is None
            ):
                release.let_go(subject, bool(findings))  # a transaction without findings goes with its owner
