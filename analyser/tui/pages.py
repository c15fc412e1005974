"""Pages to read: numbers, raw messages, the difference of two messages, help."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding

from analyser.report.calls import utc
from analyser.report.coverage import coverage
from analyser.report.figures import figures
from analyser.report.layout import hang, paragraph
from analyser.report.rows import start_line
from analyser.report.secrets import Apart
from analyser.tui import message
from analyser.tui.bars import KeyBar, TitleBar
from analyser.tui.base import RoomScreen
from analyser.tui.difference import difference, meaning
from analyser.tui.lines import FixedLines
from analyser.tui.runs import messages_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.app import ComposeResult

    from analyser.report.layout import Line
    from analyser.track import Sighting
    from analyser.tui.base import Keys
    from analyser.tui.entry import Entry


class PageScreen(RoomScreen):
    """Lines to scroll through. Subclasses give title and lines for a width."""

    KEYS: ClassVar[Keys] = (("Esc", "back", "back"), ("F10", "explain", "explain"), ("F1", "help", "help"))

    def compose(self) -> ComposeResult:
        yield TitleBar("title")
        yield FixedLines(cursor=False, id="page")
        yield KeyBar(self.keys())

    def on_mount(self) -> None:
        self.set_focus(self.view)
        self.call_after_refresh(self.draw, top=True)

    def on_resize(self, _event: events.Resize) -> None:
        self.call_after_refresh(self.draw)

    @property
    def view(self) -> FixedLines:
        return self.query_one("#page", FixedLines)

    def title_text(self) -> str:
        raise NotImplementedError

    def lines(self, width: int) -> list[Line]:
        raise NotImplementedError

    def draw(self, *, top: bool = False) -> None:
        """Lay the page out."""
        width = self.view.size.width - 2
        if width > 0:
            self.query_one("#title", TitleBar).show([[(self.title_text(), "strong")]])
            self.view.show([[(" ", ""), *line] for line in self.lines(width)], top=top)


class StatisticsScreen(PageScreen):
    """Methods, codes, key figures, and what could not be read."""

    BINDINGS: ClassVar[list[Binding]] = [  # type: ignore[assignment]
        Binding("f9,n", "back", show=False),
        Binding("f8,w", "findings", show=False),
    ]
    KEYS: ClassVar[Keys] = (
        ("Esc", "back", "back"),
        ("F8", "findings", "findings"),
        ("F10", "explain", "explain"),
        ("F1", "help", "help"),
    )

    def title_text(self) -> str:
        return self.labels("statistics.title")

    def refresh_view(self) -> None:
        ended = self.room.feed.ended
        if not (self.room.paused or (ended and self._whole)) and self.due(whole=ended):
            self.draw()

    _whole = False

    def lines(self, width: int) -> list[Line]:
        room, labels = self.room, self.labels
        setting = labels.setting(width)
        summary = room.source.summary or room.store.counted()
        self._whole = room.store.summary is not None or room.feed.ended
        lines: list[Line] = []
        if room.store.summary is None and room.source.summary is None:
            lines += [*paragraph(labels("statistics.so-far"), width, "attention"), []]
        losses = room.source.losses
        if losses is not None:
            said = labels(
                "statistics.lost",
                kernel=f"{losses.kernel:,}",
                interface=f"{losses.interface:,}",
                queue=f"{losses.queue:,}",
            )
            lines += [*paragraph(said, width, "attention" if losses.all else ""), []]
        if room.store.evicted:
            evicted = labels("statistics.evicted", number=f"{room.store.evicted:,}")
            lines += [*paragraph(evicted, width, "attention"), []]
        lines += figures(summary, setting)
        lines += coverage(summary, room.store.encrypted, setting)
        return lines or paragraph(labels("statistics.nothing"), width)

    def action_findings(self) -> None:
        self.room.show_findings()


class RawScreen(PageScreen):
    """The messages of calls as they were sent but for secrets, one below the other."""

    def __init__(self, entries: Sequence[Entry], at: Sighting | None = None) -> None:
        super().__init__()
        self._entries = entries
        self._at = at

    def title_text(self) -> str:
        return self.labels("raw.title")

    def lines(self, width: int) -> list[Line]:
        lines: list[Line] = []
        place = 0
        for seen in messages_of(self._entries):
            if seen is self._at:
                place = len(lines)
            hop = seen.hop
            said = self.labels(
                "raw.head",
                frame=self.labels.frame(seen),
                time=utc(seen.time),
                hop=f"{hop.source} → {hop.target}",
            )
            lines += [*paragraph(said, width, "heading"), *message.raw(seen, width, self.labels), []]
        if place:
            self.call_after_refresh(self.view.scroll_to, y=place, animate=False, force=True)
            self._at = None
        return lines


class DifferenceScreen(PageScreen):
    """Two messages, and where they differ."""

    def __init__(self, one: Sighting, other: Sighting) -> None:
        super().__init__()
        self._one, self._other = one, other

    def title_text(self) -> str:
        one, other = (
            self.labels("difference.message", frame=self.labels.frame(seen), text=start_line(seen.message))
            for seen in (self._one, self._other)
        )
        return self.labels("difference.title", one=one, other=other)

    def lines(self, width: int) -> list[Line]:
        one, other = self._one, self._other
        apart = Apart()  # secrets that begin alike stay different
        first, second = (message.text_lines(seen, apart) for seen in (one, other))
        return [
            *meaning(one.message, other.message, width, self.labels),
            *difference(first, second, width, self.labels),
        ]


class HelpScreen(PageScreen):
    """The keys."""

    KEYS: ClassVar[Keys] = (("Esc", "back", "back"),)
    PARTS: ClassVar[tuple[tuple[str, tuple[tuple[str, str], ...]], ...]] = (
        (
            "list",
            (
                ("Enter", "open"),
                ("/ F3 F7 f", "filter"),
                ("i", "invites"),
                ("Space", "mark"),
                ("F4 x", "open-marked"),
                ("F2 s", "save"),
                ("F6 r", "raw"),
                ("F8 w", "findings"),
                ("F9 n", "statistics"),
                ("F10 e", "explain"),
                ("< >  z", "sort"),
                ("p", "pause"),
                ("A", "follow"),
                ("F5 Ctrl-L", "clear"),
                ("q  Esc Esc", "quit"),
            ),
        ),
        (
            "ladder",
            (
                ("↑ ↓", "move"),
                ("Enter F6 r", "raw"),
                ("Space", "compare"),
                ("d", "compare-last"),
                ("F8 w", "next-finding"),
                ("F10 e", "explain-message"),
                ("Tab", "pane"),
                ("t  9 0 T", "toggle"),
                ("u", "fold"),
                ("F2 s", "save"),
                ("y", "copy"),
                ("F7 c", "colours"),
                ("Esc q", "back"),
            ),
        ),
        ("everywhere", (("F1 ? h", "help"), ("c", "colours"), ("↑ ↓ PgUp PgDn Home End", "keys"))),
    )

    def title_text(self) -> str:
        return self.labels("help.title")

    def lines(self, width: int) -> list[Line]:
        labels = self.labels
        lines: list[Line] = []
        for part, keys in self.PARTS:
            lines += [*paragraph(labels(f"help.{part}"), width, "heading"), []]
            for shown, key in keys:
                lines += hang([("  " + shown, "strong")], [(labels(f"help.key.{key}"), "")], width, 18)
            lines.append([])
        lines += [*paragraph(labels("help.filter"), width, "heading"), []]
        for shown in (
            "486",
            "4xx",
            "INVITE",
            "error",
            "0312345678",
            "192.0.2.20",
            ":5061",
            "stuck-on-trying",
        ):
            lines += hang([("  " + shown, "strong")], [(labels(f"help.filter-{shown}"), "")], width, 18)
        return lines

    def action_help(self) -> None:
        self.action_back()
