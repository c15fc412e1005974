"""What a rule is, what it yields, and what the annotator makes of it.

A rule is a generator over one subject. It yields `Evidence`; only the annotator makes a `Finding`, so no
rule can mis-stamp its own id. Its docstring is its documentation, its keyword-only parameters are the
thresholds that a user may set, its module's folder is its family.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from analyser.annotate.wording import ENGLISH, Note, said
from analyser.codes import rule_words

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from analyser.track import Sighting
    from analyser.wire import Glimpse

EVERY: frozenset[Any] = frozenset()
"""A rule without a filter."""


Due: TypeAlias = "Callable[[Any, Mapping[str, Any]], int]"
"""Subject, as it stands, and the parameters of the rule -> the capture time (ns) from which on a look may show something; 0: not
as it stands. It is asked at each message of the subject, so it looks at little."""


class Severity(IntEnum):
    """How much attention a finding deserves."""

    NOTICE = 1
    WARNING = 2
    ERROR = 3

    def __str__(self) -> str:
        return self.name.lower()


class Evidence:
    """The message or frame that shows it, what the reader should see there, and those that support it.

    `note` is a `Sentence`, or several; their fields are the keyword arguments. So it can be put into another
    language, and what comes from the wire stays apart from what we wrote.
    """

    __slots__ = ("at", "note", "related", "remedy", "severity", "values")

    def __init__(
        self,
        at: Sighting | Glimpse,
        note: Note,
        related: Collection[Sighting | Glimpse] = (),
        *,
        severity: Severity | None = None,
        remedy: Note | None = None,
        **values: object,
    ) -> None:
        self.at = at
        self.note = note
        self.related = tuple(related)
        self.severity = severity
        """Where this case is graver or milder than the rule says."""
        self.remedy = remedy
        """Where these values call for another next step than the rule's own."""
        self.values: Mapping[str, object] = values


@dataclass(frozen=True, slots=True)
class Rule:
    """One judgement, made of subjects of one kind."""

    id: str
    family: str
    on: type
    severity: Severity
    summary: str
    remedy: str
    refs: tuple[str, ...]
    explanation: str
    check: Callable[..., Iterator[Evidence]]
    parameters: Mapping[str, Any]
    methods: frozenset[str] = EVERY
    """Of a Transaction: only these; empty means all."""
    statuses: frozenset[int] = EVERY
    """Of a Transaction: only with one of these final status codes, 0 for none; empty means all."""
    when: Callable[[Any], bool] | None = None
    """A test that is cheaper than a look at the subject: where it is false, the rule has nothing to say."""
    due: Due | None = None
    """When a live run looks at a subject that has not settled; None: as soon as it has a (further) final response."""
    absence: bool = False
    """Whether it rests on something not being there. It abstains where packets were lost in the lifetime of the subject."""

    def words_in(self, lang: str) -> RuleWords:
        """Summary, remedy and explanation in a language; in English where it lacks them."""
        own = RuleWords(self.summary, self.remedy, self.explanation)
        if lang == ENGLISH:
            return own
        return RuleWords(
            *(known or ours for known, ours in zip(rule_words(self.id, self.family, lang), own, strict=True))
        )


class RuleWords(NamedTuple):
    """What a rule says of itself, in one language."""

    summary: str
    remedy: str
    explanation: str


def rule(
    id: str,  # noqa: A002 - the word that reports use
    *,
    on: type,
    severity: Severity,
    summary: str,
    remedy: str,
    refs: tuple[str, ...],
    methods: Collection[str] = (),
    statuses: Collection[int] = (),
    when: Callable[[Any], bool] | None = None,
    due: Due | None = None,
    absence: bool = False,
) -> Callable[[Callable[..., Iterator[Evidence]]], Rule]:
    """Declare the generator below as a rule. `methods`, `statuses` and `when` spare it what it never judges; `due` and
    `absence` are those of `Rule`."""

    def declare(check: Callable[..., Iterator[Evidence]]) -> Rule:
        parameters = {
            parameter.name: parameter.default
            for parameter in inspect.signature(check).parameters.values()
            if parameter.kind is inspect.Parameter.KEYWORD_ONLY
        }
        return Rule(
            id=id,
            family=check.__module__.split(".")[-2],
            on=on,
            severity=severity,
            summary=summary,
            remedy=remedy,
            refs=refs,
            explanation=inspect.cleandoc(check.__doc__ or ""),
            check=check,
            parameters=parameters,
            methods=frozenset(methods),
            statuses=frozenset(statuses),
            when=when,
            due=due,
            absence=absence,
        )

    return declare


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule, the subject it judged, and the evidence."""

    rule: Rule
    subject: object
    evidence: Evidence
    early: bool = False
    """Live only: told before its subject has settled; a `Revision` of it follows."""

    @property
    def severity(self) -> Severity:
        return self.rule.severity if self.evidence.severity is None else self.evidence.severity

    @property
    def frame(self) -> int:
        """The frame that shows it."""
        return self.evidence.at.frame

    @property
    def frames(self) -> list[int]:
        """That frame, then those that support it, each once, in the order of the captures."""
        related = sorted(self.evidence.related, key=lambda seen: (seen.input, seen.frame))
        return list(dict.fromkeys([self.frame, *(seen.frame for seen in related)]))

    @property
    def note(self) -> str:
        """What the reader should see there, in English. It carries text from the wire: escape it."""
        return self.note_in(ENGLISH)

    @property
    def remedy(self) -> str:
        """The next step, in English. It may carry text from the wire: escape it."""
        return self.remedy_in(ENGLISH)

    def note_in(self, lang: str) -> str:
        """What the reader should see there. It carries text from the wire: escape it."""
        return said(self.evidence.note, self.evidence.values, self.rule.family, lang)

    def remedy_in(self, lang: str) -> str:
        """The next step. It may carry text from the wire: escape it."""
        if self.evidence.remedy is None:
            return self.rule.words_in(lang).remedy
        return said(self.evidence.remedy, self.evidence.values, self.rule.family, lang)
