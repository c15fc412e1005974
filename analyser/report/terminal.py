"""The report that a person reads on a screen: verdict, findings, ladders, numbers, what could not be read.

`receive` takes each event of an analysis and keeps next to nothing of it (see `cases`), so memory is flat
and a message costs one look into a table; `finish` writes everything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from analyser.annotate import CaptureStart, Finding, Revision, Summary
from analyser.report.calls import ladders
from analyser.report.cases import HEALTHY_LADDERS, MAX_DRAWN, Cases, Totals, began, is_refused
from analyser.report.coverage import coverage
from analyser.report.early import Early
from analyser.report.figures import figures
from analyser.report.findings import findings
from analyser.report.headline import closing, headline
from analyser.report.output import console_writer, plain_writer, svg_of, terminal_console
from analyser.report.setting import Setting
from analyser.report.words import Words
from analyser.tls import TlsConnection
from analyser.track import Call, Publication, Registration, Sighting, Subscription, Transaction

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable
    from typing import TextIO

    from analyser.annotate import Event
    from analyser.report.cases import Drawable
    from analyser.report.output import Write

MAX_LADDERS: Final = 5
"""Ladders of the worst findings, where not every call is asked for."""


class TerminalReport:
    """One report: feed it every event, then `finish`.

    `all_calls` draws each call (up to `MAX_DRAWN`); `narrowed` says that filters chose among the messages, so
    that none left does not mean that there were none; `live` says that the packets came from a live
    run: the frames of all interfaces are counted together, and findings may be revised.
    """

    def __init__(
        self,
        stream: TextIO,
        width: int,
        colour: bool,  # noqa: FBT001 - beside the stream and the width it needs no name
        *,
        all_calls: bool = False,
        narrowed: bool = False,
        live: bool = False,
        lang: str = "en",
    ) -> None:
        self._stream = stream
        self._colour = colour
        self._width = width
        self._words = Words(lang)
        self._most_calls = MAX_DRAWN if all_calls else HEALTHY_LADDERS
        self._all_calls = all_calls
        self._narrowed = narrowed
        self._live = live
        self._totals = Totals()
        self._cases = Cases()
        self._early = Early(self._cases)
        """What a live run found in subjects that are not over."""
        self._calls: list[Drawable] = []
        """The first calls, to be drawn where nothing was found or every call is asked for."""
        self._refused: list[Drawable] = []
        """The first calls and others that were refused: drawn first where no rule found anything."""
        self._others: dict[type, Drawable] = {}
        """The first subject of each other kind, drawn where there is no call and nothing was found."""
        self._summary: Summary | None = None
        self._receivers: dict[type, Callable[[Any], None]] = {
            CaptureStart: self._started,
            Sighting: self._sighted,
            Transaction: self._transaction,
            Call: self._call,
            Registration: self._subject,
            Subscription: self._subject,
            Publication: self._subject,
            TlsConnection: self._totals.encrypted.add,
            Finding: self._early.add if live else self._cases.add,
            Revision: self._early.revise,
            Summary: self._ended,
        }

    def receive(self, event: Event) -> None:
        """Take the next event."""
        receiver = self._receivers.get(event.__class__)
        if receiver is not None:
            receiver(event)

    def turn_over(self) -> None:
        """Live: all events of a turn have come."""
        self._early.turn_over()

    @property
    def cases(self) -> Cases:
        """What the findings came to."""
        return self._cases

    def count(self, subjects: dict[str, int], outcomes: Counter[tuple[str, int]]) -> None:
        """Take the numbers of all subjects and of the outcomes of calls from elsewhere: only what may be drawn came as events."""
        self._totals.subjects = subjects
        self._totals.outcomes = outcomes

    def resize(self, width: int) -> None:
        """The window is another by now than it was at the beginning."""
        self._width = width

    def finish(self) -> None:
        """Write the report."""
        if self._colour:
            self._write(console_writer(terminal_console(self._stream, self._width)))
        else:
            self._write(plain_writer(self._stream))

    def svg(self, title: str) -> str:
        """The report as a picture."""
        return svg_of(self._write, self._width, title)

    def _started(self, start: CaptureStart) -> None:
        self._totals.inputs = start.inputs
        self._totals.redacted = start.redacted

    def _sighted(self, sighting: Sighting) -> None:
        self._totals.first_time = sighting.time
        del self._receivers[Sighting]  # the first is all that is needed: the rest costs nothing

    def _transaction(self, transaction: Transaction) -> None:
        if transaction.owner is None:
            self._others[Transaction] = transaction
            transaction.wanted = True
            del self._receivers[Transaction]

    def _call(self, call: Call) -> None:
        if not self._totals.subjects["call"]:
            self._receivers.pop(Transaction, None)  # where there are calls, no other subject is drawn instead
        self._totals.add_call(call)
        if len(self._calls) < self._most_calls:
            self._calls.append(call)
            call.wanted = True
        if len(self._refused) < HEALTHY_LADDERS and is_refused(call):
            self._refused.append(call)
            call.wanted = True

    def _subject(self, subject: Registration | Subscription | Publication) -> None:
        self._totals.subjects[type(subject).__name__.lower()] += 1
        if self._others.setdefault(type(subject), subject) is subject:
            subject.wanted = True
        if len(self._refused) < HEALTHY_LADDERS and is_refused(subject):
            self._refused.append(subject)
            subject.wanted = True

    def _ended(self, summary: Summary) -> None:
        self._summary = summary
        self._totals.first_time = self._totals.first_time or summary.first_time

    def _drawn(self, found: Cases) -> list[Drawable]:
        """What to draw: where findings point; else the first calls; else the first of what there is."""
        drawn = found.drawable()[:MAX_LADDERS]
        if self._all_calls:
            known = {id(subject) for subject in drawn}
            more = sorted((call for call in self._calls if id(call) not in known), key=began)
            return drawn + more or list(self._others.values())
        if drawn:
            return drawn
        return sorted(self._refused or self._calls, key=began) or list(self._others.values())

    def _setting(self) -> Setting:
        several = len(self._totals.inputs) > 1 and not self._live
        return Setting(
            self._words, self._width, several_inputs=several, narrowed=self._narrowed, live=self._live
        )

    def _write(self, write: Write) -> None:
        summary = self._summary
        if summary is None:
            return
        totals, setting = self._totals, self._setting()
        found = self._early.all()
        cases = found.worst_first()
        write(headline(totals, summary, cases, found.cited_statuses(), setting))
        write(findings(cases, setting))
        write(ladders(self._drawn(found), found.marks(), totals, setting, every_call=self._all_calls))
        write(figures(summary, setting))
        write(coverage(summary, totals.encrypted, setting))
        write(closing(cases, setting))
