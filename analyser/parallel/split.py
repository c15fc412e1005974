"""The first process: it forks the others, and makes one result of theirs."""

from __future__ import annotations

import os
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from analyser.annotate import Annotator, CaptureStart
from analyser.capture import is_pipe
from analyser.errors import CaptureError
from analyser.parallel.branches import Branches
from analyser.parallel.flat import Rebuilt
from analyser.parallel.merge import in_order, merge_coverage, merge_peers, merge_summary
from analyser.parallel.places import beginning_of
from analyser.parallel.plan import END, ENTANGLED, FAILED, Chunk, Plan
from analyser.parallel.processes import Process
from analyser.parallel.said import counted, restored
from analyser.parallel.share import Entangled
from analyser.pipeline import ELSEWHERE
from analyser.report.cases import KINDS
from analyser.track import Sighting, bounds
from analyser.track.failures import LATEST_ONLY
from analyser.wire import Coverage, Endpoint, Hop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import TextIO

    from analyser.annotate import Finding
    from analyser.parallel.merge import Rest
    from analyser.report.jsonl import JsonLines
    from analyser.report.terminal import TerminalReport

__all__ = ["Plan", "Split", "why_not"]

_NEVER: Final = 1 << 127
_NOWHERE: Final = Hop(Endpoint("", 0), Endpoint("", 0), "")


def why_not(paths: Sequence[str]) -> str | None:
    """Why these captures must be read by one process, None where they need not."""
    if not hasattr(os, "fork"):
        return "this system cannot fork processes, so one reads"
    if any(is_pipe(path) for path in paths):
        return "a pipe can be read by one process only, so one reads it"
    return None


class Split:
    """One analysis in several processes. Close it in any case: nothing may be left running."""

    def __init__(self, plan: Plan, progress: Callable[[int, int | None], None] | None = None) -> None:
        self._plan = plan
        self._progress = progress
        self._rules = {rule.id: rule for rule in plan.rules}
        self._processes: list[Process] = []
        self._chunks: list[Chunk] = []
        self._branches = Branches(plan.jobs)
        self._examples: dict[int, tuple[Finding, int]] = {}
        """Findings in brief that stand for whole ones, by identity, with the process that has those."""
        self.written = 0
        """JSON lines that have been written, the first one included."""
        self.failed = False

    def start(self) -> CaptureStart:
        """Fork, and wait for the first results. Raises CaptureError for what cannot be read at all."""
        for index in range(self._plan.jobs):
            self._processes.append(Process(self._plan, index, self._processes))
        for process in self._processes:
            process.listen()
        self._receive()
        if all(chunk.kind == FAILED for chunk in self._chunks):
            raise CaptureError(self._chunks[0].rest)
        self.written = 1
        names, redactor = tuple(self._plan.inputs), self._plan.redactor
        return (
            CaptureStart(names) if redactor is None else CaptureStart(redactor.inputs(names), redacted=True)
        )

    def close(self) -> None:
        """End all processes."""
        for process in self._processes:
            process.end()
        self._processes.clear()

    def write_lines(self, report: JsonLines, stream: TextIO) -> None:
        """Write all events but the first as JSON lines. Raises Entangled behind the last that is certain."""
        for records in self._batches():
            stream.write("".join([line for _, line in records]))
            self.written += len(records)
        rebuilt = self._rebuilt()
        self._judge(report, rebuilt)

    def report(self, report: TerminalReport) -> None:
        """Tell a report all that it needs. Raises Entangled where it must not be finished."""
        for records in self._batches():
            for _, (index, row) in records:
                finding = counted(row, self._rules)
                report.receive(finding)
                if index >= 0:
                    self._examples[id(finding)] = finding, index
        rebuilt = self._rebuilt()
        self._show(report, rebuilt)
        self._judge(report, rebuilt)

    # Chunks

    def _receive(self) -> None:
        self._chunks = [process.next() for process in self._processes]
        if self._progress is not None:
            self._progress(*self._chunks[0].progress)

    def _batches(self) -> Iterator[list[tuple[int, Any]]]:
        """What the processes have found, batch by batch, in the order of one."""
        while True:
            chunks = self._chunks
            limit = self._limit()
            records = [record for chunk in chunks for record in chunk.records if record[0] < limit]
            records.sort(key=itemgetter(0))
            yield records
            if limit < _NEVER:
                raise Entangled(limit)
            if chunks[0].kind == FAILED:
                raise CaptureError(chunks[0].rest)
            if chunks[0].kind == END:
                return
            self._receive()

    def _limit(self) -> int:
        """The place from which on the chunks must not be believed."""
        kinds = {chunk.kind for chunk in self._chunks}
        if ENTANGLED in kinds:
            places: list[int] = [chunk.rest for chunk in self._chunks if chunk.kind == ENTANGLED]
            return min(self._first_shared(), *places)
        if len(kinds) > 1 or (kinds == {END} and len({chunk.rest["read"] for chunk in self._chunks}) > 1):
            return 0  # the file has grown under our eyes: each has read another capture
        return self._first_shared()

    def _first_shared(self) -> int:
        """The place of the first message whose transaction may be another process's too."""
        number = self._branches.first_shared([chunk.branches for chunk in self._chunks])
        return _NEVER if number is None else beginning_of(number)

    # The end

    def _rests(self) -> list[Rest]:
        return [chunk.rest for chunk in self._chunks]

    def _rebuilt(self) -> list[Rebuilt]:
        return [Rebuilt(rest["tables"]) for rest in self._rests()]

    def _show(self, report: TerminalReport, rebuilt: list[Rebuilt]) -> None:
        """What may be drawn, and the numbers."""
        shown = [rest["shown"] for rest in self._rests()]
        firsts = [each["first"] for each in shown if each["first"] is not None]
        if firsts:
            report.receive(Sighting(0, min(firsts)[1], _NOWHERE, ELSEWHERE, (0,)))
        drawable = [
            (place, subjects.subject(reference))
            for each, subjects in zip(shown, rebuilt, strict=True)
            for place, reference in each["drawable"]
        ]
        for _, subject in sorted(drawable, key=itemgetter(0)):
            report.receive(subject)
        subjects = {kind: sum(each["subjects"][kind] for each in shown) for kind in KINDS}
        outcomes = in_order(
            (place, (state, status), count)
            for each in shown
            for place, state, status, count in each["outcomes"]
        )
        report.count(subjects, outcomes)
        examples = [
            {(finding.rule.id, finding.severity): finding for finding in self._whole(each, subjects)}
            for each, subjects in zip(shown, rebuilt, strict=True)
        ]
        for case in report.cases.worst_first():
            _, index = self._examples[id(case.example)]
            case.example = examples[index][case.rule.id, case.severity]

    def _whole(self, shown: dict[str, Any], subjects: Rebuilt) -> list[Finding]:
        return [restored(row, subjects, self._rules) for row in shown["examples"]]

    def _judge(self, report: JsonLines | TerminalReport, rebuilt: list[Rebuilt]) -> None:
        """The peers, which no process knows alone, and the summary."""
        plan, rests = self._plan, self._rests()
        coverage = Coverage()
        merge_coverage(coverage, rests)
        if plan.redactor is not None:
            coverage.notes = [plan.redactor.note(sentence) for sentence in coverage.notes]
        annotator = Annotator(plan.rules, coverage, plan.parameters)
        merge_summary(annotator.summary, rests)
        annotator.gaps.spans.extend(rests[0]["gaps"])
        self.failed = any(rest["failed"] for rest in rests)
        for peer in merge_peers(rests, rebuilt):
            if peer.failed > bounds.MAX_FAILURES_OF_PEER:
                coverage.note_once(LATEST_ONLY)
            for finding in annotator.settled(peer):
                if plan.shows is None or plan.shows(finding):
                    report.receive(finding)
                    self.failed = self.failed or (plan.fails is not None and plan.fails(finding))
        report.receive(annotator.summary)
