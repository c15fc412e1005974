"""What was read, and what was not, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from analyser.report.foreign_words import foreign
from analyser.report.layout import paragraph, wrap
from analyser.report.wire_text import wire_text
from analyser.wire import CARRIED, LOST, SIP

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyser.annotate import Summary
    from analyser.report.encrypted import Encrypted
    from analyser.report.layout import Line
    from analyser.report.setting import Setting

MAX_REASONS: Final = 20
MAX_NOTES: Final = 20


def coverage(summary: Summary, encrypted: Encrypted, setting: Setting) -> Iterator[Line]:
    """The section: one sentence where everything was read."""
    told = account(summary, encrypted, setting)
    if told is None:
        return
    width = setting.width
    yield [(setting.words("coverage.heading"), "heading")]
    yield []
    for text in told.texts:
        yield from paragraph(text, width)
    for gap in told.gaps:
        first, *further = wrap([(gap, "")], width - 2)
        yield [("- ", ""), *first]
        for line in further:
            yield [("  ", ""), *line]
    yield []


class Account(NamedTuple):
    """The section as sentences."""

    texts: list[str]
    """What was read."""
    gaps: list[str]
    """What was not, or what was let go, one by one."""


def account(summary: Summary, encrypted: Encrypted, setting: Setting) -> Account | None:
    """What there is to say; None where nothing was read."""
    words, seen = setting.words, summary.coverage
    gaps = [*_gaps(summary, setting), *encrypted.lines(setting, with_keys=summary.coverage.decrypted > 0)]
    if not (seen.frames or gaps or summary.crashed):
        return None
    read = words.count("coverage.read", seen.frames)
    carried = [name for name in CARRIED if seen.carried[name]]
    if carried not in ([], [SIP]):  # packets of SIP alone need no account
        contents = [words(f"coverage.contents.{name}", number=f"{seen.carried[name]:,}") for name in carried]
        read += words("coverage.carried", contents=words.listing(contents))
    if not gaps:
        read += words("coverage.complete")
    texts = [read]
    if seen.duplicates:
        texts.append(words.count("coverage.duplicates", seen.duplicates))
    crashed = [
        words("coverage.crashed", rule=rule, failure=wire_text(failure))
        for rule, failure in summary.crashed.items()
    ]
    return Account(texts, gaps + crashed)


def _gaps(summary: Summary, setting: Setting) -> Iterator[str]:
    words, seen = setting.words, summary.coverage
    for name in LOST:
        if seen.lost[name]:
            yield words.count(f"coverage.lost.{name}", seen.lost[name])
    for reason, number in seen.not_decoded.most_common(MAX_REASONS):
        yield words.count(
            "coverage.not-decoded", number, reason=wire_text(foreign("reason", reason, words.lang))
        )
    more = sum(seen.not_decoded.values()) - sum(
        number for _, number in seen.not_decoded.most_common(MAX_REASONS)
    )
    if more > 0:
        yield words.count("coverage.not-decoded-more", more)
    if seen.truncated:
        yield words.count("coverage.truncated", seen.truncated)
    if seen.stream_gaps:
        octets = f"{seen.gap_octets:,}"
        yield words.count("coverage.stream-gaps", seen.stream_gaps, octets=octets)
    for name, number in seen.evicted.most_common():
        thing = wire_text(foreign("evicted", name, words.lang))
        yield words("coverage.evicted", number=f"{number:,}", name=thing)
    if seen.clock_jumps:
        yield words.count("coverage.clock-jumps", seen.clock_jumps)
    for note in seen.notes[:MAX_NOTES]:
        yield wire_text(foreign("note", note, words.lang))
    if len(seen.notes) > MAX_NOTES:
        yield words("coverage.more-notes", number=f"{len(seen.notes) - MAX_NOTES:,}")
