"""The numbers: requests by method, responses by code, key figures with their definitions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from analyser.codes import status_code
from analyser.report.layout import cells, hang, pad, pad_left, paragraph
from analyser.report.wire_text import wire_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyser.annotate import Kpis, Summary
    from analyser.report.layout import Line
    from analyser.report.setting import Setting
    from analyser.report.words import Words

MAX_METHODS: Final = 20
"""Methods listed; the wire may invent any number."""
MAX_STATUSES: Final = 40
_SHARE_OF_PHRASES: Final = 42
"""Per cent of the width that status lines may take; what they mean begins behind."""
_WIDTH_FOR_NAMES: Final = 110
"""From here on a key figure fits its name beside its definition."""

_MILLISECONDS_BELOW: Final = 10_000
"""From here on a delay is told in seconds."""


def figures(summary: Summary, setting: Setting) -> Iterator[Line]:
    """The section; nothing where the capture holds no SIP."""
    if not summary.messages:
        return
    words, width = setting.words, setting.width
    yield [(words("figures.heading"), "heading")]
    yield []
    yield from _methods(summary, setting)
    yield from _statuses(summary, setting)
    if summary.retransmissions:
        yield from paragraph(words.count("figures.retransmissions", summary.retransmissions), width)
    yield []
    yield from _kpis(summary, setting)


def _methods(summary: Summary, setting: Setting) -> Iterator[Line]:
    words = setting.words
    counted = summary.methods.most_common(MAX_METHODS)
    if not counted:
        return
    text = "   ".join(f"{wire_text(method, 24)} {number:,}" for method, number in counted)
    more = len(summary.methods) - len(counted)
    if more > 0:
        text += words("figures.more-methods", number=f"{more:,}")
    yield from hang(
        [(words("figures.requests"), "faint")], [(text, "")], setting.width, _label_width(setting)
    )


def _statuses(summary: Summary, setting: Setting) -> Iterator[Line]:
    words = setting.words
    counted = sorted(summary.statuses.most_common(MAX_STATUSES))
    label = words("figures.responses")
    if not counted:
        return
    wide = max(len(f"{number:,}") for _, number in counted)
    indent = _label_width(setting)
    codes = [(status_code(status, words.lang), number) for status, number in counted]
    names = [f"{code.code} {code.phrase}".rstrip() for code, _ in codes]
    column = min(max(map(cells, names)), setting.width * _SHARE_OF_PHRASES // 100)
    for name, (code, number) in zip(names, codes, strict=True):
        start: Line = [
            (pad(label, indent), "faint"),
            (f"{pad_left(f'{number:,}', wide)}  ", ""),
            (pad(name, column), "strong"),
        ]
        yield from hang(start, [(code.words.short, "")], setting.width, indent + wide + 2 + column + 2)
        label = ""
    more = len(summary.statuses) - len(counted)
    if more > 0:
        yield [(" " * indent, ""), (words("figures.more-statuses", number=f"{more:,}").strip(), "")]


def _label_width(setting: Setting) -> int:
    words = setting.words
    return 2 + max(cells(words(f"figures.{label}")) for label in ("requests", "responses"))


def _kpis(summary: Summary, setting: Setting) -> Iterator[Line]:
    words, width, kpis = setting.words, setting.width, summary.kpis
    every = list(kpis.figures())  # sorts all delays: once
    measured = [kpi for kpi in every if kpi.of and kpi.value is not None]
    missing = [kpi.id for kpi in every if not kpi.of]
    basis = basis_of(kpis, setting)
    if not measured:
        if basis:
            yield from paragraph(words("kpi.nothing", attempts=basis), width)
            yield []
        return
    yield [(words("kpi.heading"), "heading")]
    if basis:
        yield from paragraph(words("kpi.basis", attempts=basis), width)
    yield []
    values = [
        (number_of(kpi.value, kpi.unit, words), words("kpi.of", number=f"{kpi.of:,}"))
        for kpi in measured
        if kpi.value is not None
    ]
    wide, wide_of = (max((cells(pair[part]) for pair in values), default=0) for part in (0, 1))
    named = width >= _WIDTH_FOR_NAMES
    column = max((cells(words(f"kpi.{kpi.id}.name")) for kpi in measured), default=0) if named else 0
    for kpi, (value, of) in zip(measured, values, strict=True):
        start: Line = [
            (pad(kpi.id, 6), "strong"),
            (pad_left(value, wide), "strong"),
            ("  " + pad(of, wide_of), ""),
        ]
        indent = 6 + wide + 2 + wide_of + 2
        if named:
            start.append(("  " + pad(words(f"kpi.{kpi.id}.name"), column), ""))
            indent += column + 2
        text = words(f"kpi.{kpi.id}.definition")
        if kpi.p95 is not None and kpi.of > 1:
            text += words("kpi.p95", value=number_of(kpi.p95, kpi.unit, words))
        yield from hang(start, [(text, "faint")], width, indent)
    if missing:
        yield from paragraph(words("kpi.missing", names=words("list.comma").join(missing)), width, "faint")
    yield []


def basis_of(kpis: Kpis, setting: Setting) -> str:
    """How many attempts the ratios are of, and which are in none."""
    counted = {"attempts": kpis.attempts, "pending": kpis.pending, "partial": kpis.partial}
    parts = [setting.words.count(f"kpi.{name}", number) for name, number in counted.items() if number]
    return setting.words.listing(parts)


def number_of(value: float, unit: str, words: Words) -> str:
    """A figure with its unit."""
    if unit == "ms" and value >= _MILLISECONDS_BELOW:
        value, unit = value / 1000, "s"
    number = f"{value:,.2f}" if unit == "s" and value < 10 else f"{value:,.1f}"
    return words(f"time.{unit}", number=number) if unit in ("ms", "s") else f"{number} {unit}"
