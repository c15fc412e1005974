"""Rules applied to subjects: annotations, findings, key figures."""

from analyser.annotate.annotation import Annotation, Role, Verdict, annotate
from analyser.annotate.annotator import Annotator
from analyser.annotate.events import CaptureStart, Event, Summary
from analyser.annotate.kpi import Kpi, Kpis
from analyser.annotate.rule import Evidence, Finding, Rule, Severity, rule

__all__ = [
    "Annotation",
    "Annotator",
    "CaptureStart",
    "Event",
    "Evidence",
    "Finding",
    "Kpi",
    "Kpis",
    "Role",
    "Rule",
    "Severity",
    "Summary",
    "Verdict",
    "annotate",
    "rule",
]
