"""Calls, messages or findings as a table of comma-separated values (RFC 4180), documented in docs/report.md.

A row is written as soon as all of it is known, so memory does not grow with the capture. Text from the wire is harmless to a
terminal (`wire_text.escape`) and to a spreadsheet: what a spreadsheet would take for a formula stands behind an apostrophe.
"""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING, Final

from analyser.annotate import Finding, annotate
from analyser.report.calls import opening, outcome_of, who
from analyser.report.cases import sightings_of, subject_to_draw
from analyser.report.json_times import iso_time, seconds
from analyser.report.records import duration_of, setup_of
from analyser.report.secrets import note_of, remedy_of, without_passwords
from analyser.report.wire_text import escape
from analyser.report.words import Words
from analyser.sip import Request
from analyser.track import Call, Sighting

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TextIO

    from analyser.annotate import Annotation, Event, Severity
    from analyser.report.cases import Drawable

MAX_CELL: Final = 32_000
"""Characters of a cell; a spreadsheet takes 32,767."""
MAX_WAITING: Final = 30_000
"""Calls under way of which something was found already; the tracker holds fewer of them."""
MAX_RULES: Final = 40
_LONGEST_ESCAPE: Final = len(r"\U0010ffff")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What begins a formula in some spreadsheet, the full-width forms in Japanese ones."""
_INNER: Final = re.compile(rf"(;\"*)(?=[{re.escape(''.join(_FORMULA))}])")
"""The same behind a semicolon: there a cell begins for a spreadsheet in whose country the comma is the decimal sign."""

MESSAGES: Final = (
    "number",
    "input",
    "frame",
    "time",
    "transport",
    "source",
    "target",
    "kind",
    "method",
    "uri",
    "status",
    "reason",
    "from",
    "to",
    "call_id",
    "cseq",
    "cseq_method",
    "duplicate",
    "retransmission",
    "role",
    "verdict",
    "elapsed",
    "meaning",
    "defects",
)
CALLS: Final = (
    "number",
    "input",
    "frame",
    "started",
    "from",
    "to",
    "uri",
    "call_id",
    "source",
    "target",
    "state",
    "outcome",
    "status",
    "setup",
    "answered",
    "ended",
    "duration",
    "messages",
    "severity",
    "rules",
)
FINDINGS: Final = (
    "rule",
    "family",
    "severity",
    "input",
    "frame",
    "frames",
    "time",
    "source",
    "target",
    "call_id",
    "summary",
    "note",
    "remedy",
    "refs",
)


class CsvTable:
    """One table: feed it every event, then `finish`. `table` is `calls`, `messages` or `findings`."""

    def __init__(self, stream: TextIO, table: str, lang: str = "en") -> None:
        self._write = csv.writer(stream).writerow
        self._words = Words(lang)
        self._cited: dict[int, tuple[Drawable, dict[str, Severity]]] = {}
        """What was found in calls that are not over, by the identity of the call."""
        self._over: Call | None = None
        """The latest call, about which findings may still come."""
        takes: dict[str, tuple[Sequence[str], Callable[[Event], None]]] = {
            "calls": (CALLS, self._call),
            "messages": (MESSAGES, self._message),
            "findings": (FINDINGS, self._finding),
        }
        names, self._receive = takes[table]
        self._write(names)

    def receive(self, event: Event) -> None:
        """Take the next event."""
        self._receive(event)

    def finish(self) -> None:
        """Write what is held back: the last call."""
        self._call_is_over()

    def _message(self, event: Event) -> None:
        if not isinstance(event, Sighting):
            return
        message, hop = event.message, event.hop
        request = message if isinstance(message, Request) else None
        annotation = annotate(event, self._words.lang)
        self._row(
            event.number,
            event.input,
            event.frame,
            iso_time(event.time),
            hop.transport,
            str(hop.source),
            str(hop.target),
            "request" if request is not None else "response",
            message.method if isinstance(message, Request) else message.cseq_method,
            without_passwords(request.uri) if request is not None else "",
            "" if isinstance(message, Request) else message.status,
            "" if isinstance(message, Request) else message.reason,
            who(message.from_),
            who(message.to),
            message.call_id,
            message.cseq if message.cseq >= 0 else "",
            message.cseq_method,
            int(event.duplicate),
            int(event.retransmission),
            *(("", "", "", "") if annotation is None else _said(annotation)),
            " ".join(defect.value for defect in message.defects),
        )
        message.kept = None  # what was parsed for this row; thousands of messages are held

    def _call(self, event: Event) -> None:
        if isinstance(event, Finding):
            self._cite(event)
            return
        self._call_is_over()
        if isinstance(event, Call):
            self._over = event

    def _cite(self, finding: Finding) -> None:
        subject = subject_to_draw(finding)
        if subject is not self._over:
            self._call_is_over()
        if not isinstance(subject, Call):
            return
        if id(subject) not in self._cited and len(self._cited) >= MAX_WAITING:
            del self._cited[next(iter(self._cited))]
        rules = self._cited.setdefault(id(subject), (subject, {}))[1]
        if len(rules) < MAX_RULES:
            rules[finding.rule.id] = max(finding.severity, rules.get(finding.rule.id, finding.severity))

    def _call_is_over(self) -> None:
        call, self._over = self._over, None
        if call is None:
            return
        _, rules = self._cited.pop(id(call), (call, {}))
        sightings = sightings_of(call)
        if not sightings:
            return
        first, leg, answered = sightings[0], call.first_leg, call.answered
        message = opening(sightings)
        bye = next((each.first for each in call.byes), None)
        worst = max(rules.values(), default=None)
        self._row(
            first.number,
            first.input,
            first.frame,
            iso_time(first.time),
            who(message.from_),
            who(message.to),
            without_passwords(message.uri) if isinstance(message, Request) else "",
            call.call_id,
            str(first.hop.source),
            str(first.hop.target),
            call.state,
            outcome_of(call, self._words),
            leg[-1].status or "" if leg else "",
            _number(setup_of(leg)),
            iso_time(answered.time) if answered is not None else "",
            iso_time(bye.time) if bye is not None else "",
            _number(duration_of(call)),
            len(sightings),
            "" if worst is None else str(worst),
            " ".join(sorted(rules, key=lambda rule: (-rules[rule], rule))),
        )

    def _finding(self, event: Event) -> None:
        if not isinstance(event, Finding):
            return
        rule, at, lang = event.rule, event.evidence.at, self._words.lang
        self._row(
            rule.id,
            rule.family,
            str(event.severity),
            at.input,
            at.frame,
            " ".join(map(str, event.frames)),
            iso_time(at.time),
            str(at.hop.source),
            str(at.hop.target),
            at.message.call_id if isinstance(at, Sighting) else "",
            rule.words_in(lang).summary,
            note_of(event, lang),
            remedy_of(event, lang),
            "; ".join(rule.refs),
        )

    def _row(self, *values: object) -> None:
        self._write([cell(value) if isinstance(value, str) else value for value in values])


def cell(text: str) -> str:
    """A text that is harmless in a spreadsheet and on a terminal."""
    kept = text[:MAX_CELL]
    shown = escape(kept)
    if len(shown) > MAX_CELL:
        kept = text[: MAX_CELL // _LONGEST_ESCAPE]
        shown = escape(kept)
    if len(text) > len(kept):
        shown += f"… (+{len(text) - len(kept)})"
    shown = _INNER.sub(r"\1'", shown)
    return f"'{shown}" if text.startswith(_FORMULA) else shown


def _said(annotation: Annotation) -> tuple[object, ...]:
    elapsed = seconds(annotation.elapsed)
    return str(annotation.role), str(annotation.verdict), _number(elapsed), annotation.short


def _number(value: float | None) -> float | str:
    return "" if value is None else value
