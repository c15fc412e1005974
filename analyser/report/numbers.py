"""The numbers of the report as one document: methods, status codes, key figures, and what the document leaves out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from analyser.codes import sentences, status_code
from analyser.report.occurrences import MAX_OCCURRENCES, MAX_OCTETS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analyser.annotate import Summary
    from analyser.report.shapes import Counted, Figure
    from analyser.report.words import Words

MAX_METHODS: Final = 40
MAX_STATUSES: Final = 100
"""Methods and status codes that the document counts one by one."""


def bounds(left_out: Mapping[str, int], subjects: int, lang: str) -> list[str]:
    """How many of each are left out, as sentences (`catalogue/<lang>/document.toml`); `subjects` is how many there were in all."""
    known = sentences("document", lang)
    fields = {"all": f"{subjects:,}", "most": f"{MAX_OCCURRENCES:,}", "text": f"{MAX_OCTETS >> 20}"}
    return [
        known[f"left-out.{name}.{'one' if number == 1 else 'many'}"].format(number=f"{number:,}", **fields)
        for name, number in left_out.items()
        if number > 0
    ]


def counted(summary: Summary, lang: str) -> list[Counted]:
    """Responses by status code."""
    codes = [
        (status_code(status, lang), number)
        for status, number in sorted(summary.statuses.most_common(MAX_STATUSES))
    ]
    return [
        {"code": code.code, "phrase": code.phrase, "short": code.words.short, "count": number}
        for code, number in codes
    ]


def key_figures(summary: Summary, words: Words) -> list[Figure]:
    """All of them, those with nothing to measure too."""
    return [
        {
            "id": kpi.id,
            "name": words(f"kpi.{kpi.id}.name"),
            "definition": words(f"kpi.{kpi.id}.definition"),
            "value": None if kpi.value is None else round(kpi.value, 6),
            "unit": kpi.unit,
            "of": kpi.of,
            "p95": None if kpi.p95 is None else round(kpi.p95, 6),
        }
        for kpi in summary.kpis.figures()
    ]
