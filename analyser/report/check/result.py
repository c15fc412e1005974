"""All that came of a check: what every format writes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from analyser.report.check.outcomes import Judge
from analyser.report.wire_text import wire_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyser.annotate import Rule, Summary
    from analyser.report.check.baseline import Baseline
    from analyser.report.check.demands import Demand
    from analyser.report.check.outcomes import Outcome
    from analyser.report.check.phrases import Phrases
    from analyser.report.check.seen import Place, Seen, Tally


@dataclass(frozen=True, slots=True)
class Result:
    """Of one run."""

    captures: tuple[str, ...]
    """As they were named on the command line; of a redacted run the pseudonyms of the files that were read."""
    seen: Seen
    summary: Summary
    rules: Sequence[Rule]
    """Those that ran."""
    tallies: Sequence[Tally]
    """Every finding, worst first, each with how many of it are known."""
    outcomes: Sequence[Outcome]
    baseline: Baseline | None
    phrases: Phrases

    @property
    def failed(self) -> list[Outcome]:
        """Those that do not hold."""
        return [outcome for outcome in self.outcomes if not outcome.holds]

    @property
    def several_inputs(self) -> bool:
        """Whether a frame is named with the number of its file."""
        return len(self.seen.inputs) > 1

    def frame_text(self, place: Place) -> str:
        """The frame that shows a finding: `17`, or `2:17` where several files were read."""
        return f"{place.input + 1}:{place.frames[0]}" if self.several_inputs else str(place.frames[0])

    def input_of(self, place: Place) -> str:
        """The name of the file that a finding is in, as it was read."""
        inputs = self.seen.inputs
        return inputs[place.input] if place.input < len(inputs) else inputs[0] if inputs else ""

    def where_text(self, tally: Tally) -> str:
        """The frames that show its findings, the file of the first and between whom: `frames 3, 17; alice to bob`."""
        phrases, mark = self.phrases, tally.fingerprint
        named = ", ".join(self.frame_text(place) for place in tally.places)
        more = tally.count - len(tally.places)
        if more:
            named = phrases.count("finding.frames-more", more, frames=named)
        text = phrases.count("finding.frames", tally.count, frames=named)
        if self.several_inputs:
            file = Path(self.input_of(tally.places[0])).name
            text = phrases("finding.in-file", frames=text, file=wire_text(file))
        if mark.from_ and mark.to and mark.from_ != mark.to:
            text += phrases.words("list.then") + phrases("finding.between", source=mark.from_, target=mark.to)
        elif mark.from_ or mark.to:
            text += phrases.words("list.then") + (mark.from_ or mark.to)
        return text

    def times_text(self, tally: Tally) -> str:
        """How often: `3 times, 1 of them known from the baseline`."""
        text = self.phrases.count("finding.times", tally.count)
        if tally.known:
            known = self.phrases.count("finding.of-which-known", tally.known)
            text += self.phrases.words("list.comma") + known
        return text

    def summary_of(self, tally: Tally) -> str:
        """What the rule says of itself."""
        return wire_text(tally.rule.words_in(self.phrases.lang).summary)


def result_of(
    captures: Sequence[str],
    seen: Seen,
    rules: Sequence[Rule],
    demands: Sequence[Demand],
    baseline: Baseline | None,
    phrases: Phrases,
) -> Result:
    """Hold what was seen against what was demanded, once the run is over."""
    assert seen.summary is not None
    tallies = seen.tallies()
    if baseline is not None:
        baseline.compare(tallies)
        tallies.sort(key=lambda tally: tally.order)
    judge = Judge(seen, tallies, rules, phrases)
    outcomes = [judge.judge(demand) for demand in demands]
    names = seen.inputs if seen.redacted else tuple(captures)
    return Result(names, seen, seen.summary, rules, tallies, outcomes, baseline, phrases)
