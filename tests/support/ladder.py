"""The ladder language: text -> a script of arrows -> SIP messages, byte for byte the same each time.

`LADDERS.md` beside this file is the manual. `parse` reads the text and knows nothing of SIP beyond what a
method and a status code look like; `compile_ladder` lets `tests.support.compose` write the messages.
Whatever is wrong with a ladder is a `LadderError` that names the line.
"""

import ipaddress
import re
from dataclasses import dataclass, field
from typing import NamedTuple

SECOND = 1_000_000_000
TRANSPORTS = ("udp", "tcp")
PLAIN_OPTIONS = ("again", "new", "unseen", "copy", "reliable", "raw", "exact", "in-dialog")

_ENDPOINT = re.compile(r"(?P<name>[A-Za-z][\w-]*)\s*=\s*(?P<rest>\S.*)")
_ARROW = re.compile(
    r"(?P<times>\+?\d+(?:\.\d+)?(?:\s*,\s*\+?\d+(?:\.\d+)?)*)\s+"
    r"(?:\[(?P<call>[\w-]+)\]\s+)?"
    r"(?P<left>[A-Za-z][\w-]*)\s*(?P<way>->|<-)\s*(?P<right>[A-Za-z][\w-]*)"
    r"(?:\s+(?P<text>\S.*))?"
)
_ENDS = re.compile(r"\[capture ends (?P<time>\d+(?:\.\d+)?)\]")
_OPTIONS = re.compile(r"(?:^|\s+)\((?P<options>[^()]*)\)$")
_MARKS = re.compile(r"(?:^|\s+)!\s+(?P<marks>[a-z0-9(),\s-]+)$")
_MARK = re.compile(r"(?P<rule>[a-z0-9]+(?:-[a-z0-9]+)*)(?:\((?P<severity>notice|warning|error)\))?")
_METHOD = re.compile(r"[A-Z][A-Z0-9_.-]*")
_FIELD = re.compile(r"(?P<sign>[+]?)(?P<name>[A-Za-z][\w-]*)\s*:\s*(?P<value>.*)")
_REMOVAL = re.compile(r"-(?P<name>[A-Za-z][\w-]*)")


class LadderError(Exception):
    """A ladder that makes no sense, with the line of the file."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")
        self.line = line


class Mark(NamedTuple):
    """An expected finding: the rule, and the severity where the ladder cares."""

    rule: str
    severity: str | None


class Edit(NamedTuple):
    """One indented line below an arrow."""

    kind: str
    """`set`, `add`, `remove`, `sdp`, `start` or `body`."""
    name: str
    value: str
    line: int


@dataclass(slots=True, eq=False)
class Station:
    """A declared endpoint."""

    name: str
    host: str
    port: int
    line: int
    transport: str = "udp"
    uri: str = ""
    """Its address of record."""
    fields: list[tuple[str, str]] = field(default_factory=list)
    """Header fields of every message that it writes itself."""

    @property
    def address(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def user(self) -> str:
        return self.uri.removeprefix("sip:").partition("@")[0]


@dataclass(slots=True, eq=False)
class Step:
    """One arrow as written, at one of its times."""

    line: int
    time: int
    call: str
    source: Station
    target: Station
    method: str
    """Of a request, or of the request that a response is said to answer; may be empty."""
    uri: str = ""
    status: int = 0
    phrase: str = ""
    transport: str = "udp"
    tls: str = ""
    """What of TLS it is, where it is no SIP."""
    options: frozenset[str] = frozenset()
    tag: str = ""
    """`(tag x)`: the response is of another fork, or the request goes to it."""
    origin: str = ""
    """`(from bob)`: the proxy passes on what came from there."""
    marks: tuple[Mark, ...] = ()
    edits: list[Edit] = field(default_factory=list)


@dataclass(slots=True)
class Script:
    """A ladder as read."""

    stations: dict[str, Station]
    steps: list[Step]
    """In order of time."""
    ends: int | None
    """Until when the capture goes on, ns after its start."""


class Arrow(NamedTuple):
    """One message on the wire."""

    line: int
    time: int
    """ns after the start of the capture."""
    source: Station
    target: Station
    transport: str
    data: bytes
    marks: tuple[Mark, ...]
    copy: bool
    """A second copy of the same packet, as a mirror port makes: same bytes, same IP identification."""
    tls: bool = False
    """A part of TLS, and no message."""
    again: bool = False
    """Sent again by TCP: the same octets of the stream."""
    flags: int = 0
    """FIN or RST, where the arrow ends the connection."""


class Ladder(NamedTuple):
    """A compiled ladder."""

    arrows: list[Arrow]
    ends: int | None


def compile_ladder(text: str, first_line: int = 1) -> Ladder:
    """The messages of a ladder whose first line is `first_line` of its file."""
    from tests.support.compose import compose

    script = parse(text, first_line)
    return Ladder(compose(script), script.ends)


def parse(text: str, first_line: int = 1) -> Script:
    """Read the text of a ladder."""
    return _Reader().read(text, first_line)


class _Reader:
    def __init__(self) -> None:
        self.stations: dict[str, Station] = {}
        self.steps: list[Step] = []
        self.ends: int | None = None
        self.now = 0
        """The first time of the arrow above."""
        self.last = 0
        """The time read last, which `+` counts from."""
        self.open: Step | Station | None = None
        """What an indented line belongs to."""

    def read(self, text: str, first_line: int) -> Script:
        for number, raw in enumerate(text.splitlines(), first_line):
            line = raw.rstrip()
            if not line or line.lstrip().startswith("#"):
                continue
            if line[0].isspace() and not _ARROW.fullmatch(line.strip()):
                self._indented(line.strip(), number)
            else:
                self._plain(line.strip(), number)
        if not self.steps:
            raise LadderError(first_line, "a ladder needs at least one arrow")
        return Script(self.stations, sorted(self.steps, key=lambda step: step.time), self.ends)

    def _plain(self, line: str, number: int) -> None:
        if ends := _ENDS.fullmatch(line):
            self.ends = _nanoseconds(ends["time"])
        elif arrow := _ARROW.fullmatch(line):
            self._arrow(arrow, number)
        elif endpoint := _ENDPOINT.fullmatch(line):
            self.open = self._station(endpoint["name"], endpoint["rest"].split(), number)
        else:
            raise LadderError(number, f"neither an arrow nor `name = address:port`: {line!r}")

    def _station(self, name: str, words: list[str], number: int) -> Station:
        if name in self.stations:
            raise LadderError(number, f"{name} is declared twice")
        host, _, port = words[0].rpartition(":")
        try:
            address = ipaddress.ip_address(host.strip("[]"))
            station = Station(name, str(address), int(port), number)
        except ValueError:
            raise LadderError(
                number, f"{words[0]!r} is no address:port (IPv6 in brackets, the port always)"
            ) from None
        for word in words[1:]:
            if word in TRANSPORTS:
                station.transport = word
            elif word.startswith("sip:"):
                station.uri = word
            else:
                raise LadderError(
                    number, f"{word!r} is neither a transport ({', '.join(TRANSPORTS)}) nor a sip: URI"
                )
        station.uri = station.uri or f"sip:{name}@example.com"
        self.stations[name] = station
        return station

    def _arrow(self, match: re.Match[str], number: int) -> None:
        left, right = (self._named(match[side], number) for side in ("left", "right"))
        source, target = (left, right) if match["way"] == "->" else (right, left)
        if source is target:
            raise LadderError(number, f"an arrow from {source.name} to itself")
        times = [self._time(word.strip()) for word in match["times"].split(",")]
        if times != sorted(times) or times[0] < self.now:
            raise LadderError(number, "this arrow is before the one above; a ladder is in order of time")
        self.now = times[0]
        step = Step(number, times[0], match["call"] or "", source, target, "")
        step.transport = "tcp" if "tcp" in (source.transport, target.transport) else "udp"
        text = match["text"] or ""
        if marks := _MARKS.search(text):
            text = text[: marks.start()]
            step.marks = _marks(marks["marks"], number)
        _say(step, text.strip(), self.stations)
        self.open = step
        self.steps.append(step)
        for time in times[1:]:
            copy = Step(
                number, time, step.call, source, target, step.method, step.uri, step.status, step.phrase
            )
            copy.transport, copy.options, copy.tag, copy.origin = (
                step.transport,
                step.options,
                step.tag,
                step.origin,
            )
            copy.edits = step.edits
            self.steps.append(copy)

    def _named(self, name: str, number: int) -> Station:
        if name not in self.stations:
            raise LadderError(number, f"{name} is not declared; write `{name} = address:port` above")
        return self.stations[name]

    def _time(self, word: str) -> int:
        self.last = self.last + _nanoseconds(word[1:]) if word.startswith("+") else _nanoseconds(word)
        return self.last

    def _indented(self, line: str, number: int) -> None:
        owner = self.open
        if owner is None:
            raise LadderError(number, "an indented line belongs below an arrow or an endpoint")
        edit = _edit(line, number)
        if isinstance(owner, Step):
            owner.edits.append(edit)
        elif edit.kind in ("set", "add"):
            owner.fields.append((edit.name, edit.value))
        else:
            raise LadderError(number, "an endpoint takes header fields only")


def _say(step: Step, text: str, stations: dict[str, Station]) -> None:
    """Read what an arrow says: request or response, and the options in parentheses."""
    number = step.line
    options: set[str] = set()
    if group := _OPTIONS.search(text):
        words = [word.strip() for word in group["options"].split(",")]
        unknown = [word for word in words if not _option(step, word, options, stations)]
        if not unknown:
            text = text[: group.start()].strip()
        elif not text[:3].isdigit():
            raise LadderError(number, f"unknown option {unknown[0]!r}")
    step.options = frozenset(options)
    first, _, rest = text.partition(" ")
    if "exact" in options:
        step.phrase = text
    elif first == "TLS":
        step.tls, step.transport = rest.strip(), "tcp"
    elif "raw" in options:
        if text:
            raise LadderError(number, "a raw arrow says nothing but its | lines")
    elif len(first) == 3 and first.isdigit():
        step.status, step.phrase = int(first), rest.strip()
    elif _METHOD.fullmatch(first):
        if step.method:
            raise LadderError(number, f"({step.method}) says what a response answers; this is a request")
        step.method, step.uri = first, rest.strip()
        if " " in step.uri:
            raise LadderError(number, f"one Request-URI after {first}, not {step.uri!r}")
    else:
        raise LadderError(number, f"{text!r} is neither a method nor a status code")


def _option(step: Step, word: str, options: set[str], stations: dict[str, Station]) -> bool:
    name, _, value = word.partition(" ")
    if word in PLAIN_OPTIONS:
        options.add(word)
    elif word in TRANSPORTS:
        step.transport = word
    elif name == "tag" and re.fullmatch(r"[\w.-]+", value):
        step.tag = value
    elif name == "from" and value in stations:
        step.origin = value
    elif _METHOD.fullmatch(value if name == "to" else word):
        step.method = value if name == "to" else word
    else:
        return False
    return True


def _marks(text: str, number: int) -> tuple[Mark, ...]:
    marks = []
    for word in text.split(","):
        mark = _MARK.fullmatch(word.strip())
        if mark is None:
            raise LadderError(number, f"{word.strip()!r} is no mark: `! rule-id` or `! rule-id(severity)`")
        marks.append(Mark(mark["rule"], mark["severity"]))
    return tuple(marks)


def _edit(line: str, number: int) -> Edit:
    if line.startswith("|"):
        return Edit("body", "", line[1:].removeprefix(" "), number)
    if removal := _REMOVAL.fullmatch(line):
        return Edit("remove", removal["name"], "", number)
    match = _FIELD.fullmatch(line)
    if match is None:
        raise LadderError(number, f"{line!r} is no `Header: value`, `-Header`, `sdp: …` or `| body line`")
    if match["name"] == "sdp":
        return Edit("sdp", "", match["value"], number)
    if match["name"] == "start-line":
        return Edit("start", "", match["value"], number)
    return Edit("add" if match["sign"] else "set", match["name"], match["value"], number)


def _nanoseconds(word: str) -> int:
    whole, _, part = word.partition(".")
    return int(whole) * SECOND + int((part + "000000000")[:9])
