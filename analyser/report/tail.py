"""What a person sees while packets pass: one line a message, as `tail -f` gives it, and each finding the moment it
is known, as a block that no line of a message interrupts.

    12:03:04.123 #17 k3f 192.0.2.10 → 198.51.100.20  INVITE alice → bob: asks to start a call
    12:03:04.131 #18 k3f 192.0.2.10 ← 198.51.100.20  100 Trying: received, being processed (after 8 ms)

The element that asked stands on the left, so that the arrow tells requests from responses. A line is made by
hand and not by rich, which would cost more than all the analysis of the message.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from analyser.annotate import Finding, Revision
from analyser.report.call_names import CallNames
from analyser.report.drawing import MARK_OF_VERDICT
from analyser.report.layout import cells, wrap
from analyser.report.output import in_encoding
from analyser.report.remarks import remark
from analyser.report.rows import MAX_PHRASE
from analyser.report.tail_findings import FindingBlocks
from analyser.report.time_of_day import time_of_day
from analyser.report.wire_text import wire_text
from analyser.sip import Request
from analyser.track import Sighting
from analyser.track.sighting import DUPLICATE, RETRANSMISSION

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analyser.annotate import Event
    from analyser.report.layout import Line
    from analyser.report.tail_findings import Place
    from analyser.report.words import Words
    from analyser.sip import NameAddr, Response
    from analyser.wire import Endpoint

LEAST_WIDTH: Final = 40
"""Columns below which lines are not shortened any further."""
_ROOMS: Final = ((132, 24), (100, 17), (80, 11), (0, 0))
"""From so many columns on, an address takes at most so many. Its end tells the most, so it is the end that stays; on
narrower screens only the arrow does, as who calls whom tells more than half an address."""
_WITHOUT_SCREEN: Final = 45
"""An IPv6 address with its port fits."""
_ENDS: Final = 15
"""Columns of an address at first; they grow with what comes."""
_FRAMES: Final = 5
"""Columns of a frame number at first."""
_LEAST_PARTY: Final = 3
"""Columns of the caller that stay in front of the callee, who tells more."""
_SIP_PORT: Final = 5060
_MAX_PARTY: Final = 32
_SGR: Final = {
    "": "",
    "strong": "1",
    "heading": "1",
    "faint": "2",
    "request": "1",
    "normal": "32",
    "attention": "33",
    "problem": "31",
    "error": "1;31",
    "warning": "1;33",
    "notice": "1;36",
    "good": "1;32",
}
"""The styles of `output.STYLES` as a terminal takes them (ECMA-48 SGR)."""
_BETWEEN_TWO: Final = frozenset({"INVITE", "MESSAGE", "REFER", "SUBSCRIBE"})
"""Requests that begin something between two parties, who are named."""
_OF_ONE: Final = frozenset({"REGISTER", "PUBLISH"})
"""Requests on behalf of one, who is named."""


class Tail:
    """Events -> text, a turn at a time."""

    def __init__(
        self, words: Words, *, colour: bool, encoding: str = "utf-8", place: Place | None = None
    ) -> None:
        """`place` tells in which of several files a frame was written."""
        self._words = words
        self._colour = colour
        self._encoding = encoding
        self._names = CallNames()
        self._blocks = FindingBlocks(words, self._names, place)
        self._frames = _FRAMES
        self._ends = _ENDS
        self._most = _WITHOUT_SCREEN

    def text(self, events: Iterable[Event], width: int | None) -> str:
        """The lines of these events, each ended; cut to `width` columns, or whole where there is no screen."""
        if width is not None:
            width = max(width, LEAST_WIDTH)
        self._most = _room(width)
        self._ends = min(self._ends, self._most or self._ends)
        parts: list[str] = []
        for event in events:
            if event.__class__ is Sighting:
                if event.role is not DUPLICATE:
                    parts.append(self._message(event, width))
            elif event.__class__ is Finding:
                parts += map(self._drawn, self._blocks.lines(event, width))
            elif event.__class__ is Revision:
                parts += map(self._drawn, self._blocks.revised(event, width))
        return in_encoding("".join(parts), self._encoding)

    def remark(self, text: str, width: int | None, style: str = "warning") -> str:
        """Something to say that is no event, such as packets lost."""
        bar: Line = [("▌ ", style)]
        lines = wrap([(text, style)], width - 2) if width is not None else [[(text, style)]]
        return in_encoding("".join(self._drawn([*bar, *line]) for line in lines), self._encoding)

    def _drawn(self, line: Line) -> str:
        return "".join(self._styled(text, style) for text, style in line).rstrip() + "\n"

    def _styled(self, text: str, style: str) -> str:
        if not self._colour:
            return text
        code = f"38;5;{style[6:]}" if style.startswith("shade ") else _SGR[style]
        return f"\x1b[{code}m{text}\x1b[0m" if code else text

    def _message(self, sighting: Sighting, width: int | None) -> str:
        (source, target, _), message = sighting.hop, sighting.message
        is_request = isinstance(message, Request)
        if not is_request:
            source, target = target, source
        frame = f"#{sighting.frame}"
        self._frames = max(self._frames, len(frame))
        name = self._names(message.call_id)
        note, verdict = remark(sighting, self._words)
        label, said = self._label(sighting, message)
        begins = self._words("row.phrase-then")
        text = f"{said}{begins}{self._word_of(verdict)}{note}"
        arrow = "→" if is_request else "←"
        head = f"{time_of_day(sighting.time)} {frame:<{self._frames}} "
        mark = MARK_OF_VERDICT.get(verdict, " ")
        legs = (
            f" {self._end(source)} {arrow} {self._end(target)} {mark} " if self._most else f" {arrow} {mark} "
        )
        if width is not None:
            room = width - len(head) - len(name.text) - len(legs)
            if not (label.isascii() and text.isascii() and len(label) + len(text) <= room):
                label = fitted(label, room)
                room -= cells(label)
                if cells(text) > room:
                    said = self._label(sighting, message, room)[1]
                    text = self._fitted(f"{said}{begins}", note, room, sighting)
        message.kept = None  # what was parsed for this line; thousands of messages are held
        if not self._colour:
            return f"{head}{name.text}{legs}{label}{text}\n"
        style = _SGR[verdict or "request"]
        return (
            f"\x1b[2m{head}\x1b[0m\x1b[38;5;{name.shade}m{name.text}\x1b[0m{legs}"
            f"\x1b[{style}m{label}\x1b[0m{text}\n"
        )

    def _label(
        self, sighting: Sighting, message: Request | Response, room: int | None = None
    ) -> tuple[str, str]:
        """Method or status line, and what stands behind it: who with whom, how many times it has come. In `room` columns the
        caller gives way to the callee."""
        again = f" \u00d7{_times(sighting)}" if sighting.role is RETRANSMISSION else ""
        if not isinstance(message, Request):
            return f"{message.status} {wire_text(message.reason, MAX_PHRASE)}".rstrip(), again
        method = wire_text(message.method, 24)
        if again or message.to_tag:
            return method, again
        if method in _BETWEEN_TWO:
            caller, callee = _party(message.from_), _party(message.to)
            if room is not None:
                caller = fitted(caller, max(room - cells(f"  → {callee}:…"), _LEAST_PARTY))
            return method, f" {caller} → {callee}"
        return method, f" {_party(message.to)}" if method in _OF_ONE else ""

    def _word_of(self, verdict: str) -> str:
        """`problem: ` or `attention: `, which the mark says as well."""
        if verdict not in ("attention", "problem"):
            return ""
        return self._words(f"verdict.{verdict}") + self._words("verdict.then")

    def _fitted(self, begins: str, note: str, room: int, sighting: Sighting) -> str:
        """The text without the word for its mark; what it means stays as long as it can, longer than how long it took."""
        text = begins + note
        transaction = sighting.transaction
        if cells(text) > room and transaction is not None and transaction.request is not None:
            elapsed = sighting.time - transaction.request.time
            text = text.replace(self._words("row.after", duration=self._words.duration(elapsed)), "")
        return fitted(text, room)

    def _end(self, endpoint: Endpoint) -> str:
        """The address in its column."""
        text = short_endpoint(endpoint)
        if len(text) > self._ends:
            if len(text) <= self._most:
                self._ends = len(text)
            else:
                self._ends = self._most
                return "…" + text[1 - self._most :]
        return text.ljust(self._ends)


@lru_cache(4096)
def short_endpoint(endpoint: Endpoint) -> str:
    """The address, with the port where it is not 5060."""
    if endpoint.port == _SIP_PORT:
        return wire_text(endpoint.host, 64)
    return wire_text(str(endpoint), 72)


def _room(width: int | None) -> int:
    if width is None:
        return _WITHOUT_SCREEN
    return next(room for least, room in _ROOMS if width >= least)


def _times(sighting: Sighting) -> int:
    """Which copy of the message it is."""
    transaction, message = sighting.transaction, sighting.message
    if transaction is None:
        return 2
    if not isinstance(message, Request):
        same = [
            seen
            for seen in transaction.responses
            if seen.message.status == message.status  # type: ignore[union-attr]
        ]
    else:
        same = transaction.acks if message.method == "ACK" else transaction.requests
    return max(2, len(same) + transaction.copies)


def _party(address: NameAddr | None) -> str:
    """The user, or the host where there is none."""
    if address is None:
        return "?"
    user = address.uri.user.partition(";")[0]
    return wire_text(user or address.uri.host, _MAX_PARTY) or "?"


def fitted(text: str, room: int) -> str:
    """The text, or its beginning and an ellipsis, in at most so many columns."""
    if len(text) * 2 <= room or cells(text) <= room:
        return text
    used, shown = 1, []
    for character in text[: max(room, 0)]:
        used += cells(character)
        if used > room:
            break
        shown.append(character)
    return "".join(shown).rstrip() + "…" if room > 0 else ""
