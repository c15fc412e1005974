"""The ladder of one call, or of several: arrows with their annotation, beside them the message and what it means."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import Binding
from textual.containers import Container, Vertical

from analyser.report.wire_text import wire_text
from analyser.sip import Response
from analyser.tui import ladder, message
from analyser.tui.bars import KeyBar, TitleBar
from analyser.tui.base import RoomScreen
from analyser.tui.lines import FixedLines, LineList
from analyser.tui.runs import cited_in, findings_of, folded, last_alike, messages_of
from analyser.tui.shape import cut

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.app import ComposeResult

    from analyser.report.layout import Line
    from analyser.track import Sighting
    from analyser.tui.base import Keys
    from analyser.tui.entry import Entry
    from analyser.tui.runs import Cited

_WIDE: Final = 120
"""Cells from which on the message stands beside the ladder, else below it."""
_TALL: Final = 34
"""Lines from which on the explanation has a pane of its own where the message stands beside the ladder."""
_SHARES: Final = (30, 40, 50, 60, 70)
"""Per cent of the screen that the message may have."""
_FIRST_SHARE: Final = 1


class CallScreen(RoomScreen):
    """Ladder on the left, message and explanation on the right; on a small screen below, one of them."""

    BINDINGS: ClassVar[list[Binding]] = [
        Binding("space", "compare", show=False),
        Binding("d", "compare_last", show=False),
        Binding("f6,r,R", "raw", show=False),
        Binding("tab", "other_pane", show=False),
        Binding("shift+tab", "other_pane", show=False),
        Binding("t", "panes", show=False),
        Binding("9", "share(-1)", show=False),
        Binding("0", "share(1)", show=False),
        Binding("T", "share(0)", show=False),
        Binding("f7", "colours", show=False),
        Binding("f3,m", "instead('rtp')", show=False),
        Binding("f4,x,X", "instead('extended')", show=False),
        Binding("f5,ctrl+l", "instead('clear')", show=False),
        Binding("f9,l", "instead('names')", show=False),
        Binding("C", "instead('colours')", show=False),
        Binding("D", "instead('sdp')", show=False),
        Binding("f2,s,S", "save", show=False),
        Binding("f8,w", "next_finding", show=False),
        Binding("u", "fold", show=False),
        Binding("y", "copy", show=False),
        Binding("p", "pause", show=False),
    ]
    KEYS: ClassVar[Keys] = (
        ("Esc", "back", "back"),
        ("Enter", "raw", "raw"),
        ("Space", "compare", "compare"),
        ("Tab", "pane", "other_pane"),
        ("t", "toggle", "panes"),
        ("F8", "next-finding", "next_finding"),
        ("u", "fold", "fold"),
        ("F10", "explain", "explain"),
        ("F1", "help", "help"),
        ("F2", "save", "save"),
        ("y", "copy", "copy"),
        ("9 0", "share", "share(1)"),
    )
    DEFAULT_CSS = """
    CallScreen {
        #panes { layout: vertical; height: 1fr; }
        #ladder { height: 1fr; width: 1fr; }
        #detail { height: 50%; width: 1fr; border-top: solid $primary; }
        #raw, #meaning { height: 1fr; }
        #meaning { border-top: solid $primary; }
        &.wide #panes { layout: horizontal; }
        &.wide #ladder { height: 1fr; }
        &.wide #detail { height: 1fr; width: 40%; border-top: none; border-left: solid $primary; }
        &.single #meaning { border-top: none; }
    }
    """

    def __init__(self, entries: Sequence[Entry], at: Sighting | None = None) -> None:
        super().__init__()
        self.entries = list(entries)
        self._at = at
        self._messages: list[Sighting] = []
        self._runs: list[list[Sighting]] = []
        """The messages as they are drawn: copies that follow each other in one."""
        self._folded = True
        self._cited: Cited = {}
        self._marked: Sighting | None = None
        self._shown: tuple[object, ...] = ()
        self._share = _FIRST_SHARE
        self._pane = 0
        """Of a small screen: 0 the message, 1 its explanation, 2 neither."""

    def compose(self) -> ComposeResult:
        yield TitleBar("title")
        with Container(id="panes"):
            yield FixedLines(id="ladder")
            with Vertical(id="detail"):
                yield FixedLines(cursor=False, id="raw")
                yield FixedLines(cursor=False, id="meaning")
        yield KeyBar(self.keys())

    def on_mount(self) -> None:
        self.set_focus(self.ladder)
        self._arrange()
        self.call_after_refresh(self.refresh_view)

    def on_resize(self, _event: events.Resize) -> None:
        self._arrange()
        self.call_after_refresh(self._redraw)

    @property
    def ladder(self) -> FixedLines:
        return self.query_one("#ladder", FixedLines)

    @property
    def current(self) -> Sighting | None:
        """The message under the cursor, of copies the first."""
        place = self.ladder.cursor
        return self._runs[place][0] if place < len(self._runs) else None

    def refresh_view(self) -> None:
        """Draw again where something came for one of the calls."""
        if not self.room.paused:
            self._draw()

    def _redraw(self) -> None:
        self._shown = ()
        self._draw()

    def _draw(self) -> None:
        width = self.ladder.size.width
        if not width:
            return
        state = (
            width,
            self._marked,
            self._folded,
            *((entry.messages, len(entry.findings)) for entry in self.entries),
        )
        if state == self._shown:
            return
        self._shown = state
        self._messages = messages_of(self.entries)
        self._runs = folded(self._messages)
        at, self._at = self._at, None
        if at is not None and not any(run[0] is at for run in self._runs):
            self._folded = False
        if not self._folded:
            self._runs = [[seen] for seen in self._messages]
        self._cited = cited_in(self.entries)
        drawn = ladder.draw(
            self._runs,
            self._cited,
            width - 1,  # the scrollbar's
            self.labels,
            marked=self._marked,
        )
        self.ladder.show(drawn.lines, drawn.items, drawn.head)
        if at is not None:
            self._go_to(at)
        self.query_one("#title", TitleBar).show(self._title())
        self._show_message()

    def _go_to(self, sighting: Sighting) -> None:
        self.ladder.go(next((place for place, run in enumerate(self._runs) if sighting in run), 0))

    def _title(self) -> list[Line]:
        labels = self.labels
        first = self.entries[0]
        if len(self.entries) > 1:
            return [[(labels("call.several", number=len(self.entries)), "strong")]]
        state = labels(f"state.{first.state}")
        line: Line = [
            (f"{labels('kind.' + first.kind)} {first.from_} → {first.to}  ", "strong"),
            (f"{state}  ", ""),
            (f"Call-ID {wire_text(first.call_id, 120)}", ""),
        ]
        if first.dropped:
            line.append((f"  {labels('call.dropped', number=f'{first.dropped:,}')}", "warning"))
        if first.elsewhere:
            line.append((f"  {labels('call.elsewhere', number=f'{first.elsewhere:,}')}", "warning"))
        return [[(cut(text, self.size.width), style) for text, style in line]]

    def _show_message(self) -> None:
        sighting = self.current
        if sighting is None:
            return
        raw, meaning = self.query_one("#raw", FixedLines), self.query_one("#meaning", FixedLines)
        if raw.display:
            raw.show(message.raw(sighting, max(10, raw.size.width - 1), self.labels), top=True)
        if meaning.display:
            cited = findings_of(self._runs[self.ladder.cursor], self._cited)
            width = max(10, meaning.size.width - 1)
            meaning.show(message.explained(sighting, cited, width, self.labels), top=True)

    def _arrange(self) -> None:
        size = self.app.size
        wide = size.width >= _WIDE
        both = wide and size.height >= _TALL
        self.set_class(wide, "wide")
        self.set_class(not both, "single")
        detail = self.query_one("#detail")
        detail.display = self._pane < 2
        self.query_one("#raw").display = both or self._pane == 0
        self.query_one("#meaning").display = both or self._pane == 1
        share = f"{_SHARES[self._share]}%"
        detail.styles.width, detail.styles.height = (share, "1fr") if wide else ("1fr", share)

    def on_line_list_moved(self, event: LineList.Moved) -> None:
        if event.lines is self.ladder:
            self._show_message()

    def on_line_list_opened(self, event: LineList.Opened) -> None:
        if event.lines is self.ladder:
            self.action_raw()

    def action_raw(self) -> None:
        self.room.show_raw(self.entries, self.current)

    def action_panes(self) -> None:
        """The message, its explanation, neither; on a large screen both or neither."""
        size = self.app.size
        both = size.width >= _WIDE and size.height >= _TALL
        self._pane = (2 if self._pane != 2 else 0) if both else (self._pane + 1) % 3
        self._arrange()
        if self.focused is not None and not self.focused.visible:
            self.ladder.focus()
        self.call_after_refresh(self._redraw)

    def action_share(self, step: int) -> None:
        """A larger or smaller pane for the message; without a step the first size."""
        self._share = max(0, min(len(_SHARES) - 1, self._share + step)) if step else _FIRST_SHARE
        self._arrange()
        self.call_after_refresh(self._redraw)

    def action_other_pane(self) -> None:
        panes = [self.query_one(f"#{name}") for name in ("ladder", "raw", "meaning")]
        shown = [pane for pane in panes if pane.display and (pane.id == "ladder" or self._pane < 2)]
        place = shown.index(self.focused) if self.focused in shown else 0
        shown[(place + 1) % len(shown)].focus()

    def action_compare(self) -> None:
        """Mark a message; at the second one show how the two differ."""
        current = self.current
        if current is None:
            return
        if self._marked is None or self._marked is current:
            self._marked = None if self._marked is current else current
            self._draw()
            return
        one, self._marked = self._marked, None
        self._draw()
        self.room.show_difference(one, current)

    def action_compare_last(self) -> None:
        """How the message differs from the last one before it that begins with the same."""
        current = self.current
        if current is None:
            return
        before = last_alike(self._messages, current)
        if before is not None:
            self.room.show_difference(before, current)
        else:
            self.notify(self.labels("call.no-other"), markup=False)

    def action_fold(self) -> None:
        """Each copy of a message on its own, or all together."""
        current = self.current
        self._folded = not self._folded
        self._draw()
        if current is not None:
            self._go_to(current)

    def action_next_finding(self) -> None:
        """On to the next arrow that a finding cites."""
        places = [place for place, run in enumerate(self._runs) if findings_of(run, self._cited)]
        if places:
            behind = [place for place in places if place > self.ladder.cursor]
            self.ladder.go(behind[0] if behind else places[0])

    def action_explain(self) -> None:
        current = self.current
        if current is None:
            self.room.show_explanation("")
        elif isinstance(current.message, Response):
            self.room.show_explanation(f"{current.message.status} {current.message.cseq_method}")
        else:
            self.room.show_explanation(current.message.method)

    def action_save(self) -> None:
        self.room.save(self.entries)

    def action_pause(self) -> None:
        self.room.paused = not self.room.paused

    def action_copy(self) -> None:
        """The message, as text, to the clipboard of the terminal."""
        current = self.current
        if current is not None:
            self.app.copy_to_clipboard("\n".join(message.text_lines(current)) + "\n")
            self.notify(self.labels("call.copied"), markup=False)
