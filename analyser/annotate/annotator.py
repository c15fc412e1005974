"""Applies rules to subjects, counts, and stamps evidence into findings.

The one gate where a rule may crash: it is then switched off for the run and named in the summary.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Final

from analyser.annotate.events import Summary
from analyser.annotate.gaps import Gaps, lifetime
from analyser.annotate.kpi import MEASURED
from analyser.annotate.rule import Finding, Rule
from analyser.sip import Response
from analyser.tls import TlsConnection
from analyser.track import Call, Settled, Sighting, Transaction
from analyser.track.sighting import DUPLICATE, RETRANSMISSION
from analyser.wire import Coverage

MAX_FINDINGS_OF_ONE: Final = 1000
"""Findings that one rule may make of one subject."""

MAX_METHODS: Final = 1024
OTHER_METHODS: Final = "(others)"
"""Under this the methods count that came when there were as many as that: methods are whatever the wire says."""

_NONE: Final[list[Finding]] = []
"""What hardly any message gives rise to; nobody adds to it."""


class Bound:
    """A rule with its thresholds, and what of it is asked for each subject: of a compiled class that takes less time."""

    __slots__ = ("absence", "parameters", "rule", "when")

    def __init__(self, rule: Rule, parameters: dict[str, Any]) -> None:
        self.rule = rule
        self.parameters = parameters
        self.when: Callable[[Any], bool] | None = rule.when
        self.absence: bool = rule.absence


class Annotator:
    """Rules, thresholds and counters of one run."""

    def __init__(
        self,
        rules: Iterable[Rule],
        coverage: Coverage,
        parameters: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        self.summary = Summary(coverage)
        self.gaps = Gaps(coverage)
        """When packets were lost; whoever reads the packets tells it."""
        self._methods, self._statuses = self.summary.methods, self.summary.statuses
        self._kpis = self.summary.kpis
        thresholds = parameters or {}
        self._rules: list[Bound] = [
            Bound(rule, {**rule.parameters, **thresholds.get(rule.id, {})}) for rule in rules
        ]
        self._by_type: dict[type, list[Bound]] = {}
        self._by_transaction: dict[tuple[str, int], list[Bound]] = {}
        self._index()

    def _index(self) -> None:
        self._by_type.clear()
        self._by_transaction.clear()
        for bound in self._rules:
            self._by_type.setdefault(bound.rule.on, []).append(bound)
        self._of_message = self._by_type.get(Sighting, [])

    def sighted(self, sighting: Sighting) -> list[Finding]:
        """Count a message and apply the rules that look at single messages."""
        role = sighting.role
        if role is DUPLICATE:
            return _NONE
        message = sighting.message
        if role is RETRANSMISSION:
            self.summary.retransmissions += 1
        elif isinstance(message, Response):
            self._statuses[message.status] += 1
        else:
            method = message.method
            if method not in self._methods and len(self._methods) >= MAX_METHODS:
                method = OTHER_METHODS
                self.summary.coverage.evicted["names of methods"] += 1
            self._methods[method] += 1
        findings = self._apply(self._of_message, sighting) if self._of_message else _NONE
        if findings:
            self.count(findings)
        return findings

    def settled(self, subject: Settled | TlsConnection) -> list[Finding]:
        """Judge a subject that has settled, and count what was found."""
        findings = self.judge(subject)
        if findings:
            self.count(findings)
        return findings

    def count(self, findings: Iterable[Finding], by: int = 1) -> None:
        """Count findings, or take them back."""
        for finding in findings:
            for counter, name in (
                (self.summary.rules, finding.rule.id),
                (self.summary.severities, str(finding.severity)),
            ):
                counter[name] += by
                if not counter[name]:
                    del counter[name]

    def judge(self, subject: Settled | TlsConnection, standing: Collection[str] = ()) -> list[Finding]:
        """Measure a subject that has settled, and apply the rules for it. `standing` is as for `_apply`."""
        if isinstance(subject, Transaction):
            if subject.method in MEASURED:
                self._kpis.add_transaction(subject)
            bound = self._of_transaction(subject)
        else:
            if isinstance(subject, Call):
                self._kpis.add_call(subject)
            bound = self._by_type.get(type(subject), [])
        return self._apply(bound, subject, standing) if bound else _NONE

    def _of_transaction(self, transaction: Transaction) -> list[Bound]:
        """The rules for a transaction, as it stands."""
        key = transaction.method, transaction.status
        bound = self._by_transaction.get(key)
        if bound is None:
            if len(self._by_transaction) >= 4096:  # methods are whatever the wire says
                self._by_transaction.clear()
            bound = self._by_transaction[key] = self._for_transaction(*key)
        return bound

    def _for_transaction(self, method: str, status: int) -> list[Bound]:
        return [
            bound
            for bound in self._by_type.get(Transaction, [])
            if (not bound.rule.methods or method in bound.rule.methods)
            and (not bound.rule.statuses or status in bound.rule.statuses)
        ]

    def _apply(
        self,
        bound: list[Bound],
        subject: Settled | Sighting | TlsConnection,
        standing: Collection[str] = (),
    ) -> list[Finding]:
        """What the rules find. `standing` are the ids of those that spoke of the subject before packets were lost: what they saw
        missing was missing."""
        findings: list[Finding] = []
        asked, answer = None, True
        lossy = bool(self.gaps)
        for each in bound:
            when = each.when
            try:
                if when is not None:
                    if when is not asked:
                        asked, answer = when, when(subject)
                    if not answer:
                        continue
                rule = each.rule
                silenced = lossy and each.absence and rule.id not in standing
                if silenced and self._misses(subject):
                    continue
                for evidence in rule.check(subject, **each.parameters):
                    if silenced and self._misses(evidence.at):
                        continue
                    finding = Finding(rule, subject, evidence)
                    _ = finding.note, finding.remedy  # a template that lacks a value is a crash of the rule
                    findings.append(finding)
                    if len(findings) >= MAX_FINDINGS_OF_ONE:
                        break
            except Exception as failure:  # noqa: BLE001 - a rule that crashes must not end the run
                self._switch_off(each.rule, failure)
        return findings

    def _misses(self, subject: object) -> bool:
        """Whether packets were lost in the lifetime of a subject; of a peer, in that of what shows the finding."""
        span = lifetime(subject)
        return span is not None and self.gaps.touch(*span)

    def _switch_off(self, rule: Rule, failure: Exception) -> None:
        self.summary.crashed[rule.id] = f"{type(failure).__name__}: {failure}"
        self._rules = [bound for bound in self._rules if bound.rule is not rule]
        self._index()
