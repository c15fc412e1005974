"""Rules applied to subjects: annotations, findings, key figures."""

from typing import TYPE_CHECKING, Any

from analyser.annotate.rule import Evidence, Finding, Rule, Severity, rule
from analyser.annotate.wording import (
    AlertMeaning,
    AlertName,
    AlertRemedy,
    CauseName,
    Clause,
    Duration,
    Note,
    Sentence,
)

if TYPE_CHECKING:
    from analyser.annotate.annotation import Annotation, Role, Verdict, annotate, answer_passed_on
    from analyser.annotate.annotator import Annotator
    from analyser.annotate.events import CaptureStart, Event, Revision, Summary
    from analyser.annotate.kpi import Kpi, Kpis
    from analyser.annotate.lookout import Lookout
    from analyser.annotate.told import final

__all__ = [
    "AlertMeaning",
    "AlertName",
    "AlertRemedy",
    "Annotation",
    "Annotator",
    "CaptureStart",
    "CauseName",
    "Clause",
    "Duration",
    "Event",
    "Evidence",
    "Finding",
    "Kpi",
    "Kpis",
    "Lookout",
    "Note",
    "Revision",
    "Role",
    "Rule",
    "Sentence",
    "Severity",
    "Summary",
    "Verdict",
    "annotate",
    "answer_passed_on",
    "final",
    "rule",
]

_ROOMS = {
    "annotation": ("Annotation", "Role", "Verdict", "annotate", "answer_passed_on"),
    "annotator": ("Annotator",),
    "events": ("CaptureStart", "Event", "Revision", "Summary"),
    "kpi": ("Kpi", "Kpis"),
    "lookout": ("Lookout",),
    "told": ("final",),
}


def __getattr__(name: str) -> Any:
    """Import what applies rules when it is first asked for: a rule, and the page that explains it, need none of that."""
    for module, names in _ROOMS.items():
        if name in names:
            import importlib  # noqa: PLC0415

            return getattr(importlib.import_module(f"analyser.annotate.{module}"), name)
    raise AttributeError(f"module 'analyser.annotate' has no attribute {name!r}")
