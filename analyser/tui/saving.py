"""The dialog that saves calls as a capture."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from analyser.errors import AnalyserError
from analyser.report.layout import wrap
from analyser.report.wire_text import escape
from analyser.tui.bars import TitleBar
from analyser.tui.writing import write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from analyser.tui.app import Room
    from analyser.tui.entry import Entry
    from analyser.tui.source import Place

_TRIES: Final = 1000
_WIDTH: Final = 60
"""Cells of the dialog before it has been laid out."""


class SavingScreen(ModalScreen[None]):
    """Asks for a name, and once more before it replaces a file."""

    BINDINGS: ClassVar[list[Binding]] = [Binding("escape", "cancel", show=False)]  # type: ignore[assignment]
    DEFAULT_CSS = """
    SavingScreen {
        align: center middle;
        & > Vertical { width: 70; max-width: 95%; height: auto; border: round $primary; background: $surface; padding: 0 1; }
        & TitleBar { background: $surface; }
        & Input { height: 1; border: none; margin: 1 0; &:focus { border: none; } }
    }
    """

    def __init__(self, entries: Sequence[Entry]) -> None:
        super().__init__()
        self._entries = entries
        self._asked: Path | None = None
        """The file that is there already, of which the person was told."""
        self._busy = False

    def compose(self) -> ComposeResult:
        with Vertical():
            yield TitleBar("saving-title")
            yield Input(value=_free_name(), id="saving-name", select_on_focus=False)
            yield TitleBar("saving-hint")

    def on_mount(self) -> None:
        room = self._room
        number = len(self._entries)
        title = room.labels("save.title.one" if number == 1 else "save.title.many", number=f"{number:,}")
        self.query_one("#saving-title", TitleBar).show([[(title, "strong")]])
        self._say(room.labels("save.hint"))
        field = self.query_one(Input)
        field.select_all()  # now: upon the focus it would also select what has been typed by then
        self.set_focus(field)

    @property
    def _room(self) -> Room:
        room: Room = self.app  # type: ignore[assignment]
        return room

    def _say(self, text: str, style: str = "") -> None:
        width = self.query_one(Input).size.width or _WIDTH
        self.query_one("#saving-hint", TitleBar).show(wrap([(escape(text), style)], width))

    def on_input_changed(self, _event: Input.Changed) -> None:
        self._asked = None

    async def on_input_submitted(self, event: Input.Submitted) -> None:
        """Write the file, or ask whether to replace the one that is there."""
        event.stop()
        labels, name = self._room.labels, event.value.strip()
        if not name or self._busy:
            return
        path = _path(name)
        if any(_same(path, source) for source in self._room.source.names):
            self._say(labels("save.itself"), "warning")
            return
        if path.exists() and path != self._asked:
            self._asked = path
            self._say(labels("save.replace"), "warning")
            return
        self._busy = True
        self._say(labels("save.writing"))
        places = _places(self._entries)
        source, replace = self._room.source, path == self._asked
        try:
            written = await asyncio.to_thread(lambda: write(path, source.packets(places), replace=replace))
        except (AnalyserError, ValueError) as error:
            self._say(str(error), "warning")
            self._busy = False
            return
        form = "save.done.one" if written == 1 else "save.done.many"
        text = labels(form, number=f"{written:,}", path=escape(str(path)))
        if written < len(places):
            text += " " + labels("save.missing", number=f"{len(places) - written:,}")
        self.app.notify(text, markup=False, timeout=8)
        self.dismiss()

    def action_cancel(self) -> None:
        if not self._busy:
            self.dismiss()


def _places(entries: Sequence[Entry]) -> set[Place]:
    return {
        (sighting.input, frame)
        for entry in entries
        for sighting in entry.sightings
        for frame in sighting.frames
    }


def _path(name: str) -> Path:
    return Path(name).expanduser()


def _same(path: Path, other: str) -> bool:
    try:
        return path.samefile(other)
    except (OSError, ValueError):
        return False


def _free_name() -> str:
    names = ("calls.pcap", *(f"calls-{number}.pcap" for number in range(2, _TRIES)))
    return next((name for name in names if not Path(name).exists()), names[0])
