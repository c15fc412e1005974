"""What makes two findings of different runs the same finding.

A lab that runs its calls again gets other Call-IDs, tags, branches, ports, times and frame numbers, and often other
addresses; what stays is which rule found something, how grave it is, in what kind of subject, at which method and status
code, and between whom: the users of From and To, with their domain where it is a name.
"""

from __future__ import annotations

import json
import re
from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple

from analyser.report.wire_text import escape
from analyser.sip import Response
from analyser.tls import TlsConnection
from analyser.track import Call, Peer, Publication, Registration, Sighting, Subscription, Transaction

if TYPE_CHECKING:
    from analyser.annotate import Finding
    from analyser.sip import NameAddr, Request

MAX_TEXT: Final = 120
"""Characters of a method or an address that count."""
VERSION: Final = "v1"
"""Of the way in which fingerprints are made."""

_NUMERIC_HOST: Final = re.compile(r"[\d.]*\Z|.*:|\[", re.ASCII)


class Fingerprint(NamedTuple):
    """Empty texts and 0 where there is nothing of the kind."""

    rule: str
    severity: str
    kind: str
    method: str
    status: int
    from_: str
    to: str

    @property
    def digest(self) -> str:
        """The same as 32 hexadecimal digits."""
        return sha256(json.dumps(self, ensure_ascii=True).encode("ascii")).hexdigest()[:32]


def fingerprint(finding: Finding) -> Fingerprint:
    """That of a finding."""
    message = _message(finding)
    method, status = _exchange(finding.subject, message)
    return Fingerprint(
        finding.rule.id,
        str(finding.severity),
        _kind(finding.subject),
        _text(method),
        status,
        _person(message.from_) if message is not None else "",
        _person(message.to) if message is not None else "",
    )


def _message(finding: Finding) -> Request | Response | None:
    """The one that shows it; the first of its subject where a frame without SIP shows it."""
    at, subject = finding.evidence.at, finding.subject
    if isinstance(at, Sighting):
        return at.message
    if isinstance(subject, Transaction):
        return subject.first.message
    if isinstance(subject, Call | Registration | Subscription | Publication) and subject.transactions:
        return subject.transactions[0].first.message
    return None


def _exchange(subject: object, message: Request | Response | None) -> tuple[str, int]:
    """Method and status: of the transaction that was judged, else of the message."""
    if isinstance(subject, Transaction):
        return subject.method, subject.status
    if message is None:
        return "", 0
    return message.cseq_method, message.status if isinstance(message, Response) else 0


def _kind(subject: object) -> str:
    match subject:
        case Sighting():
            return "message"
        case TlsConnection():
            return "tls"
        case Transaction() | Call() | Registration() | Subscription() | Publication() | Peer():
            return type(subject).__name__.lower()
        case _:
            raise TypeError(subject)


def _person(address: NameAddr | None) -> str:
    if address is None:
        return ""
    user, host = address.uri.user.partition(":")[0], address.uri.host  # a password is nobody's business
    named = "" if _NUMERIC_HOST.match(host) else host.lower()
    return _text(f"{user}@{named}" if user and named else user or named)


def _text(text: str) -> str:
    """The beginning, with what is invisible shown, so that a person can compare it."""
    return escape(text[:MAX_TEXT])
