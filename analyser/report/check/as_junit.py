"""The result as JUnit XML, as Jenkins and GitLab read it.

One test suite for the run. Each rule that ran is a test case where --fail-on is asked for, so that one that finds nothing
any more is seen to be mended; every other assertion is one of its own. What is the same in every run has the same name.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET  # writes only

from analyser.report.check.demands import FAIL_ON
from analyser.report.json_times import iso_time
from analyser.report.wire_text import wire_text
from analyser.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyser.report.check.outcomes import Outcome
    from analyser.report.check.result import Result
    from analyser.report.check.seen import Tally

MAX_FINDINGS: Final = 50
"""Kinds of findings described in one test case."""
_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 §2.2 has no place for."""
_MAX_NAME: Final = 200


def junit(result: Result) -> str:
    """The document."""
    cases = list(_cases(result))
    counts = {kind: sum(case.find(kind) is not None for case in cases) for kind in ("failure", "error")}
    name = capture_name(result)
    start = iso_time(result.summary.first_time)[
        :19
    ]  # the capture's hour: two runs over one file are the same
    suites = ET.Element("testsuites")
    suite = ET.SubElement(
        suites,
        "testsuite",
        _attributes(
            name=f"sip-analyser check: {name}",
            package=_identifier(name),
            id="0",
            timestamp=start,
            hostname="localhost",
            tests=str(len(cases)),
            failures=str(counts["failure"]),
            errors=str(counts["error"]),
            time="0",
        ),
    )
    properties = ET.SubElement(suite, "properties")
    for key, value in _properties(result):
        ET.SubElement(properties, "property", _attributes(name=key, value=value))
    suite.extend(cases)
    said = [f"{outcome.title}: {_said(outcome)}" for outcome in result.outcomes]
    ET.SubElement(suite, "system-out").text = _clean("\n".join(said))
    crashed = [f"rule {rule} crashed: {why}" for rule, why in result.summary.crashed.items()]
    ET.SubElement(suite, "system-err").text = _clean("\n".join(map(wire_text, crashed)))
    ET.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(suites, encoding="unicode") + "\n"


def capture_name(result: Result) -> str:
    """What was checked, in one name: that of the file or folder, or of the first of several."""
    first, *more = (wire_text(Path(name).name or name, _MAX_NAME) for name in result.captures)
    return f"{first} and {len(more)} more" if more else first


def _properties(result: Result) -> Iterator[tuple[str, str]]:
    yield "tool", f"sip-analyser {__version__}"
    yield "frames", str(result.summary.coverage.frames)
    yield "messages", str(result.summary.messages)
    yield "calls", str(result.seen.calls)
    if result.seen.redacted:
        yield "redacted", result.phrases.redacted


def _cases(result: Result) -> Iterator[ET.Element]:
    for outcome in result.outcomes:
        if outcome.demand.kind == FAIL_ON:
            yield from _rules(outcome, result)
            continue
        case = _case(result, outcome.demand.kind, outcome.demand.name)
        if not outcome.holds:
            text = f"{outcome.title}: {_said(outcome)}"
            _fail(case, outcome.demand.kind, text, _described(outcome.broke, result))
        yield case


def _rules(outcome: Outcome, result: Result) -> Iterator[ET.Element]:
    """A case for each rule, and one that says whether there was anything to judge."""
    case = _case(result, "capture", "holds SIP messages")
    if not result.summary.messages and not result.seen.encrypted.connections:
        _fail(case, "capture", _said(outcome), [])
    yield case
    broke: dict[str, list[Tally]] = {}
    for tally in outcome.broke:
        broke.setdefault(tally.rule.id, []).append(tally)
    for rule in result.rules:
        case = _case(result, f"rules.{rule.family}", rule.id)
        found = broke.get(rule.id)
        if rule.id in result.summary.crashed:
            why = wire_text(result.summary.crashed[rule.id])
            _fail(case, "crashed", f"the rule crashed: {why}", _described(found or [], result), tag="error")
        elif found:
            number = sum(tally.new for tally in found)
            text = f"{number} \u00d7 {result.summary_of(found[0])}"
            _fail(case, str(found[0].severity), text, _described(found, result))
        yield case


def _case(result: Result, kind: str, name: str) -> ET.Element:
    classname = f"{_identifier(capture_name(result))}.{kind}"
    return ET.Element("testcase", _attributes(name=name, classname=classname, time="0"))


def _fail(case: ET.Element, kind: str, message: str, lines: list[str], tag: str = "failure") -> None:
    failure = ET.SubElement(case, tag, _attributes(message=message, type=kind))
    failure.text = _clean("\n".join([message, *lines]))


def _described(tallies: list[Tally], result: Result) -> list[str]:
    lines = []
    for tally in tallies[:MAX_FINDINGS]:
        lines += [
            "",
            f"{tally.severity}: {tally.rule.id}, {result.times_text(tally)}",
            f"seen:  {tally.note}",
            f"where: {result.where_text(tally)}",
            f"next:  {tally.remedy}",
        ]
    more = len(tallies) - MAX_FINDINGS
    if more > 0:
        lines += ["", result.phrases.count("finding.more", more)]
    return lines


def _said(outcome: Outcome) -> str:
    return "; ".join(outcome.said)


def _identifier(name: str) -> str:
    """A name without dots: they would make packages of it."""
    return re.sub(r"[^\w-]", "_", name)


def _attributes(**values: str) -> dict[str, str]:
    return {key: _clean(value) for key, value in values.items()}


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
