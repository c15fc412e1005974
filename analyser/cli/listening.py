"""One run of `live`: turns of listening, each told as it comes, and the report at the end."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

from analyser.annotate import Finding, Revision
from analyser.report.foreign_words import foreign
from analyser.report.status_line import State
from analyser.report.time_of_day import time_of_day
from analyser.report.wire_text import wire_text
from analyser.track import Sighting
from analyser.watch import Watch
from analyser.wire import ENCRYPTED, SIP, Coverage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from analyser.annotate import Event, Rule, Severity
    from analyser.cli.selection import Selection
    from analyser.cli.signals import Asked
    from analyser.cli.tapped import Tapped
    from analyser.cli.views import View
    from analyser.redact import Redactor
    from analyser.report.status_line import StatusLine
    from analyser.report.terminal import TerminalReport
    from analyser.report.words import Words

PATIENCE = 10.0
"""Seconds without a message to show after which a hint is given, once."""
COUNTING: Final = 0.5
"""Seconds after which the calls that go on are counted again."""
SPARING: Final = 50
"""Counting them takes at most this part of the time, however many there are."""
MAX_NAMES: Final = 8
"""Sources that are named in the first line."""


class Passing(Protocol):
    """Takes messages as they come, and never waits (`analyser.report.hep_out.HepSender`)."""

    dropped: int

    def send(self, sighting: Sighting) -> None: ...


@dataclass(slots=True)
class Listening:
    """What is listened to, and who is told."""

    source: Tapped
    coverage: Coverage
    rules: Sequence[Rule]
    parameters: Mapping[str, Mapping[str, Any]]
    keep: Callable[[Sighting], bool] | None
    selection: Selection
    fail_on: Severity | None
    duration: float | None
    """Seconds; None for until somebody ends it."""
    writing: str
    """The name of the file that the packets are written to, '' for none."""
    hep: Passing | None
    redactor: Redactor | None
    words: Words
    view: View
    status: StatusLine
    report: TerminalReport
    notice: Callable[[str], None]
    """Takes a line for the person in front of the screen."""
    width: Callable[[], int]
    _told: set[str] = field(default_factory=set)
    """What has been said once and is not said again."""
    _noted: list[str] = field(default_factory=list)
    """What the coverage noted until now: each note is a line when it comes."""
    _going_on: int = 0
    """Calls, when they were last counted."""
    _count_again: float = 0.0
    _failing: int = 0
    """Findings to fail on that hold."""

    def run(self, asked: Asked) -> bool:
        """Until it is over, and the report; whether there was a finding to fail on.

        Raises CaptureError, behind the report, where there was nothing left to listen to.
        """
        watch = Watch(
            self.source, self.coverage, self.rules, self.parameters, self.keep, redactor=self.redactor
        )
        began = time.monotonic()
        self.notice(self._beginning())

        def over() -> bool:
            ended = asked.end or self.source.failure is not None
            ended = ended or (self.duration is not None and time.monotonic() - began >= self.duration)
            if ended:
                self._account()
                if asked.end:
                    self.notice(self.words("tail.ending"))
            return ended

        for events in watch.turns(over):
            self._tell(events)
            self._look(watch, began)
            if asked.interim:
                asked.interim = False
                self._interim(watch)
        self.view.finish()
        self._last_word()
        if self.source.failure is not None:
            raise self.source.failure
        return self._failing > 0

    def _tell(self, events: Sequence[Event]) -> None:
        """Give the events of a turn to everybody."""
        shown = events if self.selection.all else list(filter(self.selection.shows, events))
        for event in shown:
            self.report.receive(event)
            if isinstance(event, Finding):
                self._failing += self._fails(event)
            elif isinstance(event, Revision):
                self._failing += self._fails(event.now) - self._fails(event.earlier)
        self.report.turn_over()
        if self.hep is not None:
            for event in events:
                if isinstance(event, Sighting):
                    self.hep.send(event)
        self.view.show(shown)

    def _last_word(self) -> None:
        """What must not be out of sight behind a long report: the file lacks what the report speaks of."""
        writer = self.source.writer
        if writer is not None and writer.stopped:
            reason = wire_text(foreign("note", writer.stopped, self.words.lang))
            name, number = wire_text(self.writing, 200), f"{writer.written:,}"
            self.view.remark(self.words("tail.writing-ended", name=name, number=number, reason=reason))

    def _fails(self, finding: Finding | None) -> bool:
        return finding is not None and self.fail_on is not None and finding.severity >= self.fail_on

    def _look(self, watch: Watch, began: float) -> None:
        """Say what there is to say once, and how things are."""
        losses, writer, words = self.source.losses, self.source.writer, self.words
        for name, number in losses._asdict().items():
            if number:
                self._once(name, words(f"tail.lost-{name}", number=f"{number:,}"))
        stopped = (writer.stopped if writer is not None else None) or ""
        if self.coverage.notes != self._noted:
            before, self._noted = self._noted, self.coverage.notes.copy()
            for note in self._noted:
                if note not in before:
                    self.view.remark(wire_text(foreign("note", note, words.lang)))
        if self.hep is not None and self.hep.dropped:
            self._once("hep", words("tail.hep-dropped"))
        summary = watch.summary
        if not summary.messages and time.monotonic() - began >= PATIENCE and "hint" not in self._told:
            self._told.add("hint")
            self.notice(words("tail.hint", duration=f"{PATIENCE:g}") + " " + self._hint())
        self.status.tell(State(summary, self._calls(watch), losses, self.writing, stopped), self.width())

    def _calls(self, watch: Watch) -> int:
        """How many go on, counted once a second where somebody sees it."""
        now = time.monotonic()
        if self.status.is_seen and now >= self._count_again:
            self._going_on = watch.calls_going_on()
            self._count_again = max(now + COUNTING, now + (time.monotonic() - now) * SPARING)
        return self._going_on

    def _once(self, name: str, text: str) -> None:
        if name not in self._told:
            self._told.add(name)
            self.view.remark(text)

    def _interim(self, watch: Watch) -> None:
        self._account()
        self._tell(watch.refresh())
        self.report.receive(watch.summary)
        now = time_of_day(time.time_ns())
        self.view.interim(self.words.count("tail.interim", watch.open_calls, time=now))

    def _account(self) -> None:
        """Note in the coverage what was lost so far."""
        for name, number in self.source.losses._asdict().items():
            if number:
                self.coverage.lost[name] = number

    def _beginning(self) -> str:
        names = [wire_text(name, 60) for name in self.source.names[:MAX_NAMES]]
        if len(self.source.names) > MAX_NAMES:
            names.append("…")
        text = self.words("tail.beginning", names=self.words("list.comma").join(names))
        if self.writing:
            text += " " + self.words("tail.writing", name=wire_text(self.writing, 200))
        return text

    def _hint(self) -> str:
        """The likeliest reason why there is nothing to see."""
        carried, words = self.coverage.carried, self.words
        if self.keep is not None and carried[SIP]:
            return words("tail.hint-filter", number=f"{carried[SIP]:,}")
        if carried[ENCRYPTED]:
            return words("tail.hint-encrypted", number=f"{carried[ENCRYPTED]:,}")
        if self.coverage.frames:
            return words("tail.hint-no-sip", number=f"{self.coverage.frames:,}")
        return words("tail.hint-no-packet")
