"""The report as one document: what `--format json` writes and what the HTML page is made of (docs/report.schema.json).

Every text from the wire is as the wire had it, control characters included: whoever writes it out passes it through the
gate of its format; sentences of ours (titles, notes, facts …) have control characters within them as escapes. Times are ISO 8601 in UTC with nanoseconds, durations and offsets are seconds, frames are numbers of
frames from 1; where several files were read, `input` says which, from 0, and `place` is what a reader is shown (`2:17`).
"""

from __future__ import annotations

from typing import Any, Final, TypedDict

SCHEMA: Final = "1.0"
"""Version of the shape; a new field raises the second number, anything else the first."""


class Mark(TypedDict):
    """A finding at a message."""

    rule: str
    severity: str
    finding: int
    """Which of `ReportHead.findings`, from 0."""


class MessageRecord(TypedDict):
    """One arrow."""

    number: int
    """Of the SIP message in the captures, from 1: the name of the arrow."""
    frame: int
    frames: list[int]
    frames_left_out: int
    """Frames of it that are not listed: its first ones."""
    input: int
    place: str
    time: str
    offset: float
    """Seconds since the first message of the subject; never rounded to more than nanoseconds."""
    source: int
    """The column it leaves from: an index of `SubjectRecord.elements`."""
    target: int
    transport: str
    kind: str
    """`request` or `response`."""
    label: str
    """Method, or status code."""
    phrase: str
    """Reason phrase of a response, empty for a request."""
    method: str
    """Of the request, or of the request that the response answers (CSeq)."""
    status: int
    """0 for a request."""
    sdp: bool
    role: str
    """Of a response: `Annotation.role`. Of a request: `request`, `forward` or `retransmission`."""
    forward_of: int | None
    """Number of the message that this one passes on to the next hop."""
    verdict: str
    """`normal`, `attention`, `problem`; empty for a request."""
    elapsed: float | None
    """Of a response: seconds since its request was first seen."""
    note: str
    """The plain words beside the arrow."""
    marks: list[Mark]
    defects: list[str]
    raw: str
    """The message as text, octets that are not UTF-8 as U+FFFD; digest responses and keys are not in it in full
    (`report/secrets.py`)."""
    raw_left_out: int
    """Octets of it that did not fit the budget."""


class Media(TypedDict):
    """RTP that passed between two elements while the call lasted."""

    source: int
    target: int
    start: float
    """Offset as in `MessageRecord`."""
    end: float
    packets: int
    payload_types: list[int]
    ssrc: list[int]
    from_: str
    """`192.0.2.1:4000`"""
    to: str


class SubjectRecord(TypedDict):
    """A call, registration, subscription, publication, or a transaction that belongs to none of them."""

    key: int
    """The number of its first message: the name of the subject in the document."""
    kind: str
    title: str
    call_id: str
    source: str
    """Whom it is from: `alice@example.com`."""
    target: str
    uri: str
    methods: list[str]
    codes: list[int]
    """Final status codes of its transactions, each once, in order."""
    state: str
    """Of a call `Call.state`, else empty."""
    outcome: str
    """The same as words."""
    status: int
    """That decided the call, 0 for none."""
    started: str
    duration: float | None
    """Of a call: from answer to BYE."""
    setup: float | None
    """Of a call: from the first INVITE to the first 18x or 2xx (post-dial delay)."""
    severity: str
    """The worst finding in it, empty for none."""
    rules: list[str]
    elements: list[str]
    """Columns of the ladder, from the left."""
    messages: list[MessageRecord]
    messages_left_out: int
    transactions_left_out: int
    """Earlier ones that the analysis let go to save memory."""
    silence: str
    """One sentence where a request has no final response, else empty."""
    media: list[Media]


class Occurrence(TypedDict):
    """One finding of a rule."""

    severity: str
    note: str
    remedy: str
    frame: int
    frames: list[int]
    frames_left_out: int
    input: int
    place: str
    where: str
    """Place and subject in words, as the terminal report says it."""
    about: dict[str, Any]
    """As `subject` of the finding event in JSON lines."""
    subject: int | None
    """`SubjectRecord.key` of where it is to be seen, None where the document does not hold it."""
    message: int | None
    """`MessageRecord.number` of the arrow."""


class CaseRecord(TypedDict):
    """All that one rule found, worst first."""

    rule: str
    family: str
    severity: str
    summary: str
    remedy: str
    explanation: str
    refs: list[str]
    count: int
    occurrences: list[Occurrence]
    """The worked example first."""
    left_out: int


class Figure(TypedDict):
    """A key figure."""

    id: str
    name: str
    definition: str
    value: float | None
    unit: str
    of: int
    p95: float | None


class Counted(TypedDict):
    """A status code, with how often it came."""

    code: int
    phrase: str
    short: str
    count: int


class Series(TypedDict):
    """Messages over time, in steps of equal length; at most `MAX_STEPS` of them."""

    start: str
    step: float
    """Seconds."""
    requests: list[int]
    classes: dict[str, list[int]]
    """`1xx` … `6xx`"""


class Histogram(TypedDict):
    """How long responses took: counts up to each of `bounds` (seconds), and a last one without an upper bound."""

    method: str
    until: str
    """`final`, or `progress` for an INVITE: the first response above 100, whatever it says."""
    bounds: list[float]
    counts: list[int]
    total: int


class PeerRecord(TypedDict):
    """A host that sent requests, and how they fared."""

    host: str
    attempts: int
    failures: int
    """4xx to 6xx and no final response; challenges and consequences of a CANCEL are none. What was under way when the capture ended is neither
    here nor among the attempts."""
    codes: dict[str, int]


class Verdict(TypedDict):
    """The first screen, in plain words."""

    severity: str
    """`error`, `warning`, `notice`, or empty where there is nothing to say."""
    sentences: list[str]
    facts: list[str]
    """Time, duration, what there was."""


class ReportHead(TypedDict):
    """Everything but the subjects."""

    schema: str
    tool: str
    lang: str
    inputs: list[str]
    several_inputs: bool
    narrowed: bool
    redacted: bool
    first: str | None
    last: str | None
    verdict: Verdict
    findings: list[CaseRecord]
    messages: int
    retransmissions: int
    methods: dict[str, int]
    statuses: list[Counted]
    figures: list[Figure]
    attempts: str
    """One sentence: of how many attempts the ratios are, and which are in none."""
    series: Series | None
    response_times: list[Histogram]
    peers: list[PeerRecord]
    peers_left_out: int
    subjects_by_kind: dict[str, int]
    """All there were."""
    subjects_held: int
    """How many of them the document holds: those with findings first, then what was refused or failed."""
    subjects_left_out: dict[str, int]
    """By kind: those that it does not."""
    coverage: dict[str, Any]
    """As in the summary event of JSON lines."""
    coverage_lines: list[str]
    """The same as sentences."""
    bounds: list[str]
    """What was left out to keep the document small, as sentences; empty where it holds everything."""
    catalogue: Catalogue


class CodeWords(TypedDict):
    """A status code for one method, or for any (key `486`, or `412 PUBLISH`)."""

    code: int
    method: str
    phrase: str
    meaning: str
    when_seen: list[str]
    how_to_fix: list[str]
    refs: list[str]


class Catalogue(TypedDict):
    """What the catalogue says of what occurs in the document."""

    codes: dict[str, CodeWords]
    headers: dict[str, str]
    """By lower-case name: what the header field is for, in a sentence or two."""
    methods: dict[str, str]
