"""Lengths of time and sizes as people type them: 30s, 5m, 2h; 100M, 2G."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from collections.abc import Mapping

_SECONDS: Final = {"": 1, "s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400}
_OCTETS: Final = {"": 1, "k": 1000, "m": 1000**2, "g": 1000**3, "t": 1000**4}


class Duration(click.ParamType[float]):
    """Seconds, more than none: `30`, `30s`, `1.5h`."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        amount = _amount(value, _SECONDS)
        if amount is None:
            self.fail(f"{value!r} is no length of time: write 30s, 5m, 2h or 1d", param, ctx)
        return amount


class Size(click.ParamType[int]):
    """Octets, more than none: `500k`, `100M`, `2GB`."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        amount = _amount(re.sub(r"i?b$", "", str(value), flags=re.IGNORECASE), _OCTETS)
        if amount is None or amount < 1:
            self.fail(f"{value!r} is no size: write 500k, 100M or 2G", param, ctx)
        return int(amount)


def _amount(value: Any, units: Mapping[str, int]) -> float | None:
    """A number with a unit; None where it is none, or nothing."""
    found = re.fullmatch(r"(\d{1,9}(?:\.\d{1,9})?)\s*([a-z]*)", str(value).strip().lower(), re.ASCII)
    if found is None or found[2] not in units:
        return None
    return float(found[1]) * units[found[2]] or None
