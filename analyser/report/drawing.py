"""A ladder on the screen: elements as columns, messages as arrows, plain words beside each arrow.

Where the elements do not fit the width, each message takes a line `source -> target` instead. Words wrap
beside their arrow; nothing is cut: a reason phrase that does not fit its arrow opens the words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from analyser.report.columns import Columns
from analyser.report.layout import Line, cells, pad, pad_left, wrap
from analyser.report.rows import Row, chosen
from analyser.wire import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analyser.report.words import Words
    from analyser.track import Sighting

_LEAST_SPAN: Final = 17
"""Columns from one lifeline to the next."""
_WIDEST_SPAN: Final = 38
_LEAST_WORDS: Final = 26
"""Columns for the words beside the arrows, however many lifelines there are."""
_SHARE_OF_WORDS: Final = 42
"""Per cent of the width that the words take before lifelines are spread wider than they must be."""
_MOST_COLUMNS: Final = 6
_AROUND_LABEL: Final = 6  # `<-- label -`

MARK_OF_VERDICT: Final = {"attention": "*", "problem": "x"}


def draw(rows: list[Row], sightings: Sequence[Sighting], width: int, words: Words) -> Iterator[Line]:
    """The lines of a ladder; times count from its first message."""
    shown = chosen(rows)
    gutter = _Gutter(rows, words)
    most = width - gutter.width - 2 - _LEAST_WORDS
    for columns in (Columns(sightings), Columns(sightings, by_host=True)):
        if 2 <= len(columns) <= _MOST_COLUMNS and (len(columns) - 1) * _LEAST_SPAN + 1 <= most:
            yield from _Picture(columns, rows, gutter, width, words).lines(shown)
            return
    yield from _as_list(shown, gutter, width, words)


class _Gutter:
    """Frame number and time, on the left."""

    def __init__(self, rows: list[Row], words: Words) -> None:
        self._start = rows[0].time
        self._frame_head, self._time_head = words("ladder.frame"), words("ladder.time")
        longest = max((row.time for row in rows), default=0)
        self._frame = max(cells(self._frame_head), *(len(row.frame) for row in rows))
        self._time = max(cells(self._time_head), len(self.seconds(longest)), 7)
        self.width = self._frame + 1 + self._time + 2

    def seconds(self, time: int) -> str:
        """`+1.234`, without a float: its digits are the capture's."""
        sign = "+" if time >= self._start else "-"
        whole, rest = divmod(abs(time - self._start), SECOND)
        return f"{sign}{whole}.{rest // 1_000_000:03d}"

    def head(self) -> Line:
        text = f"{pad_left(self._frame_head, self._frame)} {pad_left(self._time_head, self._time)}  "
        return [(text, "faint")]

    def of(self, row: Row) -> Line:
        return [
            (pad_left(row.frame, self._frame), ""),
            (" " + pad_left(self.seconds(row.time), self._time) + "  ", "faint"),
        ]

    def blank(self) -> Line:
        return [(" " * self.width, "")]


class _Picture:
    """Lifelines and arrows."""

    def __init__(self, columns: Columns, rows: list[Row], gutter: _Gutter, width: int, words: Words) -> None:
        self._columns = columns
        self._gutter = gutter
        self._words = words
        spans = len(columns) - 1
        wanted = max((cells(_full_label(row)) for row in rows), default=0) + _AROUND_LABEL + 1
        wanted = max(wanted, *(cells(name) + 2 for name in columns.names[:-1]))
        roomy = (width - gutter.width - 3 - max(_LEAST_WORDS, width * _SHARE_OF_WORDS // 100)) // spans
        self._span = max(_LEAST_SPAN, min(wanted, roomy, _WIDEST_SPAN))
        self._size = spans * self._span + 1
        self._room = width - gutter.width - self._size - 2

    def lines(self, shown: list[Row | int]) -> Iterator[Line]:
        yield from self._head()
        for row in shown:
            if isinstance(row, int):
                skipped = self._words.count("ladder.left-out", row)
                yield [*self._gutter.blank(), (self._lifelines(":"), "faint"), ("  " + skipped, "faint")]
                continue
            arrow, phrase = self._arrow(row)
            beside = _words_beside(row, phrase, self._room, self._words)
            yield [*self._gutter.of(row), *arrow, ("  ", ""), *beside[0]]
            for further in beside[1:]:
                yield [*self._gutter.blank(), (self._lifelines("|"), "faint"), ("  ", ""), *further]

    def _head(self) -> Iterator[Line]:
        names = self._columns.names
        if all(cells(name) < self._span for name in names[:-1]):
            labels = [names]
        else:
            parts = [name.rpartition(":") for name in names]
            hosts = [host or port for host, _, port in parts]
            if all(cells(host) < self._span for host in hosts[:-1]):
                labels = [hosts, [f":{port}" if host else "" for host, _, port in parts]]
            else:
                letters = [chr(ord("A") + number) for number in range(len(names))]
                for letter, name in zip(letters, names, strict=True):
                    yield [*self._gutter.blank(), (f"{letter} = {name}", "strong")]
                labels = [letters]
        for number, texts in enumerate(labels):
            start = self._gutter.head() if number == len(labels) - 1 else self._gutter.blank()
            yield [*start, *((pad(text, self._span), "strong") for text in texts)]

    def _lifelines(self, mark: str) -> str:
        return (mark + " " * (self._span - 1)) * (len(self._columns) - 1) + mark

    def _arrow(self, row: Row) -> tuple[Line, str]:
        """The arrow among the lifelines, and what of the start line did not fit it."""
        source, target = self._columns.number(row.source), self._columns.number(row.target)
        left, right = sorted((source, target))
        if left == right:
            right = left + 1 if left + 1 < len(self._columns) else left
            left = right - 1
        room = (right - left) * self._span - 1
        label, phrase = _fitting(row, room - _AROUND_LABEL)
        if source == target:
            body = pad(f"<-> {label}" if source == left else f"    {label} <->", room)
        elif source < target:
            body = f"-- {label} "
            body += "-" * (room - cells(body) - 1) + ">"
        else:
            body = f"<-- {label} "
            body += "-" * (room - cells(body))
        lifelines = self._lifelines("|")
        begin = left * self._span + 1
        return [
            (lifelines[:begin], "faint"),
            (body, row.verdict or "request"),
            (lifelines[begin + room :], "faint"),
        ], phrase


def _full_label(row: Row) -> str:
    return " ".join(filter(None, (row.label, row.phrase, f"({row.extra})" if row.extra else "", _times(row))))


def _times(row: Row) -> str:
    return f"\u00d7{row.repeats}" if row.repeats > 1 else ""


def _fitting(row: Row, room: int) -> tuple[str, str]:
    """The longest form of the start line that fits, and the reason phrase where that had to stay out."""
    extra, times = f"({row.extra})" if row.extra else "", _times(row)
    for parts in ((row.label, row.phrase, extra, times), (row.label, row.phrase, times)):
        label = " ".join(filter(None, parts))
        if cells(label) <= room:
            return label, ""
    label = " ".join(filter(None, (row.label, times)))
    if cells(label) <= room:
        return label, row.phrase
    return times or "...", row.label  # a method nobody knows, longer than the arrow


def _words_beside(row: Row, phrase: str, room: int, words: Words) -> list[Line]:
    text: Line = []
    mark = MARK_OF_VERDICT.get(row.verdict)
    if mark is not None:
        text.append((f"{mark} {words(f'verdict.{row.verdict}')}{words('verdict.then')}", row.verdict))
    if phrase:
        text.append((phrase, "strong"))
        text.append((words("row.phrase-then"), ""))
    text.append((row.note, ""))
    lines = wrap(text, room)
    for rule, severity in row.marks:
        lines += wrap([(f"! {rule}", str(severity))], room)
    return lines


def _as_list(shown: list[Row | int], gutter: _Gutter, width: int, words: Words) -> Iterator[Line]:
    yield gutter.head()
    room = width - gutter.width
    for row in shown:
        if isinstance(row, int):
            yield [*gutter.blank(), (words.count("ladder.left-out", row), "faint")]
            continue
        arrow: Line = [(f"{row.source} -> {row.target}  ", ""), (_full_label(row), row.verdict or "request")]
        first, *further = wrap(arrow, room)
        yield [*gutter.of(row), *first]
        for line in further:
            yield [*gutter.blank(), *line]
        for line in _words_beside(row, "", room - 4, words):
            yield [*gutter.blank(), ("    ", ""), *line]
