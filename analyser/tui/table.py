"""The list of calls as a table: which rows it shows, in which order, and what stands in each column."""

from __future__ import annotations

from bisect import insort
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from analyser.report.calls import utc
from analyser.report.layout import cells, pad, pad_left
from analyser.tui.filter import Filter
from analyser.tui.shape import cut
from analyser.wire import SECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from analyser.report.layout import Line
    from analyser.tui.entry import Entry
    from analyser.tui.labels import Labels

_SEVERITIES: Final = ("", "notice", "warning", "error")
_STYLE_OF_STATE: Final = {
    "answered": "normal",
    "ended": "normal",
    "accepted": "normal",
    "failed": "problem",
    "timeout": "problem",
    "refused": "problem",
    "cancelled": "attention",
    "redirected": "attention",
    "pending": "attention",
    "ringing": "attention",
    "waiting": "attention",
}


class Column(NamedTuple):
    """One of the table."""

    name: str
    least: int
    """Cells that it needs."""
    most: int
    """Cells that are of use to it."""
    rank: int
    """Columns of a higher rank go first where the screen is narrow."""
    right: bool
    cell: Callable[[Entry, Labels], tuple[str, str]]
    """Text and style."""
    key: Callable[[Entry], Any]
    several: bool = False
    """Whether it is of use only where several files are read."""


def _state(entry: Entry, labels: Labels) -> tuple[str, str]:
    state = entry.state
    return labels(f"state.{state}"), _STYLE_OF_STATE.get(state, "")


def _code(entry: Entry, _labels: Labels) -> tuple[str, str]:
    code = entry.code
    style = "" if not code else "normal" if code < 300 or code in (401, 407, 487) else "problem"
    return str(code or "-"), style


def _findings(entry: Entry, labels: Labels) -> tuple[str, str]:
    if not entry.worst:
        return "", ""
    severity = _SEVERITIES[entry.worst]
    worst = next(each.rule.id for each in entry.findings if each.severity == entry.worst)
    others = len(entry.rules) - 1
    return f"{labels(f'short.{severity}')} {worst}{f' +{others}' if others else ''}", severity


def _input(entry: Entry, labels: Labels) -> tuple[str, str]:
    return labels.input(entry.sightings[0].input), "faint"


def _kind(entry: Entry) -> str:
    return entry.method


def _start(entry: Entry, labels: Labels) -> tuple[str, str]:
    text = utc(entry.start)
    # `01-05 09:00:00` of `2026-01-05 09:00:00.000`
    return text[5:19] if labels.several_days else utc(entry.start, day=False), "faint"


def _seconds(entry: Entry) -> str:
    # Rounded as in `annotate.wording.duration_text`: what shows as 30.0 s there is no 0:29.9 here.
    tenths = round(entry.duration / (SECOND // 10))
    if tenths >= 36_000:
        seconds = round(entry.duration / SECOND)
        return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return f"{tenths // 600}:{tenths // 10 % 60:02d}.{tenths % 10}"


COLUMNS: Final = (
    Column("index", 3, 8, 0, True, lambda e, _: (str(e.index), "faint"), lambda e: e.index),
    Column("start", 8, 8, 3, False, _start, lambda e: e.start),
    Column("method", 9, 9, 1, False, lambda e, _: (_kind(e), "strong"), _kind),
    Column("state", 10, 11, 0, False, _state, lambda e: e.state),
    Column("code", 4, 4, 0, True, _code, lambda e: e.code),
    Column("from", 10, 34, 0, False, lambda e, _: (e.from_, ""), lambda e: e.from_.casefold()),
    Column("to", 10, 34, 0, False, lambda e, _: (e.to, ""), lambda e: e.to.casefold()),
    Column("source", 17, 26, 6, False, lambda e, _: (str(e.source), ""), lambda e: e.source),
    Column("target", 17, 26, 7, False, lambda e, _: (str(e.target), ""), lambda e: e.target),
    Column("input", 9, 30, 5, False, _input, lambda e: e.sightings[0].input, several=True),
    Column("messages", 4, 6, 2, True, lambda e, _: (str(e.messages), ""), lambda e: e.messages),
    Column("duration", 7, 8, 4, True, lambda e, _: (_seconds(e), ""), lambda e: e.duration),
    Column("findings", 14, 44, 0, False, _findings, lambda e: (-e.worst, e.rules)),
)
BY_NAME: Final = {column.name: column for column in COLUMNS}
_LONG: Final = ("from", "to", "source", "target", "input", "findings")
"""Columns whose text is cut most often; they have the spare cells first."""
_DAY_AND_TIME: Final = 14
_MARK: Final = 2
"""Cells of the mark before each row."""


class Table:
    """The rows shown. The order holds for rows as they were when they were sorted; `resort` renews it."""

    def __init__(self) -> None:
        self.rows: list[Entry] = []
        self.filter = Filter("")
        self.sort = "index"
        self.reverse = False
        self._shown: set[Entry] = set()

    def rebuild(self, entries: Iterable[Entry]) -> None:
        """Choose and sort anew."""
        matches = self.filter.matches
        self.rows = [entry for entry in entries if matches(entry)] if self.filter else list(entries)
        self._shown = set(self.rows) if self.filter else set()
        self.resort()

    def resort(self) -> None:
        """Sort anew."""
        self.rows.sort(key=BY_NAME[self.sort].key, reverse=self.reverse)

    def add(self, fresh: Iterable[Entry], changed: Iterable[Entry]) -> None:
        """Take rows that are new, or may match now."""
        append = self.sort == "index" and not self.reverse
        late = self.filter and [entry for entry in changed if entry not in self._shown]
        for entry in fresh:
            if not self.filter or self.filter.matches(entry):
                self._insert(entry, last=append)
        for entry in late or ():
            if entry not in self._shown and self.filter.matches(entry):
                self._insert(entry, last=False)

    def _insert(self, entry: Entry, *, last: bool) -> None:
        if self.filter:
            self._shown.add(entry)
        if last or self.reverse:
            self.rows.append(entry)
        else:
            insort(self.rows, entry, key=BY_NAME[self.sort].key)

    @property
    def sorted_late(self) -> bool:
        """Whether rows may move when something comes for them."""
        return (
            self.sort not in ("index", "start", "from", "to", "method", "source", "target", "input")
            or self.reverse
        )


def layout(width: int, labels: Labels) -> list[tuple[Column, int]]:
    """The columns that fit, each with its cells."""
    columns = [column for column in COLUMNS if labels.several_inputs or not column.several]
    least = {column: max(column.least, cells(labels(f"column.{column.name}"))) for column in columns}
    most = {column: column.most for column in columns}
    if labels.several_days:
        least[BY_NAME["start"]] = most[BY_NAME["start"]] = _DAY_AND_TIME
    room = width - _MARK
    while sum(least[column] + 1 for column in columns) > room and any(column.rank for column in columns):
        columns.remove(max(columns, key=lambda column: column.rank))
    widths = {column: least[column] for column in columns}
    spare = room - sum(size + 1 for size in widths.values())
    while spare > 0:
        growing = [column for column in columns if widths[column] < most[column]]
        growing = [column for column in growing if column.name in _LONG] or growing
        if not growing:
            break
        for column in growing[:spare]:
            widths[column] += 1
            spare -= 1
    return [(column, widths[column]) for column in columns]


def head(columns: list[tuple[Column, int]], table: Table, labels: Labels) -> Line:
    """The names of the columns; an arrow stands at the one that the rows are sorted by."""
    line: Line = [(" " * _MARK, "column")]
    for column, size in columns:
        name = labels(f"column.{column.name}")
        if column.name == table.sort:
            name = cut(name, size - 1) + ("▼" if table.reverse else "▲")
        text = cut(name, size)
        line.append((pad_left(text, size) if column.right else pad(text, size), "column"))
        line.append((" ", "column"))
    return line


def row(entry: Entry, columns: list[tuple[Column, int]], labels: Labels) -> Line:
    """One row of the table."""
    line: Line = [("* " if entry.marked else "  ", "marked")]
    for column, size in columns:
        text, style = column.cell(entry, labels)
        text = cut(text, size)
        line.append((pad_left(text, size) if column.right else pad(text, size), style))
        line.append((" ", ""))
    return line


def column_at(x: int, columns: list[tuple[Column, int]]) -> Column | None:
    """The column that a click on the head means."""
    position = _MARK
    for column, size in columns:
        if position <= x <= position + size:
            return column
        position += size + 1
    return None
