"""What transactions belong to: dialogs, calls, registrations, subscriptions, publications, peers.

All are made and changed by the tracker alone; rules read them once they have settled.
"""

from __future__ import annotations

from collections import Counter, deque
from typing import TYPE_CHECKING, Any

from analyser.track.bounds import MAX_FAILURES_OF_PEER, MAX_STATUSES_OF_PEER
from analyser.track.transaction import CAPTURE_ENDED, EVICTED, OPEN, TIMED_OUT, Ending, Transaction

if TYPE_CHECKING:
    from analyser.track.sighting import Sighting


class Dialog:
    """A peer-to-peer relationship made by an INVITE (RFC 3261 §12): one for each To tag of its responses."""

    __slots__ = ("bye", "callee_tag", "caller_tag", "confirmed", "early", "invite")

    def __init__(self, caller_tag: str, callee_tag: str, invite: Transaction, early: Sighting) -> None:
        self.caller_tag = caller_tag
        self.callee_tag = callee_tag
        self.invite = invite
        self.early = early
        """The response that made it."""
        self.confirmed: Sighting | None = None
        """The first 2xx with its tag."""
        self.bye: Transaction | None = None
        """The first BYE for it, challenged or not."""


class Owned:
    """What every owner of transactions keeps."""

    __slots__ = ("dropped", "ending", "kept", "octets", "open", "settled_at", "transactions", "wanted")

    def __init__(self) -> None:
        self.transactions: list[Transaction] = []
        """In order of their first message, on all hops, the latest `MAX_SUBJECT_TRANSACTIONS`."""
        self.open = 0
        """Transactions that have not settled."""
        self.octets = 0
        """Octets of SIP that it holds."""
        self.settled_at = 0
        self.ending: Ending = OPEN
        self.wanted = False
        """Whether a finding or a reader of the events still wants it or one of its transactions: then it stays whole
        (`analyser.track.Release`)."""
        self.kept = 0
        """How many of its transactions peers keep as failures, and how many early findings it shows: as long as there is one it stays
        whole as well."""
        self.dropped = 0
        """Transactions that a bound pushed out of the list."""


class Call(Owned):
    """All that one Call-ID holds, on every hop of the capture: attempts, dialogs, what happened within them."""

    __slots__ = ("call_id", "dialogs", "legs", "loose")

    def __init__(self, call_id: str) -> None:
        super().__init__()
        self.call_id = call_id
        self.dialogs: dict[str, Dialog] = {}
        """By callee tag."""
        self.loose: list[Sighting] = []
        """ACKs whose INVITE the capture does not hold."""
        self.legs: tuple[list[Transaction], list[Transaction]] | None = None
        """`invites` and `first_leg` of a call that has settled, once somebody has asked."""

    @property
    def invites(self) -> list[Transaction]:
        """INVITE transactions that were sent outside a dialog (no To tag), on all hops."""
        return self._legs()[0]

    def _legs(self) -> tuple[list[Transaction], list[Transaction]]:
        if self.legs is not None:
            return self.legs
        invites = self._invites()
        sent = [seen for seen in invites if seen.request is not None and seen.forward_of is None]
        legs = invites, [seen for seen in sent if seen.hop.source.host == sent[0].hop.source.host]
        if self.ending is not OPEN:
            self.legs = legs
        return legs

    def _invites(self) -> list[Transaction]:
        return [
            seen
            for seen in self.transactions
            if seen.method == "INVITE" and (seen.request is None or not seen.request.message.to_tag)
        ]

    @property
    def reinvites(self) -> list[Transaction]:
        """INVITE and UPDATE transactions inside a dialog, on all hops."""
        return [
            seen
            for seen in self.transactions
            if seen.method in {"INVITE", "UPDATE"}
            and seen.request is not None
            and seen.request.message.to_tag
        ]

    @property
    def sightings(self) -> list[Sighting]:
        """Every message of it, in order, without the capture's duplicates."""
        seen = {id(copy): copy for owned in self.transactions for copy in owned.sightings}
        seen.update((id(ack), ack) for ack in self.loose)
        return sorted(seen.values(), key=lambda sighting: sighting.number)

    @property
    def goes_on(self) -> bool:
        """Whether somebody is being called, or talks: answered and not ended, or not answered and not given up."""
        confirmed = [dialog for dialog in self.dialogs.values() if dialog.confirmed is not None]
        if confirmed:
            return any(dialog.bye is None for dialog in confirmed)
        leg = self.first_leg
        return bool(leg) and leg[-1].final is None and leg[-1].ending is OPEN

    @property
    def byes(self) -> list[Transaction]:
        return [seen for seen in self.transactions if seen.method == "BYE"]

    @property
    def whole(self) -> bool:
        """Whether the capture holds the request that began the call (gate MID)."""
        return any(seen.request is not None for seen in self.invites)

    @property
    def first_leg(self) -> list[Transaction]:
        """The INVITEs outside a dialog as their first sender sent them: retries included, forwards not."""
        return self._legs()[1]

    @property
    def answered(self) -> Sighting | None:
        """The first 2xx to an INVITE outside a dialog."""
        first = None
        for invite in self.invites:
            answer = invite.final if 200 <= invite.status < 300 else next(iter(invite.answers), None)
            if answer is not None and (first is None or answer.number < first.number):
                first = answer
        return first

    @property
    def state(self) -> str:
        """One word: pending, ringing, answered, ended, cancelled, redirected, failed, timeout, or partial."""
        leg = self.first_leg
        if not leg:
            return "partial"
        last = leg[-1]
        status = last.status
        if 200 <= status < 300 or self.answered is not None:
            for seen in self.transactions:
                if seen.method == "BYE":
                    return "ended"
            return "answered"
        if status == 487 or (status >= 300 and last.cancel is not None):
            return "cancelled"
        if 300 <= status < 400:
            return "redirected"
        if status:
            return "failed"
        if last.ending is TIMED_OUT and not last.responses:
            return "timeout"
        return "ringing" if any(seen.message.status > 100 for seen in last.responses) else "pending"  # type: ignore[union-attr]


class _Expiring(Owned):
    """An owner with a lifetime."""

    __slots__ = ("expires_at",)

    def __init__(self) -> None:
        super().__init__()
        self.expires_at = 0
        """When what was granted last runs out; 0 where none is known."""


class Registration(_Expiring):
    """REGISTER requests with one Call-ID: a user agent keeping its bindings (RFC 3261 §10)."""

    __slots__ = ("call_id",)

    def __init__(self, call_id: str) -> None:
        super().__init__()
        self.call_id = call_id

    @property
    def first_leg(self) -> list[Transaction]:
        """As their first sender sent them: forwards left out."""
        return [seen for seen in self.transactions if seen.forward_of is None]


class Subscription(_Expiring):
    """SUBSCRIBE and NOTIFY requests with one Call-ID (RFC 6665)."""

    __slots__ = ("call_id",)

    def __init__(self, call_id: str) -> None:
        super().__init__()
        self.call_id = call_id

    @property
    def subscribes(self) -> list[Transaction]:
        return [seen for seen in self.transactions if seen.method == "SUBSCRIBE" and seen.forward_of is None]

    @property
    def notifies(self) -> list[Transaction]:
        return [seen for seen in self.transactions if seen.method == "NOTIFY" and seen.forward_of is None]


class Publication(_Expiring):
    """PUBLISH requests of one source for one resource and event package (RFC 3903), whatever their Call-ID."""

    __slots__ = ("event", "source", "tags", "uri")

    def __init__(self, uri: str, event: str, source: str) -> None:
        super().__init__()
        self.uri = uri
        """The Request-URI: the resource."""
        self.event = event
        self.source = source
        """The publisher's host."""
        self.tags: dict[str, tuple[Sighting, int]] = {}
        """Entity-tags issued: the 2xx with SIP-ETag, and the time (ns) at which it expires, 0 if not said.
        The latest 64."""


class Peer:
    """A host that sent requests, and how they fared: what scans and floods are seen by."""

    __slots__ = (
        "ending",
        "everyday",
        "failed",
        "failures",
        "first",
        "forgotten",
        "host",
        "last",
        "settled_at",
        "statuses",
        "undecided",
    )

    def __init__(self, host: str, first: Transaction) -> None:
        self.host = host
        self.first = first
        self.last = first
        self.statuses: Counter[tuple[str, int]] = Counter()
        """Transactions by method and final status code (0: none)."""
        self.undecided = 0
        """Those that had no final response yet when the capture ended, or when a bound pushed them out: whether one came nobody knows."""
        self.failed = 0
        """How many there were in all that may be kept in `failures`."""
        self.failures: deque[Transaction] = deque()
        """The latest transactions outside a dialog that ended with 4xx to 6xx or with nothing at all, in order."""
        self.everyday = 0
        """How many of them are everyday failures, of which fewer are kept."""
        self.forgotten = 0
        """How many others were kept and are no longer."""
        self.ending: Ending = OPEN
        self.settled_at = 0

    @property
    def requests(self) -> Counter[str]:
        """Transactions by method."""
        counted: Counter[str] = Counter()
        for (method, _), count in self.statuses.items():
            counted[method] += count
        return counted

    @property
    def fared(self) -> Counter[int]:
        """Transactions by final status code, 0 where none came in time; without those of which it is not known, and without
        ACK, which has no response."""
        counted: Counter[int] = Counter()
        for (method, status), count in self.statuses.items():
            if method != "ACK":
                counted[status] += count
        counted[0] -= self.undecided
        return +counted

    @property
    def users(self) -> Counter[str]:
        """Users tried in the failures kept (of the To header field), with a count."""
        tried: Counter[str] = Counter()
        for failure in self.failures:
            to = failure.request.message.to if failure.request is not None else None
            tried[to.uri.user if to is not None else ""] += 1
        return tried

    def note(self, transaction: Transaction) -> bool:
        """Count a transaction that has settled; whether it is a failure that is to be kept."""
        self.last = transaction
        status = transaction.status
        met: Any = transaction.method, status  # one object, where a typed pair would become one at each use
        if len(self.statuses) >= MAX_STATUSES_OF_PEER and met not in self.statuses:
            met = "", status  # methods are whatever the wire says
        self.statuses[met] += 1
        if not status and transaction.ending in (CAPTURE_ENDED, EVICTED) and transaction.method != "ACK":
            self.undecided += 1
        if not fails(transaction):
            return False
        # Of what was evicted nobody knows whether it failed; those that are kept are enough to see a flood.
        full = len(self.failures) - self.everyday >= MAX_FAILURES_OF_PEER
        return not (full and transaction.ending is EVICTED and not status)


def fails(transaction: Transaction) -> bool:
    """Whether it is a request outside a dialog that was refused or has had no final response."""
    request = transaction.request
    return not 100 < transaction.status < 400 and request is not None and not request.message.to_tag


def is_everyday(failure: Transaction) -> bool:
    """Whether a failed transaction is a call that got through and that the callee did not take: busy, cancelled, or never answered after
    a provisional response. There are many wherever people telephone, and what there is to say of one is said of the call."""
    status = failure.status
    if (
        failure.method != "INVITE"
        or status not in (0, 486, 487)
        or (failure.previous is not None and not status)
    ):
        return False
    responses = failure.responses
    return bool(responses) and responses[0].message.status < 200  # type: ignore[union-attr]


Subject = Call | Registration | Subscription | Publication
"""What owns transactions."""
