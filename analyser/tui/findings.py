"""What the rules found: by rule, worst first, each place a line that leads to its message."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import Binding

from analyser.annotate import Severity
from analyser.report.layout import cells, hang, pad, width_of
from analyser.report.secrets import note_of
from analyser.report.wire_text import wire_text
from analyser.track import Sighting
from analyser.tui.bars import KeyBar, TitleBar
from analyser.tui.base import RoomScreen
from analyser.tui.call import CallScreen
from analyser.tui.lines import FixedLines, LineList
from analyser.tui.shape import cut
from analyser.tui.store import Found

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.app import ComposeResult

    from analyser.annotate import Finding
    from analyser.report.layout import Line
    from analyser.tui.base import Keys

MAX_SHOWN: Final = 200
"""Findings of one rule that are listed; the others are counted."""
_MAX_NOTE: Final = 600


class FindingsScreen(RoomScreen):
    """Rules with their findings."""

    BINDINGS: ClassVar[list[Binding]] = [
        Binding("f8,w", "back", show=False),
        Binding("f9,n", "statistics", show=False),
    ]
    KEYS: ClassVar[Keys] = (
        ("Esc", "back", "back"),
        ("Enter", "go", "go"),
        ("F10", "explain", "explain"),
        ("F9", "statistics", "statistics"),
        ("F1", "help", "help"),
    )

    def __init__(self) -> None:
        super().__init__()
        self._items: list[Found | Finding] = []
        self._shown: tuple[object, ...] = ()

    def compose(self) -> ComposeResult:
        yield TitleBar("title")
        yield FixedLines(id="findings")
        yield KeyBar(self.keys())

    def on_mount(self) -> None:
        self.set_focus(self.view)
        self.call_after_refresh(self.refresh_view)

    def on_resize(self, _event: events.Resize) -> None:
        self.call_after_refresh(self.refresh_view)

    @property
    def view(self) -> FixedLines:
        return self.query_one("#findings", FixedLines)

    def refresh_view(self) -> None:
        """List them again where others came."""
        store, chosen = self.room.store, self.room.filter
        width = self.view.size.width - 1
        state = (
            width,
            # With a filter a row may match from any message on.
            (store.messages, len(store.entries)) if chosen else (),
            *((each.rule.id, each.count, len(each.findings)) for each in store.found.values()),
        )
        if state == self._shown or width < 1 or (self._shown and self.room.paused):
            return
        if not self.due(whole=not self._shown or self._shown[0] != width):
            return
        self._shown = state
        entries = [entry for entry in store.entries if chosen.matches(entry)] if chosen else store.entries
        found = sorted(
            store.found_in(entries) if chosen else store.found.values(),
            key=lambda each: (-each.worst, -each.count),
        )
        self._list(found, width)
        title = self.labels(
            "findings.title", rules=len(found), number=f"{sum(each.count for each in found):,}"
        )
        heading: list[Line] = [[(title, "strong")]]
        if chosen:
            said = self.labels(
                "findings.filtered",
                filter=wire_text(chosen.text, _MAX_NOTE),
                rows=f"{len(entries):,}",
                all=f"{len(store.entries):,}",
            )
            heading.append([(cut(said, self.size.width), "warning")])
        self.query_one("#title", TitleBar).show(heading)

    def _list(self, found: Sequence[Found], width: int) -> None:
        """Lay the lines out; the cursor stays on what it was on."""
        before = self._items[self.view.cursor] if self.view.cursor < len(self._items) else None
        labels = self.labels
        widest = max(cells(labels.words(f"severity.{severity}")) for severity in Severity)
        lines: list[Line] = []
        items: list[int] = []
        self._items = []
        for each in found:
            severity = str(Severity(each.worst))
            label = labels.words(f"severity.{severity}")
            summary = wire_text(each.rule.words_in(labels.lang).summary, _MAX_NOTE)
            start: Line = [(pad(label, widest) + " ", severity), (f"{each.count:,} ×  ", "strong")]  # noqa: RUF001
            made = hang(start, [(summary, "strong"), (f"  {each.rule.id}", "faint")], width, width_of(start))
            self._append(lines, items, each, made)
            for finding in each.findings[:MAX_SHOWN]:
                self._append(lines, items, finding, [self._line(finding, width)])
            more = each.count - min(len(each.findings), MAX_SHOWN)
            if more:
                lines.append([("      " + labels("findings.more", number=f"{more:,}"), "faint")])
                items.append(len(self._items) - 1)
        if not found:
            nothing = labels("findings.none-matches" if self.room.filter else "findings.none")
            lines, items = [[(nothing, "good")]], [0]
        self.view.show(lines, items)
        place = next((place for place, item in enumerate(self._items) if _same(item, before)), None)
        if place is not None:
            self.view.go(place)

    def _append(self, lines: list[Line], items: list[int], item: Found | Finding, made: list[Line]) -> None:
        items += [len(self._items)] * len(made)
        lines += made
        self._items.append(item)

    def _line(self, finding: Finding, width: int) -> Line:
        entry = self.room.store.entry_of(finding)
        who = f"{entry.from_} → {entry.to}  " if entry is not None else ""
        note = wire_text(note_of(finding, self.labels.lang), _MAX_NOTE)
        start = f"    {self.labels('findings.frame', frame=self.labels.frame(finding.evidence.at))}  {who}"
        return [(cut(start, width), "faint"), (cut(note, width - len(start)), "")]

    def on_line_list_opened(self, _event: LineList.Opened) -> None:
        self.action_go()

    def action_go(self) -> None:
        """To the message that shows it; of a rule, to its first."""
        if self.view.cursor >= len(self._items):
            return
        item = self._items[self.view.cursor]
        finding = next(iter(item.findings), None) if isinstance(item, Found) else item
        entry = self.room.store.entry_of(finding) if finding is not None else None
        at = finding.evidence.at if finding is not None else None
        if entry is not None and isinstance(at, Sighting):
            self.app.push_screen(CallScreen([entry], at))
        else:
            self.action_explain()

    def action_explain(self) -> None:
        if self.view.cursor < len(self._items):
            self.room.show_explanation(self._items[self.view.cursor].rule.id)

    def action_statistics(self) -> None:
        self.room.show_statistics()


def _same(one: Found | Finding, other: Found | Finding | None) -> bool:
    """Whether they are one; what a rule found in chosen rows is gathered anew each time."""
    return one is other or (isinstance(one, Found) and isinstance(other, Found) and one.rule is other.rule)
