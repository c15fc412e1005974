"""What differs between two status codes by the facts of the catalogue, said in whole sentences.

Each aspect looks up one fact of either code. Where the two are equal there is no difference, and nothing is said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from analyser.codes import METHODS, cause_name, fallback_code, rfc_of, sentences
from analyser.codes.model import EVERY_METHOD
from analyser.report.dialog_effect import dialog_effect
from analyser.report.sections import joined

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from analyser.codes import Rfc, StatusCode

_OLDEST = 2002
"""Year of RFC 3261: what it defines everybody knows."""


class Difference(NamedTuple):
    """One aspect in which two codes differ."""

    aspect: str
    text: str
    sides: tuple[str, ...] = ()
    """What is said of the one and of the other, where it is said of each by a sentence."""


class Differences:
    """Compares two codes in one language, as answers to one method or in general."""

    def __init__(self, one: StatusCode, other: StatusCode, lang: str, method: str | None = None) -> None:
        self.one = one
        self.other = other
        self.lang = lang
        self.say = sentences("compare", lang)
        self.names = sentences("explain", lang)
        self.gap = sentences("report", lang)["list.gap"]
        self.common = [method for method in one.answers if other.may_answer(method)]
        """Methods that both may answer."""
        self.asked = [method] if method in self.common else self.common
        """Those of them that count: the one asked for, or all."""

    def all(self) -> list[Difference]:
        """The differences, the weightiest first; of two codes that are alike in every fact, what each says."""
        return [*self._of_facts()] or [*self._said("says", self._says)]

    def _of_facts(self) -> Iterator[Difference]:
        yield from self._methods()
        yield from self._by_fact("final", "final", _finality)
        if self.one.final and self.other.final:
            yield from self._by_fact("class", "kind", lambda status: str(status.status_class))
        yield from self._by_fact("way", "way", self._way)
        yield from self._said("senders", self._senders)
        yield from self._said("headers", self._headers)
        yield from self._by_fact("retry", "retry", lambda status: status.retry)
        yield from self._by_fact("dialog", "dialog", self._dialog)
        yield from self._by_fact("timers", "timers", self._timers)
        yield from self._calls()
        yield from self._age()
        yield from self._status()

    def _by_fact(self, aspect: str, group: str, fact: Callable[[StatusCode], str]) -> Iterator[Difference]:
        """A difference where a keyword differs, by the sentence for each keyword."""
        one, other = fact(self.one), fact(self.other)
        if one != other:
            yield self._both(
                aspect,
                self.say[f"{group}.{one}"].format(code=self.one.code),
                self.say[f"{group}.{other}"].format(code=self.other.code),
            )

    def _said(self, aspect: str, tell: Callable[[StatusCode, str], str]) -> Iterator[Difference]:
        """A difference where what is told of the two differs in more than the number."""
        if tell(self.one, "") != tell(self.other, ""):
            yield self._both(
                aspect, tell(self.one, str(self.one.code)), tell(self.other, str(self.other.code))
            )

    def _both(self, aspect: str, one: str, other: str) -> Difference:
        return Difference(self.say[f"aspect.{aspect}"], one + self.gap + other, (one, other))

    def _methods(self) -> Iterator[Difference]:
        if not self.common:
            text = self.say["methods.disjoint"].format(
                a=self.one.code,
                b=self.other.code,
                methods_a=self._listed(self.one.methods),
                methods_b=self._listed(self.other.methods),
            )
            yield Difference(self.say["aspect.methods"], text)
        else:
            yield from self._said("methods", self._answers)

    def _says(self, status: StatusCode, code: str) -> str:
        return self.say["says.alike"].format(code=code, short=status.words.short)

    def _answers(self, status: StatusCode, code: str) -> str:
        if EVERY_METHOD not in status.methods:
            return self.say["methods.some"].format(code=code, methods=self._listed(_ordered(status.methods)))
        if status.not_methods:
            return self.say["methods.but"].format(code=code, methods=self._listed(status.not_methods))
        return self.say["methods.any"].format(code=code)

    def _senders(self, status: StatusCode, code: str) -> str:
        senders = self._listed(self.names[f"sender.{sender}"] for sender in sorted(status.senders))
        if not status.not_senders:
            return self.say["senders.of"].format(code=code, senders=senders)
        others = self._listed(self.names[f"sender.{sender}"] for sender in sorted(status.not_senders))
        return self.say["senders.not"].format(code=code, senders=senders, others=others)

    def _headers(self, status: StatusCode, code: str) -> str:
        """What must come along, for the methods that both may answer where there are such."""
        always, by_case = self._required(status, conditional=False), self._required(status, conditional=True)
        if always and by_case:
            return self.say["headers.both"].format(code=code, headers=always, more=by_case)
        if by_case:
            return self.say["headers.case"].format(code=code, headers=by_case)
        return self.say["headers.of" if always else "headers.none"].format(code=code, headers=always)

    def _required(self, status: StatusCode, *, conditional: bool) -> str:
        methods: dict[str, set[str]] = {}
        answered = self._answered(status)
        for header in status.headers:
            of = set(header.methods or answered) & set(answered)
            if header.level == "MUST" and header.conditional is conditional and of:
                methods.setdefault(header.name, set()).update(of)
        return self._listed(
            name
            if len(of) == len(answered)
            else self.say["headers.restricted"].format(name=name, methods=self._listed(_ordered(of)))
            for name, of in methods.items()
        )

    def _answered(self, status: StatusCode) -> list[str]:
        """The methods that count: its own where the two have none in common."""
        return self.asked or list(status.answers)

    def _way(self, status: StatusCode) -> str:
        if status.retry == "new-target":
            return "redirect"
        of_a_call = "INVITE" in self._answered(status)
        if status.reach == "global":
            return "global" if of_a_call else "stop"
        if status.reach != "all":
            return status.reach
        if status.status_class == 1:
            return "progress"
        return "success" if of_a_call else "passes"

    def _dialog(self, status: StatusCode) -> str:
        return dialog_effect(status, self._answered(status))

    def _timers(self, status: StatusCode) -> str:
        if "INVITE" in self._answered(status):
            if status.code == 100:
                return "invite-trying"
            return {1: "invite-progress", 2: "invite-success"}.get(status.status_class, "invite-failure")
        return "other-final" if status.final else "other-provisional"

    def _calls(self) -> Iterator[Difference]:
        """What only an INVITE has: a cause of the telephone network, a place in the key figures."""
        if "INVITE" not in self.asked:
            return
        if self.one.status_class >= 4 and self.other.status_class >= 4:
            yield from self._said("q850", self._cause)
        yield from self._by_fact("kpi", "kpi", _counted)

    def _cause(self, status: StatusCode, code: str) -> str:
        cause = status.q850
        if isinstance(cause, int):
            return self.say["q850.cause"].format(code=code, cause=cause, name=cause_name(cause, self.lang))
        return self.say[f"q850.{cause or 'default'}"].format(code=code)

    def _age(self) -> Iterator[Difference]:
        one, other = _document(self.one), _document(self.other)
        if one is None or other is None or one.number == other.number:
            return
        text = self.say["age.defined"].format(
            a=self.one.code,
            rfc_a=one.number,
            year_a=one.year,
            b=self.other.code,
            rfc_b=other.number,
            year_b=other.year,
        )
        first, first_other = (
            _document(self.one, first=True) or one,
            _document(self.other, first=True) or other,
        )
        for status, own in ((self.one, first), (self.other, first_other)):
            if status.first_ref:
                text += self.gap + self.say["age.first"].format(
                    code=status.code, rfc=own.number, year=own.year
                )
        for status, own, beside in ((self.one, first, first_other), (self.other, first_other, first)):
            if own.year > beside.year and own.year > _OLDEST:
                fallback = fallback_code(status.code)
                text += self.gap + self.say["age.unknown"].format(code=status.code, fallback=fallback)
        yield Difference(self.say["aspect.age"], text)

    def _status(self) -> Iterator[Difference]:
        if self.one.status != self.other.status:
            told = [
                self.say[f"status.{status.status}"].format(code=status.code)
                for status in (self.one, self.other)
                if status.status != "active"
            ]
            yield Difference(self.say["aspect.status"], self.gap.join(told))

    def _listed(self, items: Iterable[str]) -> str:
        named = [self.say["methods.every_method"] if item == EVERY_METHOD else item for item in items]
        return joined(named, self.say["list.comma"], self.say["list.last"])


def _finality(status: StatusCode) -> str:
    return "final" if status.final else "provisional"


def _counted(status: StatusCode) -> str:
    if not status.final:
        return "provisional"
    return "-".join(status.kpi) or "failed"


def _document(status: StatusCode, *, first: bool = False) -> Rfc | None:
    return rfc_of(status.first_ref if first else status.ref)


def _ordered(methods: Iterable[str]) -> list[str]:
    known = set(methods)
    return [method for method in METHODS if method in known]
