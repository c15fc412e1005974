"""The verdict in plain sentences: what was read, what is wrong with it, how the calls ended, what to try where there is no SIP.

Each sentence comes with the style in which a terminal shows it (see `output.STYLES`), where it has one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from analyser.annotate import Severity
from analyser.codes import status_code
from analyser.report.calls import utc
from analyser.report.wire_text import wire_text
from analyser.tls import TlsConnection
from analyser.wire import ENCRYPTED, SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from analyser.annotate import Summary
    from analyser.report.cases import Case, Totals
    from analyser.report.layout import Span
    from analyser.report.setting import Setting

MAX_OUTCOMES: Final = 6
"""Outcomes of calls that are named."""
MAX_REFUSALS: Final = 6
"""Codes named where requests were refused and no rule saw a reason for concern."""


class Told(NamedTuple):
    """All that there is to say at first."""

    sentences: list[Span]
    tips: list[str]
    """Where to look, under the last sentence."""


def told(
    totals: Totals, summary: Summary, cases: Sequence[Case], cited: Mapping[int, int], setting: Setting
) -> Told:
    """The verdict and how the calls ended, or why there is none. `cited` counts the responses that findings speak of."""
    words = setting.words
    if summary.messages:
        sentences = verdict(totals, summary, cases, cited, setting)
        ended = outcomes(totals, setting)
        return Told([*sentences, (ended, "")] if ended else sentences, [])
    if totals.encrypted.connections and not setting.narrowed:
        sentences = only_tls(totals, cases, setting)
        return Told(sentences if cases else [*sentences, (words("empty.tls"), "")], [])
    sentences = [(no_sip(summary, setting), "warning")]
    tips = hints(summary, setting)
    return Told([*sentences, (words("empty.try"), "")] if tips else sentences, tips)


def facts(totals: Totals, summary: Summary, setting: Setting) -> list[str]:
    """When it was, for how long, and what there was; of a capture with messages."""
    words = setting.words
    span = max(0, summary.last_time - totals.first_time)
    return [
        words("headline.when", start=utc(totals.first_time)[:-4], duration=words.duration(span))
        if span >= SECOND // 1000
        else words("headline.moment", start=utc(totals.first_time)[:-4]),
        words.count("headline.messages", summary.messages - summary.coverage.duplicates),
        *_subjects(totals, setting),
        *_connections(totals, setting),
    ]


def verdict(
    totals: Totals, summary: Summary, cases: Sequence[Case], cited: Mapping[int, int], setting: Setting
) -> list[Span]:
    """What is wrong, in one sentence or two. `cited` counts the responses that findings speak of."""
    words = setting.words
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
        return [(text, str(cases[0].severity)), (worst(cases[0], setting), "strong")]
    answers = words.listing(_refusals(summary, cited, setting))
    if notices:
        text = words.count("headline.notices", notices, where=where)
        if answers:
            text += words("headline.refused", answers=answers)
        return [(text, "notice")]
    if hidden > 0:
        return [(words.count("headline.hidden", hidden), "warning")]
    if answers:
        return [(words("headline.nothing-but", where=where, answers=answers), "warning")]
    return [(words("headline.nothing", where=where), "good")]


def is_bad(cases: Sequence[Case]) -> bool:
    """Whether the worst is more than worth knowing."""
    return bool(cases) and cases[0].severity > Severity.NOTICE


def worst(case: Case, setting: Setting) -> str:
    """The most serious, in a sentence."""
    words = setting.words
    summary = wire_text(case.rule.words_in(words.lang).summary, 300)
    return words.count("headline.worst", case.problems, summary=summary)


def outcomes(totals: Totals, setting: Setting) -> str:
    """How the calls ended; empty where the only one was answered, which its ladder says."""
    words, counted = setting.words, totals.outcomes
    if counted.keys() <= {("answered", 0)} and totals.subjects["call"] < 2:
        return ""
    texts: list[str] = []
    for (state, status), number in counted.most_common(MAX_OUTCOMES):
        answer = f"{status} {status_code(status, words.lang).phrase}".rstrip() if status else ""
        if totals.subjects["call"] > 1:
            texts.append(words(f"outcome.{state}", number=f"{number:,}", answer=answer))
        else:
            texts.append(words(f"outcome.only.{state}", answer=answer))
    more = sum(counted.values()) - sum(number for _, number in counted.most_common(MAX_OUTCOMES))
    if more > 0:
        texts.append(words("outcome.more", number=f"{more:,}"))
    return words.count("outcome.calls", totals.subjects["call"], outcomes=words("list.comma").join(texts))


def only_tls(totals: Totals, cases: Sequence[Case], setting: Setting) -> list[Span]:
    """All SIP that there is, is encrypted: what could be seen from outside."""
    words = setting.words
    where = words.count("headline.tls", totals.encrypted.connections)
    sentences = [(words("empty.only-tls", where=where), "warning")]
    if cases:
        problems = sum(case.problems for case in cases)
        notices = sum(case.count for case in cases) - problems
        kind = "problems" if problems else "notices"
        text = words.count(f"headline.{kind}", problems or notices, where=where)
        sentences.append((text, str(cases[0].severity)))
        if problems:
            sentences.append((worst(cases[0], setting), "strong"))
    return sentences


def no_sip(summary: Summary, setting: Setting) -> str:
    """No message: what there was instead."""
    words = setting.words
    if setting.narrowed:
        return words("empty.narrowed")
    if setting.live:
        return _nothing_heard(summary, setting)
    if not summary.coverage.frames:
        return words("empty.no-frames")
    return words.count("empty.no-sip", summary.coverage.frames)


def hints(summary: Summary, setting: Setting) -> list[str]:
    """Where to look for SIP in a capture without any; nothing where filters or a live run explain it."""
    if setting.narrowed or setting.live:
        return []
    keys = ["interface", "tls", "tunnel", "port"]
    if not summary.coverage.not_decoded:
        keys.remove("tunnel")
    return [setting.words(f"empty.{key}") for key in keys]


def _subjects(totals: Totals, setting: Setting) -> list[str]:
    words = setting.words
    return [words.count(f"headline.{kind}", number) for kind, number in totals.subjects.items() if number]


def _connections(totals: Totals, setting: Setting) -> list[str]:
    number = totals.encrypted.connections
    return [setting.words.count("headline.tls", number)] if number else []


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


def _nothing_heard(summary: Summary, setting: Setting) -> str:
    """Where a live run saw no message: what there was instead, and what to try."""
    words, seen = setting.words, summary.coverage
    if seen.carried[ENCRYPTED]:
        return words("tail.hint-encrypted", number=f"{seen.carried[ENCRYPTED]:,}")
    if seen.frames:
        return words("tail.hint-no-sip", number=f"{seen.frames:,}")
    return words("tail.hint-no-packet")
