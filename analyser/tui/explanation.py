"""The catalogue at hand: any code, rule, header field or timer, explained as it is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import Binding
from textual.widgets import Input

from analyser.errors import AnalyserError
from analyser.report.document import lines_of
from analyser.report.layout import paragraph
from analyser.report.wire_text import escape
from analyser.tui.bars import Key, KeyBar, TitleBar
from analyser.tui.base import RoomScreen
from analyser.tui.lines import FixedLines

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult

    from analyser.report.layout import Line

_MAX_TOPIC: Final = 200
_WIDEST: Final = 100
"""Longer lines of text are hard to read."""


class TopicInput(Input):
    """The topic. The page below scrolls with the arrow keys."""

    BINDINGS: ClassVar[list[Binding]] = [  # type: ignore[assignment]
        Binding("up", "screen.scroll(-1)", show=False),
        Binding("down,enter", "screen.scroll(1)", show=False),
        Binding("pageup", "screen.page(-1)", show=False),
        Binding("pagedown", "screen.page(1)", show=False),
        Binding("escape", "screen.back", show=False),
    ]
    DEFAULT_CSS = "TopicInput { height: 1; border: none; padding: 0 1; &:focus { border: none; } }"


class ExplanationScreen(RoomScreen):
    """A line to type in, and the page."""

    def __init__(self, topic: str) -> None:
        super().__init__()
        self._topic = topic[:_MAX_TOPIC]

    def compose(self) -> ComposeResult:
        yield TitleBar("title")
        hint = self.labels("explain.hint")
        yield TopicInput(
            value=escape(self._topic), placeholder=hint, max_length=_MAX_TOPIC, select_on_focus=False
        )
        yield FixedLines(cursor=False, id="page")
        yield KeyBar([Key("Esc", self.labels("key.back"), "back")])

    def on_mount(self) -> None:
        self.query_one("#title", TitleBar).show([[(self.labels("explain.title"), "strong")]])
        field = self.query_one(TopicInput)
        field.select_all()  # now: upon the focus it would also select what has been typed by then
        self.set_focus(field)
        self.call_after_refresh(self._draw)

    def on_resize(self, _event: events.Resize) -> None:
        self.call_after_refresh(self._draw)

    def on_input_changed(self, event: Input.Changed) -> None:
        """The page follows each letter."""
        self._topic = event.value
        self._draw()

    def _draw(self) -> None:
        view = self.query_one("#page", FixedLines)
        width = min(view.size.width - 2, _WIDEST)
        if width > 0:
            view.show([[(" ", ""), *line] for line in self._lines(width)], top=True)

    def _lines(self, width: int) -> list[Line]:
        topic = self._topic.strip()
        if not topic:
            return paragraph(self.labels("explain.examples"), width, "faint")
        try:
            documents = self.room.explain(topic)
        except AnalyserError as error:
            return paragraph(escape(str(error)), width, "faint")
        lines: list[Line] = []
        for document in documents:
            lines += [[], *lines_of(document, width)] if lines else lines_of(document, width)
        return lines

    def action_scroll(self, step: int) -> None:
        self.query_one("#page", FixedLines).action_move(step)

    def action_page(self, step: int) -> None:
        self.query_one("#page", FixedLines).action_page(step)
