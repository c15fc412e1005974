"""Events as JSON lines, documented in docs/events.md and docs/events.schema.json.

One object a line, keys in a fixed order, nothing that depends on the machine or the hour: two runs over
the same file give the same octets; the language too is asked for, and never that of the locale. Times are
ISO 8601 in UTC with nanoseconds, durations are seconds.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from analyser.annotate import CaptureStart, Event, Finding, Revision, Summary, annotate
from analyser.report.json_objects import Json, coverage_object, subject_object
from analyser.report.json_times import iso_time, seconds
from analyser.report.json_tls import connection_object
from analyser.report.secrets import note_of, remedy_of, without_passwords
from analyser.sip import Request
from analyser.tls import TlsConnection
from analyser.track import Call, Peer, Publication, Registration, Sighting, Subscription, Transaction
from analyser.version import __version__
from analyser.wire import RtpStream

if TYPE_CHECKING:
    from typing import TextIO

    from analyser.sip import NameAddr

SCHEMA = "1.3"
"""Version of the shape; a new field raises the second number, anything else the first."""

_encode = json.JSONEncoder(separators=(",", ":")).encode


class JsonLines:
    """Writes each event as it comes; keeps nothing."""

    def __init__(self, stream: TextIO, lang: str = "en", *, numbered_through: bool = False) -> None:
        """`numbered_through`: the frames of all inputs are counted together, as those of several interfaces are."""
        self._write = stream.write
        self._lang = lang
        self._numbered_through = numbered_through
        self._several_inputs = False

    def receive(self, event: Event) -> None:
        """Write one event; peers and RTP streams have no line of their own."""
        match event:
            case Sighting():
                fields = _message(event, self._lang)
                event.message.kept = None  # what was parsed for this line; thousands of messages are held
                if self._several_inputs:
                    fields["input"] = event.input
            case Finding():
                fields = _finding(event, self._lang)
            case Revision():
                fields = _revision(event, self._lang)
            case Transaction():
                fields = _transaction(event)
            case Call():
                fields = _call(event)
            case Registration() | Subscription() | Publication():
                fields = _owner(event)
            case CaptureStart():
                self._several_inputs = len(event.inputs) > 1 and not self._numbered_through
                fields = _capture(event)
            case Summary():
                fields = _summary(event)
            case TlsConnection():
                fields = connection_object(event)
                if self._several_inputs:
                    fields["input"] = event.first.input
            case Peer() | RtpStream():
                return
        self._write(_encode(fields) + "\n")

    def finish(self) -> None:
        """Nothing is held back."""


def _capture(start: CaptureStart) -> Json:
    fields: Json = {
        "event": "capture",
        "schema": SCHEMA,
        "tool": f"sip-analyser {__version__}",
        "inputs": list(start.inputs),
    }
    if start.redacted:
        fields["redacted"] = True
    return fields


def _message(sighting: Sighting, lang: str) -> Json:
    message = sighting.message
    fields: Json = {
        "event": "message",
        "number": sighting.number,
        "frame": sighting.frame,
        "frames": list(sighting.frames),
        "time": iso_time(sighting.time),
        "transport": sighting.hop.transport,
        "source": str(sighting.hop.source),
        "target": str(sighting.hop.target),
    }
    if isinstance(message, Request):
        fields |= {"kind": "request", "method": message.method, "uri": without_passwords(message.uri)}
    else:
        fields |= {"kind": "response", "status": message.status, "reason": message.reason}
    fields |= {
        "call_id": message.call_id,
        "cseq": message.cseq if message.cseq >= 0 else None,
        "cseq_method": message.cseq_method,
        "defects": [defect.value for defect in message.defects],
        "duplicate": sighting.duplicate,
        "retransmission": sighting.retransmission,
    }
    annotation = annotate(sighting, lang)
    if annotation is not None:
        fields["annotation"] = {
            "verdict": annotation.verdict,
            "elapsed": seconds(annotation.elapsed),
            "meaning": annotation.meaning,
            "role": annotation.role,
            "request_frame": annotation.request_frame,
        }
    return fields


def _finding(finding: Finding, lang: str) -> Json:
    rule = finding.rule
    return {
        "event": "finding",
        "rule": rule.id,
        "family": rule.family,
        "severity": str(finding.severity),
        "subject": subject_object(finding.subject),
        "summary": rule.words_in(lang).summary,
        "note": note_of(finding, lang),
        "remedy": remedy_of(finding, lang),
        "refs": list(rule.refs),
        "frame": finding.frame,
        "frames": finding.frames,
    }


def _revision(revision: Revision, lang: str) -> Json:
    earlier = revision.earlier
    return {
        "event": "revision",
        "rule": earlier.rule.id,
        "subject": subject_object(earlier.subject),
        "frame": earlier.frame,
        "finding": _finding(revision.now, lang) if revision.now is not None else None,
    }


def _transaction(transaction: Transaction) -> Json:
    first, final = transaction.first, transaction.final
    return {
        "event": "transaction",
        "method": transaction.method,
        "call_id": transaction.call_id,
        "cseq": transaction.cseq if transaction.cseq >= 0 else None,
        "branch": transaction.branch,
        "transport": transaction.hop.transport,
        "source": str(transaction.hop.source),
        "target": str(transaction.hop.target),
        "request_frame": transaction.request.frame if transaction.request is not None else None,
        "request_copies": len(transaction.requests),
        "provisional": [seen.message.status for seen in transaction.provisionals],  # type: ignore[union-attr]
        "status": transaction.status or None,
        "final_frame": final.frame if final is not None else None,
        "ack_frame": transaction.ack.frame if transaction.ack is not None else None,
        "started": iso_time(first.time),
        "elapsed": seconds(final.time - first.time) if final is not None else None,
        "forward_of": transaction.forward_of.first.frame if transaction.forward_of is not None else None,
        "ending": transaction.ending.value,
    }


def _call(call: Call) -> Json:
    sightings = call.sightings
    answered = call.answered
    bye = next((seen.first for seen in call.byes), None)
    leg = call.first_leg
    opening = leg[0].request if leg else None
    message = opening.message if opening is not None else sightings[0].message if sightings else None
    return {
        "event": "call",
        "call_id": call.call_id,
        "state": call.state,
        "from": _uri(message.from_) if message is not None else None,
        "to": _uri(message.to) if message is not None else None,
        "status": leg[-1].status or None if leg else None,
        "started": iso_time(sightings[0].time) if sightings else None,
        "answered": iso_time(answered.time) if answered is not None else None,
        "ended": iso_time(bye.time) if bye is not None else None,
        "duration": seconds(bye.time - answered.time) if bye is not None and answered is not None else None,
        "frames": [seen.frame for seen in sightings],
        "ending": call.ending.value,
    }


def _uri(address: NameAddr | None) -> str | None:
    return None if address is None else without_passwords(address.uri.text)


def _owner(owner: Registration | Subscription | Publication) -> Json:
    kind = type(owner).__name__.lower()
    fields: Json = {"event": kind}
    fields |= {key: value for key, value in subject_object(owner).items() if key != "kind"}
    return fields | {
        "transactions": len(owner.transactions) + owner.dropped,
        "statuses": [seen.status or None for seen in owner.transactions],
        "frames": [seen.first.frame for seen in owner.transactions],
        "expires": iso_time(owner.expires_at) if owner.expires_at else None,
        "ending": owner.ending.value,
    }


def _summary(summary: Summary) -> Json:
    coverage = summary.coverage
    return {
        "event": "summary",
        "messages": summary.messages,
        "retransmissions": summary.retransmissions,
        "methods": dict(sorted(summary.methods.items())),
        "statuses": {str(code): count for code, count in sorted(summary.statuses.items())},
        "rules": dict(sorted((+summary.rules).items())),
        "severities": dict(sorted((+summary.severities).items())),
        "crashed_rules": dict(sorted(summary.crashed.items())),
        "attempts": summary.kpis.attempts,
        "pending_attempts": summary.kpis.pending,
        "partial_calls": summary.kpis.partial,
        "kpis": {
            kpi.id: {
                "value": None if kpi.value is None else round(kpi.value, 6),
                "unit": kpi.unit,
                "of": kpi.of,
                "p95": None if kpi.p95 is None else round(kpi.p95, 6),
            }
            for kpi in summary.kpis.figures()
        },
        "first": iso_time(summary.first_time) if summary.messages else None,
        "last": iso_time(summary.last_time) if summary.messages else None,
        "coverage": coverage_object(coverage),
    }
