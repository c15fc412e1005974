"""TCP: the octets of each direction in order, once, as far as they may be SIP (RFC 9293 §3.4).

A direction is followed from its SYN, or from a segment by which one can tell that it carries SIP, wherever it comes. It is undecided
while its first octets may still become that; when they do not, it is forgotten, and costs nothing from then
on. Of a direction that carries SIP every run of new octets is read as it arrives; an earlier segment that is missing is waited for,
and given up within bounds.
"""

from collections import OrderedDict
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from analyser.decode import signs
from analyser.decode.bounds import (
    MAX_ALL_HELD_OCTETS,
    MAX_ALL_HELD_SEGMENTS,
    MAX_FIRST_FRAMES,
    MAX_FIRST_LINE,
    MAX_HELD_TIME,
    MAX_STREAMS,
    MAX_UNDECIDED,
    MAX_UNREAD_OCTETS,
    MAX_WINDOW,
)
from analyser.decode.contents import segment_carries
from analyser.decode.followed import Followed
from analyser.decode.hep import Hep, HepStream
from analyser.decode.hops import Hops, reverse_of
from analyser.decode.readers import PLAIN
from analyser.decode.rows import FIN, RST, SYN
from analyser.decode.stream import MODULUS, NOTHING, Run, Stream, distance
from analyser.decode.websocket import WebSocket
from analyser.wire import ENCRYPTED, OTHER_TCP, SIP, Coverage, Endpoint, Payload

if TYPE_CHECKING:
    from analyser.decode.ahead import Ahead


class Streams:
    """The streams of a capture, named by their addresses and ports as on the wire.

    A stream that is seen twice, inside a tunnel and outside, or at two interfaces, is one stream, so that its copies
    fall away like repeated segments.
    """

    def __init__(self, coverage: Coverage, looks_like_sip: Callable[[bytes], bool], hep: Hep) -> None:
        self._coverage = coverage
        self._looks_like_sip = looks_like_sip
        self._hep = hep
        self._hops = Hops("TCP")
        self._websocket_hops = Hops("WS")
        self._sip: OrderedDict[bytes, Stream] = OrderedDict()
        """The least recently active first; ended ones stay for a while, to know late repeats by."""
        self._undecided: OrderedDict[bytes, Stream] = OrderedDict()
        self._holding: OrderedDict[bytes, Stream] = OrderedDict()
        """The streams that wait for a segment."""
        self._held_segments = self._held_octets = 0
        self._filling: OrderedDict[bytes, Stream] = OrderedDict()
        """The streams of which a message is under way, and how much of it is here."""
        self._unread = 0
        self.followed = Followed(self.may_become_sip)
        """The names of all of them, for the wide lane."""
        self.sealed: Collection[bytes] = ()
        """The names of those known to be TLS."""
        self.counts = True
        """Whether frames count in the coverage, as all do once."""
        self.excerpt: Ahead | None = None
        """What an excerpt still has, where segments come from one: what is missing in front of a message and is not there has been
        left out, and never comes."""

    def __contains__(self, name: bytes) -> bool:
        return name in self._sip or name in self._undecided

    def speaks_sip(self, endpoint: Endpoint) -> bool:
        """Whether it is an end of a stream that carries SIP."""
        return endpoint in self._hops.endpoints

    def receive(self, name: bytes, sequence: int, flags: int, run: Run, payloads: list[Payload]) -> None:
        """Take a segment; `payloads` gets what can now be given. Its `missing` octets lie behind its data."""
        stream = self._sip.get(name) or self._undecided.get(name)
        data = run.data
        if flags & SYN:
            sequence = (sequence + 1) % MODULUS
            if stream is None or stream.first != sequence or stream.ended:
                if stream is not None:
                    self._end(name, stream, run, payloads)
                stream = self._open(name, sequence, payloads)
        elif stream is not None and data and self._is_far(stream, sequence):
            if not self._tells(data):
                self.pass_over(name, run)
                return
            self._end(name, stream, run, payloads)
            stream = None
        if data and (stream is None or stream.begins_at(sequence)) and not self.may_become_sip(data):
            if stream is not None:
                del self._undecided[name]
            self.pass_over(name, run)
            stream = None
        else:
            if data and stream is None:
                stream = self._open(name, sequence, payloads)
            self._account(name, stream, run)
            if data and stream is not None and not stream.ended:
                self._add(name, stream, sequence, run, payloads)
        if flags & RST:
            self._reset(name, run, payloads)
        elif stream is not None:
            if flags & FIN:
                stream.ends_at = (sequence + run.size) % MODULUS
            if stream.is_complete:
                self._end(name, stream, run, payloads)

    def release(self, name: bytes) -> Stream | None:
        """Let go of a direction that turned out to be something else; None where its beginning was not seen."""
        self.followed.mark(name)
        stream = self._undecided.pop(name, None)
        if stream is not None:
            if self._holding.pop(name, None) is not None:
                self._held_segments -= stream.held_segments
                self._held_octets -= stream.held_octets
            self._decided(stream, sip=False)
        return stream

    def sweep(self, time: int, payloads: list[Payload]) -> None:
        """Give up what has been waited for too long, now that it is `time`."""
        for name, stream in list(self._holding.items()):
            if stream.waits_since is not None and time - stream.waits_since > MAX_HELD_TIME:
                self._flush(name, stream, payloads)
        self.followed.sweep(self._sip, self._undecided, self.sealed)

    def close(self, payloads: list[Payload]) -> None:
        """The capture has ended, and each stream with it."""
        for name, stream in [*self._undecided.items(), *self._sip.items()]:
            self._end(name, stream, None, payloads)

    def pass_over(self, name: bytes, run: Run) -> None:
        """Count the frames of a segment that is of no stream."""
        self._count(self._carries(name, run.data), len(run.frames))

    def _account(self, name: bytes, stream: Stream | None, run: Run) -> None:
        """Count the frames of a segment; those of an undecided stream when it is decided."""
        if stream is None or not run.data:
            self._count(OTHER_TCP, len(run.frames))
        elif stream.reader is not None:
            self._count(SIP, len(run.frames))
        elif stream.ended:
            self.pass_over(name, run)
        elif self.counts:
            carries = self._carries(name, run.data)
            stream.uncounted[carries] = stream.uncounted.get(carries, 0) + len(run.frames)

    def _decided(self, stream: Stream, *, sip: bool) -> None:
        """Count the frames of a stream that was undecided till now."""
        for carries, frames in stream.uncounted.items():
            self._coverage.carried[SIP if sip else carries] += frames
        stream.uncounted.clear()

    def _carries(self, name: bytes, data: bytes) -> str:
        """What a segment carries that is not of a stream with SIP."""
        return ENCRYPTED if data and name in self.sealed else segment_carries(data)

    def _count(self, carries: str, frames: int) -> None:
        if self.counts:
            self._coverage.carried[carries] += frames

    def may_become_sip(self, data: bytes) -> bool:
        """Whether a segment of an unknown stream is worth following."""
        return signs.tell(data, self._looks_like_sip)[0] != signs.NOTHING

    def _tells(self, data: bytes) -> bool:
        """Whether one can tell by a segment alone that it carries SIP."""
        return signs.tell(data, self._looks_like_sip)[0] > signs.MAYBE

    @staticmethod
    def _is_far(stream: Stream, sequence: int) -> bool:
        """Whether the segment cannot be of this connection, so that it must be of a later one whose SYN was not seen."""
        far = distance(sequence, stream.next)
        return not -MAX_WINDOW < far < MAX_WINDOW or (stream.ended and far >= 0)

    def _open(self, name: bytes, sequence: int, payloads: list[Payload]) -> Stream:
        self._sip.pop(name, None)
        self._undecided.pop(name, None)
        stream = self._undecided[name] = Stream(sequence)
        self.followed.mark(name)
        if len(self._undecided) > MAX_UNDECIDED:
            self._coverage.evicted["TCP streams before their first line"] += 1
            oldest = next(iter(self._undecided))
            self._end(oldest, self._undecided[oldest], None, payloads)
        return stream

    def _add(self, name: bytes, stream: Stream, sequence: int, run: Run, payloads: list[Payload]) -> None:
        """Put a segment in its place, and give what has its turn."""
        waited, segments, octets = stream.waits_since is not None, stream.held_segments, stream.held_octets
        ahead = self.excerpt
        runs: list[Run] = []
        if ahead is not None and distance(sequence, stream.next) > 0 and self._tells(run.data):
            awaited = ahead.first(name, stream.next, sequence, run.frames[-1])
            if awaited != stream.next:
                runs += stream.skip_to(awaited)
        runs += stream.add(sequence, run)
        if stream.waits_since is not None:
            self._holding[name] = stream
        elif waited:
            del self._holding[name]
        if segments or stream.waits_since is not None:
            self._held_segments += stream.held_segments - segments
            self._held_octets += stream.held_octets - octets
        self._give(name, stream, runs, payloads)
        while self._held_segments > MAX_ALL_HELD_SEGMENTS or self._held_octets > MAX_ALL_HELD_OCTETS:
            self._coverage.evicted["TCP segments that were waited for"] += 1
            self._flush(*next(iter(self._holding.items())), payloads)

    def _flush(self, name: bytes, stream: Stream, payloads: list[Payload]) -> None:
        """Give up what a stream waits for, and give the rest."""
        self._holding.pop(name, None)
        self._held_segments -= stream.held_segments
        self._held_octets -= stream.held_octets
        self._give(name, stream, stream.flush(), payloads)

    def _give(self, name: bytes, stream: Stream, runs: list[Run], payloads: list[Payload]) -> None:
        """Have the runs of a stream read, once it is known to carry SIP."""
        for run in runs:
            if stream.ended:
                return
            if stream.reader is None:
                decided = self._decide(name, stream, run)
                if decided is None:
                    continue
                run = decided  # noqa: PLW2901 - from where it begins
            else:
                self._sip.move_to_end(name)
            self._read(name, stream, run, payloads)
        if runs and stream.reader is PLAIN and not stream.ended:
            self._tell_cut(name, stream, payloads)

    def _tell_cut(self, name: bytes, stream: Stream, payloads: list[Payload]) -> None:
        """Say at once that the snap length cut a segment: nothing that comes later brings the rest of the message."""
        lost = stream.take_cut()
        if lost:
            self._coverage.stream_gaps += 1
            self._coverage.gap_octets += lost
            time, _, frames, _, source = stream.last
            payloads.append(Payload(time, self._hops[name], b"", frames, -1, lost, source, whole=False))

    def _read(self, name: bytes, stream: Stream, run: Run, payloads: list[Payload]) -> None:
        reader = stream.reader
        assert reader is not None
        stream.last = run
        if run.missing:
            self._coverage.stream_gaps += 1
            self._coverage.gap_octets += run.missing
        if reader is PLAIN:
            payloads += reader.read(run, self._hops[name])
            return
        unread = reader.waiting
        payloads += reader.read(run, self._websocket_hops[name])
        self._unread += reader.waiting - unread
        if reader.waiting:
            self._filling[name] = stream
        else:
            self._filling.pop(name, None)
        if reader.refused:
            self._forget(name, stream)
        while self._unread > MAX_UNREAD_OCTETS:
            self._coverage.evicted["messages under way in WebSocket and HEP streams"] += 1
            self._let_go(next(iter(self._filling)))

    def _let_go(self, name: bytes) -> None:
        """Keep nothing of the message that is under way."""
        stream = self._filling.pop(name, None)
        if stream is not None and stream.reader is not None:
            self._unread -= stream.reader.waiting
            stream.reader.forget()
            self._unread += stream.reader.waiting

    def _decide(self, name: bytes, stream: Stream, run: Run) -> Run | None:
        """Whether the stream carries SIP, now that this run has come; the octets from where it begins."""
        first = stream.undecided
        if first.data and not run.missing:
            frames = first.frames if len(first.frames) < MAX_FIRST_FRAMES else first.frames[:-1]
            whole = run._replace(
                data=first.data + run.data, frames=frames + run.frames, missing=first.missing
            )
        else:
            whole = run
        kind, at = signs.tell(whole.data, self._looks_like_sip)
        if kind == signs.NOTHING and whole is not run:
            whole = run
            kind, at = signs.tell(run.data, self._looks_like_sip)
        if at:
            frames = run.frames if at >= len(whole.data) - len(run.data) else whole.frames
            whole = whole._replace(data=whole.data[at:], missing=0, frames=frames)
        if kind == signs.MAYBE and len(whole.data) < MAX_FIRST_LINE:
            stream.undecided = whole
            return None
        self._undecided.pop(name, None)
        if kind == signs.CUT and stream.uncounted:
            frames_here = sum(stream.uncounted.values())
            self._coverage.not_decoded["a compressed WebSocket whose beginning is missing"] += frames_here
            stream.uncounted.clear()
        if kind <= signs.MAYBE:
            self._forget(name, stream)
            return None
        stream.undecided = NOTHING
        if kind == signs.WEBSOCKET:
            stream.reader = WebSocket(self._coverage, self._looks_like_sip)
        else:
            stream.reader = PLAIN if kind == signs.SIP else HepStream(self._coverage, self._hep)
        self._sip[name] = stream
        self._decided(stream, sip=True)
        self._bound()
        return whole

    def _bound(self) -> None:
        """Forget the streams that have been silent for longest."""
        while len(self._sip) > MAX_STREAMS:
            oldest, stream = next(iter(self._sip.items()))
            if not stream.ended:
                self._coverage.evicted["TCP streams"] += 1
            self._forget(oldest, stream)

    def _forget(self, name: bytes, stream: Stream) -> None:
        """Nothing of the stream is kept."""
        self._let_go(name)
        self._sip.pop(name, None)
        self._undecided.pop(name, None)
        if self._holding.pop(name, None) is not None or stream.held_segments:
            self._held_segments -= stream.held_segments
            self._held_octets -= stream.held_octets
            stream.flush()
        self._decided(stream, sip=False)
        stream.ended = True

    def _reset(self, name: bytes, run: Run, payloads: list[Payload]) -> None:
        """A connection has been reset, which ends both directions."""
        for each in (name, reverse_of(name)):
            stream = self._sip.get(each) or self._undecided.get(each)
            if stream is not None:
                self._end(each, stream, run, payloads)

    def _end(self, name: bytes, stream: Stream, run: Run | None, payloads: list[Payload]) -> None:
        """Give what is still held, and an empty run; `run` tells which packet ended the stream."""
        self._flush(name, stream, payloads)
        self._undecided.pop(name, None)
        self._let_go(name)
        self._decided(stream, sip=False)
        if stream.reader is PLAIN and not stream.ended:
            time, _, frames, _, source = run or stream.last
            payloads.append(Payload(time, self._hops[name], b"", frames, -1, 0, source, whole=False))
        stream.ended = True
