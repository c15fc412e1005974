"""What a rule says of one case, kept so that it can be said in another language.

A rule speaks English, in whole sentences. `catalogue/<lang>/rules/` holds each of them in that language, found by
the English text; a test reads every `Sentence(…)` of the rules and misses what is not there. So a part of a sentence,
which another language would put elsewhere, is no `Sentence` of its own: it is a value, or the sentence exists twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from analyser.codes import cause_name, sentence, tls_alert, translated
from analyser.errors import CatalogueError
from analyser.wire import MILLISECOND, SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ENGLISH = "en"


class Sentence(str):
    """A whole sentence in English, in `str.format` form. As a value of another sentence, a few words that are ours
    and not the wire's; their fields are those of the sentence around them."""

    __slots__ = ()


Note = Sentence | tuple[Sentence, ...]
"""One sentence or several, one after the other."""


class Clause:
    """A few words of ours with fields of their own: what a sentence takes several of."""

    __slots__ = ("template", "values")

    def __init__(self, template: Sentence, **values: object) -> None:
        self.template = template
        self.values: Mapping[str, object] = values

    def __str__(self) -> str:
        return said(self.template, self.values, "", ENGLISH)


class CauseName(NamedTuple):
    """The name of a Q.850 cause; where nobody has named it, it says so."""

    cause: int

    def __str__(self) -> str:
        return _cause_name(self.cause, ENGLISH)


class AlertName(int):
    """The name of an alert of TLS with its number: `unknown_ca (48)`; where nobody has registered it, the number."""

    __slots__ = ()

    def __str__(self) -> str:
        entry = tls_alert(int(self))
        return f"{int(self)}" if entry is None else f"{entry.key} ({int(self)})"


class AlertMeaning(int):
    """What an alert of TLS means, in a few words."""

    __slots__ = ()

    def __str__(self) -> str:
        return _alert_meaning(self, ENGLISH)


class AlertRemedy(int):
    """What to do about an alert of TLS."""

    __slots__ = ()

    def __str__(self) -> str:
        return _alert_remedy(self, ENGLISH)


class Duration(int):
    """A length of time in nanoseconds, told as exactly as a reader needs it: `4.0 ms`, `31.5 s`, `3 min 21 s`."""

    __slots__ = ()

    def __str__(self) -> str:
        return duration_text(self, ENGLISH)


NO_CAUSE = Sentence("no cause of Q.850")
ASK_THE_LOG = Sentence("Look in the log of the side that sent it.")
NO_ALERT = Sentence("an alert that no standard names")


def said(note: Note, values: Mapping[str, object], family: str, lang: str) -> str:
    """The sentences with their fields filled in, in a language. It carries text from the wire: escape it."""
    sentences = (note,) if isinstance(note, str) else note
    gap = sentence("list.gap", lang) if len(sentences) > 1 else ""
    filled = _Filled(values, family, lang)
    return gap.join(translated(each, family, lang).format_map(filled) for each in sentences)


class _Filled(dict[str, object]):
    """The values as the language says them, each when it is asked for."""

    def __init__(self, values: Mapping[str, object], family: str, lang: str) -> None:
        super().__init__()
        self._values = values
        self._family = family
        self._lang = lang

    def __missing__(self, key: str) -> object:
        return self._said(self._values[key])

    def _said(self, value: object) -> object:
        match value:
            case Sentence():
                return translated(value, self._family, self._lang).format_map(self)
            case Duration():
                return duration_text(value, self._lang)
            case Clause():
                return said(value.template, value.values, self._family, self._lang)
            case AlertMeaning():
                return _alert_meaning(value, self._lang)
            case AlertRemedy():
                return _alert_remedy(value, self._lang)
            case AlertName():
                return str(value)
            case CauseName():
                return _cause_name(value.cause, self._lang)
            case list():
                return sentence("list.comma", self._lang).join(self._each(value))
            case _:
                return value

    def _each(self, values: list[object]) -> Iterator[str]:
        return (str(self._said(value)) for value in values)


def duration_text(nanoseconds: int, lang: str) -> str:
    """A length of time, as exact as a reader needs it. The unit is that of the rounded number: no 1000 ms, no 60 s."""
    if nanoseconds < 0:
        return "-" + duration_text(-nanoseconds, lang)
    milliseconds = nanoseconds / MILLISECOND
    if round(milliseconds) < 1000:
        number = f"{milliseconds:.1f}" if round(milliseconds, 1) < 10 else f"{milliseconds:.0f}"
        return sentence("time.ms", lang).format(number=number)
    seconds = nanoseconds / SECOND
    if round(seconds, 1) < 100:
        return sentence("time.s", lang).format(number=f"{seconds:.1f}")
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return sentence("time.min", lang).format(minutes=minutes, seconds=rest)
    hours, minutes = divmod(round(seconds / 60), 60)
    if hours < 48:
        return sentence("time.h", lang).format(hours=hours, minutes=minutes)
    days, hours = divmod(round(seconds / 3600), 24)
    return sentence("time.d", lang).format(days=days, hours=hours)


def _alert_meaning(number: int, lang: str) -> str:
    entry = tls_alert(int(number), lang)
    return translated(NO_ALERT, "", lang) if entry is None else entry.short


def _alert_remedy(number: int, lang: str) -> str:
    entry = tls_alert(int(number), lang)
    steps = entry.fix if entry is not None else (translated(ASK_THE_LOG, "", lang),)
    return sentence("list.gap", lang).join(steps)


def _cause_name(cause: int, lang: str) -> str:
    try:
        return cause_name(cause, lang)
    except CatalogueError:
        return translated(NO_CAUSE, "", lang)
