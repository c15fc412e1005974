"""The words of the screens: `catalogue/<lang>/tui.toml` by dotted key, beside those of the report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from analyser.codes import sentences
from analyser.report.setting import Setting
from analyser.report.wire_text import wire_text
from analyser.report.words import Words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analyser.track import Sighting
    from analyser.wire import Glimpse


class Labels:
    """Sentences of one language. What is put into them must have passed the gate of `wire_text`."""

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self.words = Words(lang)
        """Those of the report."""
        self.inputs: tuple[str, ...] = ()
        """The files that are read."""
        self.several_days = False
        """Whether the time of day alone does not say when something was."""
        self._known: Mapping[str, str] = sentences("tui", lang)

    def __call__(self, key: str, **values: object) -> str:
        """The sentence with its fields filled in."""
        template = self._known[key]
        return template.format(**values) if values else template

    @property
    def several_inputs(self) -> bool:
        """Whether frames are named with the number of their file."""
        return len(self.inputs) > 1

    def input(self, number: int) -> str:
        """Number, as in `frame`, and name of a file."""
        name = self.inputs[number] if number < len(self.inputs) else ""
        return f"{number + 1}:{wire_text(Path(name).name or name, 60)}"

    def setting(self, width: int) -> Setting:
        """What a section of the report needs to know, for a pane of so many cells."""
        return Setting(self.words, max(20, width), several_inputs=self.several_inputs)

    def frame(self, seen: Sighting | Glimpse) -> str:
        """`17`, or `2:17` where several files are read."""
        return self.setting(0).frame(seen)
