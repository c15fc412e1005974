"""Demands and what was seen -> whether each holds, and the sentences that say why."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from analyser.report.check.demands import EXPECT_CODE, FAIL_ON, FORBID, REQUIRE, Demand, figures_of
from analyser.report.check.expression import evaluate
from analyser.report.check.figures import Figures, value_text
from analyser.report.check.names import DELAYS, RATIOS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from analyser.annotate import Rule
    from analyser.report.check.figures import Reading
    from analyser.report.check.phrases import Phrases
    from analyser.report.check.seen import Seen, Tally

MAX_CODES: Final = 8
"""Status codes named where the one that was expected did not come."""


@dataclass(slots=True)
class Outcome:
    """One demand, and what came of it. All text is harmless, in the language of the run."""

    demand: Demand
    title: str
    """The demand in words."""
    holds: bool
    said: list[str]
    """What was found: sentences without a full stop."""
    broke: list[Tally] = field(default_factory=list)
    """The findings that it speaks of, worst first: those that broke it, or of a `require` those that fulfil it."""
    readings: list[Reading] = field(default_factory=list)


class Judge:
    """Holds demands against one run."""

    def __init__(self, seen: Seen, tallies: Sequence[Tally], rules: Sequence[Rule], phrases: Phrases) -> None:
        assert seen.summary is not None
        self._seen = seen
        self._summary = seen.summary
        self._tallies = tallies
        self._phrases = phrases
        self._figures = Figures(seen, tallies, rules)
        self._crashed = [rule for rule in rules if rule.id in self._summary.crashed]

    def judge(self, demand: Demand) -> Outcome:
        """What came of a demand."""
        phrases, name, severity = self._phrases, demand.name, demand.severity
        if severity is not None:
            title = phrases(f"demand.{FAIL_ON}.{name}")
            return self._nothing_found(demand, title, lambda tally: tally.severity >= severity)
        if demand.kind == FORBID:
            title = phrases("demand.forbid", name=name)
            return self._nothing_found(demand, title, lambda tally: _is_of(tally, name))
        if demand.kind == REQUIRE:
            return self._found(demand)
        return self._code(demand) if demand.kind == EXPECT_CODE else self._expectation(demand)

    def _nothing_found(self, demand: Demand, title: str, concerns: Callable[[Tally], bool]) -> Outcome:
        phrases = self._phrases
        concerned = [tally for tally in self._tallies if concerns(tally)]
        broke = [tally for tally in concerned if tally.new]
        number = sum(tally.new for tally in broke)
        known = sum(tally.known for tally in concerned)
        said = [phrases.count("said.found", number) if number else phrases("said.nothing-found")]
        if known:
            said.append(phrases.count("said.known", known))
        doubts = self._doubts(demand)
        return Outcome(demand, title, not broke and not doubts, doubts + said, broke)

    def _doubts(self, demand: Demand) -> list[str]:
        """Why it means nothing that nothing was found."""
        crashed = [
            rule for rule in self._crashed if demand.kind == FAIL_ON or demand.name in (rule.id, rule.family)
        ]
        doubts = [self._phrases("said.crashed", rule=rule.id) for rule in crashed]
        if not self._summary.messages and not self._seen.encrypted.connections:
            doubts.append(self._no_messages())
        return doubts

    def _no_messages(self) -> str:
        return self._phrases("said.narrowed" if self._seen.narrowed else "said.no-messages")

    def _found(self, demand: Demand) -> Outcome:
        phrases = self._phrases
        found = [tally for tally in self._tallies if _is_of(tally, demand.name)]
        number = sum(tally.count for tally in found)
        said = [phrases.count("said.found", number) if number else phrases("said.nothing-found")]
        title = phrases("demand.require", name=demand.name)
        return Outcome(demand, title, bool(found), said, found)

    def _code(self, demand: Demand) -> Outcome:
        phrases, summary = self._phrases, self._summary
        method, _, code = demand.name.rpartition(":")
        number = self._figures.answers(demand.name)
        if number:
            said = phrases.count("said.came", number, code=code)
        else:
            came = self._figures.statuses(method)
            listed = [f"{status} \u00d7 {times:,}" for status, times in came.most_common(MAX_CODES)]
            if len(came) > MAX_CODES:
                listed.append("…")
            said = phrases("said.came-not", code=code)
            if listed:
                said += phrases("said.came-instead", codes=phrases.words("list.comma").join(listed))
            elif summary.messages:
                said += phrases("said.no-response")
            else:
                said = self._no_messages()
        key = "demand.expect-code-to" if method else "demand.expect-code"
        return Outcome(demand, phrases(key, code=code, method=method), number > 0, [said])

    def _expectation(self, demand: Demand) -> Outcome:
        assert demand.node is not None
        figures = list(dict.fromkeys(figures_of(demand.node)))
        readings = {figure: self._figures.read(figure) for figure in figures}
        holds = evaluate(demand.node, lambda figure: readings[figure].value)
        said = [self._reading(reading) for reading in readings.values()]
        if holds is None and all(reading.value is not None for reading in readings.values()):
            said.append(self._phrases("said.undefined"))
        broke = [] if holds else self._behind(list(readings.values()))
        return Outcome(demand, demand.name, holds is True, said, broke, list(readings.values()))

    def _behind(self, readings: Sequence[Reading]) -> list[Tally]:
        """The findings that an expectation counts."""
        counted = {reading.figure.name for reading in readings}
        named = {reading.figure.name for reading in readings if reading.figure.function == "finding"}
        return [
            tally
            for tally in self._tallies
            if tally.new
            and (
                "findings" in counted
                or f"{tally.severity}s" in counted
                or not named.isdisjoint((tally.rule.id, tally.rule.family))
            )
        ]

    def _reading(self, reading: Reading) -> str:
        phrases, figure = self._phrases, reading.figure
        if reading.value is None:
            if reading.rule:
                return phrases("said.crashed", rule=reading.rule)
            measured = figure.name in RATIOS or figure.name in DELAYS
            if not measured:
                return self._no_messages()
            definition = phrases.words(f"kpi.{figure.name}.definition")
            return phrases("said.unmeasured", figure=figure, definition=definition)
        value = value_text(reading.value, figure.kind, phrases.words)
        if reading.of is None:
            return phrases("said.is", figure=figure, value=value)
        return phrases("said.is-of", figure=figure, value=value, number=f"{reading.of:,}")


def _is_of(tally: Tally, name: str) -> bool:
    """Whether its rule, or the family of it, has the name."""
    return name in (tally.rule.id, tally.rule.family)
