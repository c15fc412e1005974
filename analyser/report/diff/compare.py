"""Two captures -> the comparison as one document (see `shapes`)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from analyser.report.coverage import account
from analyser.report.diff.call_sentences import Told
from analyser.report.diff.calls import compare_calls
from analyser.report.diff.findings import finding_changes
from analyser.report.diff.intervals import CONFIDENCE
from analyser.report.diff.numbers import (
    CHANGED,
    FEW,
    MAX_PEERS,
    RETRANSMISSIONS,
    code_changes,
    count_changes,
    figure_changes,
    peer_changes,
    too_few,
)
from analyser.report.diff.sentences import cautions, sentences
from analyser.report.diff.shapes import SCHEMA
from analyser.report.diff.taken import COUNTED
from analyser.report.json_times import iso_time, seconds
from analyser.report.setting import Setting
from analyser.version import __version__
from analyser.wire import SECOND

if TYPE_CHECKING:
    from analyser.report.cases import Drawable
    from analyser.report.diff.said import Said
    from analyser.report.diff.shapes import Comparison, Side
    from analyser.report.diff.taken import Taken

MAX_COUNTS: Final = 100
"""Codes, methods and products that are listed, those that changed most first."""
LEAST_SPAN: Final = 60 * SECOND
"""From here on a capture says something by the hour."""
LEAST_SUBJECTS: Final = 10
_HOUR: Final = 3600 * SECOND


def compare(
    one: Taken, other: Taken, said: Said, calls: tuple[Drawable, Drawable] | None, *, captures: bool
) -> Comparison:
    """The document. `calls` are to be held against each other; without `captures`, they alone."""
    settings = [Setting(said.words, 0, several_inputs=len(taken.inputs) > 1) for taken in (one, other)]
    call = None
    if calls is not None:
        told = [
            Told(subject, taken.cases.marks(), setting)
            for subject, taken, setting in zip(calls, (one, other), settings, strict=True)
        ]
        call = compare_calls(told[0], told[1], said)
    mine, theirs = one.whole, other.whole
    names = {kpi.id: said.words(f"kpi.{kpi.id}.name") for kpi in mine.kpis.figures()}
    names[RETRANSMISSIONS] = said("figure.retransmissions")
    peers = peer_changes(one, other) if captures else []
    codes = code_changes(mine.statuses, theirs.statuses, said.lang) if captures else []
    methods = count_changes(mine.methods, theirs.methods) if captures else []
    products = count_changes(one.products, other.products) if captures else []
    document: Comparison = {
        "schema": SCHEMA,
        "tool": f"sip-analyser {__version__}",
        "lang": said.lang,
        "redacted": one.redacted,
        "confidence": CONFIDENCE,
        "a": _side(one, settings[0]),
        "b": _side(other, settings[1]),
        "different": False,
        "sentences": [],
        "cautions": [],
        "call": call,
        "captures": captures,
        "findings": finding_changes(one, other, settings, said.lang),
        "figures": figure_changes(mine, theirs, names) if captures else [],
        "codes": codes[:MAX_COUNTS],
        "methods": methods[:MAX_COUNTS],
        "peers": peers[:MAX_PEERS],
        "products": products[:MAX_COUNTS],
        "left_out": {
            "codes": max(0, len(codes) - MAX_COUNTS),
            "methods": max(0, len(methods) - MAX_COUNTS),
            "peers": max(0, len(peers) - MAX_PEERS) + one.hosts_left_out + other.hosts_left_out,
            "products": max(0, len(products) - MAX_COUNTS) + one.products_left_out + other.products_left_out,
        },
    }
    if too_few(one.subjects.total(), other.subjects.total()):
        _demote(document)
    document["different"] = _different(document)
    document["sentences"] = sentences(document, said)
    document["cautions"] = cautions(document, said)
    return document


def _side(taken: Taken, setting: Setting) -> Side:
    summary = taken.whole
    told = account(summary, taken.encrypted, setting)
    span = taken.span
    subjects = {kind: taken.subjects[kind] for kind in COUNTED if taken.subjects[kind]}
    outcomes: Counter[str] = Counter()
    for (state, status), count in taken.outcomes.items():
        name = "answered" if state == "ended" else state
        outcomes[f"{name} {status}" if status else name] += count
    return {
        "inputs": list(taken.inputs),
        "first": iso_time(summary.first_time) if summary.messages else None,
        "last": iso_time(summary.last_time) if summary.messages else None,
        "span": seconds(span) or 0.0,
        "frames": summary.coverage.frames,
        "messages": summary.messages,
        "subjects": subjects,
        "per_hour": {kind: round(count * _HOUR / span, 3) for kind, count in subjects.items()}
        if span >= LEAST_SPAN and taken.subjects.total() >= LEAST_SUBJECTS
        else None,
        "outcomes": dict(sorted(outcomes.items(), key=lambda item: (-item[1], item[0]))),
        "gaps": told.gaps if told is not None else [],
    }


def _demote(document: Comparison) -> None:
    """Messages of one call hang together: many of them make no more evidence than the few calls that they belong to."""
    changes = (
        *document["figures"],
        *document["codes"],
        *document["methods"],
        *document["peers"],
        *document["products"],
    )
    for change in changes:
        if change["verdict"] == CHANGED:
            change["verdict"] = FEW
    for judged in (*document["figures"], *document["peers"]):
        if judged["verdict"] == FEW:
            judged["judged"] = ""


def _different(document: Comparison) -> bool:
    call = document["call"]
    if call is not None and (call["divergence"] is not None or any(step["fields"] for step in call["steps"])):
        return True
    return (
        any(finding["certain"] for finding in document["findings"])
        or any(figure["verdict"] == CHANGED for figure in document["figures"])
        or any(count["verdict"] == CHANGED for count in (*document["codes"], *document["methods"]))
        or any(peer["verdict"] == CHANGED for peer in document["peers"])
        or any(count["verdict"] == CHANGED for count in document["products"])
    )
