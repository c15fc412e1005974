"""What all screens have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.screen import Screen

from analyser.tui.bars import Key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyser.tui.app import Room
    from analyser.tui.labels import Labels

    Keys = Sequence[tuple[str, str, str]]


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
        """The store has changed."""

    def action_back(self) -> None:
        self.app.pop_screen()

    def action_help(self) -> None:
        self.room.show_help()

    def action_colours(self) -> None:
        self.room.next_theme()

    def action_explain(self) -> None:
        self.room.show_explanation("")
