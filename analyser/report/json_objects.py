"""What JSON lines and the report as one document write alike: which subject it is, and what was read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analyser.report.secrets import without_passwords
from analyser.tls import TlsConnection
from analyser.track import Call, Peer, Publication, Registration, Sighting, Subscription, Transaction
from analyser.wire import CARRIED, LOST

if TYPE_CHECKING:
    from analyser.wire import Coverage

Json = dict[str, Any]


def subject_object(subject: object) -> Json:
    """What a finding is about, named so that it can be found again."""
    match subject:
        case Sighting():
            return {"kind": "message", "call_id": subject.message.call_id, "number": subject.number}
        case Transaction():
            return {
                "kind": "transaction",
                "call_id": subject.call_id,
                "method": subject.method,
                "cseq": subject.cseq,
                "source": str(subject.hop.source),
                "target": str(subject.hop.target),
            }
        case Call() | Registration() | Subscription():
            return {"kind": type(subject).__name__.lower(), "call_id": subject.call_id}
        case Publication():
            return {
                "kind": "publication",
                "call_id": subject.transactions[-1].call_id if subject.transactions else "",
                "uri": without_passwords(subject.uri),
                "event_package": subject.event,
                "source": subject.source,
            }
        case Peer():
            return {"kind": "peer", "call_id": subject.first.call_id, "host": subject.host}
        case TlsConnection():
            return {
                "kind": "tls",
                "call_id": "",
                "source": str(subject.hop.source),
                "target": str(subject.hop.target),
            }
        case _:
            raise TypeError(subject)


def coverage_object(coverage: Coverage) -> Json:
    """The account of what was read."""
    return {
        "frames": coverage.frames,
        "octets": coverage.octets,
        "carried": {name: coverage.carried[name] for name in CARRIED},
        "not_decoded": dict(sorted(coverage.not_decoded.items())),
        "evicted": dict(sorted(coverage.evicted.items())),
        "lost": {name: coverage.lost[name] for name in LOST},
        "truncated": coverage.truncated,
        "stream_gaps": coverage.stream_gaps,
        "gap_octets": coverage.gap_octets,
        "duplicates": coverage.duplicates,
        "clock_jumps": coverage.clock_jumps,
        "notes": list(coverage.notes),
    }
