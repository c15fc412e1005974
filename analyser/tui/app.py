"""The room: one source, one store, and the screens that show it."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, ClassVar, Final

from textual.app import App, ScreenStackError
from textual.binding import Binding
from textual.css.query import NoMatches
from textual.widgets import Input

from analyser.errors import AnalyserError
from analyser.tui.base import RoomScreen
from analyser.tui.calls import CallsScreen
from analyser.tui.explanation import ExplanationScreen
from analyser.tui.feed import Feed
from analyser.tui.filter import Filter
from analyser.tui.findings import FindingsScreen
from analyser.tui.labels import Labels
from analyser.tui.pages import DifferenceScreen, HelpScreen, RawScreen, StatisticsScreen
from analyser.tui.saving import SavingScreen
from analyser.tui.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual import events

    from analyser.report.document import Document
    from analyser.track import Sighting
    from analyser.tui.entry import Entry
    from analyser.tui.memory import Collector
    from analyser.tui.source import Source

    Explain = Callable[[str], Sequence[Document]]
    """The pages of the catalogue for a topic; raises AnalyserError where there is none."""

TURN: Final = 0.1
"""Seconds between two looks at what came: the screen changes at most ten times a second."""
_SHARE: Final = 0.03
"""Seconds of each turn that taking it in may last, so that keys are heard in between."""
_THEMES: Final = ("textual-dark", "textual-light", "ansi-dark")


class Room(App[None]):
    """Shows what a source gives. `run` returns when the person leaves."""

    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[Binding]] = [  # type: ignore[assignment]
        Binding("ctrl+c", "quit", show=False, priority=True),
        Binding("ctrl+z", "suspend_process", show=False, priority=True),
    ]
    TITLE = "sip-analyser"
    CSS = "Toast { width: 60; }"

    def __init__(
        self, source: Source, explain: Explain, lang: str = "en", collector: Collector | None = None
    ) -> None:
        """`collector` is given where the whole program is this room."""
        super().__init__()
        self.source = source
        self.explain = explain
        self.labels = Labels(lang)
        self.store = Store()
        self.feed = Feed(source)
        self.filter = Filter("")
        """Of the list; the findings view holds to it as well."""
        self.paused = False
        """Whether the screens stand still; what comes is taken in all the same."""
        self._told = False
        self._collector = collector
        self.theme = _THEMES[_on_light(os.environ.get("COLORFGBG", ""))]

    def on_mount(self) -> None:
        self.push_screen(CallsScreen())
        with suppress(
            NotImplementedError, ValueError, RuntimeError
        ):  # not on every system, nor in every thread
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self.exit)
        self.feed.start()
        self.set_interval(TURN, self._turn)

    def on_unmount(self) -> None:
        self.feed.stop()

    def on_key(self, event: events.Key) -> None:
        """A letter comes by here under a field only where it was on its way to another widget when the field took over: typed at
        once behind the key that opened the field, it is meant for it."""
        field = self.focused
        if isinstance(field, Input) and event.is_printable and event.character:
            field.insert_text_at_cursor(event.character)
            event.prevent_default()

    def _turn(self) -> None:
        """Take in what came, and let the screen in front show it."""
        until = monotonic() + _SHARE
        while monotonic() < until:
            events = self.feed.take()
            if events is None:
                break
            self.store.receive(events)
        if not self.source.live:  # frames are counted through, whatever interface they came by
            self.labels.inputs = self.store.inputs
        self.labels.several_days = self.store.several_days
        if self._collector is not None:
            self._collector.turn(self.store.evicted)
        ended = self.feed.ended and not self._told
        failure = self.feed.failure
        if ended:
            self._told = True
            if failure is not None and not isinstance(failure, AnalyserError):
                raise failure
        with suppress(NoMatches, ScreenStackError):  # the screens are being taken down
            screen = self.screen
            if isinstance(screen, RoomScreen) and screen.is_mounted:
                screen.refresh_view()

    def show_help(self) -> None:
        self.push_screen(HelpScreen())

    def show_explanation(self, topic: str) -> None:
        self.push_screen(ExplanationScreen(topic))

    def show_findings(self) -> None:
        self._show_once(FindingsScreen)

    def show_statistics(self) -> None:
        self._show_once(StatisticsScreen)

    def show_raw(self, entries: Sequence[Entry], at: Sighting | None = None) -> None:
        self.push_screen(RawScreen(entries, at))

    def show_difference(self, one: Sighting, other: Sighting) -> None:
        self.push_screen(DifferenceScreen(one, other))

    def save(self, entries: Sequence[Entry]) -> None:
        self.push_screen(SavingScreen(entries))

    def next_theme(self) -> None:
        """Colours for a dark screen, for a light one, those of the terminal."""
        place = _THEMES.index(self.theme) if self.theme in _THEMES else 0
        self.theme = _THEMES[(place + 1) % len(_THEMES)]

    def _show_once(self, kind: type[RoomScreen]) -> None:
        """Go to a screen, in place of its sister: from findings to numbers and back no pile grows."""
        screen = kind()
        if isinstance(self.screen, FindingsScreen | StatisticsScreen):
            self.switch_screen(screen)
        else:
            self.push_screen(screen)


def _on_light(colours: str) -> bool:
    """Whether the terminal says that its background is light (COLORFGBG is `foreground;background`)."""
    background = colours.rpartition(";")[2]
    return background in ("7", "15")
