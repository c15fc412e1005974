"""The first screen: the list of calls and what else there is, with a filter."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import Binding
from textual.widgets import Input

from analyser.tui import table
from analyser.tui.bars import KeyBar, TitleBar
from analyser.tui.base import RoomScreen
from analyser.tui.call import CallScreen
from analyser.tui.filter import Filter
from analyser.tui.lines import LineList
from analyser.tui.status import status_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual import events
    from textual.app import ComposeResult

    from analyser.report.layout import Line
    from analyser.tui.base import Keys
    from analyser.tui.entry import Entry
    from analyser.tui.labels import Labels

_RESORT: Final = 1.0
"""Seconds between two sortings of rows that change."""
_AGAIN: Final = 2.0
"""Seconds in which a second Escape means to leave."""
MAX_OPENED: Final = 20
"""Marked rows that one ladder takes."""


class CallList(LineList):
    """The rows of a `Table`."""

    def __init__(self, labels: Labels) -> None:
        super().__init__(id="calls")
        self.labels = labels
        self.table = table.Table()
        self._columns: list[tuple[table.Column, int]] = []
        self._fitted_to: tuple[int, bool, bool] = (0, False, False)

    def head(self) -> Sequence[Line]:
        return (table.head(self._fitted(), self.table, self.labels),)

    def count(self) -> int:
        return len(self.table.rows)

    def line(self, number: int) -> Line:
        return table.row(self.table.rows[number], self._fitted(), self.labels)

    def head_clicked(self, x: int) -> None:
        column = table.column_at(x, self._fitted())
        if column is not None:
            self.sort_by(column.name)

    def current(self) -> Entry | None:
        """The row under the cursor."""
        rows = self.table.rows
        return rows[self.cursor] if 0 <= self.cursor < len(rows) else None

    def sort_by(self, name: str) -> None:
        """Sort by a column; by the same again the other way round."""
        of = self.table
        of.reverse = not of.reverse if of.sort == name else False
        of.sort = name
        self.keep_cursor(of.resort)

    def keep_cursor(self, change: Callable[[], None]) -> None:
        """Run what moves rows; the cursor stays on its own."""
        entry = self.current()
        change()
        if entry is not None and not self.follow:
            rows = self.table.rows
            if not (self.cursor < len(rows) and rows[self.cursor] is entry):
                self.cursor = next((place for place, row in enumerate(rows) if row is entry), 0)
                self.show_cursor()
        self.renew()

    def _fitted(self) -> list[tuple[table.Column, int]]:
        fitting = self.size.width, self.labels.several_inputs, self.labels.several_days
        if fitting != self._fitted_to or not self._columns:
            self._fitted_to = fitting
            self._columns = table.layout(self.size.width, self.labels)
        return self._columns


class FilterInput(Input):
    """The line of the filter; up and down go to the list."""

    BINDINGS: ClassVar[list[Binding]] = [  # type: ignore[assignment]
        Binding("escape,up,down,enter", "leave", show=False),
    ]
    DEFAULT_CSS = "FilterInput { height: 1; border: none; padding: 0 1; &:focus { border: none; } }"

    def action_leave(self) -> None:
        self.screen.set_focus(self.screen.query_one(CallList))  # at once: the next key may be waiting


class CallsScreen(RoomScreen):
    """List and filter."""

    BINDINGS: ClassVar[list[Binding]] = [
        Binding("escape", "leave", show=False),
        Binding("q,Q", "quit", show=False),
        Binding("slash,f3,f7,f,F", "filter", show=False),
        Binding("space", "mark", show=False),
        Binding("f2,s,S", "save", show=False),
        Binding("f4,x,X", "open_marked", show=False),
        Binding("f5,ctrl+l", "clear", show=False),
        Binding("f6,r,R", "raw", show=False),
        Binding("f8,w", "findings", show=False),
        Binding("f9,n", "statistics", show=False),
        Binding("i,I", "invites", show=False),
        Binding("p", "pause", show=False),
        Binding("A", "follow", show=False),
        Binding("less_than_sign,comma", "sort(-1)", show=False),
        Binding("greater_than_sign,full_stop", "sort(1)", show=False),
        Binding("z", "reverse", show=False),
        Binding("o", "instead('settings')", show=False),
        Binding("t", "instead('columns')", show=False),
        Binding("d", "instead('compare')", show=False),
    ]
    KEYS: ClassVar[Keys] = (
        ("Enter", "open", "open"),
        ("F1", "help", "help"),
        ("F3", "filter", "filter"),
        ("F8", "findings", "findings"),
        ("F9", "statistics", "statistics"),
        ("F10", "explain", "explain"),
        ("Space", "mark", "mark"),
        ("F2", "save", "save"),
        ("F6", "raw", "raw"),
        ("< >", "sort", "sort(1)"),
        ("F5", "clear", "clear"),
        ("p", "pause", "pause"),
        ("c", "colours", "colours"),
        ("q", "quit", "quit"),
    )

    def __init__(self) -> None:
        super().__init__()
        self._sorted_at = 0.0
        self._escaped_at = 0.0

    def compose(self) -> ComposeResult:
        yield TitleBar("status")
        yield FilterInput(placeholder=self.labels("filter.hint"), id="filter", select_on_focus=False)
        yield CallList(self.labels)
        yield KeyBar(self.keys())

    def on_mount(self) -> None:
        self.query_one("#filter").display = False
        self.calls.follow = self.room.source.live
        self.set_focus(self.calls)
        self.calls.table.rebuild(self.room.store.entries)
        self.refresh_view()

    def on_resize(self, _event: events.Resize) -> None:
        self.refresh_view()

    @property
    def calls(self) -> CallList:
        return self.query_one(CallList)

    def refresh_view(self) -> None:
        """Take what came, unless the list is to stand still."""
        room, calls = self.room, self.calls
        store = room.store
        if not room.paused:
            if store.gone:
                store.gone = False
                calls.keep_cursor(lambda: calls.table.rebuild(store.entries))
            elif store.fresh or store.changed:
                now = monotonic()
                calls.keep_cursor(lambda: calls.table.add(store.fresh, store.changed))
                if calls.table.sorted_late and now - self._sorted_at > _RESORT:
                    self._sorted_at = now
                    calls.keep_cursor(calls.table.resort)
            store.fresh.clear()
            store.changed.clear()
        status = status_lines(
            room, self.size.width, shown=len(calls.table.rows), filtered=bool(calls.table.filter)
        )
        self.query_one(TitleBar).show(status)

    def on_input_changed(self, event: Input.Changed) -> None:
        """The list follows each letter."""
        self.room.filter = self.calls.table.filter = Filter(event.value)
        self.calls.keep_cursor(lambda: self.calls.table.rebuild(self.room.store.entries))
        self.room.store.fresh.clear()
        self.refresh_view()

    def on_key(self, event: events.Key) -> None:
        """Whatever comes between them, two Escapes are no pair; this sees a key before what is bound to it."""
        if event.key != "escape":
            self._escaped_at = 0.0

    def on_mouse_down(self) -> None:
        self._escaped_at = 0.0

    def on_line_list_opened(self, _event: LineList.Opened) -> None:
        self.action_open()

    def action_open(self) -> None:
        """The ladder of the row, or of those that are marked."""
        entry = self.calls.current()
        if entry is not None:
            self.app.push_screen(CallScreen([entry]))

    def action_open_marked(self) -> None:
        marked = self._marked()[:MAX_OPENED]
        if marked:
            self.app.push_screen(CallScreen(marked))
        else:
            self.action_open()

    def action_raw(self) -> None:
        entry = self.calls.current()
        if entry is not None:
            self.room.show_raw([entry])

    def action_mark(self) -> None:
        entry = self.calls.current()
        if entry is not None:
            self.room.store.mark(entry)
            self.calls.action_move(1)
            self.calls.refresh()
            self.refresh_view()

    def action_save(self) -> None:
        entry = self.calls.current()
        chosen = self._marked() or ([entry] if entry is not None else [])
        if chosen:
            self.room.save(chosen)

    def _marked(self) -> list[Entry]:
        return sorted(self.room.store.marked, key=lambda entry: entry.index)

    def action_filter(self) -> None:
        field = self.query_one("#filter", Input)
        field.display = True
        self.set_focus(field)

    def action_invites(self) -> None:
        """The filter for calls, or none."""
        field = self.query_one("#filter", Input)
        field.value = "" if field.value == "INVITE" else "INVITE"
        field.display = bool(field.value)

    def action_leave(self) -> None:
        """Escape ends the filter; twice, it leaves."""
        field = self.query_one("#filter", Input)
        if field.value or field.display:
            field.value = ""
            field.display = False
            self._escaped_at = 0.0
            return
        now = monotonic()
        if self._escaped_at and now - self._escaped_at < _AGAIN:
            self.app.exit()
        self._escaped_at = now
        self.notify(self.labels("calls.leave"), timeout=_AGAIN, markup=False)

    def action_quit(self) -> None:
        self.app.exit()

    def action_clear(self) -> None:
        self.room.store.clear()
        self.refresh_view()

    def action_findings(self) -> None:
        self.room.show_findings()

    def action_statistics(self) -> None:
        self.room.show_statistics()

    def action_pause(self) -> None:
        self.room.paused = not self.room.paused
        self.refresh_view()

    def action_follow(self) -> None:
        """Whether the list runs along with what comes."""
        self.calls.follow = not self.calls.follow
        self.calls.renew()
        self.refresh_view()

    def action_sort(self, step: int) -> None:
        calls = self.calls
        names = [column.name for column in table.COLUMNS if self.labels.several_inputs or not column.several]
        calls.sort_by(names[(names.index(calls.table.sort) + step) % len(names)])

    def action_reverse(self) -> None:
        self.calls.sort_by(self.calls.table.sort)
