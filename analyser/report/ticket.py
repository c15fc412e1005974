"""The report as Markdown, for a ticket: verdict, findings, a ladder for each worked example, figures, coverage.

It is CommonMark with tables, which GitHub, GitLab and the editors of Jira read. Ladders are blocks of text and no Mermaid: such a block
is readable where nobody draws it, in a mail too, and has no syntax that the wire could get into. What came from the wire stands in code spans, where no
markup, link, mention or HTML has any meaning; in the blocks no line can end the block.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from analyser.codes import sentences, status_code
from analyser.report.calls import ladder, not_drawn
from analyser.report.coverage import account
from analyser.report.figures import MAX_METHODS, MAX_STATUSES, basis_of, number_of
from analyser.report.findings import particulars
from analyser.report.headline import MAX_INPUTS
from analyser.report.terminal import TerminalReport
from analyser.report.verdict import facts, told
from analyser.report.wire_text import wire_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from analyser.annotate import Summary
    from analyser.report.cases import Cases
    from analyser.report.layout import Line
    from analyser.report.setting import Setting

WIDTH: Final = 110
"""Columns of a ladder: what a comment on a ticket shows without a scroll bar."""

_RUN: Final = re.compile(r"[!-~]+")
_PLAIN: Final = re.compile(r"[A-Za-z0-9.,;:()'\"%/+=?-]+\Z")
_LINKED: Final = re.compile(
    r"://|www\.|\bmailto:|\bxmpp:|:[a-z+-][a-z0-9_+-]*:|(?<![a-z])gh-\d", re.IGNORECASE
)
_BEGINS: Final = re.compile(r"^(\d{1,9})?([.)](?= |$)|[+-](?= |$)|[=-]+$)")
_OPENS: Final = re.compile(r"[(\"']+")
_ENDS: Final = re.compile(r"[.,;:)\"']+\Z")
_TICKS: Final = re.compile(r"`+")


class Ticket(TerminalReport):
    """Collects what the report on a screen does, and writes it as Markdown."""

    def __init__(
        self, stream: TextIO, *, all_calls: bool = False, narrowed: bool = False, lang: str = "en"
    ) -> None:
        super().__init__(stream, WIDTH, False, all_calls=all_calls, narrowed=narrowed, lang=lang)

    def finish(self) -> None:
        """Write the report."""
        if self._summary is not None:
            for line in self._lines(self._summary, self._setting()):
                self._stream.write(line + "\n")

    def _lines(self, summary: Summary, setting: Setting) -> Iterator[str]:
        found = self._early.all()
        yield from self._verdict(summary, found, setting)
        yield from _findings(found, setting)
        yield from self._ladders(found, setting)
        yield from _figures(summary, setting)
        read = account(summary, self._totals.encrypted, setting)
        if read is not None:
            yield from _heading("coverage.heading", setting)
            for text in read.texts:
                yield from ("", inline(text))
            yield from _items(read.gaps)

    def _verdict(self, summary: Summary, found: Cases, setting: Setting) -> Iterator[str]:
        words, totals = setting.words, self._totals
        names = [words("headline.stdin") if name == "-" else wire_text(name, 300) for name in totals.inputs]
        if len(names) == 1:
            yield f"# {inline(names[0])}"
        else:
            yield f"# sip-analyser: {len(names):,}"
            yield ""
            yield from (f"{number}. {inline(name)}" for number, name in enumerate(names[:MAX_INPUTS], 1))
            if len(names) > MAX_INPUTS:
                yield from ("", inline(words("headline.more-files", number=f"{len(names) - MAX_INPUTS:,}")))
        if totals.redacted:
            yield from ("", inline(sentences("redact", words.lang)["report.redacted"]))
        if summary.messages:
            yield from ("", inline(words("headline.comma").join(facts(totals, summary, setting))))
        first = told(totals, summary, found.worst_first(), found.cited_statuses(), setting)
        for text, style in first.sentences:
            yield from ("", f"**{inline(text)}**" if style else inline(text))
        yield from _items(first.tips)

    def _ladders(self, found: Cases, setting: Setting) -> Iterator[str]:
        drawn = self._drawn(found)
        if not drawn:
            return
        yield from _heading("ladder.heading", setting)
        marks = found.marks()
        for subject in drawn:
            yield from block(list(ladder(subject, marks, self._totals.first_time, setting)))
        more = not_drawn(drawn, self._totals, setting.words, every_call=self._all_calls)
        if more:
            yield from ("", inline(more))


def _findings(found: Cases, setting: Setting) -> Iterator[str]:
    words, cases = setting.words, found.worst_first()
    if not cases:
        return
    yield from _heading("findings.heading", setting)
    if setting.several_inputs:
        yield from ("", inline(words("findings.files")))
    for number, case in enumerate(cases, 1):
        severity = words(f"severity.{case.severity}")
        summary = inline(wire_text(case.rule.words_in(words.lang).summary))
        times = f" {inline(words.count('findings.times', case.count))}" if case.count > 1 else ""
        yield from ("", f"### {number}. {severity}{words('title.then')}{summary}{times}", "")
        for label, text in particulars(case, setting):
            yield f"- **{words(f'findings.{label}')}**{words('title.then')}{inline(text)}"


def _figures(summary: Summary, setting: Setting) -> Iterator[str]:
    if not summary.messages:
        return
    words = setting.words
    yield from _heading("figures.heading", setting)
    methods = summary.methods.most_common(MAX_METHODS)
    if methods:
        listed = words("list.comma").join(
            f"{inline(wire_text(method, 24))} {number:,}" for method, number in methods
        )
        more = len(summary.methods) - len(methods)
        if more > 0:
            listed += inline(words("figures.more-methods", number=f"{more:,}")).replace("   ", " ")
        yield from ("", f"{words('figures.requests')}{words('title.then')}{listed}")
    counted = sorted(summary.statuses.most_common(MAX_STATUSES))
    if counted:
        yield from ("", f"{words('figures.responses')}{words('title.then')}".rstrip(), "")
        for status, number in counted:
            code = status_code(status, words.lang)
            answer = f"**{f'{status} {code.phrase}'.rstrip()}**"
            text = words("headline.refusal", number=f"{number:,}", answer=answer)
            yield f"- {text}{words('title.then')}{inline(code.words.short)}"
        more = len(summary.statuses) - len(counted)
        if more > 0:
            yield f"- {inline(words('figures.more-statuses', number=f'{more:,}').strip())}"
    if summary.retransmissions:
        yield from ("", inline(words.count("figures.retransmissions", summary.retransmissions)))
    yield from _key_figures(summary, setting)


def _key_figures(summary: Summary, setting: Setting) -> Iterator[str]:
    words = setting.words
    basis = basis_of(summary.kpis, setting)
    measured = [kpi for kpi in summary.kpis.figures() if kpi.of and kpi.value is not None]
    if not measured:
        if basis:
            yield from ("", inline(words("kpi.nothing", attempts=basis)))
        return
    if basis:
        yield from ("", inline(words("kpi.basis", attempts=basis)))
    yield ""
    for kpi in measured:
        value = number_of(kpi.value or 0.0, kpi.unit, words)
        text = words(f"kpi.{kpi.id}.name") + words("title.then") + words(f"kpi.{kpi.id}.definition")
        if kpi.p95 is not None and kpi.of > 1:
            text += words("kpi.p95", value=number_of(kpi.p95, kpi.unit, words))
        yield f"- **{kpi.id} {value}** {inline(words('kpi.of', number=f'{kpi.of:,}'))}{words('title.then')}{inline(text)}"


def _heading(key: str, setting: Setting) -> tuple[str, str]:
    return "", f"## {setting.words(key).capitalize()}"


def _items(texts: list[str]) -> Iterator[str]:
    if texts:
        yield ""
    for text in texts:
        yield f"- {inline(text)}"


def inline(text: str) -> str:
    """A sentence on one line: whatever in it could mean something in Markdown, HTML or a tracker stands in a code span."""
    shown = _RUN.sub(_shown, " ".join(text.split()))
    return _BEGINS.sub(lambda found: f"{found[1] or ''}\\{found[2]}", shown)


def _shown(found: re.Match[str]) -> str:
    run = found[0]
    if _PLAIN.match(run) and not _LINKED.search(run):
        return run
    opening = _OPENS.match(run)
    start = opening.end() if opening is not None and opening.end() < len(run) else 0
    ending = _ENDS.search(run, start)
    end = ending.start() if ending is not None and ending.start() > start else len(run)
    return run[:start] + _code(run[start:end]) + run[end:]


def _code(text: str) -> str:
    ticks = _fence(text, 1)
    gap = " " if "`" in text else ""
    return f"{ticks}{gap}{text}{gap}{ticks}"


def block(lines: list[Line]) -> Iterator[str]:
    """Lines as they are, in a fence that none of them can close."""
    texts = ["".join(text for text, _ in line).rstrip() for line in lines]
    fence = _fence("\n".join(texts), 3)
    yield from ("", f"{fence}text", *texts, fence)


def _fence(text: str, least: int) -> str:
    longest = max((len(run) for run in _TICKS.findall(text)), default=0)
    return "`" * max(least, longest + 1)
