"""The findings: worst first, one rule a paragraph, with one worked example."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from analyser.report.layout import cells, hang, pad, paragraph, wrap
from analyser.report.secrets import note_of, remedy_of, without_passwords
from analyser.report.sections import references
from analyser.report.wire_text import wire_text
from analyser.tls import TlsConnection
from analyser.track import Call, Peer, Publication, Registration, Sighting, Subscription, Transaction

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analyser.annotate import Finding
    from analyser.report.cases import Case
    from analyser.report.layout import Line
    from analyser.report.setting import Setting
    from analyser.report.words import Words

MAX_NOTE: Final = 1200
MAX_FRAMES: Final = 8
"""Frames named for one finding."""
_LABELS: Final = ("seen", "where", "next", "standard", "also", "rule")


def findings(cases: Sequence[Case], setting: Setting) -> Iterator[Line]:
    """The section; nothing where there is no finding."""
    if not cases:
        return
    words, width = setting.words, setting.width
    yield [(words("findings.heading"), "heading")]
    if setting.several_inputs:
        yield from paragraph(words("findings.files"), width, "faint")
    yield []
    indent = 5 + max(cells(words(f"findings.{label}")) for label in _LABELS)
    for number, case in enumerate(cases, 1):
        yield from _title(number, case, setting)
        for label, text in particulars(case, setting):
            name = pad(words(f"findings.{label}"), indent - 5)
            yield from hang([("   ", ""), (name, "faint")], [(text, "")], width, indent)
        yield []
    yield from paragraph(words("findings.explain", rule=cases[0].rule.id), width, "faint")
    yield []


def _title(number: int, case: Case, setting: Setting) -> Iterator[Line]:
    words = setting.words
    severity = str(case.severity)
    label: Line = [(f"{number}. ", ""), (words(f"severity.{severity}"), severity), ("  ", "")]
    text: Line = [(wire_text(case.rule.words_in(words.lang).summary, MAX_NOTE), "strong")]
    if case.count > 1:
        text.append(("  " + words.count("findings.times", case.count), severity))
    indent = sum(cells(part) for part, _ in label)
    first, *further = wrap(text, setting.width - indent)
    yield [*label, *first]
    for line in further:
        yield [(" " * indent, ""), *line]


def particulars(case: Case, setting: Setting) -> Iterator[tuple[str, str]]:
    """What there is to say of a case: the key of a label, and a text."""
    words, example = setting.words, case.example
    yield "seen", wire_text(note_of(example, words.lang), MAX_NOTE)
    yield "where", where_of(example, setting)
    yield "next", wire_text(remedy_of(example, words.lang), MAX_NOTE)
    if case.rule.refs:
        yield "standard", references(case.rule.refs)
    if case.references:
        frames = [setting.frame_text(reference.input, reference.frame) for reference in case.references]
        more = case.count - 1 - len(case.references)
        if more > 0:
            frames = [", ".join(frames), words("findings.more", number=f"{more:,}")]
        yield "also", words.count("findings.frames", len(case.references), frames=words.listing(frames))
    yield "rule", case.rule.id


def where_of(finding: Finding, setting: Setting) -> str:
    """Frames and subject, in words."""
    words = setting.words
    at = finding.evidence.at
    frame = setting.frame(at)
    related = sorted(finding.evidence.related, key=lambda seen: (seen.input, seen.frame))
    others = list(dict.fromkeys(setting.frame(seen) for seen in related))
    others = [other for other in others if other != frame]
    if not others:
        text = words("findings.frame", frame=frame)
    else:
        listed = others[:MAX_FRAMES]
        text = words("findings.frame-with", frame=frame, others=", ".join(listed))
        if len(others) > len(listed):
            text = words(
                "findings.frame-with-more",
                frame=frame,
                others=", ".join(listed),
                more=len(others) - len(listed),
            )
    return text + words("list.then") + subject_text(finding.subject, setting)


def subject_text(subject: object, setting: Setting) -> str:
    """Which call, registration … it is, in a few words."""
    words = setting.words
    match subject:
        case Sighting():
            return words("subject.message", call_id=_shown(subject.message.call_id, words))
        case Transaction():
            return words("subject.call-id", call_id=_shown(subject.call_id, words))
        case Call() | Registration() | Subscription():
            return words("subject.call-id", call_id=_shown(subject.call_id, words))
        case Publication():
            return words("subject.publication", uri=wire_text(without_passwords(subject.uri), 120))
        case Peer():
            return words("subject.peer", host=wire_text(subject.host))
        case TlsConnection():
            return words("subject.tls", client=subject.hop.source, server=subject.hop.target)
        case _:
            return ""


def _shown(call_id: str, words: Words) -> str:
    return wire_text(call_id, 120) or words("subject.no-call-id")
