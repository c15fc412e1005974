"""TCP: the octets of each direction in order, once, as far as they may be SIP (RFC 9293 §3.4).

A direction is followed from its SYN, or from a segment that begins with a SIP start line wherever it comes. It is undecided while
its first octets may still become a start line; when they do not, it is forgotten, and costs nothing from then
on. Of a direction that carries SIP every run of new octets is given as it arrives; an earlier segment that is missing is waited for,
and given up within bounds.
"""

import re
from collections.abc import Callable
from typing import Final

from analyser.decode.bounds import (
    MAX_ALL_HELD_OCTETS,
    MAX_FIRST_LINE,
    MAX_HELD_TIME,
    MAX_STREAMS,
    MAX_UNDECIDED,
    MAX_WINDOW,
)
from analyser.decode.first import has_fields, names_sip
from analyser.decode.hops import IPV4_KEY, Hops
from analyser.decode.stream import MODULUS, Run, Stream, distance
from analyser.wire import Coverage, Payload

FIN: Final = 0x01
SYN: Final = 0x02
RST: Final = 0x04

_PREFIX: Final = re.compile(rb"(?:[A-Za-z0-9\-.!%*_+`'~/]{1,128}+(?:[ \t][^\r\n]*+)?)?\r?\Z")
"""The beginning of a start line; the slash is that of `SIP/2.0`."""


class Streams:
    """The streams of a capture, named by their addresses and ports as on the wire.

    A stream that is seen twice, inside a tunnel and outside, or at two interfaces, is one stream, so that its copies
    fall away like repeated segments.
    """

    def __init__(self, coverage: Coverage, looks_like_sip: Callable[[bytes], bool]) -> None:
        self._coverage = coverage
        self._looks_like_sip = looks_like_sip
        self._hops = Hops("TCP")
        self._sip: dict[bytes, Stream] = {}
        """The least recently active first; ended ones stay for a while, to know late repeats by."""
        self._undecided: dict[bytes, Stream] = {}
        self._holding: dict[bytes, Stream] = {}
        """The streams that wait for a segment."""
        self._held = 0
        """Octets that wait in them."""

    def __contains__(self, name: bytes) -> bool:
        return name in self._sip or name in self._undecided

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
        elif stream is not None and data and self._is_another(stream, sequence, data):
            self._end(name, stream, run, payloads)
            stream = None
        if data and (stream is None or not stream.ended):
            if stream is None:
                if not self.may_become_sip(data):
                    return
                stream = self._open(name, sequence, payloads)
            self._give(name, stream, stream.add(sequence, run), payloads)
            if self._held > MAX_ALL_HELD_OCTETS:
                self._wait_no_longer(payloads)
        if flags & RST:
            self._reset(name, run, payloads)
        elif stream is not None:
            if flags & FIN:
                stream.ends_at = (sequence + len(data) + run.missing) % MODULUS
            if stream.is_complete:
                self._end(name, stream, run, payloads)

    def sweep(self, time: int, payloads: list[Payload]) -> None:
        """Give up what has been waited for too long, now that it is `time`."""
        for name, stream in list(self._holding.items()):
            if stream.waits_since is not None and time - stream.waits_since > MAX_HELD_TIME:
                self._give(name, stream, stream.flush(), payloads)

    def close(self, payloads: list[Payload]) -> None:
        """The capture has ended, and each stream with it."""
        for name, stream in [*self._undecided.items(), *self._sip.items()]:
            self._end(name, stream, None, payloads)

    def _is_another(self, stream: Stream, sequence: int, data: bytes) -> bool:
        """Whether the segment must be of a later connection with the same ports, whose SYN was not seen."""
        far = distance(sequence, stream.next)
        if -MAX_WINDOW < far < MAX_WINDOW and not (stream.ended and far >= 0):
            return False
        return self._begins_sip(data)

    def may_become_sip(self, data: bytes) -> bool:
        """Whether a segment of an unknown stream is worth following."""
        return self._begins_sip(data) or _is_prefix(data)

    def _begins_sip(self, data: bytes) -> bool:
        """Stricter than for datagrams, since a stream of another protocol may quote a start line."""
        return names_sip(data) and self._looks_like_sip(data) and has_fields(data)

    def _open(self, name: bytes, sequence: int, payloads: list[Payload]) -> Stream:
        self._sip.pop(name, None)
        self._undecided.pop(name, None)
        stream = self._undecided[name] = Stream(sequence)
        if len(self._undecided) > MAX_UNDECIDED:
            self._coverage.evicted["TCP streams before their first line"] += 1
            oldest = next(iter(self._undecided))
            self._end(oldest, self._undecided[oldest], None, payloads)
        return stream

    def _give(self, name: bytes, stream: Stream, runs: list[Run], payloads: list[Payload]) -> None:
        """Give runs of a stream, once it is known to be SIP."""
        if stream.waits_since is None:
            self._holding.pop(name, None)
        else:
            self._holding[name] = stream
        if stream.held_octets != stream.counted:
            self._held += stream.held_octets - stream.counted
            stream.counted = stream.held_octets
        if not runs:
            return
        if stream.undecided is not None:
            runs = self._decide(name, stream, runs)
            if not runs:
                return
        else:
            self._sip[name] = self._sip.pop(name, stream)
        hop = self._hops[name]
        stream.last = runs[-1]
        payloads += [
            Payload(time, hop, data, frames, -1, lost, source, whole=False)
            for time, data, frames, lost, source in runs
        ]

    def _wait_no_longer(self, payloads: list[Payload]) -> None:
        """Too much waits: give up what those miss that have waited for longest."""
        while self._held > MAX_ALL_HELD_OCTETS and self._holding:
            name, stream = next(iter(self._holding.items()))
            self._coverage.evicted["TCP segments that were waited for"] += 1
            self._give(name, stream, stream.flush(), payloads)

    def _decide(self, name: bytes, stream: Stream, runs: list[Run]) -> list[Run]:
        """Whether the stream is SIP, now that these runs have come; the runs to give if it is."""
        waiting = (stream.undecided or []) + runs
        for place in range(len(waiting) - 1, 0, -1):
            if waiting[place].missing:
                waiting = waiting[place:]
                break
        first_octets = b"".join(run.data for run in waiting)
        if not self._begins_sip(first_octets):
            if _is_prefix(first_octets):
                stream.undecided = waiting
                return []
            waiting = [run for run in waiting[-1:] if self._begins_sip(run.data)]
        self._undecided.pop(name, None)
        if not waiting:
            self._holding.pop(name, None)
            self._held -= stream.counted
        else:
            stream.undecided = None
            self._sip[name] = stream
            self._bound()
        return waiting

    def _bound(self) -> None:
        """Forget the streams that have been silent for longest."""
        while len(self._sip) > MAX_STREAMS:
            oldest = next(iter(self._sip))
            if not self._sip.pop(oldest).ended:
                self._coverage.evicted["TCP streams"] += 1

    def _reset(self, name: bytes, run: Run, payloads: list[Payload]) -> None:
        """A connection has been reset, which ends both directions."""
        for each in (name, _reverse(name)):
            stream = self._sip.get(each) or self._undecided.get(each)
            if stream is not None:
                self._end(each, stream, run, payloads)

    def _end(self, name: bytes, stream: Stream, run: Run | None, payloads: list[Payload]) -> None:
        """Give what is still held, and an empty run; `run` tells which packet ended the stream."""
        self._give(name, stream, stream.flush(), payloads)
        self._undecided.pop(name, None)
        self._holding.pop(name, None)
        if stream.undecided is None and not stream.ended:
            stream.ended = True
            time, _, frames, _, source = run or stream.last
            hop = self._hops[name]
            payloads.append(Payload(time, hop, b"", frames, -1, 0, source, whole=False))


def _is_prefix(data: bytes) -> bool:
    """Whether the octets may become a start line when more come."""
    data = data.lstrip(b"\r\n")
    return len(data) < MAX_FIRST_LINE and b"\n" not in data and _PREFIX.match(data) is not None


def _reverse(name: bytes) -> bytes:
    """The name of the other direction."""
    size = 4 if len(name) == IPV4_KEY else 16
    return b"".join((name[size : 2 * size], name[:size], name[-2:], name[-4:-2]))
