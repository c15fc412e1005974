"""The lines above and below every screen: what is read and how far, and the keys, which can be clicked as well."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from analyser.report.layout import cells
from analyser.tui.shape import cut

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.events import Click

    from analyser.report.layout import Line


class Key(NamedTuple):
    """One of the key bar."""

    shown: str
    label: str
    action: str
    """As in a binding; it is run on the screen."""


class TitleBar(Widget):
    """Lines of status."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"title--strong", "title--warning"}
    DEFAULT_CSS = """
    TitleBar {
        height: 1; background: $panel; color: $foreground;
        & > .title--strong { text-style: bold; }
        & > .title--warning { text-style: bold; color: $text-warning; }
    }
    """

    def __init__(self, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._lines: list[Line] = []

    def show(self, lines: list[Line]) -> None:
        """Show other lines; nothing in them is markup."""
        if lines != self._lines:
            if len(lines) != len(self._lines):
                self.styles.height = max(1, len(lines))
            self._lines = lines
            self.refresh()

    def render_line(self, y: int) -> Strip:
        width, base = self.size.width, self.rich_style
        if y >= len(self._lines):
            return Strip.blank(width, base)
        segments = [
            Segment(
                text, base + self.get_component_rich_style(f"title--{style}", partial=True) if style else base
            )
            for text, style in self._lines[y]
        ]
        return Strip(segments).adjust_cell_length(width, base)


class KeyBar(Widget):
    """The keys of a screen, as many as fit."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"keys--key"}
    DEFAULT_CSS = """
    KeyBar {
        height: 1; background: $panel; color: $foreground;
        & > .keys--key { text-style: bold; color: $text-accent; }
    }
    """

    def __init__(self, keys: Sequence[Key]) -> None:
        super().__init__()
        self._keys = keys
        self._places: list[tuple[int, str]] = []

    def render_line(self, _y: int) -> Strip:
        width, base = self.size.width, self.rich_style
        key_style = base + self.get_component_rich_style("keys--key", partial=True)
        segments: list[Segment] = []
        self._places = []
        used = 0
        for key in self._keys:
            size = cells(key.shown) + 1 + cells(key.label) + 2
            if used + size - 2 > width:
                break
            segments += [Segment(key.shown, key_style), Segment(f" {cut(key.label, 20)}  ", base)]
            used += size
            self._places.append((used, key.action))
        return Strip(segments).adjust_cell_length(width, base)

    async def on_click(self, event: Click) -> None:
        for end, action in self._places:
            if event.x < end:
                await self.screen.run_action(action)
                return
