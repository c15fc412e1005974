"""The result as SARIF 2.1.0 (OASIS), as GitHub code scanning and other viewers read it.

One result for each kind of finding, with how often it came, and one for each assertion that failed without a finding. A frame
is no line of a text: it is a logical location, and every result stands at line 1 of its capture, for GitHub shows no other.
"""

from __future__ import annotations

import json
import re
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from analyser.report.check.as_junit import capture_name
from analyser.report.check.fingerprint import VERSION
from analyser.report.check.locations import uri
from analyser.report.wire_text import wire_text
from analyser.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyser.annotate import Rule
    from analyser.report.check.outcomes import Outcome
    from analyser.report.check.result import Result
    from analyser.report.check.seen import Place, Tally

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
ASSERTION: Final = "assertion"
"""The id of results that stand for an assertion and not for a rule."""

_LINK: Final = re.compile(r"\[([^\[\]]*)\]\(")
"""What a viewer would take for a link in a message (SARIF 2.1.0 §3.11.6)."""
_LEVELS: Final = {"error": "error", "warning": "warning", "notice": "note"}

Json = dict[str, Any]


def sarif(result: Result) -> str:
    """The document."""
    places = {rule.id: place for place, rule in enumerate(result.rules, 1)}
    results = [_assertion(outcome, result) for outcome in result.failed if not outcome.broke]
    results += [_finding(tally, result, places) for tally in result.tallies]
    run: Json = {
        "tool": {
            "driver": {
                "name": "sip-analyser",
                "version": __version__,
                "rules": [_assertion_rule(), *map(_rule, result.rules)],
            }
        },
        "automationDetails": {"id": f"sip-analyser/{capture_name(result)}/"},
        "invocations": [_invocation(result, places)],
        "artifacts": [
            {"location": {"uri": uri(name)}, "roles": ["analysisTarget"]} for name in result.seen.inputs
        ],
        "results": results,
        "columnKind": "unicodeCodePoints",
    }
    properties: Json = {}
    if result.seen.not_told_apart:
        properties["findingsNotToldApart"] = result.seen.not_told_apart
    if result.seen.redacted:
        properties["redacted"] = True
    if properties:
        run["properties"] = properties
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def _invocation(result: Result, places: dict[str, int]) -> Json:
    notifications = [
        {
            "level": "error",
            "message": _message(f"rule {rule} crashed and was switched off: {wire_text(why)}"),
            "associatedRule": {"id": rule, "index": places[rule]},
        }
        for rule, why in result.summary.crashed.items()
    ]
    return {
        "executionSuccessful": True,
        "exitCode": int(bool(result.failed)),
        "toolExecutionNotifications": notifications,
    }


def _assertion_rule() -> Json:
    text = "An assertion of the command line does not hold."
    return {
        "id": ASSERTION,
        "shortDescription": {"text": text},
        "fullDescription": {"text": text},
        "help": {"text": "The message says what was asserted, and what was found instead."},
        "defaultConfiguration": {"level": "error"},
        "properties": {"tags": [ASSERTION], "problem.severity": "error"},
    }


def _rule(rule: Rule) -> Json:
    severity = str(rule.severity)
    refs = "; ".join(rule.refs)
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.summary},
        "help": {
            "text": f"{rule.explanation}\n\nNext: {rule.remedy}\n\nStandard: {refs}",
            "markdown": f"{rule.explanation}\n\n**Next:** {rule.remedy}\n\n**Standard:** {refs}",
        },
        "defaultConfiguration": {"level": _LEVELS[severity]},
        "properties": {
            "tags": ["sip", rule.family],
            "problem.severity": "recommendation" if severity == "notice" else severity,
        },
    }


def _assertion(outcome: Outcome, result: Result) -> Json:
    demand = outcome.demand
    digest = sha256(f"{demand.kind} {demand.name}".encode("utf-8", "replace")).hexdigest()[:32]
    first = result.seen.inputs[0] if result.seen.inputs else ""
    return {
        "ruleId": ASSERTION,
        "ruleIndex": 0,
        "kind": "fail",
        "level": "error",
        "message": _message(f"{outcome.title}: {'; '.join(outcome.said)}"),
        "locations": [{"physicalLocation": _physical(first, result)}],
        "partialFingerprints": {f"sipAnalyser/{VERSION}": digest},
    }


def _finding(tally: Tally, result: Result, places: dict[str, int]) -> Json:
    first, *others = tally.places
    found: Json = {
        "ruleId": tally.rule.id,
        "ruleIndex": places[tally.rule.id],
        "kind": "fail",
        "level": _LEVELS[str(tally.severity)],
        "message": _message(f"{tally.note} ({result.where_text(tally)})\nNext: {tally.remedy}"),
        "locations": [_location(first, result)],
        "relatedLocations": list(_numbered(others, result)),
        "occurrenceCount": tally.count,
        "partialFingerprints": {f"sipAnalyser/{VERSION}": tally.fingerprint.digest},
        "properties": {
            "frame": first.frames[0],
            "frames": list(first.frames),
            "time": first.time,
            "callId": first.call_id,
        },
    }
    if result.baseline is not None:
        found["baselineState"] = "new" if tally.new else "unchanged"
        if not tally.new:
            why = f"known from the baseline {wire_text(result.baseline.path)}"
            found["suppressions"] = [{"kind": "external", "justification": why}]
    return found


def _message(text: str) -> Json:
    """Text in which nothing from the wire becomes a link."""
    return {"text": _LINK.sub(r"\\[\1\\](", text)}


def _numbered(places: list[Place], result: Result) -> Iterator[Json]:
    for number, place in enumerate(places, 1):
        message = {"text": f"frame {result.frame_text(place)}"}
        yield {"id": number, **_location(place, result), "message": message}


def _location(place: Place, result: Result) -> Json:
    name = f"frame {place.frames[0]}"
    return {
        "physicalLocation": _physical(result.input_of(place), result),
        "logicalLocations": [
            {
                "name": name,
                "fullyQualifiedName": f"{wire_text(result.input_of(place))}: {name}",
                "kind": "frame",
            }
        ],
    }


def _physical(name: str, result: Result) -> Json:
    artifact: Json = {"uri": uri(name)}
    if name in result.seen.inputs:
        artifact["index"] = result.seen.inputs.index(name)
    return {"artifactLocation": artifact, "region": {"startLine": 1}}
