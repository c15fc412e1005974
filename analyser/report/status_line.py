"""The bottom line of a screen on which lines scroll by: how much passes, what is open, what was lost.

It is rubbed out before lines are written and drawn again behind them, in one write, so that scrolling, selecting
and the screen's history work as ever.
"""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, Final, NamedTuple

from analyser.report.foreign_words import foreign
from analyser.report.output import encoding_of, in_encoding
from analyser.report.tail import fitted
from analyser.report.wire_text import wire_text

if TYPE_CHECKING:
    from typing import TextIO

    from analyser.annotate import Summary
    from analyser.capture.live import Losses
    from analyser.report.words import Words

INTERVAL: Final = 0.25
"""Seconds between two drawings where nothing else is written."""
_SPAN: Final = 2.0
"""Seconds of which the rate of messages is told."""
_WIPE: Final = "\r\x1b[K"
_MAX_NAME: Final = 40


class State(NamedTuple):
    """What the line tells."""

    summary: Summary
    open_calls: int
    """Those in which somebody is being called or talks."""
    losses: Losses
    writing: str
    """Where the packets are written to, '' for nowhere."""
    stopped: str
    """Why they are not any more, '' where they are."""


class StatusLine:
    """One line at the bottom of a screen; of a stream that is none, the stream as it is."""

    def __init__(self, out: TextIO, screen: TextIO | None, words: Words, *, colour: bool) -> None:
        """`out` takes the lines; `screen` the status, None where nobody looks."""
        self._out = out
        self._screen = screen
        self._words = words
        self._colour = colour
        self._drawn = ""
        self._due = 0.0
        self._counted: deque[tuple[float, int]] = deque()

    @property
    def is_seen(self) -> bool:
        """Whether it is drawn at all."""
        return self._screen is not None

    def write(self, text: str) -> None:
        """Lines, with the status below them again."""
        if self._screen is self._out:
            self._out.write(f"{_WIPE}{text}{self._drawn}" if self._drawn else text)
        else:
            self._out.write(text)
        self._out.flush()

    def tell(self, state: State, width: int) -> None:
        """Draw it where it is time to."""
        if self._screen is None:
            return
        now = time.monotonic()
        if now < self._due:
            return
        self._due = now + INTERVAL
        text = fitted(self._text(state, now), width - 1)
        text = in_encoding(text, encoding_of(self._screen))
        shown = f"\x1b[7m{text}\x1b[0m" if self._colour else text
        if shown != self._drawn:
            self._drawn = shown
            self._screen.write(_WIPE + shown)
            self._screen.flush()

    def clear(self) -> None:
        """Take it away."""
        if self._drawn and self._screen is not None:
            self._screen.write(_WIPE)
            self._screen.flush()
        self._drawn = ""
        self._due = 0.0

    def _text(self, state: State, now: float) -> str:
        words, summary = self._words, state.summary
        amiss = self._amiss(state)  # first, as a narrow screen shows no more than the beginning
        parts = [
            *amiss,
            words("status.rate", number=f"{self._rate(summary.messages, now):,.0f}"),
            words.count("status.messages", summary.messages),
            words.count("status.calls", state.open_calls),
            self._findings(summary),
        ]
        evicted = sum(summary.coverage.evicted.values())
        if evicted:
            parts.append(words("status.evicted", number=f"{evicted:,}"))
        if state.writing and not state.stopped:
            parts.append(words("status.writing", name=wire_text(state.writing[-_MAX_NAME:], _MAX_NAME)))
        return words("status.between").join(parts)

    def _amiss(self, state: State) -> list[str]:
        words, amiss = self._words, []
        if state.stopped:
            reason = foreign("note", state.stopped, words.lang)
            amiss.append(words("status.stopped", reason=wire_text(reason, _MAX_NAME)))
        if state.losses.all:
            amiss.append(words("status.lost", what=self._lost(state.losses)))
        return amiss

    def _findings(self, summary: Summary) -> str:
        words, total = self._words, sum(summary.severities.values())
        if not total:
            return words("status.no-findings")
        text = words.count("status.findings", total)
        errors = summary.severities["error"]
        return text + words.count("status.errors", errors) if errors else text

    def _lost(self, losses: Losses) -> str:
        return self._words.listing(
            [
                self._words(f"status.lost-{name}", number=f"{number:,}")
                for name, number in losses._asdict().items()
                if number
            ]
        )

    def _rate(self, messages: int, now: float) -> float:
        """Messages a second, of the last seconds."""
        counted = self._counted
        counted.append((now, messages))
        while len(counted) > 2 and now - counted[1][0] >= _SPAN:
            counted.popleft()
        since, before = counted[0]
        return (messages - before) / (now - since) if now > since else 0.0
