"""Messages -> rows of a ladder: start line, plain words beside it, the findings that cite it.

Copies of one message that follow each other are one row with a count. All text in a row has passed the
gate of `wire_text`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from analyser.report.remarks import remark
from analyser.report.wire_text import wire_text
from analyser.sip import Request, Response

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from analyser.annotate import Severity
    from analyser.report.words import Words
    from analyser.track import Sighting
    from analyser.wire import Endpoint

MAX_ROWS: Final = 60
"""Rows of one ladder. The beginning, the end and what findings cite come first; the rest is counted."""
_FIRST_ROWS: Final = 24
_LAST_ROWS: Final = 8
_AROUND_A_MARK: Final = 2
MAX_PHRASE: Final = 120
MAX_FRAMES: Final = 8
"""Frames of copies that are named."""


class Mark(NamedTuple):
    """A finding that cites a message."""

    rule: str
    severity: Severity


Marks = dict[int, list[Mark]]
"""By the number of the message."""


@dataclass(slots=True)
class Row:
    """One arrow, or a gap."""

    time: int
    frame: str
    source: Endpoint
    target: Endpoint
    label: str
    """Method, or status code."""
    phrase: str = ""
    """Reason phrase of a response."""
    extra: str = ""
    """What may stand behind the label where there is room."""
    verdict: str = ""
    """Empty for a request."""
    note: str = ""
    frames: list[str] = field(default_factory=list)
    """Of all copies."""
    until: int = 0
    marks: list[Mark] = field(default_factory=list)

    @property
    def repeats(self) -> int:
        return len(self.frames)


def rows_of(
    sightings: Iterable[Sighting], marks: Mapping[int, Sequence[Mark]], words: Words, *, several_inputs: bool
) -> list[Row]:
    """All rows, in the order of the capture."""
    rows: list[Row] = []
    run: dict[tuple[object, ...], Row] = {}
    for sighting in sightings:
        cited = marks.get(sighting.number, ())
        if not sighting.retransmission:
            run.clear()
            rows.append(_row(sighting, cited, words, several_inputs=several_inputs))
            continue
        message = sighting.message
        status = message.status if isinstance(message, Response) else 0
        key = (sighting.hop, id(sighting.transaction), message.cseq_method, status)
        row = run.get(key)
        if row is None:
            row = run[key] = _row(sighting, cited, words, several_inputs=several_inputs)
            rows.append(row)
            continue
        row.frames.append(frame_of(sighting, several_inputs=several_inputs))
        row.until = sighting.time
        row.marks += [mark for mark in cited if mark not in row.marks]
    for row in rows:
        if row.repeats > 1:
            frames = ", ".join(row.frames[:MAX_FRAMES]) + (", …" if row.repeats > MAX_FRAMES else "")
            row.note = words(
                "row.again", number=row.repeats, duration=words.duration(row.until - row.time), frames=frames
            )
    return rows


def chosen(rows: list[Row]) -> list[Row | int]:
    """At most about `MAX_ROWS` of them; an integer stands for so many rows left out."""
    if len(rows) <= MAX_ROWS:
        return list(rows)
    keep = set(range(_FIRST_ROWS)) | set(range(len(rows) - _LAST_ROWS, len(rows)))
    for index, row in enumerate(rows):
        if row.marks and len(keep) < MAX_ROWS:
            keep.update(range(max(0, index - _AROUND_A_MARK), min(len(rows), index + _AROUND_A_MARK + 1)))
    shown: list[Row | int] = []
    last = -1
    for index in sorted(keep):
        if index > last + 1:
            shown.append(index - last - 1)
        shown.append(rows[index])
        last = index
    return shown


def start_line(message: Request | Response) -> str:
    """Method, or status code and reason phrase, harmless."""
    if isinstance(message, Request):
        return wire_text(message.method, 24)
    return f"{message.status} {wire_text(message.reason, MAX_PHRASE)}".rstrip()


def frame_of(sighting: Sighting, *, several_inputs: bool) -> str:
    """The frame's number; where several files were read, the file's number before it."""
    return f"{sighting.input + 1}:{sighting.frame}" if several_inputs else str(sighting.frame)


def _row(sighting: Sighting, cited: Sequence[Mark], words: Words, *, several_inputs: bool) -> Row:
    message, hop = sighting.message, sighting.hop
    frame = frame_of(sighting, several_inputs=several_inputs)
    row = Row(
        time=sighting.time,
        frame=frame,
        frames=[frame],
        source=hop.source,
        target=hop.target,
        label=wire_text(message.method, 24) if isinstance(message, Request) else str(message.status),
        until=sighting.time,
        marks=list(cited),
    )
    if message.raw.startswith(b"v=0", message.body_at):
        row.extra = "SDP"
    if isinstance(message, Response):
        row.phrase = wire_text(message.reason, MAX_PHRASE)
    row.note, row.verdict = remark(sighting, words)
    return row
