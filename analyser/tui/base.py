"""What all screens have in common."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import Binding
from textual.screen import Screen

from analyser.tui.bars import Key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyser.tui.app import Room
    from analyser.tui.labels import Labels

    Keys = Sequence[tuple[str, str, str]]


_READING: Final = 5.0
"""Seconds that a hint stays."""
_PERIOD: Final = 1.0
"""Seconds between two drawings of what takes long to draw."""


class RoomScreen(Screen[None]):
    """A screen of the room; Escape and q lead back."""

    BINDINGS: ClassVar[list[Binding]] = [  # type: ignore[assignment]
        Binding("escape,q", "back", show=False),
        Binding("f1,question_mark,h", "help", show=False),
        Binding("c", "colours", show=False),
        Binding("f10,e", "explain", show=False),
    ]

    KEYS: ClassVar[Keys] = ()
    """Key as shown, key of its label, action."""

    _drawn = 0.0

    @property
    def room(self) -> Room:
        room: Room = self.app  # type: ignore[assignment]
        return room

    @property
    def labels(self) -> Labels:
        return self.room.labels

    def keys(self) -> list[Key]:
        """For the key bar."""
        return [Key(shown, self.labels(f"key.{label}"), action) for shown, label, action in self.KEYS]

    def refresh_view(self) -> None:
        """Called each turn: show what has changed."""

    def due(self, *, whole: bool = False) -> bool:
        """Whether it is time to draw again what takes long to draw; always where it is now `whole`."""
        now = monotonic()
        if not whole and now - self._drawn < _PERIOD:
            return False
        self._drawn = now
        return True

    def action_back(self) -> None:
        self.app.pop_screen()

    def action_help(self) -> None:
        self.room.show_help()

    def action_colours(self) -> None:
        self.room.next_theme()

    def action_instead(self, what: str) -> None:
        """A key that does something in sngrep: say what to press here."""
        self.notify(self.labels(f"instead.{what}"), timeout=_READING, markup=False)

    def action_explain(self) -> None:
        self.room.show_explanation("")
