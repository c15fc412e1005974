"""A line on which the packets of a capture pass again, and what a watch over it says."""

import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from analyser.annotate import Event, Finding, Revision, final
from analyser.capture import read
from analyser.capture.batch import Batch
from analyser.capture.live import Losses
from analyser.track import Peer
from analyser.watch import Watch
from analyser.wire import SECOND, Coverage


class Replay:
    """The packets of a capture on a clock that goes by steps; each turn shows what came within a step."""

    names = ("replay",)
    losses = Losses()

    def __init__(self, path: Path, step: float, quiet: float = 0.0) -> None:
        """`step` seconds a turn, far longer ones where nothing passes for long; `quiet` seconds follow the last packet."""
        self.path = path
        self._batches = list(read([path], Coverage()))
        self._step = max(int(step * SECOND), 1)
        self._at = 0
        self.times = [time for batch in self._batches for time in batch.time.tolist()]
        self.end = max(self.times) + int(quiet * SECOND)
        self.now = self.times[0]

    @property
    def is_over(self) -> bool:
        return self._at >= len(self.times) and self.now >= self.end

    def receive(self, wait: float) -> Batch | None:
        del wait
        upcoming = self.times[self._at] if self._at < len(self.times) else self.end
        step = max(self._step, (upcoming - self.now) // 1000)
        self.now = min(max(self.now + step, self.now), max(self.end, self.now))
        first = self._at
        while self._at < len(self.times) and self.times[self._at] <= self.now:
            self._at += 1
        return self._cut(first, self._at)

    def _cut(self, first: int, last: int) -> Batch | None:
        """Of the packets from `first` on those before `last` that lie in one buffer; the others come in the next turn."""
        passed = 0
        for batch in self._batches:
            begin, end = first - passed, min(last - passed, len(batch))
            if begin < len(batch) and begin < end:
                self._at = passed + end
                link = batch.link if isinstance(batch.link, int) else batch.link[begin:end]
                return replace(
                    batch,
                    offset=batch.offset[begin:end],
                    caplen=batch.caplen[begin:end],
                    wirelen=batch.wirelen[begin:end],
                    time=batch.time[begin:end],
                    link=link,
                    first_frame=batch.first_frame + begin,
                    lost=None if batch.lost is None else batch.lost[begin:end],
                )
            passed += len(batch)
        return None

    def close(self) -> None:
        pass


def watched(live: Replay, ahead: Callable[[], int] = lambda: 0, **options: Any) -> list[Sequence[Event]]:
    """The events of each turn of a watch, until the line is over."""
    return list(Watch(live, Coverage(), ahead=ahead, **options).turns(lambda: live.is_over))


def standing(events: Iterable[Event]) -> list[Finding]:
    """The findings that a run leaves, revised; each early one, be it a revision itself, is revised once, after it came."""
    events = list(events)
    early: set[int] = set()
    for event in events:
        if isinstance(event, Revision):
            early.remove(id(event.earlier))
        found = event.now if isinstance(event, Revision) else event
        if isinstance(found, Finding) and found.early:
            early.add(id(found))
    assert not early
    return [event for event in final(events) if isinstance(event, Finding)]


def told(findings: Iterable[Finding]) -> list[tuple[str, str, int]]:
    """Rule, subject and the frame that shows it, of each finding."""
    return sorted((found.rule.id, _subject(found), found.frame) for found in findings)


def _subject(found: Finding) -> str:
    subject = found.subject
    name = subject.host if isinstance(subject, Peer) else getattr(subject, "call_id", "")
    return f"{type(subject).__name__} {name}"


def with_end(path: Path, end: int, target: Path) -> Path:
    """The capture as pcapng that says until when it listened, as a live run writes it."""
    blocks = [struct.pack("<IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28)]
    declared: dict[int, int] = {}
    for batch in read([path], Coverage()):
        links = [batch.link] * len(batch) if isinstance(batch.link, int) else batch.link.tolist()
        for at, size, wire, time, link in zip(
            batch.offset.tolist(), batch.caplen.tolist(), batch.wirelen.tolist(), batch.time.tolist(), links, strict=True
        ):  # fmt: skip
            if link not in declared:
                declared[link] = len(declared)
                blocks.append(struct.pack("<IIHHIHHB3xII", 1, 32, link, 0, 0, 9, 1, 9, 0, 32))
            data = batch.buffer[at : at + size]
            data += bytes(-size % 4)
            length = 32 + len(data)
            head = struct.pack(
                "<IIIIIII", 6, length, declared[link], time >> 32, time & 0xFFFFFFFF, size, wire
            )
            blocks.append(head + data + struct.pack("<I", length))
    blocks.append(struct.pack("<IIIIIHHIIII", 5, 40, 0, 0, 0, 3, 8, end >> 32, end & 0xFFFFFFFF, 0, 40))
    target.write_bytes(b"".join(blocks))
    return target
