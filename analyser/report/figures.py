"""The numbers: requests by method, responses by code, key figures with their definitions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from analyser.codes import status_code
from analyser.report.layout import cells, hang, pad, pad_left, paragraph
from analyser.report.wire_text import wire_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyser.annotate import Kpi, Summary
    from analyser.report.layout import Line
    from analyser.report.setting import Setting

MAX_METHODS: Final = 20
"""Methods listed; the wire may invent any number."""
MAX_STATUSES: Final = 40


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
    for status, number in counted:
        code = status_code(status, words.lang)
        start: Line = [(pad(label, indent), "faint"), (f"{pad_left(f'{number:,}', wide)}  ", "")]
        text: Line = [
            (f"{status} {code.phrase}".rstrip(), "strong"),
            (words("figures.means", words=code.short), ""),
        ]
        yield from hang(start, text, setting.width, indent + wide + 2)
        label = ""
    more = len(summary.statuses) - len(counted)
    if more > 0:
        yield [(" " * indent, ""), (words("figures.more-statuses", number=f"{more:,}").strip(), "")]


def _label_width(setting: Setting) -> int:
    words = setting.words
    return 2 + max(cells(words(f"figures.{label}")) for label in ("requests", "responses"))


def _kpis(summary: Summary, setting: Setting) -> Iterator[Line]:
    words, width, kpis = setting.words, setting.width, summary.kpis
    measured = [kpi for kpi in kpis.figures() if kpi.of and kpi.value is not None]
    missing = [kpi.id for kpi in kpis.figures() if not kpi.of]
    if not (kpis.attempts or kpis.pending or kpis.partial or measured):
        return
    yield [(words("kpi.heading"), "heading")]
    attempts = [words.count("kpi.attempts", kpis.attempts)]
    if kpis.pending:
        attempts.append(words.count("kpi.pending", kpis.pending))
    if kpis.partial:
        attempts.append(words.count("kpi.partial", kpis.partial))
    yield from paragraph(words("kpi.basis", attempts=words.listing(attempts)), width)
    yield []
    values = {kpi.id: _value(kpi) for kpi in measured}
    wide = max((len(value) for value in values.values()), default=0)
    for kpi in measured:
        start: Line = [(pad(kpi.id, 6), "strong"), (pad_left(values[kpi.id], wide) + "  ", "strong")]
        spread = ""
        if kpi.p95 is not None and kpi.of > 1:
            spread = words("kpi.p95", value=_number(kpi.p95, kpi.unit))
        text: Line = [
            (words(f"kpi.{kpi.id}.name"), ""),
            (words("kpi.of", number=f"{kpi.of:,}", spread=spread), "faint"),
            (words(f"kpi.{kpi.id}.definition"), "faint"),
        ]
        yield from hang(start, text, width, 6 + wide + 2)
    if missing:
        yield from paragraph(words("kpi.missing", names=", ".join(missing)), width, "faint")
    yield []


def _value(kpi: Kpi) -> str:
    assert kpi.value is not None
    return _number(kpi.value, kpi.unit)


def _number(value: float, unit: str) -> str:
    return f"{value:,.1f} {unit}"
