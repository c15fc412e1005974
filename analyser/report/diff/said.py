"""The words of a comparison: `catalogue/<lang>/diff.toml` by dotted key, beside those of the report."""

from __future__ import annotations

from typing import Final

from analyser.report.words import OwnWords

_MILLISECONDS_BELOW: Final = 10_000
"""From here on a delay is told in seconds."""


class Said(OwnWords):
    """Sentences of one language. What is put into them is as the wire had it: whoever writes them out makes them harmless."""

    def __init__(self, lang: str) -> None:
        super().__init__("diff", lang)

    def field_name(self, part: str, name: str) -> str:
        """What a field is called; header fields by their own names."""
        if part != "sdp" or " " not in name:
            return self._known.get(f"field.{name}", name)
        medium, aspect = name.split(" ", 1)
        if aspect[:1].isdigit():
            number, aspect = aspect.split(" ", 1)
            medium = f"{medium} {number}"
        if aspect.startswith("format "):
            return self("aspect.format", medium=medium, codec=aspect.removeprefix("format "))
        return self(f"aspect.{aspect}", medium=medium)

    def field_value(self, part: str, name: str, value: str) -> str:
        """What stands in it, as a reader is shown it."""
        if part == "body":
            return self.count("field.octets", int(value))
        if part == "sdp" and name.endswith(" address"):
            host, _, kind = value.rpartition(" ")
            return (
                self("field.address", host=host, kind=self(f"address.{kind}"))
                if host
                else self(f"address.{kind}")
            )
        return value

    def number(self, value: float, unit: str) -> str:
        """A figure with its unit, as exact as a reader needs it."""
        if unit == "%":
            return f"{value:.1f} %"
        if unit == "ms" and abs(value) >= _MILLISECONDS_BELOW:
            value, unit = value / 1000, "s"
        digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
        return self.words(f"time.{unit}", number=f"{value:,.{digits}f}")

    def change(self, value: float, unit: str) -> str:
        """A difference with its sign; of ratios in percentage points."""
        if unit == "%":
            return self("number.points", number=f"{value:+.1f}")
        if unit == "ms" and abs(value) >= _MILLISECONDS_BELOW:
            value, unit = value / 1000, "s"
        digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
        return self.words(f"time.{unit}", number=f"{value:+,.{digits}f}")
