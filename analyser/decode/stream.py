"""One direction of a TCP connection: its octets put in order.

Sequence numbers count modulo 2**32 (RFC 9293 §3.4); `distance` compares them. Where segments overlap, the octets that
came first count.
"""

from bisect import bisect_right
from typing import TYPE_CHECKING, Final, NamedTuple

from analyser.decode.bounds import MAX_HELD_OCTETS, MAX_HELD_SEGMENTS, MAX_HELD_TIME

if TYPE_CHECKING:
    from analyser.decode.readers import Reader

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

    @property
    def size(self) -> int:
        """Octets of a segment on its way in, captured or not."""
        return len(self.data) + self.missing


NOTHING: Final = Run(0, b"", (), 0, 0)


class Stream:
    """Puts the segments of one direction in order; each octet is given once."""

    __slots__ = (
        "_at",
        "_held",
        "_lost",
        "_places",
        "ended",
        "ends_at",
        "first",
        "held_octets",
        "last",
        "next",
        "reader",
        "uncounted",
        "undecided",
        "waits_since",
    )

    def __init__(self, sequence: int) -> None:
        self.first = sequence
        """The sequence number of the first octet."""
        self.next = sequence
        """The sequence number of the octet that is expected."""
        self.ends_at: int | None = None
        """Where a FIN lies, once one has been seen."""
        self.ended = False
        self.reader: Reader | None = None
        """What reads the octets, once it is known what they are."""
        self.undecided = NOTHING
        """The first octets of a stream that may yet be SIP."""
        self.uncounted: dict[str, int] = {}
        """Of an undecided stream: what its segments carry if it is not SIP, and how many frames they took."""
        self.last = NOTHING
        """The last run that was given."""
        self.waits_since: int | None = None
        """Since when the present hole is waited for, None where there is none."""
        self.held_octets = 0
        self._at = 0
        """How many octets lie before the expected one."""
        self._places: list[int] = []
        """Where the segments held begin, counted like `_at`; they do not overlap."""
        self._held: dict[int, Run] = {}
        self._lost = 0

    @property
    def held_segments(self) -> int:
        return len(self._places)

    def add(self, sequence: int, segment: Run) -> list[Run]:
        """Take a segment; the runs that can now be given."""
        ahead = distance(sequence, self.next)
        runs: list[Run] = []
        if ahead <= 0:
            if ahead + segment.size <= 0:
                return runs
            if not self._places:
                run = self._run(-ahead, segment)
                return [run] if run.data else runs
        self._hold(self._at + ahead, segment)
        self._release(runs, segment)
        if not self._places:
            self.waits_since = None
        elif self.waits_since is None or runs:
            self.waits_since = segment.time
        elif self._waits_too_long(segment.time):
            self._skip()
            self._release(runs, None)
            self.waits_since = segment.time if self._places else None
        return runs

    def begins_at(self, sequence: int) -> bool:
        """Whether a segment brings the first octets of a stream that has none yet."""
        return (
            self.reader is None
            and sequence == self.next
            and not (self.uncounted or self.undecided.data or self._places)
        )

    def flush(self) -> list[Run]:
        """Give up waiting: everything that is held."""
        runs: list[Run] = []
        while self._places:
            self._skip()
            self._release(runs, None)
        self.waits_since = None
        return runs

    def skip_to(self, sequence: int) -> list[Run]:
        """Give up waiting for what is missing before the octet with this number: what is held before it."""
        runs: list[Run] = []
        place = self._at + distance(sequence, self.next)
        while self._places and self._places[0] < place:
            self._skip()
            self._release(runs, None)
        gap = place - self._at
        if gap > 0:
            self._lost += gap
            self._advance(gap)
        if not self._places:
            self.waits_since = None
        return runs

    def take_cut(self) -> int:
        """Octets behind the last run that were not captured. They are told of now, and not before the next run."""
        lost, self._lost = self._lost, 0
        return lost

    @property
    def is_complete(self) -> bool:
        """Whether all octets before the FIN have been given."""
        return self.ends_at is not None and distance(self.ends_at, self.next) <= 0

    def _run(self, known: int, segment: Run) -> Run:
        """The octets of a segment behind the first `known` ones, which then are the last ones given."""
        data = segment.data[known:] if known else segment.data
        past = max(known - len(segment.data), 0)
        self._advance(len(data) + segment.missing - past)
        run = Run(segment.time, data, segment.frames, self._lost, segment.input)
        if data:
            self._lost = 0
        self._lost += segment.missing - past
        return run

    def _advance(self, octets: int) -> None:
        self._at += octets
        self.next = (self.next + octets) % MODULUS

    def _hold(self, place: int, segment: Run) -> None:
        """Keep what the segment has for places where nothing is held."""
        places, held = self._places, self._held
        end = place + segment.size
        at = max(place, self._at)
        index = bisect_right(places, at)
        if index:
            before = places[index - 1]
            at = max(at, before + held[before].size)
        while at < end:
            following = places[index] if index < len(places) else end
            if following > at:
                until = min(following, end)
                data = segment.data[at - place : until - place]
                held[at] = segment._replace(data=data, missing=until - at - len(data))
                places.insert(index, at)
                self.held_octets += len(data)
                index += 1
                if until == end:
                    return
            at = following + held[following].size
            index += 1

    def _waits_too_long(self, time: int) -> bool:
        return (
            len(self._places) > MAX_HELD_SEGMENTS
            or self.held_octets > MAX_HELD_OCTETS
            or (self.waits_since is not None and time - self.waits_since > MAX_HELD_TIME)
        )

    def _skip(self) -> None:
        """Give up what is missing before the first segment held."""
        gap = self._places[0] - self._at
        self._lost += gap
        self._advance(gap)

    def _release(self, runs: list[Run], completing: Run | None) -> None:
        """Move the held segments that have their turn into `runs`; `completing` is the one they waited for."""
        count = 0
        for place in self._places:
            if place != self._at:
                break
            count += 1
            segment = self._held.pop(place)
            self.held_octets -= len(segment.data)
            if completing is not None and segment.frames != completing.frames:
                frames = segment.frames + completing.frames
                segment = segment._replace(time=completing.time, frames=frames)
            run = self._run(0, segment)
            if run.data:
                runs.append(run)
        del self._places[:count]
