"""Which rules look at an open subject as soon as it has its final response, and which at a time that they name."""

from collections.abc import Iterable, Mapping
from typing import Any

from analyser.annotate.annotator import MAX_METHODS, Annotator, Bound
from analyser.annotate.rule import Rule
from analyser.track import Subject, Transaction
from analyser.wire import Coverage


class Deadlines(Annotator):
    """An annotator that knows when the rules want to be asked."""

    def __init__(
        self,
        rules: Iterable[Rule],
        coverage: Coverage,
        parameters: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        super().__init__(rules, coverage, parameters)
        self._halves: dict[type | tuple[str, int], tuple[list[Bound], list[Bound]]] = {}

    def _split(self, subject: Transaction | Subject) -> tuple[list[Bound], list[Bound]]:
        """The rules for a subject as it stands: those that look at the final response, and those that name a time."""
        key: type | tuple[str, int] = type(subject)
        if isinstance(subject, Transaction):
            key = subject.method, subject.status
        known = self._halves.get(key)
        if known is None:
            if len(self._halves) >= MAX_METHODS:
                self._halves.clear()
            bound = (
                self._of_transaction(subject)
                if isinstance(subject, Transaction)
                else self._by_type.get(type(subject), [])
            )
            known = (
                [each for each in bound if each.rule.due is None],
                [each for each in bound if each.rule.due],
            )
            self._halves[key] = known
        return known

    def _asked(self, timed: list[Bound], subject: Transaction | Subject) -> list[tuple[int, Bound]]:
        """What the rules that name a time answer of a subject as it stands."""
        answers: list[tuple[int, Bound]] = []
        for each in timed:
            rule = each.rule
            assert rule.due is not None
            try:
                when = rule.due(subject, each.parameters)
            except Exception as failure:  # noqa: BLE001 - as in `_apply`
                self._switch_off(rule, failure)
                continue
            if when:
                answers.append((when, each))
        return answers

    def _switch_off(self, rule: Rule, failure: Exception) -> None:
        super()._switch_off(rule, failure)
        self._halves.clear()
