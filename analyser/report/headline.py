"""The first lines: what was read, and the verdict in one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from analyser.annotate import Severity
from analyser.codes import sentences, status_code
from analyser.report.calls import utc
from analyser.report.layout import hang, paragraph, wrap
from analyser.report.wire_text import wire_text
from analyser.tls import TlsConnection
from analyser.wire import ENCRYPTED, SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from analyser.annotate import Summary
    from analyser.report.cases import Case, Totals
    from analyser.report.layout import Line
    from analyser.report.setting import Setting

MAX_INPUTS: Final = 12
"""Files listed by name."""
MAX_OUTCOMES: Final = 6
"""Outcomes of calls that are named."""
MAX_REFUSALS: Final = 6
"""Codes named where requests were refused and no rule saw a reason for concern."""


def headline(
    totals: Totals, summary: Summary, cases: Sequence[Case], cited: Mapping[int, int], setting: Setting
) -> Iterator[Line]:
    """Files, time, numbers, verdict, how the calls ended. `cited` counts the responses that findings speak of."""
    words, width = setting.words, setting.width
    yield from _inputs(totals, setting)
    if totals.redacted:
        yield from paragraph(sentences("redact", words.lang)["report.redacted"], width, "faint")
    if not summary.messages:
        yield []
        if totals.encrypted.connections and not setting.narrowed:
            yield from _only_tls(totals, cases, setting)
        else:
            yield from _no_sip(summary, setting)
        return
    span = max(0, summary.last_time - totals.first_time)
    facts = [
        words("headline.when", start=utc(totals.first_time)[:-4], duration=words.duration(span))
        if span >= SECOND // 1000
        else words("headline.moment", start=utc(totals.first_time)[:-4]),
        words.count("headline.messages", summary.messages - summary.coverage.duplicates),
        *_subjects(totals, setting),
        *_connections(totals, setting),
    ]
    yield from paragraph(words("headline.comma").join(facts), width, "faint")
    yield []
    yield from _verdict(totals, summary, cases, cited, setting)
    yield from _outcomes(totals, setting)
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


def _subjects(totals: Totals, setting: Setting) -> list[str]:
    words = setting.words
    return [words.count(f"headline.{kind}", number) for kind, number in totals.subjects.items() if number]


def _connections(totals: Totals, setting: Setting) -> list[str]:
    number = totals.encrypted.connections
    return [setting.words.count("headline.tls", number)] if number else []


def _verdict(
    totals: Totals, summary: Summary, cases: Sequence[Case], cited: Mapping[int, int], setting: Setting
) -> Iterator[Line]:
    words, width = setting.words, setting.width
    subjects = _subjects(totals, setting) or [words.count("headline.messages", summary.messages)]
    if any(isinstance(case.example.subject, TlsConnection) for case in cases):
        subjects += _connections(totals, setting)
    where = words.listing(subjects)
    problems = sum(case.problems for case in cases)
    notices = sum(case.count for case in cases) - problems
    hidden = sum(summary.severities.values()) - problems - notices
    if problems:
        text = words.count("headline.problems", problems, where=where)
        if notices:
            text += words.count("headline.and-notices", notices)
        yield from wrap([(text, str(cases[0].severity))], width)
        yield from wrap([(_worst(cases[0], setting), "strong")], width)
        return
    answers = words.listing(_refusals(summary, cited, setting))
    if notices:
        text = words.count("headline.notices", notices, where=where)
        if answers:
            text += words("headline.refused", answers=answers)
        yield from wrap([(text, "notice")], width)
    elif hidden > 0:
        yield from wrap([(words.count("headline.hidden", hidden), "warning")], width)
    elif answers:
        yield from wrap([(words("headline.nothing-but", where=where, answers=answers), "warning")], width)
    else:
        yield from wrap([(words("headline.nothing", where=where), "good")], width)


def closing(cases: Sequence[Case], setting: Setting) -> Iterator[Line]:
    """The worst once more: on a screen the last line of a long report is what stays in sight."""
    if cases and cases[0].severity > Severity.NOTICE:
        yield from wrap(
            [(setting.words("headline.closing", worst=_worst(cases[0], setting)), "strong")], setting.width
        )
        yield []


def _worst(case: Case, setting: Setting) -> str:
    words = setting.words
    summary = wire_text(case.rule.words_in(words.lang).summary, 300)
    return words.count("headline.worst", case.problems, summary=summary)


def _outcomes(totals: Totals, setting: Setting) -> Iterator[Line]:
    """How the calls ended; nothing where the only one was answered, which its ladder says."""
    words, outcomes = setting.words, totals.outcomes
    if outcomes.keys() <= {("answered", 0)} and totals.subjects["call"] < 2:
        return
    texts: list[str] = []
    for (state, status), number in outcomes.most_common(MAX_OUTCOMES):
        answer = f"{status} {status_code(status, words.lang).phrase}".rstrip() if status else ""
        if totals.subjects["call"] > 1:
            texts.append(words(f"outcome.{state}", number=f"{number:,}", answer=answer))
        else:
            texts.append(words(f"outcome.only.{state}", answer=answer))
    more = sum(outcomes.values()) - sum(number for _, number in outcomes.most_common(MAX_OUTCOMES))
    if more > 0:
        texts.append(words("outcome.more", number=f"{more:,}"))
    text = words.count("outcome.calls", totals.subjects["call"], outcomes=words("list.comma").join(texts))
    yield from wrap([(text, "")], setting.width)


def _refusals(summary: Summary, cited: Mapping[int, int], setting: Setting) -> list[str]:
    """Refusals that are no everyday outcome: where no rule saw a problem they are not to be passed over."""
    words = setting.words
    refusals: list[str] = []
    for status, every in summary.statuses.most_common():
        code, number = status_code(status, words.lang), every - cited.get(status, 0)
        if (
            number > 0
            and status >= 300
            and code.default_verdict == "problem"
            and len(refusals) < MAX_REFUSALS
        ):
            answer = f"{status} {code.phrase}".rstrip()
            refusals.append(words("headline.refusal", number=f"{number:,}", answer=answer))
    return refusals


def _only_tls(totals: Totals, cases: Sequence[Case], setting: Setting) -> Iterator[Line]:
    """All SIP that there is, is encrypted: what could be seen from outside, and how to read the rest."""
    words, width = setting.words, setting.width
    where = words.count("headline.tls", totals.encrypted.connections)
    yield from wrap([(words("empty.only-tls", where=where), "warning")], width)
    if cases:
        problems = sum(case.problems for case in cases)
        notices = sum(case.count for case in cases) - problems
        kind = "problems" if problems else "notices"
        text = words.count(f"headline.{kind}", problems or notices, where=where)
        yield from wrap([(text, str(cases[0].severity))], width)
        if problems:
            yield from wrap([(_worst(cases[0], setting), "strong")], width)
    else:
        yield []
        yield from paragraph(words("empty.tls"), width)
    yield []


def _nothing_heard(summary: Summary, setting: Setting) -> str:
    """Where a live run saw no message: what there was instead, and what to try."""
    words, seen = setting.words, summary.coverage
    if seen.carried[ENCRYPTED]:
        return words("tail.hint-encrypted", number=f"{seen.carried[ENCRYPTED]:,}")
    if seen.frames:
        return words("tail.hint-no-sip", number=f"{seen.frames:,}")
    return words("tail.hint-no-packet")


def _no_sip(summary: Summary, setting: Setting) -> Iterator[Line]:
    """No message: what there was instead, and what to try."""
    words, width = setting.words, setting.width
    if setting.narrowed:
        yield from wrap([(words("empty.narrowed"), "warning")], width)
        yield []
        return
    if setting.live:
        yield from wrap([(_nothing_heard(summary, setting), "warning")], width)
        yield []
        return
    if not summary.coverage.frames:
        yield from wrap([(words("empty.no-frames"), "warning")], width)
    else:
        yield from wrap([(words.count("empty.no-sip", summary.coverage.frames), "warning")], width)
    yield []
    yield from paragraph(words("empty.try"), width)
    for key in ("interface", "tls", "tunnel", "port"):
        if key == "tunnel" and not summary.coverage.not_decoded:
            continue
        first, *further = wrap([(words(f"empty.{key}"), "")], width - 2)
        yield [("- ", ""), *first]
        for line in further:
            yield [("  ", ""), *line]
    yield []
