"""What the figures of an expectation came to in a run."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from analyser.annotate import Severity
from analyser.report.check.names import DELAYS, PERCENTILE, RATIOS, Kind
from analyser.report.check.parser import parse_code
from analyser.wire import SECOND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyser.annotate import Rule, Summary
    from analyser.annotate.kpi import Delays
    from analyser.report.check.expression import Figure
    from analyser.report.check.seen import Seen, Tally
    from analyser.report.words import Words


_OF_FINDINGS: Final = frozenset({"findings", "errors", "warnings", "notices"})
"""Counts that are too small where a rule has crashed."""


class Reading(NamedTuple):
    """One figure. `value` is None where it could not be measured, in per cent, seconds or as a count; `of` says of how many, where
    that means anything; `rule` names a rule that crashed and so found nothing."""

    figure: Figure
    value: float | None
    of: int | None = None
    rule: str = ""


class Figures:
    """Measures a run; of findings, those that the baseline does not know."""

    def __init__(self, seen: Seen, tallies: Sequence[Tally], rules: Sequence[Rule]) -> None:
        """`rules` are those that ran, or were to run."""
        assert seen.summary is not None
        self._seen = seen
        self._summary: Summary = seen.summary
        self._tallies = tallies
        self._crashed = [rule for rule in rules if rule.id in seen.summary.crashed]
        self._kpis = {kpi.id: kpi for kpi in self._summary.kpis.figures()}

    def read(self, figure: Figure) -> Reading:
        """What a figure came to."""
        if self._is_unseen(figure):
            return Reading(figure, None)
        match figure.function:
            case "finding":
                return self._finding(figure)
            case "code":
                return Reading(figure, self.answers(figure.name))
            case "method":
                return Reading(figure, self._summary.methods[figure.name])
            case "count":
                return Reading(figure, self._kpis[figure.name].of)
            case "":
                return self._named(figure)
            case _:
                return _of_delays(figure, getattr(self._summary.kpis, DELAYS[figure.name]))

    def _is_unseen(self, figure: Figure) -> bool:
        """Whether there was nothing in which it could have been: a capture without SIP has no errors, and that says nothing."""
        if self._summary.messages:
            return False
        if figure.function == "finding" or figure.name in _OF_FINDINGS:
            return not self._seen.encrypted.connections
        return figure.function in ("code", "method") or figure.name == "retransmissions"

    def answers(self, code: str) -> int:
        """Responses with a code such as 486, 4xx or INVITE:486, without retransmissions."""
        parsed = parse_code(code)
        assert parsed is not None
        method, wanted = parsed
        counted = self.statuses(method)
        if wanted.isdigit():
            return counted[int(wanted)]
        return sum(number for status, number in counted.items() if status // 100 == int(wanted[0]))

    def statuses(self, method: str) -> Counter[int]:
        """Responses by status code: those to a method, or with an empty one all of them."""
        if not method:
            return self._summary.statuses
        return Counter(
            {status: number for (of, status), number in self._seen.answers.items() if of == method}
        )

    def _finding(self, figure: Figure) -> Reading:
        name = figure.name
        crashed = [rule.id for rule in self._crashed if name in (rule.id, rule.family)]
        if crashed:
            return Reading(figure, None, rule=crashed[0])
        return Reading(
            figure, sum(each.new for each in self._tallies if name in (each.rule.id, each.rule.family))
        )

    def _named(self, figure: Figure) -> Reading:
        name, summary = figure.name, self._summary
        if name in RATIOS or name in DELAYS:
            kpi = self._kpis[name]
            if kpi.value is None:
                return Reading(figure, None)
            if name in RATIOS:
                return Reading(figure, kpi.value, kpi.of)
            return _mean(figure, getattr(summary.kpis, DELAYS[name]))
        if name == "duration":
            return Reading(
                figure, (summary.last_time - summary.first_time) / SECOND if summary.messages else None
            )
        if self._crashed and name in _OF_FINDINGS:
            return Reading(figure, None, rule=self._crashed[0].id)
        return Reading(figure, self._count(name))

    def _count(self, name: str) -> int:
        summary, coverage = self._summary, self._summary.coverage
        match name:
            case "calls":
                return self._seen.calls
            case "attempts":
                return summary.kpis.attempts
            case "messages":
                return summary.messages
            case "retransmissions":
                return summary.retransmissions
            case "findings":
                return sum(tally.new for tally in self._tallies)
            case "errors" | "warnings" | "notices":
                severity = Severity[name[:-1].upper()]
                return sum(tally.new for tally in self._tallies if tally.severity is severity)
            case "known":
                return sum(tally.known for tally in self._tallies)
            case "frames":
                return coverage.frames
            case "duplicates":
                return coverage.duplicates
            case "undecoded":
                return coverage.not_decoded.total()
            case "lost":
                return coverage.lost.total()
            case "truncated":
                return coverage.truncated
            case "gaps":
                return coverage.stream_gaps
            case "evicted":
                return coverage.evicted.total()
            case "notes":
                return len(coverage.notes)
        raise KeyError(name)


def _mean(figure: Figure, delays: Delays) -> Reading:
    return Reading(figure, delays.total / delays.count / SECOND, delays.count)


def _of_delays(figure: Figure, delays: Delays) -> Reading:
    """Mean, maximum and percentiles; where there are many, the last two are as exact as `Delays` keeps them."""
    if not delays.count:
        return Reading(figure, None)
    if figure.function == "mean":
        return _mean(figure, delays)
    percentile = PERCENTILE.match(figure.function)
    value = delays.spread()[-1] if percentile is None else delays.percentile(int(percentile[1]))
    return Reading(figure, value / SECOND, delays.count)


def value_text(value: float, kind: Kind, words: Words) -> str:
    """A value with its unit, as exact as a reader needs it; whole numbers as such."""
    if kind is Kind.SECONDS:
        if abs(value) < 1:
            return words("time.ms", number=f"{value * 1000:,.1f}")
        return words("time.s", number=f"{value:,.2f}")
    number = f"{value:,.0f}" if float(value).is_integer() and kind is not Kind.PERCENT else f"{value:,.2f}"
    return f"{number} %" if kind is Kind.PERCENT else number
