"""Rules applied to subjects: annotations, findings, key figures."""

from analyser.annotate.annotation import Annotation, Role, Verdict, annotate
from analyser.annotate.annotator import Annotator
from analyser.annotate.events import CaptureStart, Event, Summary
from analyser.annotate.kpi import Kpi, Kpis
from analyser.annotate.rule import Evidence, Finding, Rule, Severity, rule
from analyser.annotate.wording import CauseName, Clause, Duration, Note, Sentence

__all__ = [
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
    "Note",
    "Role",
    "Rule",
    "Sentence",
    "Severity",
    "Summary",
    "Verdict",
    "annotate",
    "rule",
]
