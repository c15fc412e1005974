"""Findings as plain values, and back.

A report counts most findings and shows few. So each is sent in brief, and only the first of each severity of a rule, one of which
the report will show, as a whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analyser.annotate import CauseName, Clause, Duration, Evidence, Finding, Sentence, Severity
from analyser.sip import Request, Response
from analyser.track import Sighting
from analyser.wire import Endpoint, Hop

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analyser.annotate import Note, Rule
    from analyser.parallel.flat import Flat, Rebuilt, Row
    from analyser.wire import Glimpse

_NOWHERE = Hop(Endpoint("", 0), Endpoint("", 0), "")
_UNSAID = Sentence("")


def brief(finding: Finding) -> Row:
    """What a report counts: rule, severity, the message cited first, and the status codes of all responses cited."""
    at = _message(finding.evidence.at)  # what has no message is of TLS, which one process reads alone
    statuses = [
        (seen.number, seen.message.status)
        for seen in (at, *finding.evidence.related)
        if isinstance(seen, Sighting) and isinstance(seen.message, Response)
    ]
    return (finding.rule.id, int(finding.severity), at.number, at.input, at.frame, statuses)


def _message(at: Sighting | Glimpse) -> Sighting:
    assert isinstance(at, Sighting)
    return at


def counted(row: Row, rules: Mapping[str, Rule]) -> Finding:
    """A finding that can be counted, and no more."""
    rule, severity, number, source, frame, statuses = row
    answers = dict(statuses)
    at = _placeholder(number, answers.pop(number, 0), frame, source)
    related = [_placeholder(other, status, 0, 0) for other, status in answers.items()]
    return Finding(rules[rule], None, Evidence(at, _UNSAID, related, severity=Severity(severity)))


def whole(finding: Finding, flat: Flat) -> Row:
    """All of a finding."""
    evidence = finding.evidence
    return (
        finding.rule.id,
        flat.reference(finding.subject),
        flat.sighting(_message(evidence.at)),
        [flat.sighting(_message(seen)) for seen in evidence.related],
        int(finding.severity),
        _told(evidence.note),
        None if evidence.remedy is None else _told(evidence.remedy),
        {name: _told(value) for name, value in evidence.values.items()},
    )


def restored(row: Row, rebuilt: Rebuilt, rules: Mapping[str, Rule]) -> Finding:
    """The finding that `whole` has sent."""
    rule, subject, at, related, severity, note, remedy, values = row
    evidence = Evidence(
        rebuilt.sightings[at],
        _note(note),
        [rebuilt.sightings[number] for number in related],
        severity=Severity(severity),
        remedy=None if remedy is None else _note(remedy),
    )
    evidence.values = {name: _retold(value) for name, value in values.items()}
    return Finding(rules[rule], rebuilt.subject(subject), evidence)


def _placeholder(number: int, status: int, frame: int, source: int) -> Sighting:
    message: Request | Response = Request()
    if status:
        message = Response()
        message.status = status
    return Sighting(number, 0, _NOWHERE, message, (frame,), input=source)


def _told(value: object) -> Row:
    """A value of a sentence with its kind; what is none of ours is text, as the sentence would have it."""
    match value:
        case Sentence():
            return ("sentence", str(value))
        case Duration():
            return ("duration", int(value))
        case Clause():
            values = {name: _told(each) for name, each in value.values.items()}
            return ("clause", str(value.template), values)
        case CauseName():
            return ("cause", value.cause)
        case list():
            return ("list", [_told(each) for each in value])
        case tuple() if value and all(isinstance(each, Sentence) for each in value):
            return ("note", [str(each) for each in value])
        case _ if type(value) in (int, float, bool, str):
            return ("plain", value)
        case _:
            return ("plain", str(value))


def _retold(row: Row) -> Any:
    match row:
        case ("sentence", str(text)):
            return Sentence(text)
        case ("duration", int(duration)):
            return Duration(duration)
        case ("clause", str(template), dict(values)):
            return Clause(Sentence(template), **{name: _retold(each) for name, each in values.items()})
        case ("cause", int(cause)):
            return CauseName(cause)
        case ("list", list(each)):
            return [_retold(one) for one in each]
        case ("note", list(each)):
            return tuple(map(Sentence, each))
        case _:
            return row[1]


def _note(row: Row) -> Note:
    note: Note = _retold(row)
    return note
