"""The widget behind every screen: lines that are drawn when they are looked at, so that fifty thousand cost no more than fifty.

A `Line` is spans of text and style as in `report.layout`; nothing in it is read as markup. Several lines may make one item;
the cursor goes from item to item.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from rich.segment import Segment
from textual.binding import Binding
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.style import Style
    from textual import events
    from textual.events import Click

    from analyser.report.layout import Line

STYLES: Final = (
    "heading",
    "strong",
    "faint",
    "error",
    "warning",
    "notice",
    "good",
    "request",
    "normal",
    "attention",
    "problem",
    "column",
    "marked",
    "added",
    "removed",
    "name",
)


class LineList(ScrollView, can_focus=True):
    """Lines with a cursor. Subclasses say what the lines are."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "lines--cursor",
        "lines--cursor-blurred",
        *(f"lines--{style}" for style in STYLES),
    }
    DEFAULT_CSS = """
    LineList {
        height: 1fr; background: $background; color: $foreground; overflow-x: hidden; scrollbar-size-vertical: 1;
        & > .lines--heading { text-style: bold; color: $primary; }
        & > .lines--strong { text-style: bold; }
        & > .lines--faint { text-style: dim; }
        & > .lines--error { text-style: bold; color: $text-error; }
        & > .lines--warning { text-style: bold; color: $text-warning; }
        & > .lines--notice { text-style: bold; color: $text-primary; }
        & > .lines--good { text-style: bold; color: $text-success; }
        & > .lines--request { text-style: bold; }
        & > .lines--normal { color: $text-success; }
        & > .lines--attention { color: $text-warning; }
        & > .lines--problem { color: $text-error; }
        & > .lines--column { text-style: bold; background: $panel; }
        & > .lines--marked { text-style: bold; color: $text-accent; }
        & > .lines--added { color: $text-success; }
        & > .lines--removed { color: $text-error; }
        & > .lines--name { color: $text-primary; }
        & > .lines--cursor { background: $block-cursor-background; color: $block-cursor-foreground; }
        & > .lines--cursor-blurred { background: $surface-lighten-2; }
    }
    """
    BINDINGS: ClassVar[list[Binding]] = [  # type: ignore[assignment]
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("pageup,ctrl+b", "page(-1)", show=False),
        Binding("pagedown,ctrl+f", "page(1)", show=False),
        Binding("ctrl+u", "page(-0.5)", show=False),
        Binding("ctrl+d", "page(0.5)", show=False),
        Binding("home,g", "edge(-1)", show=False),
        Binding("end,G", "edge(1)", show=False),
        Binding("enter", "open", show=False),
    ]

    class Moved(Message):
        """The cursor stands on another item."""

        def __init__(self, lines: LineList) -> None:
            super().__init__()
            self.lines = lines

        @property
        def control(self) -> LineList:
            return self.lines

    class Opened(Message):
        """Enter, or a click on the item under the cursor."""

        def __init__(self, lines: LineList, item: int) -> None:
            super().__init__()
            self.lines = lines
            self.item = item

        @property
        def control(self) -> LineList:
            return self.lines

    def __init__(self, *, cursor: bool = True, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.cursor = 0
        self.has_cursor = cursor
        """Without one, keys scroll."""
        self.follow = False
        """Whether the cursor stays on the last item when others come."""

    # What a subclass says.

    def head(self) -> Sequence[Line]:
        """Lines that stay on top."""
        return ()

    def count(self) -> int:
        """How many lines there are below."""
        raise NotImplementedError

    def line(self, number: int) -> Line:
        """One of them, from 0."""
        raise NotImplementedError

    def items(self) -> int:
        """How many items they make."""
        return self.count()

    def item_of(self, number: int) -> int:
        """The item that a line belongs to."""
        return number

    def span_of(self, item: int) -> tuple[int, int]:
        """The first line of an item and the one behind its last."""
        return item, item + 1

    # What the screens use.

    def renew(self) -> None:
        """The lines are others."""
        items = self.items()
        if self.follow:
            self.cursor = items - 1
        self.cursor = max(0, min(self.cursor, items - 1))
        size = Size(self.size.width, self.count() + len(self.head()))
        if size != self.virtual_size:
            self.virtual_size = size
        if self.follow:
            self.show_cursor()
        self.refresh()

    def go(self, item: int) -> None:
        """Put the cursor on an item."""
        before = self.cursor
        self.cursor = max(0, min(item, self.items() - 1))
        self.show_cursor()
        if self.cursor != before:
            self.refresh()
            self.post_message(self.Moved(self))

    def show_cursor(self) -> None:
        """Scroll until the item under the cursor is seen."""
        if not self.items():
            return
        first, behind = self.span_of(self.cursor)
        body = max(1, self.size.height - len(self.head()))
        top = round(self.scroll_y)
        if first < top:
            self._scroll(first)
        elif behind > top + body:
            self._scroll(min(first, behind - body))

    def _scroll(self, top: int) -> None:
        self.scroll_to(y=max(0, top), animate=False, force=True)

    def action_move(self, step: int) -> None:
        if self.has_cursor:
            self.follow = False
            self.go(self.cursor + step)
        else:
            self._scroll(round(self.scroll_y) + step)

    def action_page(self, step: float) -> None:
        lines = int(max(2, self.size.height - len(self.head()) - 1) * step)
        if not self.has_cursor:
            self._scroll(round(self.scroll_y) + lines)
            return
        self.follow = False
        if self.items():
            first = max(0, min(self.count() - 1, self.span_of(self.cursor)[0] + lines))
            self.go(self.item_of(first))

    def action_edge(self, way: int) -> None:
        if self.has_cursor:
            self.go(0 if way < 0 else self.items() - 1)
        else:
            self._scroll(0 if way < 0 else self.count())

    def action_open(self) -> None:
        if self.items():
            self.post_message(self.Opened(self, self.cursor))

    def on_click(self, event: Click) -> None:
        number = round(self.scroll_y) + event.y - len(self.head())
        if event.y < len(self.head()):
            self.head_clicked(event.x)
        elif self.has_cursor and 0 <= number < self.count():
            item = self.item_of(number)
            if item == self.cursor:
                self.action_open()
            else:
                self.follow = False
                self.go(item)

    def head_clicked(self, x: int) -> None:
        """The pointer was pressed in the head, so many cells from the left."""

    def on_resize(self, _event: events.Resize) -> None:
        self.renew()

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        width = self.size.width
        head = self.head()
        base = self.rich_style
        if y < len(head):
            return self._strip(head[y], base, width)
        number = round(self.scroll_y) + y - len(head)
        if not 0 <= number < self.count():
            return Strip.blank(width, base)
        if self.has_cursor and self.item_of(number) == self.cursor:
            name = "lines--cursor" if self.has_focus else "lines--cursor-blurred"
            return self._strip(
                self.line(number), base, width, self.get_component_rich_style(name, partial=True)
            )
        return self._strip(self.line(number), base, width)

    def _strip(self, line: Line, base: Style, width: int, over: Style | None = None) -> Strip:
        segments = []
        fill = base
        for text, name in line:
            style = base + self.get_component_rich_style(f"lines--{name}", partial=True) if name else base
            if over is not None:
                style += over
            if name == "column":
                fill = style
            segments.append(Segment(text, style))
        return Strip(segments).adjust_cell_length(width, fill if over is None else base + over)


class FixedLines(LineList):
    """Lines that are there, each with the number of its item."""

    def __init__(self, *, cursor: bool = True, id: str | None = None) -> None:  # noqa: A002
        super().__init__(cursor=cursor, id=id)
        self._lines: Sequence[Line] = ()
        self._items: Sequence[int] = ()
        self._spans: list[tuple[int, int]] = []
        self._head: Sequence[Line] = ()

    def show(
        self,
        lines: Sequence[Line],
        items: Sequence[int] | None = None,
        head: Sequence[Line] = (),
        *,
        top: bool = False,
    ) -> None:
        """Show other lines. `items` ascend from 0; without them each line is one. `top` scrolls back."""
        self._lines = lines
        self._items = range(len(lines)) if items is None else items
        self._head = head
        spans: list[tuple[int, int]] = []
        for number, item in enumerate(self._items):
            if item == len(spans):
                spans.append((number, number + 1))
            else:
                spans[item] = (spans[item][0], number + 1)
        self._spans = spans
        if top:
            self._scroll(0)
        self.renew()

    def head(self) -> Sequence[Line]:
        return self._head

    def count(self) -> int:
        return len(self._lines)

    def line(self, number: int) -> Line:
        return self._lines[number]

    def items(self) -> int:
        return len(self._spans)

    def item_of(self, number: int) -> int:
        return self._items[number]

    def span_of(self, item: int) -> tuple[int, int]:
        return self._spans[item]
