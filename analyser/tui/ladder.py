"""Messages as the arrows of a ladder, each an item that the cursor can stand on, with plain words beside it.

Where the elements do not fit the width, each message takes a line `source -> target` instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from analyser.report.columns import Columns
from analyser.report.layout import Line, cells, pad, pad_left, wrap
from analyser.report.remarks import remark
from analyser.report.rows import MAX_FRAMES, start_line
from analyser.report.wire_text import wire_text
from analyser.sip import Response
from analyser.tui.runs import findings_of
from analyser.tui.shape import cut
from analyser.wire import SECOND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyser.track import Sighting
    from analyser.tui.labels import Labels
    from analyser.tui.runs import Cited

_LEAST_SPAN: Final = 14
"""Cells from one lifeline to the next."""
_WIDEST_SPAN: Final = 34
_LEAST_WORDS: Final = 24
"""Cells for the words beside the arrows."""
_MOST_COLUMNS: Final = 8
_MARK_OF_VERDICT: Final = {"attention": "* ", "problem": "x "}


class Drawn(NamedTuple):
    """A ladder, for a `FixedLines`."""

    head: list[Line]
    lines: list[Line]
    items: list[int]
    """Of each line the number of its message."""


def draw(
    runs: Sequence[Sequence[Sighting]],
    cited: Cited,
    width: int,
    labels: Labels,
    *,
    marked: Sighting | None = None,
) -> Drawn:
    """The ladder of the messages, one row for each run of copies, times from the first message. `marked` is the message to
    compare with."""
    sightings = [seen for run in runs for seen in run]
    if not sightings:
        return Drawn([], [], [])
    gutter = _Gutter(sightings, labels)
    most = width - gutter.width - 1 - _LEAST_WORDS
    picture = None
    for columns in (Columns(sightings), Columns(sightings, by_host=True)):
        if 2 <= len(columns) <= _MOST_COLUMNS and (len(columns) - 1) * _LEAST_SPAN + 1 <= most:
            picture = _Picture(columns, width - gutter.width)
            break
    lines: list[Line] = []
    items: list[int] = []
    for item, run in enumerate(runs):
        note, verdict = remark(run[0], labels.words)
        if len(run) > 1:
            note = _again(run, gutter, labels)
        marks: Line = [(f"! {finding.rule.id}", str(finding.severity)) for finding in findings_of(run, cited)]
        start = gutter.of(run[0], marked=marked in run)
        made = _row(run, verdict, [(note, "")], list(dict.fromkeys(marks)), start, gutter, picture, width)
        lines += made
        items += [item] * len(made)
    head = [gutter.head()] if picture is None else picture.head(gutter)
    return Drawn(head, lines, items)


def _again(run: Sequence[Sighting], gutter: _Gutter, labels: Labels) -> str:
    """How often copies came, until when, and where."""
    frames = ", ".join(labels.frame(seen) for seen in run[:MAX_FRAMES]) + (", …" * (len(run) > MAX_FRAMES))
    return labels("call.again", number=f"{len(run):,}", last=gutter.seconds(run[-1].time), frames=frames)


def _row(
    run: Sequence[Sighting],
    verdict: str,
    words: Line,
    marks: Line,
    start: Line,
    gutter: _Gutter,
    picture: _Picture | None,
    width: int,
) -> list[Line]:
    if picture is None:
        hop = run[0].hop
        first: Line = [
            *start,
            (f"{hop.source} → {hop.target}  ", ""),
            (_label(run[0]) + _times(run), verdict or "request"),
        ]
        words = [(_MARK_OF_VERDICT.get(verdict, ""), verdict), *words]
        beside = _beside(words, marks, width - gutter.width - 2)
        return [first, *([*gutter.blank(), ("  ", ""), *line] for line in beside)]
    arrow, rest = picture.arrow(run[0], _times(run), verdict)
    if rest:
        words = [(f"{rest}: ", "strong"), *words]
    words = [(_MARK_OF_VERDICT.get(verdict, ""), verdict), *words]
    first_words, *further = _beside(words, marks, picture.room)
    made = [[*start, *arrow, (" ", ""), *first_words]]
    made += [[*gutter.blank(), (picture.lifelines(), "faint"), (" ", ""), *line] for line in further]
    return made


def _beside(words: Line, marks: Line, room: int) -> list[Line]:
    """The words, and each finding on a line of its own."""
    return [*wrap(words, room), *(line for mark in marks for line in wrap([mark], room))]


def _times(run: Sequence[Sighting]) -> str:
    return f" ×{len(run)}" if len(run) > 1 else ""  # noqa: RUF001 - a sign of multiplication


def _label(sighting: Sighting) -> str:
    message = sighting.message
    sdp = " (SDP)" if message.raw.startswith(b"v=0", message.body_at) else ""
    return start_line(message) + sdp


class _Gutter:
    """Frame number and time, on the left."""

    def __init__(self, sightings: Sequence[Sighting], labels: Labels) -> None:
        self._labels = labels
        self._start = sightings[0].time
        self._names = labels.words("ladder.frame"), labels.words("ladder.time")
        frames = (len(labels.frame(sighting)) for sighting in sightings)
        self._frame = max(cells(self._names[0]), *frames) if sightings else 0
        last = max(sighting.time for sighting in sightings)
        self._time = max(cells(self._names[1]), len(self.seconds(last)), 7)
        self.width = 1 + self._frame + 1 + self._time + 1

    def seconds(self, time: int) -> str:
        sign = "+" if time >= self._start else "-"
        whole, rest = divmod(abs(time - self._start), SECOND)
        return f"{sign}{whole}.{rest // 1_000_000:03d}"

    def head(self) -> Line:
        frame, time = self._names
        return [(f" {pad_left(frame, self._frame)} {pad_left(time, self._time)} ", "faint")]

    def of(self, sighting: Sighting, *, marked: bool) -> Line:
        frame = self._labels.frame(sighting)
        return [
            ("*" if marked else " ", "marked"),
            (pad_left(frame, self._frame), ""),
            (" " + pad_left(self.seconds(sighting.time), self._time) + " ", "faint"),
        ]

    def blank(self) -> Line:
        return [(" " * self.width, "")]


class _Picture:
    """Lifelines and arrows."""

    def __init__(self, columns: Columns, width: int) -> None:
        self._columns = columns
        spans = len(columns) - 1
        wanted = max(cells(name) + 2 for name in columns.names)
        roomy = (width - 2 - max(_LEAST_WORDS, width * 40 // 100)) // spans
        self._span = max(_LEAST_SPAN, min(max(wanted, 20), roomy, _WIDEST_SPAN))
        self.room = width - (spans * self._span + 1) - 1

    def head(self, gutter: _Gutter) -> list[Line]:
        """Hosts, and ports below them."""
        names = [
            name.rpartition(":") if not name.endswith("]") else (name, "", "") for name in self._columns.names
        ]
        hosts = [host or port for host, _, port in names]
        ports = [f":{port}" if host and port else "" for host, _, port in names]
        lines: list[Line] = []
        for texts, start in ((hosts, gutter.blank()), (ports, gutter.head())):
            if any(texts):
                lines.append(
                    [*start, *((pad(cut(text, self._span - 1), self._span), "strong") for text in texts)]
                )
        return lines if len(lines) == 2 else [[*gutter.head(), *lines[0][1:]]]

    def lifelines(self) -> str:
        return ("│" + " " * (self._span - 1)) * (len(self._columns) - 1) + "│"

    def arrow(self, sighting: Sighting, times: str, verdict: str) -> tuple[Line, str]:
        """The arrow among the lifelines, and the reason phrase where there is no room for it."""
        source, target = (self._columns.number(end) for end in sighting.hop[:2])
        left, right = sorted((source, target))
        if left == right:
            right = left + 1 if left + 1 < len(self._columns) else left
            left = right - 1
        room = (right - left) * self._span - 1
        rest, fits = "", room - 4 - cells(times)
        label = _label(sighting)
        if cells(label) > fits:
            label = start_line(sighting.message)
        if cells(label) > fits:
            message = sighting.message
            if isinstance(message, Response):
                label, rest = str(message.status), wire_text(message.reason, 120)
            label = cut(label, fits)
        label += times
        shaft = "╌" if sighting.retransmission or sighting.duplicate else "─"
        if source == target:
            body = pad(f"↺ {label}" if source == left else pad_left(f"{label} ↺", room), room)
        else:
            fill = room - cells(label) - 3
            before, after = shaft * (fill // 2), shaft * (fill - fill // 2)
            body = f"{before} {label} {after}→" if source < target else f"←{before} {label} {after}"
        lifelines = self.lifelines()
        begin = left * self._span + 1
        return [
            (lifelines[:begin], "faint"),
            (body, verdict or "request"),
            (lifelines[begin + room :], "faint"),
        ], rest
