"""The report as one document, of which JSON, HTML and Markdown are made: everything worth knowing of a run, in bounded memory.

`Dossier` is fed with every event of an analysis. Of each rule it keeps a worked example and some hundred occurrences, of the
subjects the worst (`holding`), compressed; the rest is counted, and the document says so. When all has come, `head` gives
everything but the subjects, and `subjects` gives those one at a time: the worst findings first, and what is alike in that in order
of the capture.

A subject is made into a record when the event after its own findings comes: it is taken apart soon after that
(`analyser.track.release`). What is found about it later, by rules about hosts, is added to the record that is held.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from analyser.annotate import CaptureStart, Finding, Summary
from analyser.report.cases import Cases, Totals, is_refused, sightings_of, subject_to_draw
from analyser.report.coverage import account
from analyser.report.figures import basis_of
from analyser.report.glossary import Glossary
from analyser.report.holding import Holding
from analyser.report.json_objects import coverage_object
from analyser.report.json_times import iso_time
from analyser.report.numbers import MAX_METHODS, MAX_STATUSES, bounds, counted, key_figures
from analyser.report.occurrences import Occurrences
from analyser.report.records import cut, record
from analyser.report.rows import Mark
from analyser.report.setting import Setting
from analyser.report.shapes import SCHEMA
from analyser.report.tallies import Hosts, OverTime, ResponseTimes
from analyser.report.verdict import facts, told
from analyser.report.words import Words
from analyser.tls import TlsConnection
from analyser.track import Call, Peer, Publication, Registration, Sighting, Subscription, Transaction
from analyser.version import __version__
from analyser.wire import RtpStream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from analyser.annotate import Event
    from analyser.report.cases import Case, Drawable
    from analyser.report.shapes import Catalogue, Occurrence, ReportHead, SubjectRecord, Verdict

MOST_SUBJECTS: Final = 5_000
"""Subjects that a document holds, where nobody says otherwise."""
MAX_WAITING: Final = 30_000
"""Subjects under way of which something was found already; the tracker holds fewer of them."""

_WORTH_OF_KIND: Final = {Call: 3, Registration: 2, Subscription: 2, Publication: 2}
_REFUSED: Final = 5
_FAILED: Final = frozenset({"failed", "timeout"})
_FOUND: Final = 10
"""Worth by severity."""
_FIRST_OF_RULE: Final = 100


class _Cited:
    """What was found about a subject before it came."""

    __slots__ = ("marks", "occurrences", "subject", "worth")

    def __init__(self, subject: Drawable) -> None:
        self.subject = subject
        self.marks: dict[int, list[Mark]] = {}
        self.occurrences: list[Occurrence] = []
        self.worth = 0


class Dossier:
    """One document: feed it every event (of `analyse` with neither `brief` nor `keep_cited`, with `media` if RTP is to be in it), then ask for `head` and `subjects`.

    `narrowed` says that filters chose among the messages, `redacted` that names and numbers were replaced
    by whoever made the events, where the `CaptureStart` does not say so.
    """

    def __init__(
        self,
        lang: str = "en",
        *,
        narrowed: bool = False,
        redacted: bool = False,
        most_subjects: int = MOST_SUBJECTS,
    ) -> None:
        self._setting = Setting(Words(lang), 0, several_inputs=False, narrowed=narrowed)
        self._redacted = redacted
        self._totals = Totals()
        self._transactions = 0
        self._cases = Cases()
        self._occurrences = Occurrences()
        self._holding = Holding(most_subjects)
        self._glossary = Glossary()
        self._over_time = OverTime()
        self._times = ResponseTimes()
        self._hosts = Hosts()
        self._cited: dict[int, _Cited] = {}
        """By the identity of the subject, which stays in memory as long as it is here."""
        self._let_go = 0
        """How many of them were too many."""
        self._settled: Drawable | None = None
        """The latest subject, about which findings may still come."""
        self._summary: Summary | None = None
        self._receivers: dict[type, Callable[[Any], None]] = {
            CaptureStart: self._started,
            Sighting: self._sighted,
            Transaction: self._transaction,
            Call: self._subject,
            Registration: self._subject,
            Subscription: self._subject,
            Publication: self._subject,
            Peer: self._hosts.add,
            TlsConnection: self._totals.encrypted.add,
            RtpStream: self._stream,
            Summary: self._ended,
        }

    def receive(self, event: Event) -> None:
        """Take the next event."""
        kind = event.__class__
        if kind is Finding:
            self._found(event)  # type: ignore[arg-type]
            return
        if self._settled is not None:
            self._take()
        receiver = self._receivers.get(kind)
        if receiver is not None:
            receiver(event)

    def head(self) -> ReportHead:
        """Everything but the subjects; AssertionError before the `Summary` has come."""
        summary, setting, lang = self._summary, self._setting, self._setting.words.lang
        assert summary is not None, "the run is not over"
        cases = self._cases.worst_first()
        read = account(summary, self._totals.encrypted, setting)
        peers, further = self._hosts.records()
        by_kind = {**self._totals.subjects, "transaction": self._transactions}
        held = self._holding.kinds()
        left_out = {kind: number - held[kind] for kind, number in by_kind.items() if number > held[kind]}
        return {
            "schema": SCHEMA,
            "tool": f"sip-analyser {__version__}",
            "lang": lang,
            "inputs": list(self._totals.inputs),
            "several_inputs": setting.several_inputs,
            "narrowed": setting.narrowed,
            "redacted": self._redacted or self._totals.redacted,
            "first": iso_time(summary.first_time) if summary.messages else None,
            "last": iso_time(summary.last_time) if summary.messages else None,
            "verdict": self._verdict(summary, cases),
            "findings": list(self._occurrences.records(cases, self._holding, lang)),
            "messages": summary.messages,
            "retransmissions": summary.retransmissions,
            "methods": {cut(method): number for method, number in summary.methods.most_common(MAX_METHODS)},
            "statuses": counted(summary, lang),
            "figures": key_figures(summary, setting.words),
            "attempts": basis_of(summary.kpis, setting),
            "series": self._over_time.series(),
            "response_times": self._times.histograms(),
            "peers": peers,
            "peers_left_out": further,
            "subjects_by_kind": by_kind,
            "subjects_held": len(self._holding),
            "subjects_left_out": left_out,
            "coverage": coverage_object(summary.coverage),
            "coverage_lines": [*read.texts, *read.gaps] if read is not None else [],
            "bounds": self._bounds(summary, sum(by_kind.values()), further),
            "catalogue": self._words(summary),
        }

    @property
    def watched_until(self) -> int:
        """Up to when the captures were listening, ns; AssertionError before the `Summary` has come."""
        assert self._summary is not None, "the run is not over"
        coverage = self._summary.coverage
        return max(coverage.latest, coverage.watched_until)

    def subjects(self) -> Iterator[SubjectRecord]:
        """One at a time: by their worst finding, then in order of the capture."""
        places = {case.rule.id: place for place, case in enumerate(self._cases.worst_first())}
        yield from self._holding.records(places)

    def _started(self, start: CaptureStart) -> None:
        self._totals.inputs, self._totals.redacted = start.inputs, start.redacted
        self._setting = self._setting._replace(several_inputs=len(start.inputs) > 1)

    def _sighted(self, sighting: Sighting) -> None:
        if not self._totals.first_time:
            self._totals.first_time = sighting.time
        self._over_time.add(sighting)

    def _transaction(self, transaction: Transaction) -> None:
        self._times.add(transaction)
        if transaction.owner is None:
            self._transactions += 1
            self._settled = transaction

    def _subject(self, subject: Call | Registration | Subscription | Publication) -> None:
        if isinstance(subject, Call):
            self._totals.add_call(subject)
        else:
            self._totals.subjects[type(subject).__name__.lower()] += 1
        self._settled = subject

    def _found(self, finding: Finding) -> None:
        if self._settled is not None and finding.subject is not self._settled:
            self._take()
        self._cases.add(finding)
        occurrence, first = self._occurrences.add(finding, self._setting)
        subject = subject_to_draw(finding)
        if subject is None:
            return
        cited = self._cited.get(id(subject))
        if cited is None:
            if len(self._cited) >= MAX_WAITING:
                del self._cited[next(iter(self._cited))]
                self._let_go += 1
            cited = self._cited[id(subject)] = _Cited(subject)
        at = finding.evidence.at
        if isinstance(at, Sighting):
            marks = cited.marks.setdefault(at.number, [])
            mark = Mark(finding.rule.id, finding.severity)
            if mark not in marks:
                marks.append(mark)
                marks.sort(key=lambda mark: (-mark.severity, mark.rule))
        if occurrence is not None:
            cited.occurrences.append(occurrence)
        cited.worth = max(cited.worth, _FOUND * finding.severity + (_FIRST_OF_RULE if first else 0))
        if isinstance(finding.subject, Peer):  # its subjects are as good as over, and soon taken apart
            self._cite_late(self._cited.pop(id(subject)))

    def _take(self) -> None:
        """What was to be found about the latest subject has been."""
        subject, self._settled = self._settled, None
        assert subject is not None
        cited = self._cited.pop(id(subject), None)
        worth = max(_worth(subject), cited.worth if cited is not None else 0)
        self._hold(subject, cited, worth)

    def _hold(self, subject: Drawable, cited: _Cited | None, worth: int) -> None:
        """Make a record of a subject if it is to be held."""
        if cited is None and not self._holding.wants_more(worth):
            return
        sightings = sightings_of(subject)
        if not sightings:
            return
        key = sightings[0].number
        if cited is not None:
            for occurrence in cited.occurrences:
                occurrence["subject"] = key
        if self._holding.wants(key, worth):
            made = record(subject, sightings, cited.marks if cited is not None else {}, self._setting)
            self._glossary.add(made.record)
            self._holding.put(made, worth)

    def _cite_late(self, cited: _Cited) -> None:
        """What was found about a subject that may have come already."""
        subject = cited.subject
        sightings = sightings_of(subject)
        if not sightings:
            return
        key = sightings[0].number
        if key not in self._holding:
            self._hold(subject, _Cited(subject), max(_worth(subject), cited.worth))
        for occurrence in cited.occurrences:
            occurrence["subject"] = key
        for number, marks in cited.marks.items():
            for mark in marks:
                self._holding.cite(key, number, mark, cited.worth)

    def _stream(self, stream: RtpStream) -> None:
        """RTP comes when all subjects have."""
        self._holding.heard.add(stream, self._holding.ports)

    def _ended(self, summary: Summary) -> None:
        self._summary = summary
        self._totals.first_time = self._totals.first_time or summary.first_time
        for cited in self._cited.values():
            self._cite_late(cited)
        self._cited.clear()

    def _verdict(self, summary: Summary, cases: list[Case]) -> Verdict:
        totals, setting = self._totals, self._setting
        first = told(totals, summary, cases, self._cases.cited_statuses(), setting)
        return {
            "severity": str(cases[0].severity) if cases else "",
            "sentences": [*(text for text, _ in first.sentences), *first.tips],
            "facts": facts(totals, summary, setting) if summary.messages else [],
        }

    def _bounds(self, summary: Summary, subjects: int, peers: int) -> list[str]:
        """What the document leaves out."""
        left_out = {
            "subjects": subjects - len(self._holding),
            "findings": self._occurrences.left_out,
            "findings-text": self._occurrences.no_room,
            "links": self._let_go,
            "peers": peers,
            "media": self._holding.heard.left_out,
            "methods": len(summary.methods) - MAX_METHODS,
            "statuses": len(summary.statuses) - MAX_STATUSES,
        }
        return bounds(left_out, subjects, self._setting.words.lang)

    def _words(self, summary: Summary) -> Catalogue:
        self._glossary.add_codes({status for status, _ in summary.statuses.most_common(MAX_STATUSES)})
        return self._glossary.words(self._setting.words.lang)


def _worth(subject: Drawable) -> int:
    """Of a subject about which nothing was found."""
    if isinstance(subject, Transaction):
        return _REFUSED if subject.status >= 400 or not subject.status else 1
    refused = is_refused(subject) or (isinstance(subject, Call) and subject.state in _FAILED)
    return _REFUSED if refused else _WORTH_OF_KIND[type(subject)]
