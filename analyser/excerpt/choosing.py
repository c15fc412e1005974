"""The first pass: reads captures as `analyse` does, and chooses what belongs to the subjects that somebody wants.

A subject is chosen with everything of its Call-ID. So that nothing but numbers is remembered of each message, its frames are noted
beside a digest of its Call-ID, and looked up once the captures have been read.
"""

from array import array
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import numpy as np

from analyser.annotate import Event, Finding, Summary
from analyser.excerpt.choice import FRAME_BITS, Choice, Numbers, end_name, name_of, place_of
from analyser.excerpt.spans import Span, Spans
from analyser.pipeline import analyse
from analyser.tls import TlsConnection
from analyser.track import (
    Call,
    Peer,
    Publication,
    Registration,
    Sighting,
    Subscription,
    Transaction,
    media_of,
)
from analyser.wire import Glimpse, Hop

MAX_NOTED = 20_000_000
"""Frames of messages that are noted, 20 octets each; messages behind the last one are not in the excerpt, which is said."""
MAX_STRADDLES = 4_000_000
"""Frames, beside the last one, of messages that took several; see `_Frames.close`."""
MAX_STEPS: Final = 64
"""How many messages of a stream are followed back from one that begins in the frame where another one ends."""
MAX_HOPS = 200_000
"""Hops of streams that are told apart."""
MAX_MEDIA = 200_000
"""Media endpoints of the calls chosen; further ones are left out, which is said."""

_SEALED: Final = frozenset({"TLS", "WS", "WSS"})
"""Transports of which a part cannot be read without what came before."""
_DATAGRAMS: Final = 0
_SLICE: Final = 1 << 18

Keep = Callable[[Sighting], bool]
Wanted = Callable[[Event], bool]


def choose(
    inputs: Sequence[str],
    keep: Keep | None = None,
    wanted: Wanted | None = None,
    *,
    media: bool = False,
    connections: bool = False,
    **analysis: Any,
) -> Choice:
    """What of the captures belongs to the subjects that are `wanted`; to all of them, where it is None.

    `keep` tells which messages are looked at at all; `wanted` is asked for each finding and each subject. `media` adds what passed
    between the media endpoints of the calls. With `connections`, TLS connections are subjects as well; of these, `keep` knows nothing.
    `analysis` is passed on to `analyse`, which also says what it raises.
    """
    chooser = Chooser(wanted, media=media)
    looked_at = None if connections and keep is None else chooser.noting(keep)
    events = analyse(
        inputs, keep=looked_at, release=True, brief=looked_at is not None, keep_cited=False, **analysis
    )
    for event in events:
        chooser.receive(event)
    return chooser.choice()


class Chooser:
    """Takes the events of an analysis, and knows at the end what is chosen."""

    def __init__(self, wanted: Wanted | None, *, media: bool) -> None:
        self._wanted = wanted
        self._media: list[Span] | None = [] if media else None
        self._media_left_out = 0
        self._frames = _Frames()
        self._chosen: set[int] = set()
        """Digests of Call-IDs."""
        self._single: set[int] = set()
        """Places of frames that findings cite."""
        self._connections: list[Span] = []
        self._summary: Summary | None = None

    def noting(self, keep: Keep | None) -> Keep:
        """`keep`, with a look at every message that is passed by it."""

        def kept(sighting: Sighting) -> bool:
            looked_at = keep is None or keep(sighting)
            self._frames.note(sighting, looked_at=looked_at)
            return looked_at

        return kept

    def receive(self, event: Event) -> None:
        """Take one event of the analysis."""
        match event:
            case Sighting():  # without a `keep` that has noted it
                self._frames.note(event, looked_at=True)
            case Finding():
                if self._wanted is not None and self._wanted(event):
                    self._cite(event)
            case Call() | Registration() | Subscription() | Publication() | Transaction():
                if self._wanted is not None and self._wanted(event):
                    self._choose(event)
                elif isinstance(event, Call) and self._is_chosen(event.call_id):
                    self._add_media(event)
            case TlsConnection():
                if self._wanted is None or self._wanted(event):
                    self._choose(event)
            case Summary():
                self._summary = event
            case _:
                pass

    def _is_chosen(self, call_id: str) -> bool:
        return self._wanted is None or digest(call_id) in self._chosen

    def _cite(self, finding: Finding) -> None:
        self._choose(finding.subject)
        for seen in (finding.evidence.at, *finding.evidence.related):
            if isinstance(finding.subject, Peer) and isinstance(seen, Sighting):
                self._choose(seen)
            self._take(seen)

    def _take(self, seen: Sighting | Glimpse) -> None:
        self._single.update(place_of(seen.input, frame) for frame in seen.frames)

    def _choose(self, subject: object) -> None:
        match subject:
            case Call():
                self._chosen.add(digest(subject.call_id))
                self._add_media(subject)
            case Registration() | Subscription():
                self._chosen.add(digest(subject.call_id))
            case Publication():
                for transaction in subject.transactions:
                    self._choose_messages(transaction.call_id, transaction.sightings)
            case Transaction():
                if isinstance(subject.owner, Call) and subject.call_id:
                    self._chosen.add(digest(subject.call_id))  # its media when it has settled
                else:
                    self._choose_messages(subject.call_id, subject.sightings)
            case Sighting():
                self._choose_messages(subject.message.call_id, (subject,))
            case Peer():
                for failure in subject.failures:
                    self._choose_messages(failure.call_id, failure.sightings)
            case TlsConnection():
                since, until = (place_of(seen.input, seen.frame) for seen in (subject.first, subject.last))
                self._connections += _both_ways(subject.hop, since, until)

    def _choose_messages(self, call_id: str, sightings: Iterable[Sighting]) -> None:
        """All messages of a Call-ID; these alone where they have none."""
        if call_id:
            self._chosen.add(digest(call_id))
        else:
            for seen in sightings:
                self._take(seen)

    def _add_media(self, call: Call) -> None:
        if self._media is None:
            return
        found = media_of(call)
        room = max(MAX_MEDIA - len(self._media), 0)
        ends = list(found.ends)
        self._media_left_out += max(len(ends) - room, 0)
        self._media += [(end_name(end), found.since, found.until) for end in ends[:room]]

    def choice(self) -> Choice:
        """What is to be picked, now that everything has been read."""
        assert self._summary is not None
        coverage = self._summary.coverage
        noted = self._frames.chosen(None if self._wanted is None else self._chosen, self._single)
        notes = list(coverage.notes)
        if self._frames.left_out:
            notes.append(f"{self._frames.left_out:,} messages at the end are not in the excerpt: too many")
        if self._media_left_out:
            notes.append(f"the media of {self._media_left_out:,} endpoints are not in the excerpt: too many")
        opened, whole = noted.connections(self._frames.hops)
        return Choice(
            frames=noted.by_input(),
            opened=Spans(opened),
            whole=Spans([*whole, *self._connections]),
            media=Spans(self._media or ()),
            messages=noted.messages,
            call_ids=noted.call_ids,
            all_frames=coverage.frames,
            all_octets=coverage.octets,
            watched_until=max(coverage.latest, coverage.watched_until),
            notes=tuple(notes),
        )


def digest(call_id: str) -> int:
    """A number for a Call-ID, of this process only."""
    return hash(call_id)


class _Frames:
    """The frames of all messages, in columns."""

    def __init__(self) -> None:
        self._places, self._digests, self._hops = array("q"), array("q"), array("i")
        self._messages = array("b")
        """1 for the frame that completes a message, 0 for the others of it."""
        self._ends, self._before = array("q"), array("q")
        """Where a message of several frames ends, and one of its frames before that."""
        self.hops: dict[Hop, int] = {}
        self.left_out = 0

    def note(self, sighting: Sighting, *, looked_at: bool) -> None:
        """Remember a message; of one that is not looked at, only where it lies if it took several frames."""
        place = sighting.input << FRAME_BITS | sighting.frame
        frames = sighting.frames
        if len(frames) > 1 and len(self._ends) + len(frames) <= MAX_STRADDLES:
            for frame in frames[:-1]:
                self._ends.append(place)
                self._before.append(sighting.input << FRAME_BITS | frame)
        if not looked_at:
            return
        if len(self._places) + len(frames) > MAX_NOTED:
            self.left_out += 1
            return
        hop = sighting.hop
        number = _DATAGRAMS if hop.transport in ("UDP", "SCTP") else self._number(hop)
        key = digest(sighting.message.call_id)
        for frame in frames:
            self._places.append(sighting.input << FRAME_BITS | frame)
            self._digests.append(key)
            self._hops.append(number)
            self._messages.append(frame == sighting.frame)

    def _number(self, hop: Hop) -> int:
        known = self.hops.get(hop)
        if known is None:
            if len(self.hops) >= MAX_HOPS:
                return _DATAGRAMS
            known = self.hops[hop] = len(self.hops) + 1
        return known

    def chosen(self, digests: set[int] | None, single: set[int]) -> "_Noted":
        """The messages with these Call-IDs, all of them for None, and single frames."""
        places, keys, hops, complete = map(
            np.asarray, (self._places, self._digests, self._hops, self._messages)
        )
        cited = _sorted(single)
        if digests is not None:
            rows = np.union1d(_among(keys, _sorted(digests)), _among(places, cited))
            places, keys, hops, complete = places[rows], keys[rows], hops[rows], complete[rows]
        return _Noted(self.close(np.union1d(places, cited)), places, keys, hops, complete)

    def close(self, frames: Numbers) -> Numbers:
        """With the frames of each message that ends where one of these begins: a stream is read from the beginning of a message."""
        ends, before = np.asarray(self._ends), np.asarray(self._before)
        front = frames
        for _ in range(MAX_STEPS):
            front = np.setdiff1d(before[_among(ends, front)], frames)
            if not len(front):
                break
            frames = np.union1d(frames, front)
        return frames


def _sorted(numbers: set[int]) -> Numbers:
    return np.array(sorted(numbers), dtype=np.int64)


def _among(values: Numbers, chosen: Numbers) -> Numbers:
    """The rows of those values that are among the chosen ones, which are in order; a slice at a time, for there may be millions."""
    if not len(chosen):
        return np.zeros(0, dtype=np.int64)
    found = []
    for start in range(0, len(values), _SLICE):
        part = values[start : start + _SLICE]
        place = np.minimum(np.searchsorted(chosen, part), len(chosen) - 1)
        found.append(np.flatnonzero(chosen[place] == part) + start)
    return np.concatenate(found) if found else np.zeros(0, dtype=np.int64)


class _Noted:
    """What of the frames is chosen."""

    def __init__(
        self, frames: Numbers, places: Numbers, keys: Numbers, hops: Numbers, complete: Numbers
    ) -> None:
        self._frames = frames
        self._places, self._hops = places, hops
        self.messages = int(complete.sum())
        self.call_ids = len(np.unique(keys))

    def by_input(self) -> dict[int, Numbers]:
        """The frames of each input, in order."""
        inputs = self._frames >> FRAME_BITS
        return {
            each: self._frames[inputs == each] & ((1 << FRAME_BITS) - 1)
            for each in np.unique(inputs).tolist()
        }

    def connections(self, hops: dict[Hop, int]) -> tuple[list[Span], list[Span]]:
        """Those of which the ends are wanted, and those of which everything is, up to the last message that was chosen."""
        opened: list[Span] = []
        whole: list[Span] = []
        by_number = {number: hop for hop, number in hops.items()}
        for number in np.unique(self._hops).tolist():
            hop = by_number.get(number)
            if hop is not None:
                last = int(self._places[self._hops == number].max())
                first = last >> FRAME_BITS << FRAME_BITS
                if hop.transport in _SEALED:
                    whole += _both_ways(hop, first, last)
                else:
                    opened += _both_ways(hop, first, first | ((1 << FRAME_BITS) - 1))
        return opened, whole


def _both_ways(hop: Hop, since: int, until: int) -> list[Span]:
    name = name_of(hop)
    back = name_of(Hop(hop.target, hop.source, hop.transport))
    return [(name, since, until), (back, since, until)]
