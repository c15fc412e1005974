"""The comparison of two captures as one document: what `diff --format json` writes (docs/diff.schema.json), and what the text
and the page are made of.

A is the first capture, B the second. Every text from the wire is as the wire had it, control characters included; digest
responses, tokens and keys are not in it. Times are ISO 8601 in UTC, durations seconds unless a `unit` says otherwise, frames
numbers from 1; `place` is what a reader is shown (`2:17` where several files were read on that side).
"""

from __future__ import annotations

from typing import Final, TypedDict

SCHEMA: Final = "1.0"
"""Version of the shape; a new field raises the second number, anything else the first."""


class Side(TypedDict):
    """What one capture holds."""

    inputs: list[str]
    first: str | None
    last: str | None
    span: float
    """From its first SIP message to its last, seconds."""
    frames: int
    messages: int
    subjects: dict[str, int]
    per_hour: dict[str, float] | None
    """The same by hour; None where the capture is too short to say so."""
    outcomes: dict[str, int]
    """Of calls: `answered`, `failed 486`, `cancelled` …"""
    gaps: list[str]
    """What it did not see, as sentences."""


class Value(TypedDict):
    """A figure with its interval; `low` and `high` are None where there are too few values for one."""

    value: float
    low: float | None
    high: float | None
    of: int


class FigureChange(TypedDict):
    """A key figure in both captures."""

    id: str
    """As in the report, with `p95` behind it for the percentile."""
    name: str
    unit: str
    a: Value | None
    b: Value | None
    change: float | None
    """B less A."""
    low: float | None
    high: float | None
    verdict: str
    """`changed`, `chance` (within what chance alone gives), `few` (too few values to tell), `same`, `absent` (not in both)."""
    judged: str
    """Of a change: `better`, `worse`, or empty where it is neither."""


class CountChange(TypedDict):
    """How often something came: a status code, a method, a product."""

    name: str
    label: str
    a: int
    b: int
    share_a: float
    """Of all of its kind, per cent."""
    share_b: float
    verdict: str
    """`changed`, `chance`, `few`, `same`: of the share."""


class PeerChange(TypedDict):
    """A host that sent requests."""

    host: str
    attempts_a: int
    failures_a: int
    attempts_b: int
    failures_b: int
    codes_a: dict[str, int]
    codes_b: dict[str, int]
    verdict: str
    """`new`, `gone`, `changed`, `chance`, `few`, `same`: of the share of its requests that failed."""
    judged: str
    """Of a change: `better` or `worse`."""


class Example(TypedDict):
    """The worked example of a finding on one side."""

    note: str
    remedy: str
    place: str
    places: list[str]
    frame: int
    frames: list[int]
    input: int
    subject: str


class FindingChange(TypedDict):
    """What a rule found in both captures."""

    rule: str
    family: str
    severity: str
    summary: str
    a: int
    b: int
    verdict: str
    """`new`, `gone`, `more`, `fewer`, `same`."""
    certain: bool
    """Whether chance alone does not give it, by the number of calls and other subjects on either side."""
    example_a: Example | None
    example_b: Example | None


class FieldChange(TypedDict):
    """A field that differs between two messages that stand beside each other."""

    part: str
    """`start-line`, `header`, `sdp`, `body`."""
    name: str
    a: str | None
    b: str | None
    members: bool
    """Whether `a` and `b` are what each has and the other has not, of a list without order."""
    repeats: int
    """Further messages that differ in the same way and do not repeat it."""


class StepRecord(TypedDict):
    """One message of a call, seen from the element that began it."""

    sent: bool
    """Whether that element sent it."""
    label: str
    phrase: str
    method: str
    """Of the request, or of the request that a response answers."""
    sdp: bool
    frame: int
    place: str
    offset: float
    copies: list[str]
    """Places of its retransmissions."""
    rules: list[str]
    """Findings that cite it."""


class StepPair(TypedDict):
    """What stands beside each other."""

    a: StepRecord | None
    b: StepRecord | None
    verdict: str
    """`same`, `differs` (one response in the place of another), `only-a`, `only-b`."""
    divergence: bool
    """Whether it is the first divergence."""
    fields: list[FieldChange]


class CallSide(TypedDict):
    """One of the two calls."""

    kind: str
    call_id: str
    source: str
    target: str
    outcome: str
    caller: str
    callee: str
    messages: int
    other_hops: int
    left_out: int


class CallComparison(TypedDict):
    """A call beside another."""

    a: CallSide
    b: CallSide
    sentences: list[str]
    divergence: int | None
    """Index of the pair."""
    steps: list[StepPair]
    differ_always: list[str]


class Comparison(TypedDict):
    """The document."""

    schema: str
    tool: str
    lang: str
    redacted: bool
    """Whether what names somebody or some place is a pseudonym, the same one in both captures."""
    confidence: float
    a: Side
    b: Side
    different: bool
    """Whether anything changed beyond what chance alone gives."""
    sentences: list[str]
    """What changed, in plain words, the weightiest first."""
    cautions: list[str]
    """Why the two may not be comparable."""
    call: CallComparison | None
    captures: bool
    """Whether the captures are compared as well: not where a call was chosen, or is all there is."""
    findings: list[FindingChange]
    figures: list[FigureChange]
    codes: list[CountChange]
    methods: list[CountChange]
    peers: list[PeerChange]
    products: list[CountChange]
    left_out: dict[str, int]
    """How many more there are of `codes`, `methods`, `peers` and `products`: those that changed least."""
