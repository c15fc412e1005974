"""A finding while packets pass: a block with a bar in front, beside the lines of the messages that it cites.

    ▌ ERROR k3f stuck-on-trying: a call got no further than 100 Trying
    ▌   Seen       198.51.100.20 answered the INVITE with 100 Trying 20 s ago, and nothing more came
    ▌   Where      #18 at 12:03:04.131 (with #17); Call-ID 4711@192.0.2.10
    ▌   Next step  …

The next step is told once for each rule; who has read it needs it no more.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from analyser.report.findings import MAX_FRAMES, MAX_NOTE, subject_text
from analyser.report.layout import cells, hang, pad
from analyser.report.secrets import note_of, remedy_of
from analyser.report.setting import Setting
from analyser.report.time_of_day import time_of_day
from analyser.report.wire_text import wire_text
from analyser.track import Call, Registration, Sighting, Subscription, Transaction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyser.annotate import Finding, Revision
    from analyser.report.call_names import CallNames
    from analyser.report.layout import Line
    from analyser.report.words import Words

Place = Callable[[int], tuple[str, int] | None]
"""The file in which a frame was written, and its number there; None where it is not in any."""

BAR: Final = "▌ "
_LABELS: Final = ("seen", "where", "next")
_INDENT: Final = 2
_GAP: Final = 2


class FindingBlocks:
    """Findings -> lines; knows which rules it has explained already, and nothing else."""

    def __init__(self, words: Words, names: CallNames, place: Place | None) -> None:
        """`place` tells in which of several files a frame was written."""
        self._place = place
        self._setting = Setting(words, 0, several_inputs=False)
        self._words = words
        self._names = names
        self._told: set[tuple[str, object]] = set()
        """Next steps that have been told: one for each rule, or for each of the few that a rule chooses among."""
        self._indent = max(cells(words(f"findings.{label}")) for label in _LABELS) + _INDENT + _GAP

    def lines(self, finding: Finding, width: int | None) -> Iterator[Line]:
        """The block, wrapped to `width` columns, or each of its sentences whole on a line."""
        words, severity, lang = self._words, str(finding.severity), self._words.lang
        step = finding.rule.id, finding.evidence.remedy
        first_time = step not in self._told
        self._told.add(step)
        note = wire_text(note_of(finding, lang), MAX_NOTE)
        summary = wire_text(finding.rule.words_in(lang).summary, MAX_NOTE)
        name, shade = self._name(finding.subject)
        head: Line = [(words(f"severity.{severity}"), severity), (" ", "")]
        if name:
            head += [(name, shade), (" ", "")]
        text: Line = [(finding.rule.id, severity), (words("tail.then"), ""), (summary, "strong")]
        yield from self._hung(head, text, width, severity, 0)
        rows = [("seen", note), ("where", self._where(finding))]
        if first_time:
            rows.append(("next", wire_text(remedy_of(finding, lang), MAX_NOTE)))
        for label, said in rows:
            name = " " * _INDENT + pad(words(f"findings.{label}"), self._indent - _INDENT)
            yield from self._hung([(name, "faint")], [(said, "")], width, severity, self._indent)

    def revised(self, revision: Revision, width: int | None) -> Iterator[Line]:
        """What has become of a finding, where the reader would go wrong without it: it holds no longer, or is worse."""
        earlier, now = revision.earlier, revision.now
        if now is not None:
            if now.severity > earlier.severity:
                yield from self.lines(now, width)
            return
        name, shade = self._name(earlier.subject)
        head: Line = [(name, shade), (" ", "")] if name else []
        at = earlier.evidence.at
        text = self._words(
            "tail.withdrawn", rule=earlier.rule.id, frame=earlier.frame, time=time_of_day(at.time)
        )
        yield from self._hung(head, [(text, "good")], width, "good", 0)

    def _hung(self, label: Line, text: Line, width: int | None, severity: str, indent: int) -> Iterator[Line]:
        bar = (BAR, severity)
        if width is None:
            yield [bar, *label, *text]
            return
        room = width - len(BAR)
        indent = indent or sum(cells(part) for part, _ in label)
        for line in hang(label, text, room, min(indent, room // 2)):
            yield [bar, *line]

    def _name(self, subject: object) -> tuple[str, str]:
        """The short name of the call, and its style."""
        match subject:
            case Sighting():
                call_id = subject.message.call_id
            case Transaction() | Call() | Registration() | Subscription():
                call_id = subject.call_id
            case _:
                return "", ""
        name = self._names(call_id)
        return name.text, f"shade {name.shade}"

    def _where(self, finding: Finding) -> str:
        """The line above that shows it, by frame and time; the frames beside it; the whole Call-ID."""
        words, at = self._words, finding.evidence.at
        frame, *others = map(str, finding.frames)
        fields = {"frame": frame, "time": time_of_day(at.time)}
        if not others:
            text = words("tail.where", **fields)
        else:
            named = ", ".join(f"#{other}" for other in others[:MAX_FRAMES])
            more = ", …" if len(others) > MAX_FRAMES else ""
            text = words("tail.where-with", **fields, others=named + more)
        place = self._place(at.frame) if self._place is not None else None
        if place is not None:
            text += words("tail.place", file=wire_text(place[0], 80), frame=place[1])
        subject = subject_text(finding.subject, self._setting)
        return text + words("list.then") + subject if subject else text
