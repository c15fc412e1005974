"""What the person or program at the other end sees of each turn: lines to read, or JSON lines."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING, Protocol

from analyser.cli.options import LEAST_WIDTH
from analyser.report.jsonl import JsonLines

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TextIO

    from analyser.annotate import Event
    from analyser.report.status_line import StatusLine
    from analyser.report.tail import Tail
    from analyser.report.terminal import TerminalReport


class View(Protocol):
    """Events as they come, and reports."""

    def show(self, events: Sequence[Event]) -> None:
        """What a turn gave, written and flushed."""

    def remark(self, text: str) -> None:
        """Something to say that is no event, such as packets lost."""

    def interim(self, heading: str) -> None:
        """The report on all that came so far, with a line above it."""

    def finish(self) -> None:
        """The end: the report of the whole run."""


class ReadView:
    """Lines to read, and the report of `read` below them."""

    def __init__(
        self, tail: Tail, status: StatusLine, report: TerminalReport, width: Callable[[], int | None]
    ) -> None:
        self._tail = tail
        self._status = status
        self._report = report
        self._width = width

    def show(self, events: Sequence[Event]) -> None:
        text = self._tail.text(events, self._width())
        if text:
            self._status.write(text)

    def remark(self, text: str) -> None:
        self._status.write(self._tail.remark(text, self._width()))

    def interim(self, heading: str) -> None:
        self.remark(heading)
        self.finish()
        self._status.write("\n")

    def finish(self) -> None:
        self._status.clear()
        self._status.write("\n")
        width = self._width()
        if width is not None:
            self._report.resize(max(width, LEAST_WIDTH))
        self._report.finish()
        self._status.write("")


class JsonView:
    """JSON lines; what is meant for a person goes to standard error."""

    def __init__(self, status: StatusLine, report: TerminalReport, notices: TextIO, lang: str) -> None:
        self._status = status
        self._report = report
        self._notices = notices
        self._turn = StringIO()
        self._lines = JsonLines(self._turn, lang, numbered_through=True)

    def show(self, events: Sequence[Event]) -> None:
        for event in events:
            self._lines.receive(event)
        text = self._turn.getvalue()
        if text:
            self._status.write(text)
            self._turn.seek(0)
            self._turn.truncate()

    def remark(self, text: str) -> None:
        self._status.clear()
        self._notices.write(f"{text}\n")
        self._notices.flush()

    def interim(self, heading: str) -> None:
        self.remark(f"{heading}\n")
        self._report.finish()
        self._notices.flush()

    def finish(self) -> None:
        self._status.clear()
