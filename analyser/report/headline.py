"""The first lines: what was read, and the verdict in one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from analyser.codes import sentences
from analyser.report.layout import hang, paragraph, wrap
from analyser.report.verdict import facts, hints, is_bad, no_sip, only_tls, outcomes, verdict, worst
from analyser.report.wire_text import wire_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from analyser.annotate import Summary
    from analyser.report.cases import Case, Totals
    from analyser.report.layout import Line, Span
    from analyser.report.setting import Setting

MAX_INPUTS: Final = 12
"""Files listed by name."""


def headline(
    totals: Totals, summary: Summary, cases: Sequence[Case], cited: Mapping[int, int], setting: Setting
) -> Iterator[Line]:
    """Files, time, numbers, verdict, how the calls ended. `cited` counts the responses that findings speak of."""
    width = setting.width
    yield from _inputs(totals, setting)
    if totals.redacted:
        yield from paragraph(sentences("redact", setting.words.lang)["report.redacted"], width, "faint")
    if not summary.messages:
        yield []
        if totals.encrypted.connections and not setting.narrowed:
            yield from _only_tls(totals, cases, setting)
        else:
            yield from _no_sip(summary, setting)
        return
    yield from paragraph(
        setting.words("headline.comma").join(facts(totals, summary, setting)), width, "faint"
    )
    yield []
    yield from _wrapped(verdict(totals, summary, cases, cited, setting), width)
    ended = outcomes(totals, setting)
    if ended:
        yield from wrap([(ended, "")], width)
    yield []


def closing(cases: Sequence[Case], setting: Setting) -> Iterator[Line]:
    """The worst once more: on a screen the last line of a long report is what stays in sight."""
    if is_bad(cases):
        text = setting.words("headline.closing", worst=worst(cases[0], setting))
        yield from wrap([(text, "strong")], setting.width)
        yield []


def _inputs(totals: Totals, setting: Setting) -> Iterator[Line]:
    words, width = setting.words, setting.width
    names = [words("headline.stdin") if name == "-" else wire_text(name, 300) for name in totals.inputs]
    if len(names) == 1:
        yield from wrap([(names[0], "heading")], width)
        return
    if setting.live:  # frames do not tell by which of them they came
        text = words("headline.listened", names=words.listing(names[:MAX_INPUTS]))
        yield from wrap([(text, "heading")], width)
    for number, name in enumerate(() if setting.live else names[:MAX_INPUTS], 1):
        label = f"{number}: "
        yield from hang([(label, "heading")], [(name, "heading")], width, len(label))
    if len(names) > MAX_INPUTS:
        yield from paragraph(words("headline.more-files", number=f"{len(names) - MAX_INPUTS:,}"), width)


def _wrapped(sentences: Sequence[Span], width: int) -> Iterator[Line]:
    for sentence in sentences:
        yield from wrap([sentence], width)


def _only_tls(totals: Totals, cases: Sequence[Case], setting: Setting) -> Iterator[Line]:
    """All SIP that there is, is encrypted: what could be seen from outside, and how to read the rest."""
    yield from _wrapped(only_tls(totals, cases, setting), setting.width)
    if not cases:
        yield []
        yield from paragraph(setting.words("empty.tls"), setting.width)
    yield []


def _no_sip(summary: Summary, setting: Setting) -> Iterator[Line]:
    """No message: what there was instead, and what to try."""
    width = setting.width
    yield from wrap([(no_sip(summary, setting), "warning")], width)
    yield []
    tips = hints(summary, setting)
    if not tips:
        return
    yield from paragraph(setting.words("empty.try"), width)
    for tip in tips:
        first, *further = wrap([(tip, "")], width - 2)
        yield [("- ", ""), *first]
        for line in further:
            yield [("  ", ""), *line]
    yield []
