"""One row of the list: a call, a registration, a subscription, a publication, or requests that belong to none of them."""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeVar

from analyser.report.secrets import without_passwords
from analyser.report.wire_text import wire_text
from analyser.sip import Request, Response
from analyser.sip.parse import parse
from analyser.track import Call

if TYPE_CHECKING:
    from analyser.annotate import Finding, Revision
    from analyser.sip import NameAddr
    from analyser.track import Sighting, Subject
    from analyser.wire import Endpoint, Hop

MAX_MESSAGES: Final = 4000
"""Messages that one row keeps; beyond it the older half goes, counted in `Entry.dropped`."""
MAX_ADDRESSES: Final = 200
"""Addresses of one row that the filter finds; messages between others are counted in `Entry.elsewhere`."""
_MAX_NAME: Final = 80
_CHALLENGES: Final = (401, 407)

_Member = TypeVar("_Member")
_SETS: dict[frozenset[Any], frozenset[Any]] = {}
_MAX_SETS: Final = 5000


class Entry:
    """What the list shows of one subject, and its messages."""

    __slots__ = (
        "_text",
        "addresses",
        "call_id",
        "code",
        "dropped",
        "elsewhere",
        "findings",
        "from_",
        "index",
        "kind",
        "last",
        "marked",
        "messages",
        "methods",
        "octets",
        "rules",
        "settled",
        "sightings",
        "start",
        "statuses",
        "subject",
        "to",
        "users",
        "worst",
    )

    def __init__(self, index: int, first: Sighting, subject: Subject | None) -> None:
        self.index = index
        """Its place in the order of beginning, from 1."""
        self.subject = subject
        self.kind = "other" if subject is None else type(subject).__name__.lower()
        self.call_id = first.message.call_id
        """Of its first message."""
        self.sightings: list[Sighting] = []
        self.messages = 0
        self.dropped = 0
        """Messages that it no longer has."""
        self.octets = 0
        """Of SIP that it keeps."""
        self.addresses = " "
        """Each `host:port` that its messages went from or to, on every hop, between spaces."""
        self.elsewhere = 0
        """Messages of addresses beyond `MAX_ADDRESSES`."""
        self.start = self.last = first.time
        self.methods: frozenset[str] = frozenset()
        self.statuses: frozenset[int] = frozenset()
        self.code = 0
        """The latest final response; of a call, that to its INVITE; 0 where there is none."""
        self.findings: list[Finding] = []
        self.worst = 0
        """The gravest severity of its findings, 0 where there are none."""
        self.rules: tuple[str, ...] = ()
        self.marked = False
        self.settled = False
        self._text: str | None = None
        # What a message was asked for stays with it; of a copy it goes at once, and fifty thousand rows stay small.
        copy = parse(first.message.raw, first.missing) or first.message
        source, target = copy.from_, copy.to
        self.from_, self.to = _who(source), _who(target)
        users = [address.uri.user for address in (source, target) if address is not None]
        if isinstance(copy, Request):
            users.append(copy.request_uri.user)
        self.users = tuple(dict.fromkeys(wire_text(user, _MAX_NAME) for user in users if user))

    def add(self, sighting: Sighting) -> None:
        """Take its next message."""
        message = sighting.message
        self.sightings.append(sighting)
        self.messages += 1
        self.octets += len(message.raw)
        self.last = max(self.last, sighting.time)
        source, target = _ends(sighting.hop)
        if source not in self.addresses or target not in self.addresses:
            self._reach(source, target)
        if isinstance(message, Response):
            status = message.status
            if status not in self.statuses:
                self.statuses = _shared(self.statuses | {status})
            if status >= 200 and (not isinstance(self.subject, Call) or message.cseq_method == "INVITE"):
                self._answered(status)
        elif message.method not in self.methods:
            self.methods = _shared(self.methods | {message.method})
            self._text = None
        if len(self.sightings) > MAX_MESSAGES:
            self._shorten()

    def cite(self, finding: Finding) -> None:
        """Take a finding about one of its messages."""
        self.findings.append(finding)
        self.worst = max(self.worst, finding.severity)
        if finding.rule.id not in self.rules:
            self.rules = (*self.rules, finding.rule.id)
            self._text = None

    def revise(self, revision: Revision) -> None:
        """Take what became of one of its findings."""
        self.findings = revised(self.findings, revision)
        self.worst = max((finding.severity for finding in self.findings), default=0)
        self.rules = tuple(dict.fromkeys(finding.rule.id for finding in self.findings))
        self._text = None

    @property
    def method(self) -> str:
        """What it began with."""
        first = self.sightings[0].message
        return wire_text(first.method if isinstance(first, Request) else first.cseq_method, 24)

    @property
    def source(self) -> Endpoint:
        """Where its first message came from."""
        return self.sightings[0].hop.source

    @property
    def target(self) -> Endpoint:
        """Where its first message went to."""
        return self.sightings[0].hop.target

    @property
    def duration(self) -> int:
        """From its first message to its last, ns."""
        return self.last - self.start

    @property
    def state(self) -> str:
        """One word: of a call its `state`, of the others accepted, challenged, refused or waiting."""
        if isinstance(self.subject, Call):
            return self.subject.state
        if not self.code:
            return "waiting"
        if self.code < 300:
            return "accepted"
        return "challenged" if self.code in _CHALLENGES else "refused"

    @property
    def text(self) -> str:
        """All that a word of the filter may name, case folded."""
        if self._text is None:
            named = (self.from_, self.to, self.call_id, *self.users, *self.methods, *self.rules, self.kind)
            self._text = " ".join(named).casefold()
        return self._text

    def _reach(self, *ends: str) -> None:
        """Note the addresses of a hop. Interned, for the rows of one path have the same ones."""
        new = [end for end in dict.fromkeys(ends) if end not in self.addresses]
        if self.addresses.count(" ") + len(new) > MAX_ADDRESSES + 1:
            self.elsewhere += 1
        else:
            self.addresses = sys.intern(self.addresses + "".join(end[1:] for end in new))

    def _answered(self, status: int) -> None:
        """A later answer counts, except that a success is not undone by what another branch said."""
        if not (200 <= self.code < 300 and isinstance(self.subject, Call)):
            self.code = status

    def _shorten(self) -> None:
        # The first message stays: it says what this is.
        gone = self.sightings[1 : MAX_MESSAGES // 2]
        del self.sightings[1 : MAX_MESSAGES // 2]
        self.dropped += len(gone)
        self.octets -= sum(len(sighting.message.raw) for sighting in gone)


def revised(findings: list[Finding], revision: Revision) -> list[Finding]:
    """The findings with what became of one of them in its place, or without it."""
    now = [] if revision.now is None else [revision.now]
    return [each for old in findings for each in (now if old is revision.earlier else (old,))]


@lru_cache(5000)
def _ends(hop: Hop) -> tuple[str, str]:
    """Source and target between spaces: each message asks for them, and few hops carry all messages."""
    return f" {hop.source} ", f" {hop.target} "


def _who(address: NameAddr | None) -> str:
    """`bob@example.com`, or whatever there is, harmless."""
    if address is None:
        return "?"
    uri = address.uri
    user = uri.user.partition(";")[0]  # a telephone number may carry parameters (RFC 3966)
    return (
        wire_text(
            f"{user}@{uri.host}" if user and uri.host else user or uri.host or without_passwords(uri.text),
            _MAX_NAME,
        )
        or "?"
    )


def _shared(values: frozenset[_Member]) -> frozenset[_Member]:
    """The same set once, for the rows that have the same members: most calls have."""
    if len(_SETS) > _MAX_SETS:
        _SETS.clear()
    return _SETS.setdefault(values, values)
