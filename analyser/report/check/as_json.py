"""The result as one JSON object (docs/check.schema.json)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from analyser.report.check.baseline import ANY_NUMBER
from analyser.report.check.names import Kind
from analyser.report.wire_text import escape, wire_text
from analyser.version import __version__

if TYPE_CHECKING:
    from analyser.report.check.figures import Reading
    from analyser.report.check.outcomes import Outcome
    from analyser.report.check.result import Result
    from analyser.report.check.seen import Tally

SCHEMA: Final = "1.0"
"""Version of the shape; a new field raises the second number, anything else the first."""

_UNITS: Final = {Kind.PERCENT: "%", Kind.SECONDS: "s"}

Json = dict[str, Any]


def document(result: Result) -> str:
    """The document."""
    numbers = {id(tally): number for number, tally in enumerate(result.tallies)}
    fields: Json = {
        "schema": SCHEMA,
        "tool": f"sip-analyser {__version__}",
        "inputs": [escape(name) for name in result.seen.inputs],
        "redacted": result.seen.redacted,
        "holds": not result.failed,
        "messages": result.summary.messages,
        "calls": result.seen.calls,
        "assertions": [_outcome(outcome, numbers) for outcome in result.outcomes],
        "findings": [_finding(tally) for tally in result.tallies],
        "not_told_apart": result.seen.not_told_apart,
        "baseline": _baseline(result),
        "crashed_rules": {rule: wire_text(why) for rule, why in sorted(result.summary.crashed.items())},
    }
    return json.dumps(fields, indent=1) + "\n"


def _outcome(outcome: Outcome, numbers: dict[int, int]) -> Json:
    return {
        "kind": outcome.demand.kind,
        "name": outcome.demand.name,
        "title": outcome.title,
        "holds": outcome.holds,
        "said": outcome.said,
        "figures": [_reading(reading) for reading in outcome.readings],
        "findings": [numbers[id(tally)] for tally in outcome.broke],
    }


def _reading(reading: Reading) -> Json:
    return {
        "figure": str(reading.figure),
        "value": None if reading.value is None else round(reading.value, 9),
        "unit": _UNITS.get(reading.figure.kind, ""),
        "of": reading.of,
    }


def _finding(tally: Tally) -> Json:
    mark = tally.fingerprint
    return {
        "rule": mark.rule,
        "family": tally.rule.family,
        "severity": mark.severity,
        "kind": mark.kind,
        "method": mark.method,
        "status": mark.status or None,
        "from": mark.from_,
        "to": mark.to,
        "fingerprint": mark.digest,
        "count": tally.count,
        "known": tally.known,
        "summary": tally.rule.summary,
        "note": tally.note,
        "remedy": tally.remedy,
        "refs": list(tally.rule.refs),
        "places": [
            {
                "input": place.input,
                "frame": place.frames[0],
                "frames": list(place.frames),
                "time": place.time,
                "call_id": place.call_id,
            }
            for place in tally.places
        ],
    }


def _baseline(result: Result) -> Json | None:
    if result.baseline is None:
        return None
    return {
        "path": wire_text(result.baseline.path),
        "known": sum(tally.known for tally in result.tallies),
        "gone": [
            {
                "entry": entry.number,
                "text": wire_text(str(entry)),
                "count": None if entry.count == ANY_NUMBER else entry.count,
                "found": entry.found,
            }
            for entry in result.baseline.gone()
        ],
    }
