"""analyse(paths) -> events: wires capture, decode, sip, track and annotate together, nothing more."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from analyser.annotate import Annotator, CaptureStart, Event, Rule
from analyser.capture import inputs_of, read
from analyser.capture.keys import Keys
from analyser.decode import Decoder, Over, RtpStreams
from analyser.merge import Merge
from analyser.rules import all_rules
from analyser.sip import Defect, Request, Response, StreamFramer, is_one_message, looks_like_sip
from analyser.sip.parse import parse  # by its module: compiled code would take `analyser.sip.parse` for that
from analyser.tls import TlsConnection
from analyser.track import Release, Sighting, Tracker, Transaction
from analyser.wire import Coverage, Hop, Payload

if TYPE_CHECKING:
    from analyser.redact import Redactor  # only --redact needs it

MAX_STREAMS = 10_000
"""Stream directions with a message under way; the oldest goes first, counted in the coverage."""
MAX_BUFFERED = 128 * 1024 * 1024
"""Octets of all messages under way."""

Mark = tuple[int, tuple[int, ...]]
"""When a run of a stream came, and the frames that carried it."""

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
        self._framers: OrderedDict[Hop, StreamFramer[Mark]] = OrderedDict()
        """Of the streams with a message under way, the least recently active first."""
        self._idle: StreamFramer[Mark] = StreamFramer()
        """Has nothing under way, for streams that have nothing under way either."""
        self._buffered = 0
        self._last_input = 0

    def receive(self, payloads: Iterable[Payload]) -> Iterator[Sighting]:
        """The messages that the payloads complete, in order."""
        read = self._parse
        reads_all = read is parse  # called by its name it costs less
        framers = self._framers
        for payload in payloads:
            missing, hop, data = payload.missing, payload.hop, payload.data
            frames, whole = payload.frames, payload.whole
            if not whole:
                self._last_input = payload.input
                if missing or hop in framers or not is_one_message(data):
                    yield from self._stream(payload)
                    continue
                if len(frames) > 1:
                    _, frames = _completed(((payload.time, frames),))
            message = parse(data, missing) if reads_all else read(data, missing)
            if message is None or (not whole and _foreign(message)):
                continue
            if missing:
                self.coverage.truncated += 1
            self.number = number = self.number + 1
            if message is ELSEWHERE:
                self._passed(number, payload.time, hop)
            else:
                yield Sighting(
                    number, payload.time, hop, message, frames, payload.ident, missing, payload.input
                )

    def _stream(self, payload: Payload) -> Iterator[Sighting]:
        time, hop, data, frames = payload.time, payload.hop, payload.data, payload.frames
        missing, source = payload.missing, payload.input
        framer = self._framers.pop(hop, None)
        if framer is None:
            framer = self._idle
        self._buffered -= framer.waiting
        complete = framer.lost() if missing else []
        if data:
            complete += framer.feed(data, (time, frames))
        elif not missing:
            complete += framer.close()
        if (data or missing) and not framer.is_idle:
            self._buffered += framer.waiting
            self._framers[hop] = framer
            if framer is self._idle:
                self._idle = StreamFramer()
            self._bound()
        if framer.oversized:
            self.coverage.evicted["messages of more than 1 MiB"] += framer.oversized
            framer.oversized = 0
        yield from self._framed(complete, hop, source)
        if framer.unfinished is not None:
            yield from self._cut(framer, hop, source)

    def _bound(self) -> None:
        while len(self._framers) > MAX_STREAMS or self._buffered > MAX_BUFFERED:
            _, oldest = self._framers.popitem(last=False)
            self._buffered -= oldest.waiting
            self.coverage.evicted["streams"] += 1

    def close(self) -> Iterator[Sighting]:
        """The capture has ended: what the streams still hold."""
        for hop, framer in self._framers.items():
            yield from self._framed(framer.close(), hop, self._last_input)
            if framer.unfinished is not None:
                yield from self._cut(framer, hop, self._last_input)
        self._framers.clear()

    def _framed(
        self, complete: Iterable[tuple[bytes, tuple[Mark, ...]]], hop: Hop, source: int
    ) -> Iterator[Sighting]:
        for octets, marks in complete:
            message = self._parse(octets, 0)
            if message is not None and not _foreign(message):
                self.number += 1
                time, frames = _completed(marks)
                if message is ELSEWHERE:
                    self._passed(self.number, time, hop)
                else:
                    yield Sighting(self.number, time, hop, message, frames, input=source)

    def _cut(self, framer: StreamFramer[Mark], hop: Hop, source: int) -> Iterator[Sighting]:
        """A message whose end the capture does not hold."""
        rest, framer.unfinished = framer.unfinished, None
        assert rest is not None
        message = self._parse(rest.octets, rest.missing)
        if message is None:
            return
        self.coverage.truncated += 1
        self.number += 1
        time, frames = _completed(rest.marks)
        if message is ELSEWHERE:
            self._passed(self.number, time, hop)
        else:
            yield Sighting(self.number, time, hop, message, frames, missing=rest.missing, input=source)


def _completed(marks: tuple[Mark, ...]) -> Mark:
    """When a message was complete, and the frames that carried it, the last of which completed it."""
    frames = dict.fromkeys(frame for _, some in marks for frame in some)
    last = marks[-1][1][-1]
    del frames[last]
    return marks[-1][0], (*frames, last)


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
    brief: bool = False,
    keep_cited: bool = True,
    media: bool = False,
    engine: str | None = None,
    keylog: str | Path | None = None,
    tls_key: str | Path | None = None,
    redactor: "Redactor | None" = None,
) -> Iterator[Event]:
    """Read captures ('-' is stdin, a directory is its captures in order of time) and yield what they show.

    `parameters` sets thresholds: rule id -> parameter -> value. `keep` tells which messages are
    to be tracked at all; TLS connections, of whose messages nothing is known, are then left out. `progress` is told octets read and their total, None where it is not known.
    With `release`, what has settled is taken apart soon after it was yielded, unless a finding is about it
    or the consumer sets its `wanted`: memory then stays flat without the cycle collector. With `brief`, messages are not
    yielded, nor transactions that belong to a call or another subject: half a million events that a report has no use for. With
    `brief`, or without `keep_cited`, a finding does not keep its subject whole: the consumer takes what it needs at once.
    With `media`, the RTP streams come just before the summary, those of all calls, in the order of their first frames.

    `engine` is "native" or "tshark"; tshark answers as well for what the native decoder cannot read. It is chosen where there
    are keys: `keylog` (an NSS key log), `tls_key` (the private key of an RSA key exchange, PEM) or those in the capture.
    With a `redactor`, all that is tracked and yielded has pseudonyms in it; `keep` still sees the original.
    Raises CaptureError for what cannot be read, TsharkError where tshark is asked for and missing.
    """
    coverage = Coverage()
    inputs = inputs_of(paths, coverage)
    tracker = Tracker(coverage)
    annotator = Annotator(all_rules() if rules is None else rules, coverage, parameters)
    messages = Messages(coverage)
    run = Run(
        messages,
        tracker,
        annotator,
        Release() if release else None,
        keep,
        redactor,
        brief=brief,
        keep_cited=keep_cited and not brief,
    )
    streams = RtpStreams(coverage) if media else None
    decoder = Decoder(coverage, looks_like_sip, onlooker=streams)
    last_time = 0
    merge = Merge(inputs, coverage, engine, Keys.of(keylog, tls_key))
    batches = read(inputs, coverage, progress, merge.copies)
    first = next(batches, None)  # what cannot be read says so before there is any event
    names = tuple(str(path) for path in inputs)
    yield CaptureStart(names) if redactor is None else CaptureStart(redactor.inputs(names), redacted=True)
    for batch in chain(() if first is None else (first,), batches):
        for gap in batch.gaps(last_time):
            annotator.gaps.add(*gap)
        payloads, over = decoder.receive(batch), decoder.connections()
        if merge.concerns(batch):
            merged = merge.receive(batch, messages.receive(payloads), messages.number)
            yield from run.receive_merged(merged, payloads, over)
        else:
            yield from run.receive(payloads, over)
        last_time = max(last_time, batch.last_time)
    payloads, over = decoder.close(), decoder.connections()
    if merge.at_work:
        merged = merge.rest(chain(messages.receive(payloads), messages.close()))
        yield from run.receive_merged(merged, payloads, over)
    else:
        yield from run.receive(payloads, over)
        yield from run.follow(messages.close())
    annotator.summary.first_time, annotator.summary.last_time = tracker.first_time, tracker.now
    tracker.close(max(last_time, coverage.watched_until) - decoder.behind)
    yield from run.settle()
    if streams is not None:
        found = streams.streams()
        yield from found if redactor is None else map(redactor.stream, found)
    if redactor is not None:
        coverage.notes = [redactor.note(sentence) for sentence in coverage.notes]
    yield annotator.summary


class Run:
    """One analysis under way: what is tracked, judged and let go."""

    def __init__(
        self,
        messages: Messages,
        tracker: Tracker,
        annotator: Annotator,
        release: Release | None,
        keep: Callable[[Sighting], bool] | None,
        redactor: "Redactor | None",
        *,
        brief: bool,
        keep_cited: bool = True,
    ) -> None:
        self._redactor = redactor
        self._messages = messages
        self._brief = brief
        self._keep_cited = keep_cited
        self._keep = keep
        self._tracker = tracker
        self._annotator = annotator
        self._release = release

    def receive(self, payloads: list[Payload], over: Iterable[Over]) -> Iterator[Event]:
        """What one batch shows: messages, and TLS connections that ended between them."""
        start = 0
        for place, connection in over:
            yield from self.follow(self._messages.receive(payloads[start:place]))
            yield from self._end(connection)
            start = place
        yield from self.follow(self._messages.receive(payloads[start:] if start else payloads))

    def receive_merged(
        self, sightings: Iterable[Sighting], payloads: list[Payload], over: Iterable[Over]
    ) -> Iterator[Event]:
        """The same with messages that other than the payloads gave: a connection ends before the frame of the payload that
        came next."""
        waiting = [
            (payloads[place].frames[-1] if place < len(payloads) else None, each) for place, each in over
        ]
        for sighting in sightings:
            while waiting and waiting[0][0] is not None and waiting[0][0] <= sighting.frame:
                yield from self._end(waiting.pop(0)[1])
            yield from self.follow((sighting,))
        for _, connection in waiting:
            yield from self._end(connection)

    def _end(self, connection: TlsConnection) -> Iterator[Event]:
        if self._keep is None:
            if self._redactor is not None:
                connection = self._redactor.connection(connection)
            yield connection
            yield from self._annotator.settled(connection)

    def follow(self, sightings: Iterable[Sighting]) -> Iterator[Event]:
        tracker, annotator, brief = self._tracker, self._annotator, self._brief
        settled = tracker.settled
        chosen = sightings if self._keep is None else filter(self._keep, sightings)
        for sighting in chosen if self._redactor is None else map(self._redactor.sighting, chosen):
            tracker.receive(sighting)
            if settled:
                yield from self.settle()
            if not brief:
                yield sighting
            findings = annotator.sighted(sighting)
            if findings:
                yield from findings

    def settle(self) -> Iterator[Event]:
        release, annotator, brief = self._release, self._annotator, self._brief
        for subject in self._tracker.drain():
            owned = isinstance(subject, Transaction) and subject.owner is not None
            if not (brief and owned):
                yield subject
            findings = annotator.settled(subject)
            if findings:
                yield from findings
            if release is not None and (findings or not owned):
                # A transaction without findings goes with its owner.
                release.let_go(subject, bool(findings) and self._keep_cited)
        if release is not None:
            self._spare(release)

    def _spare(self, release: Release) -> None:
        """Take apart what only a peer has kept until now."""
        for spared in self._tracker.spared:
            release.spare(spared)
