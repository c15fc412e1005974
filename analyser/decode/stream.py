"""One direction of a TCP connection: its octets put in order.

Sequence numbers count modulo 2**32 (RFC 9293 §3.4); `distance` compares them.
"""

from typing import Final, NamedTuple

from analyser.decode.bounds import MAX_HELD_OCTETS, MAX_HELD_SEGMENTS, MAX_HELD_TIME

MODULUS: Final = 1 << 32
_HALF: Final = 1 << 31


def distance(sequence: int, origin: int) -> int:
    """How far `sequence` lies behind `origin`, negative where before it."""
    steps = (sequence - origin) % MODULUS
    return steps - MODULUS if steps >= _HALF else steps


class Run(NamedTuple):
    """Octets of a stream: a segment on its way in, or a run on its way out.

    On the way in `missing` counts octets behind the data that were not captured, on the way out octets before it
    that are lost.
    """

    time: int
    data: bytes
    frames: tuple[int, ...]
    missing: int
    input: int


_NOTHING: Final = Run(0, b"", (), 0, 0)


class Stream:
    """Puts the segments of one direction in order; each octet is given once."""

    __slots__ = (
        "_held",
        "_lost",
        "counted",
        "ended",
        "ends_at",
        "first",
        "held_octets",
        "last",
        "next",
        "undecided",
    )

    def __init__(self, sequence: int) -> None:
        self.first = sequence
        """The sequence number of the first octet."""
        self.next = sequence
        """The sequence number of the octet that is expected."""
        self.ends_at: int | None = None
        """Where a FIN lies, once one has been seen."""
        self.ended = False
        self.undecided: list[Run] | None = []
        """Runs of a stream that may yet be SIP; None once it is."""
        self.last = _NOTHING
        """The last run that was given."""
        self._held: dict[int, Run] = {}
        self.held_octets = 0
        """Octets that wait for an earlier segment."""
        self.counted = 0
        """The same, as far as `Streams` has taken it into its account."""
        self._lost = 0

    def add(self, sequence: int, segment: Run) -> list[Run]:
        """Take a segment; the runs that can now be given."""
        ahead = distance(sequence, self.next)
        runs: list[Run] = []
        if ahead > 0:
            self._hold(sequence, segment)
            if not self._waits_too_long(segment.time):
                return runs
            self._skip()
        elif ahead + len(segment.data) + segment.missing > 0:
            runs.append(self._run(-ahead, segment))
        if self._held:
            self._release(runs, segment if ahead <= 0 else None)
        return runs

    def flush(self) -> list[Run]:
        """Wait no longer for anything."""
        runs: list[Run] = []
        while self._held:
            self._skip()
            self._release(runs, None)
        return runs

    @property
    def waits_since(self) -> int | None:
        """The time of the segment that waits for longest, None where none waits."""
        return next(iter(self._held.values())).time if self._held else None

    @property
    def is_complete(self) -> bool:
        """Whether all octets before the FIN have been given."""
        return self.ends_at is not None and distance(self.ends_at, self.next) <= 0

    def _run(self, known: int, segment: Run) -> Run:
        """The octets of a segment behind the first `known` ones, which then are the last ones given."""
        data = segment.data[known:] if known else segment.data
        past = max(known - len(segment.data), 0)
        self.next = (self.next + len(data) + segment.missing - past) % MODULUS
        run = Run(segment.time, data, segment.frames, self._lost, segment.input)
        if data:
            self._lost = 0
        self._lost += segment.missing - past
        return run

    def _hold(self, sequence: int, segment: Run) -> None:
        known = self._held.get(sequence)
        if known is None or len(known.data) < len(segment.data):
            self._held[sequence] = segment
            self.held_octets += len(segment.data) - (len(known.data) if known else 0)

    def _waits_too_long(self, time: int) -> bool:
        held = self._held
        return (
            len(held) > MAX_HELD_SEGMENTS
            or self.held_octets > MAX_HELD_OCTETS
            or time - next(iter(held.values())).time > MAX_HELD_TIME
        )

    def _skip(self) -> None:
        """Give up what is missing before the first segment held."""
        gap = min(distance(sequence, self.next) for sequence in self._held)
        if gap > 0:
            self._lost += gap
            self.next = (self.next + gap) % MODULUS

    def _release(self, runs: list[Run], completing: Run | None) -> None:
        """Move the held segments that have their turn into `runs`; `completing` is the one they waited for."""
        while self._held:
            sequence = min(self._held, key=lambda each: distance(each, self.next))
            ahead = distance(sequence, self.next)
            if ahead > 0:
                return
            segment = self._held.pop(sequence)
            self.held_octets -= len(segment.data)
            if ahead + len(segment.data) + segment.missing > 0:
                if completing is not None:
                    frames = segment.frames + completing.frames
                    segment = segment._replace(time=completing.time, frames=frames)
                runs.append(self._run(-ahead, segment))
