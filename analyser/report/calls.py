"""The ladders: which subjects are drawn, and what stands above each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyser.report.cases import MAX_DRAWN, sightings_of
from analyser.report.drawing import draw
from analyser.report.json_times import iso_time
from analyser.report.layout import paragraph, wrap
from analyser.report.remarks import is_unasked
from analyser.report.rows import Marks, rows_of, start_line
from analyser.report.secrets import without_passwords
from analyser.report.wire_text import wire_text
from analyser.sip import Request
from analyser.track import Call, Ending, Publication, Subscription, Transaction
from analyser.wire import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analyser.report.cases import Drawable, Totals
    from analyser.report.layout import Line
    from analyser.report.setting import Setting
    from analyser.report.words import Words
    from analyser.sip import NameAddr, Response
    from analyser.track import Sighting


def utc(time: int, *, day: bool = True) -> str:
    """A moment to the millisecond."""
    text = iso_time(time)
    return f"{text[:10]} {text[11:23]}" if day else text[11:19]


def ladders(
    drawn: Sequence[Drawable], marks: Marks, totals: Totals, setting: Setting, *, every_call: bool
) -> Iterator[Line]:
    """The section: each subject with its ladder, then how many calls are not shown."""
    words, width = setting.words, setting.width
    if not drawn:
        return
    yield [(words("ladder.heading"), "heading")]
    if setting.several_inputs:
        yield from paragraph(words("ladder.files"), width, "faint")
    yield []
    for subject in drawn:
        yield from ladder(subject, marks, totals.first_time, setting)
        yield []
    text = not_drawn(drawn, totals, words, every_call=every_call)
    if text:
        yield from paragraph(text, width, "faint")
        yield []


def not_drawn(drawn: Sequence[Drawable], totals: Totals, words: Words, *, every_call: bool) -> str:
    """How many calls have no ladder, and how to see them; empty where all have one."""
    more = totals.subjects["call"] - sum(isinstance(subject, Call) for subject in drawn)
    if more <= 0:
        return ""
    if every_call:
        return words("ladder.beyond", number=f"{more:,}", most=MAX_DRAWN)
    return words.count("ladder.not-shown", more)


def ladder(subject: Drawable, marks: Marks, first_time: int, setting: Setting) -> Iterator[Line]:
    """One subject: what it is, when it began, its arrows."""
    words, width = setting.words, setting.width
    sightings = sightings_of(subject)
    if not sightings:
        return
    outcome = outcome_of(subject, words)
    line: Line = [(title_of(subject, sightings, words), "strong")]
    if outcome:
        line.append((words("title.then") + outcome, "normal" if _went_well(subject) else "attention"))
    yield from wrap(line, width)
    first = sightings[0]
    call_id = wire_text(first.message.call_id, 160) or words("subject.no-call-id")
    if first.time > first_time:
        offset = words.duration(first.time - first_time)
        began = words("ladder.began-later", time=utc(first.time), offset=offset, call_id=call_id)
    else:
        began = words("ladder.began", time=utc(first.time), call_id=call_id)
    yield from paragraph(began, width, "faint")
    rows = rows_of(sightings, marks, words, several_inputs=setting.several_inputs)
    yield from draw(rows, sightings, width, words)
    silence = silence_of(subject, sightings[-1].time, setting)
    if silence:
        yield from paragraph(silence, width, "attention")
    dropped = 0 if isinstance(subject, Transaction) else subject.dropped
    if dropped:
        yield from paragraph(words.count("ladder.dropped", dropped), width, "faint")


def silence_of(subject: Drawable, last: int, setting: Setting) -> str:
    """How long nothing came where a request has no final response; `last` is the time of the last message."""
    words = setting.words
    transactions = [subject] if isinstance(subject, Transaction) else subject.transactions
    for transaction in reversed(transactions):
        waited = transaction.settled_at - last
        if transaction.final is None and transaction.request is not None and waited >= SECOND:
            fields = {
                "method": wire_text(transaction.method, 24),
                "frame": setting.frame(transaction.request),
                "duration": words.duration(waited),
            }
            if transaction.ending is Ending.CAPTURE_ENDED:
                return words("ladder.no-answer-yet", **fields)
            return words("ladder.no-answer", **fields)
    return ""


def title_of(subject: Drawable, sightings: Sequence[Sighting], words: Words) -> str:
    """What it is, between whom."""
    message = opening(sightings)
    names = {"source": wire_text(who(message.from_), 80), "target": wire_text(who(message.to), 80)}
    if isinstance(subject, Publication):
        return words(
            "title.publication",
            uri=wire_text(without_passwords(subject.uri), 120),
            event=wire_text(subject.event, 40),
        )
    if isinstance(subject, Transaction):
        return words("title.transaction", method=wire_text(subject.method, 24), **names)
    if isinstance(subject, Subscription) and message.cseq_method == "NOTIFY":
        # It comes from the notifier; the subscriber is in To (RFC 6665 §4.1.3).
        names = {"source": names["target"], "target": names["source"]}
        if isinstance(message, Request) and is_unasked(message):
            return words("title.notification", **names)
    kind = type(subject).__name__.lower()
    return words(f"title.{kind}", **names)


def opening(sightings: Sequence[Sighting]) -> Request | Response:
    """The message that says what a subject is about: its first request, else what there is."""
    return next(
        (seen.message for seen in sightings if isinstance(seen.message, Request)), sightings[0].message
    )


def outcome_of(subject: Drawable, words: Words) -> str:
    """How a call ended, in a word; empty for anything else."""
    if not isinstance(subject, Call):
        return ""
    leg = subject.first_leg
    final = leg[-1].final if leg else None
    return words(f"state.{subject.state}", answer=start_line(final.message) if final is not None else "")


def _went_well(subject: Drawable) -> bool:
    return isinstance(subject, Call) and subject.state in ("answered", "ended")


def who(address: NameAddr | None) -> str:
    """`bob@example.com`, or whatever there is, as the wire has it."""
    if address is None:
        return "?"
    uri = address.uri
    user = uri.user.partition(";")[0]  # a telephone number may carry parameters (RFC 3966)
    return (
        f"{user}@{uri.host}" if user and uri.host else user or uri.host or without_passwords(uri.text)
    ) or "?"
