"""One message as lines: as it was sent but for its secrets, and explained."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from analyser.annotate import annotate
from analyser.codes import Topic, our_topics, status_code
from analyser.report.calls import utc
from analyser.report.defect_words import sentence_of
from analyser.report.layout import cells, hang, paragraph
from analyser.report.remarks import remark
from analyser.report.rows import start_line
from analyser.report.secrets import note_of, remedy_of, shortened, without_secrets
from analyser.report.sections import bulleted, numbered, references
from analyser.report.wire_text import escape, wire_text
from analyser.sip import Request, Response
from analyser.tui.shape import chopped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from analyser.annotate import Finding
    from analyser.report.layout import Line
    from analyser.track import Sighting
    from analyser.tui.labels import Labels

MAX_LINES: Final = 2000
"""Lines of one message that are shown."""
MAX_LINE: Final = 4000
"""Characters of one line."""
_MAX_NOTE: Final = 1200
_MAX_HEADERS: Final = 60
_MAX_DEFECTS: Final = 20


def text_lines(sighting: Sighting, short: Callable[[str], str] = shortened) -> list[str]:
    """The lines of a message as they were sent, harmless; octets that are no text show as escapes, and of what opens a door, such as
    digest responses and keys, what `short` makes of it."""
    text = without_secrets(sighting.message.raw.decode("utf-8", "backslashreplace"), short)
    lines = text.split("\n", MAX_LINES)
    more = lines[MAX_LINES:]
    shown = [wire_text(line.removesuffix("\r"), MAX_LINE) for line in lines[:MAX_LINES]]
    if more:
        shown.append(f"… (+{len(more[0])})")
    while shown and not shown[-1]:
        shown.pop()
    return shown


def raw(sighting: Sighting, width: int, labels: Labels) -> list[Line]:
    """The message as it was sent but for its secrets, in a pane of so many cells."""
    lines: list[Line] = []
    head = True
    for number, text in enumerate(text_lines(sighting)):
        head = head and bool(text)
        name, colon, value = text.partition(":") if head and number else ("", "", text)
        style = "strong" if not number else "" if head else "faint"
        spans: Line = [(name + colon, "name"), (value, style)] if colon else [(text, style)]
        lines += _pieces(spans, width)
    missing = sighting.missing or sighting.message.missing
    if missing:
        lines += paragraph(labels("message.cut", octets=f"{missing:,}"), width, "attention")
    return lines


def _pieces(spans: Line, width: int) -> Iterator[Line]:
    """A line on as many as it needs, white space as it is."""
    line: Line = []
    used = 0
    for text, style in spans:
        rest = text
        while rest:
            piece = next(chopped(rest, width - used)) if width - used > 1 else ""
            if piece:
                line.append((piece, style))
                used += cells(piece)
                rest = rest[len(piece) :]
            if rest:
                yield line
                line, used = [], 0
    yield line


def explained(sighting: Sighting, cited: Sequence[Finding], width: int, labels: Labels) -> list[Line]:
    """What the message says, what findings say about it, and what its header fields are for."""
    message = sighting.message
    lines: list[Line] = []
    for finding in cited:
        lines += _finding(finding, width, labels)
    if isinstance(message, Response):
        lines += _response(sighting, message, width, labels)
    else:
        lines += _request(sighting, message, width, labels)
    defects = [sentence_of(defect, labels.lang) for defect in message.defects[:_MAX_DEFECTS]]
    if defects:
        lines += [[], [(labels("message.defects"), "heading")], *bulleted(map(escape, defects), width)]
    lines += _headers(message, width, labels)
    hop = sighting.hop
    place = labels(
        "message.place",
        frame=labels.frame(sighting),
        time=utc(sighting.time),
        hop=f"{hop.source} → {hop.target}",
        transport=hop.transport,
    )
    return [*lines, [], *paragraph(wire_text(place), width, "faint")]


def _finding(finding: Finding, width: int, labels: Labels) -> list[Line]:
    words = finding.rule.words_in(labels.lang)
    severity = str(finding.severity)
    label = labels.words(f"severity.{severity}")
    return [
        *hang(
            [(f"{label}  ", severity)],
            [(wire_text(words.summary, _MAX_NOTE), "strong")],
            width,
            len(label) + 2,
        ),
        *paragraph(wire_text(note_of(finding, labels.lang), _MAX_NOTE), width),
        *hang([("→ ", "good")], [(wire_text(remedy_of(finding, labels.lang), _MAX_NOTE), "")], width, 2),
        *paragraph(f"{references(finding.rule.refs)} · {finding.rule.id}", width, "faint"),
        [],
    ]


def _response(sighting: Sighting, message: Response, width: int, labels: Labels) -> list[Line]:
    annotation = annotate(sighting, labels.lang)
    assert annotation is not None
    words = status_code(message.status, labels.lang).for_method(message.cseq_method)
    verdict = str(annotation.verdict)
    note, _ = remark(sighting, labels.words)
    lines: list[Line] = [
        *paragraph(start_line(message), width, "strong"),
        *paragraph(note, width, verdict if verdict != "normal" else ""),
    ]
    if annotation.request_frame is not None:
        answers = labels(
            "message.answers", method=wire_text(message.cseq_method, 24), frame=annotation.request_frame
        )
        lines += paragraph(answers, width, "faint")
    lines += [[], *paragraph(words.meaning, width)]
    if message.status >= 300:
        lines += [[], [(labels("message.when"), "heading")], *bulleted(words.when, width)]
        lines += [[], [(labels("message.fix"), "heading")], *numbered(words.fix, width)]
        lines += [[], *paragraph(words.retry, width)]
    if words.pitfalls:
        lines += [[], *paragraph(words.pitfalls, width, "faint")]
    return lines


def _request(sighting: Sighting, message: Request, width: int, labels: Labels) -> list[Line]:
    note, _ = remark(sighting, labels.words)
    lines: list[Line] = [*paragraph(start_line(message), width, "strong"), *paragraph(note, width)]
    topic = _topic("method", message.method, labels.lang)
    if topic is not None:
        lines += [[], *paragraph(topic.meaning, width)]
    return lines


def _headers(message: Request | Response, width: int, labels: Labels) -> list[Line]:
    """Each header field once, with what it is for."""
    names = dict.fromkeys(name for name, _ in message.headers)
    lines: list[Line] = []
    for name in list(names)[:_MAX_HEADERS]:
        topic = _topic("header", name, labels.lang)
        if topic is not None:
            lines += hang([(f"{topic.key}: ", "name")], [(topic.short, "")], width, min(18, width // 2))
    return [[], [(labels("message.headers"), "heading")], *lines] if lines else []


@lru_cache(500)
def _topic(kind: str, name: str, lang: str) -> Topic | None:
    """The entry of a method or header field; None where the catalogue has none."""
    topics = our_topics()
    link = next(topics.find(name[:40], lang, kind), None)
    return None if link is None else topics.topic(kind, link.key, lang)
