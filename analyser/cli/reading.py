"""One run of `read`: by one process, or by several that share the calls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import click

from analyser.annotate import Finding
from analyser.capture import inputs_of
from analyser.pipeline import analyse
from analyser.report.cases import HEALTHY_LADDERS, MAX_DRAWN
from analyser.wire import Coverage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from typing import TextIO

    from analyser.annotate import Event, Rule, Severity
    from analyser.cli.selection import Selection
    from analyser.redact import Redactor
    from analyser.track import Sighting


@dataclass(frozen=True, slots=True)
class Reading:
    """What is to be read, and how."""

    captures: Sequence[str]
    rules: Sequence[Rule]
    parameters: Mapping[str, Mapping[str, Any]]
    keep: Callable[[Sighting], bool] | None
    selection: Selection
    fail_on: Severity | None
    progress: Any
    brief: bool
    """Whether the report has no use for single messages."""
    media: bool
    """Whether it tells of RTP."""
    keys: Mapping[str, Any]
    """The engine, and keys for it, as `analyse` takes them."""
    redactor: Redactor | None = None

    def alone(self, output: AbstractContextManager[TextIO], report_on: Callable[[TextIO], Any]) -> bool:
        """Read with this process, and write the report; whether there was a finding to fail on."""
        events = self._events()
        start = next(events)  # a capture that cannot be read says so before anything is written
        with output as stream:
            report = report_on(stream)
            report.receive(start)
            failed = self._tell(report, events)
            report.finish()
        return failed

    def together(
        self,
        jobs: int,
        output: AbstractContextManager[TextIO],
        report_on: Callable[[TextIO], Any],
        *,
        lang: str,
        all_calls: bool,
        lines: bool,
    ) -> bool:
        """The same with so many further processes. The report is the same to the last octet."""
        from analyser.parallel import Entangled, Plan, Split  # noqa: PLC0415 - only --jobs needs it

        coverage = Coverage()
        plan = Plan(
            jobs=jobs,
            inputs=inputs_of(self.captures, coverage),
            coverage=coverage,
            rules=self.rules,
            parameters=self.parameters,
            keep=self.keep,
            shows=None if self.selection.all else self.selection.shows,
            fails=self._fails if self.fail_on is not None else None,
            lines=lines,
            lang=lang,
            most_calls=MAX_DRAWN if all_calls else HEALTHY_LADDERS,
            redactor=self.redactor,
        )
        split = Split(plan, self.progress)
        try:
            start = split.start()
            with output as stream:
                report = report_on(stream)
                report.receive(start)
                try:
                    if lines:
                        split.write_lines(report, stream)
                    else:
                        split.report(report)
                    failed = split.failed
                except Entangled:
                    split.close()
                    click.echo(
                        "sip-analyser: --jobs: the calls cannot be told apart in advance (a branch is shared, or there is TLS), "
                        "so one process reads again",
                        err=True,
                    )
                    rest = _Behind(stream, split.written) if lines else stream
                    report = report_on(cast("TextIO", rest))
                    failed = self._tell(report, self._events())
                self._stop_progress()
                report.finish()
        finally:
            split.close()
        return failed

    def _events(self) -> Iterator[Event]:
        return analyse(
            self.captures,
            rules=self.rules,
            parameters=self.parameters,
            keep=self.keep,
            progress=self.progress,
            release=True,
            brief=self.brief,
            keep_cited=False,  # a report takes what it needs at once
            media=self.media,
            redactor=self.redactor,
            **self.keys,
        )

    def _tell(self, report: Any, events: Iterator[Event]) -> bool:
        receive, fail_on = report.receive, self.fail_on
        failed = False
        for event in events if self.selection.all else filter(self.selection.shows, events):
            receive(event)
            if fail_on is not None and isinstance(event, Finding) and event.severity >= fail_on:
                failed = True
        self._stop_progress()
        return failed

    def _fails(self, finding: Finding) -> bool:
        return self.fail_on is not None and finding.severity >= self.fail_on

    def _stop_progress(self) -> None:
        if self.progress is not None:
            self.progress.stop()


class _Behind:
    """A stream behind the lines that have been written to it."""

    def __init__(self, stream: TextIO, written: int) -> None:
        self._stream = stream
        self._written = written

    def write(self, line: str) -> None:
        """Write the line, unless it is one of those."""
        if self._written:
            self._written -= 1
        else:
            self._stream.write(line)
