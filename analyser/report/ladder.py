r"""Ladders as text, in the ladder language of the tests (`tests/support/LADDERS.md`): to be pasted into a mail, and read back as a test.

    alice = 192.0.2.10:5060
    bob = 198.51.100.20:5060

    0.000  [1] alice -> bob    INVITE (exact)
           | INVITE sip:bob@example.com SIP/2.0
           | …
    0.120  [1] alice <- bob    180 Ringing (exact)   ! some-rule(warning)

The lines below an arrow are the message, octet for octet: `\x0a` stands for an octet that cannot be printed, `\\` for a backslash.
Digest responses, keys and passwords alone are shortened (`report.secrets`), and Content-Length with them. Names in brackets tell calls
apart: they count Call-IDs. Times count from the first message and never go back. What the language cannot say, such as an endpoint
that talks to itself, stands in a comment.
"""

from __future__ import annotations

import json
import re
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Final

from analyser.annotate import CaptureStart, Finding
from analyser.codes import sentences
from analyser.report.rows import start_line
from analyser.report.secrets import Apart, without_secrets
from analyser.report.wire_text import escape
from analyser.sip import Request
from analyser.track import Call, Publication, Registration, Sighting, Subscription, Transaction
from analyser.wire import DATAGRAM_TRANSPORTS, SECOND

if TYPE_CHECKING:
    from typing import TextIO

    from analyser.annotate import Event
    from analyser.wire import Endpoint

MAX_NAMES: Final = 100_000
"""Endpoints and Call-IDs that get a name each; the messages of further endpoints are comments."""
MAX_MARKS: Final = 200_000
"""Findings that are marked at their arrows."""

_NAMES: Final = ("alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi")
_UNSAFE: Final = re.compile(r"[!()#]")
_LENGTH: Final = re.compile(
    rb"(\r?\n(?:content-length|l)[ \t]*:[ \t]*)(\d{1,9})(?=[ \t]*\r?\n)", re.IGNORECASE
)


class LadderText:
    """All messages as one ladder: feed it every event, then `finish`. What is printed waits in a file until the findings are known."""

    def __init__(self, stream: TextIO) -> None:
        self._write = stream.write
        self._arrows = TemporaryFile("w+", encoding="ascii")  # noqa: SIM115 - closed by `finish`
        self._names: dict[Endpoint, str] = {}
        self._order: dict[str, int] = {}
        self._calls: dict[str, int] = {}
        self._marks: dict[int, dict[str, None]] = {}
        self._unmarked = 0
        self._redacted = False
        self._apart = Apart()
        self._start = 0
        self._now = 0
        self._end = 0
        """Until when the capture is known to have gone on, ns."""

    def receive(self, event: Event) -> None:
        """Take the next event."""
        if isinstance(event, Sighting):
            self._message(event)
        elif isinstance(event, Finding):
            self._mark(event)
        elif isinstance(event, CaptureStart):
            self._redacted = event.redacted
        elif isinstance(event, Transaction | Call | Registration | Subscription | Publication):
            self._end = max(self._end, event.settled_at)

    def finish(self) -> None:
        """Write the ladder."""
        if self._redacted:
            self._write(f"# {sentences('redact', 'en')['report.redacted']}\n\n")
        width = max((len(name) for name in self._names.values()), default=0)
        for endpoint, name in self._names.items():
            self._write(f"{name:{width}} = {endpoint}\n")
        self._write("\n")
        self._arrows.seek(0)
        for line in self._arrows:
            number, arrow, lines = json.loads(line)
            cited = self._marks.get(number, ())
            marks = f"   ! {', '.join(cited)}" if cited else ""
            self._write("".join(f"{text}\n" for text in (arrow + marks, *lines)))
        self._arrows.close()
        if self._end > self._now:
            self._write(f"[capture ends {_seconds(self._end - self._start)}]\n")
        if self._unmarked:
            self._write(f"# {self._unmarked} further findings are not marked\n")

    def _message(self, seen: Sighting) -> None:
        if not self._start:
            self._start = self._now = seen.time
        self._now = max(self._now, seen.time)
        data = exact(seen.message.raw, self._apart)
        arrow = f"{_seconds(self._now - self._start)}  {self._said(seen)}"
        lines = [f"       | {line}".rstrip() for line in printed(data)]
        if self._sayable(seen):
            record = seen.number, arrow, lines
        else:
            record = seen.number, f"# {arrow}", [f"# {line}" for line in lines]
        self._arrows.write(json.dumps(record) + "\n")

    def _said(self, seen: Sighting) -> str:
        source, target = (self._name(endpoint) for endpoint in seen.hop[:2])
        left, right, way = source, target, "->"
        if self._order.get(source, 0) > self._order.get(target, 0):
            left, right, way = target, source, "<-"
        options = ["exact"]
        if seen.hop.transport not in DATAGRAM_TRANSPORTS:
            options.append("tcp")
        if seen.duplicate:
            options.append("copy")
        said = _UNSAFE.sub("", start_line(seen.message))
        if isinstance(seen.message, Request):
            said = said.partition(" ")[0]
        call = self._call(seen.message.call_id)
        return f"{call}{left} {way} {right}  {said} ({', '.join(options)})"

    def _sayable(self, seen: Sighting) -> bool:
        source, target, _ = seen.hop
        return source != target and source in self._names and target in self._names

    def _name(self, endpoint: Endpoint) -> str:
        name = self._names.get(endpoint)
        if name is None:
            number = len(self._names)
            name = _NAMES[number] if number < len(_NAMES) else f"host{number + 1}"
            if number >= MAX_NAMES:
                return str(endpoint)
            self._names[endpoint] = name
            self._order[name] = number
        return name

    def _call(self, call_id: str) -> str:
        number = self._calls.get(call_id)
        if number is None:
            if len(self._calls) >= MAX_NAMES:
                return ""
            number = self._calls[call_id] = len(self._calls) + 1
        return f"[{number}] "

    def _mark(self, finding: Finding) -> None:
        at = finding.evidence.at
        if not isinstance(at, Sighting) or (len(self._marks) >= MAX_MARKS and at.number not in self._marks):
            self._unmarked += 1
            return
        self._marks.setdefault(at.number, {})[f"{finding.rule.id}({finding.severity})"] = None


def exact(raw: bytes, apart: Apart) -> bytes:
    """The octets of a message without its secrets; Content-Length is corrected where that made the body shorter."""
    text = raw.decode("latin-1")
    shortened = without_secrets(text, apart)
    if shortened == text:
        return raw
    data = shortened.encode("latin-1")
    before, after = (octets.partition(b"\r\n\r\n")[2] for octets in (raw, data))
    change = len(before) - len(after)
    if not change:
        return data
    return _LENGTH.sub(lambda found: found[1] + b"%d" % max(0, int(found[2]) - change), data, count=1)


def printed(data: bytes) -> list[str]:
    """The lines of a message, each octet that is no visible character as an escape."""
    return [_printed(line) for line in data.split(b"\r\n")]


def _printed(line: bytes) -> str:
    text = line.decode("utf-8", "surrogateescape")
    if not (text.isascii() and text.isprintable() and "\\" not in text):
        text = "".join(map(_visible, text))
    kept = text.rstrip(" \u3000")
    return kept + "".join(map(_octets, text[len(kept) :]))


def _visible(character: str) -> str:
    if character == "\\":
        return "\\\\"
    return (
        character
        if character.isprintable() and escape(f"a{character}") == f"a{character}"
        else _octets(character)
    )


def _octets(character: str) -> str:
    return "".join(f"\\x{octet:02x}" for octet in character.encode("utf-8", "surrogateescape"))


def _seconds(duration: int) -> str:
    """As many digits as there are, three at least."""
    whole, rest = divmod(duration, SECOND)
    digits = f"{rest:09d}"
    return f"{whole}.{digits[:3]}{digits[3:].rstrip('0')}"
