"""What every section of the report needs to know: language, width, the files read."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from analyser.report.words import Words
    from analyser.track import Sighting
    from analyser.wire import Glimpse


class Setting(NamedTuple):
    """Of one report."""

    words: Words
    width: int
    several_inputs: bool
    narrowed: bool = False
    """Whether filters chose among the messages."""
    live: bool = False
    """Whether packets were listened to, and no file was read."""

    def frame(self, seen: Sighting | Glimpse) -> str:
        """`17`, or `2:17` where several files were read."""
        return self.frame_text(seen.input, seen.frame)

    def frame_text(self, number_of_input: int, frame: int) -> str:
        return f"{number_of_input + 1}:{frame}" if self.several_inputs else str(frame)
