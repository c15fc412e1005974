"""Who owns a transaction, and when that owner is over.

INVITE and what lives inside its dialogs belong to a `Call`, REGISTER to a `Registration`, SUBSCRIBE and
its NOTIFYs to a `Subscription`, PUBLISH to a `Publication`. The rest (OPTIONS, MESSAGE …) stands alone.
"""

import heapq
from collections.abc import Iterable, Mapping
from itertools import count
from typing import Any, Final

from analyser.sip import Request, Response
from analyser.track import bounds
from analyser.track.failures import Failures
from analyser.track.matching import granted_seconds, relate
from analyser.track.sighting import Sighting
from analyser.track.subjects import (
    Call,
    Dialog,
    Owned,
    Peer,
    Publication,
    Registration,
    Subject,
    Subscription,
)
from analyser.track.transaction import CAPTURE_ENDED, COMPLETE, EVICTED, OPEN, Ending, Transaction
from analyser.wire import SECOND, Coverage, Hop

_IN_DIALOG_ONLY: Final = frozenset({"BYE", "CANCEL", "PRACK", "UPDATE", "INFO"})
MAX_TAGS: Final = 64
MAX_DIALOGS: Final = 64
MAX_EXPIRES: Final = 10 * 365 * 86400
"""Seconds; a larger value on the wire counts as this one."""


class Owners:
    """Calls, registrations, subscriptions and publications that have not settled, and the peers."""

    def __init__(self, coverage: Coverage, settled: list[Transaction | Subject | Peer]) -> None:
        self.coverage = coverage
        self._settled = settled
        self.calls: dict[str, Call] = {}
        self._registrations: dict[str, Registration] = {}
        self._subscriptions: dict[str, Subscription] = {}
        self._publications: dict[tuple[str, str, str], Publication] = {}
        self.peers: dict[str, Peer] = {}
        self.failures = Failures(coverage)
        self._expiring: list[tuple[int, int, Registration | Subscription | Publication]] = []
        self._order = count()
        self.octets = 0
        """Octets of SIP that all of them hold."""
        self._now = 0
        self._most_transactions = bounds.MAX_SUBJECT_TRANSACTIONS
        self._most_octets = bounds.MAX_SUBJECT_OCTETS

    # A new transaction

    def own(self, transaction: Transaction, sighting: Sighting) -> None:
        """Find or make the owner of a transaction that `sighting` has begun."""
        owner = self._owner_of(transaction, sighting)
        if owner is None:
            return
        transaction.owner = owner
        if isinstance(owner, Call):
            sighting.message.call_id = transaction.call_id = owner.call_id  # one string for all of the call
        self._add(owner, transaction, sighting)
        if transaction.method == "BYE" and isinstance(owner, Call):
            _end_dialog(owner, transaction, sighting)

    def _add(self, owner: Owned, transaction: Transaction, sighting: Sighting) -> None:
        owner.open += 1
        transactions = owner.transactions
        if transactions:
            relate(transaction, sighting, transactions)
        transactions.append(transaction)
        if transaction.requests:
            self.hold(owner, len(sighting.message.raw))
        if len(transactions) > self._most_transactions or owner.octets > self._most_octets:
            self._drop_oldest(owner)

    def _owner_of(self, transaction: Transaction, sighting: Sighting) -> Subject | None:
        method, call_id = transaction.method, transaction.call_id
        if method == "INVITE" or method in _IN_DIALOG_ONLY:
            call = self.calls.get(call_id)
            if call is None:
                call = self.calls[call_id] = Call(call_id)
            return call
        if method == "REGISTER":
            registration = self._registrations.get(call_id)
            if registration is None:
                registration = self._registrations[call_id] = Registration(call_id)
                self._bound(self._registrations, bounds.MAX_REGISTRATIONS, "registrations")
            return registration
        if method == "PUBLISH":
            return self._publication(sighting)
        if call_id in self.calls:
            return self.calls[call_id]
        if method in ("SUBSCRIBE", "NOTIFY") or call_id in self._subscriptions:
            subscription = self._subscriptions.get(call_id)
            if subscription is None:
                subscription = self._subscriptions[call_id] = Subscription(call_id)
                self._bound(self._subscriptions, bounds.MAX_SUBSCRIPTIONS, "subscriptions")
            return subscription
        return None

    def _publication(self, sighting: Sighting) -> Publication | None:
        message = sighting.message
        if not isinstance(message, Request):
            return None
        event = message.event
        message.kept = None  # a resting publication needs no parsed header fields
        package = event.package if event is not None else ""
        key = (message.uri, package, sighting.hop.source.host)
        publication = self._publications.get(key)
        if publication is None:
            publication = self._publications[key] = Publication(*key)
            self._bound(self._publications, bounds.MAX_PUBLICATIONS, "publications")
        return publication

    def _bound(self, kept: Mapping[Any, Subject], most: int, name: str) -> None:
        """Push out the oldest owner of a kind that has grown too large."""
        if len(kept) > most:
            self.coverage.evicted[name] += 1
            self.settle(next(iter(kept.values())), EVICTED, self._now)

    def _drop_oldest(self, owner: Owned) -> None:
        for index, old in enumerate(owner.transactions):
            if old.ending is not OPEN:
                del owner.transactions[index]
                owner.dropped += 1
                self.hold(owner, -old.octets)
                self.coverage.evicted["transactions of one subject"] += 1
                return

    # A response, an ACK

    def answered(self, transaction: Transaction, sighting: Sighting, message: Response) -> None:
        """Take a response that is no repeat into the owner's state."""
        owner, status = transaction.owner, message.status
        if isinstance(owner, Call):
            if transaction.method == "INVITE" and 100 < status < 300 and message.to_tag:
                request = transaction.request
                if request is None or not request.message.to_tag:
                    self._grow_dialog(owner, transaction, sighting, message)
        elif owner is not None and 200 <= status < 300:
            self._granted(owner, sighting, message)

    def _granted(self, owner: Subject, sighting: Sighting, message: Response) -> None:
        seconds = granted_seconds(message)
        expires_at = sighting.time + min(seconds, MAX_EXPIRES) * SECOND if seconds else 0
        if isinstance(owner, Publication) and message.etag:
            owner.tags[message.etag] = (sighting, expires_at)
            if len(owner.tags) > MAX_TAGS:
                del owner.tags[next(iter(owner.tags))]
                self.coverage.evicted["entity-tags"] += 1
        assert not isinstance(owner, Call)
        owner.expires_at = max(owner.expires_at, expires_at)

    def _grow_dialog(
        self, call: Call, transaction: Transaction, sighting: Sighting, message: Response
    ) -> None:
        dialog = call.dialogs.get(message.to_tag)
        if dialog is None:
            if len(call.dialogs) >= MAX_DIALOGS:
                self.coverage.evicted["dialogs of one call"] += 1
                return
            dialog = Dialog(message.from_tag, message.to_tag, transaction, sighting)
            call.dialogs[message.to_tag] = dialog
        if message.status >= 200 and dialog.confirmed is None:
            dialog.confirmed = sighting

    def answered_by(self, ack: Request, hop: Hop) -> list[Transaction]:
        """The INVITEs that an ACK of a 2xx on `hop` acknowledges: the one between the same hosts; else those
        from the same source or to the same target, for an ACK may pass by the proxies that stood between
        (RFC 3261 §13.2.2.4). After forking, the To tag tells which."""
        call = self.calls.get(ack.call_id)
        if call is None:
            return []
        source, target = hop.source.host, hop.target.host
        between, near = [], []
        for invite in call.transactions:
            if invite.cseq != ack.cseq or invite.method != "INVITE":
                continue
            ends = (invite.hop.source.host == source) + (invite.hop.target.host == target)
            if ends:
                near.append(invite)
                if ends == 2:
                    between.append(invite)
        found = between or near
        if len(found) > 1:
            tagged = [invite for invite in found if _answered_with(invite, ack.to_tag)]
            return tagged or [invite for invite in found if invite.status < 300] or found
        return found

    def loose_ack(self, sighting: Sighting, message: Request) -> None:
        call = self.calls.get(message.call_id)
        if call is None:
            return
        if len(call.loose) < bounds.MAX_COPIES:
            call.loose.append(sighting)
            self.hold(call, len(message.raw))
        else:
            self.coverage.evicted["ACKs without their INVITE"] += 1

    def hold(self, owner: Owned, octets: int) -> None:
        owner.octets += octets
        self.octets += octets

    def oldest(self) -> Subject | None:
        """What goes first when memory is short: the oldest call, else the oldest of another kind."""
        for kind in (self.calls, self._registrations, self._subscriptions, self._publications):
            for owner in kind.values():
                return owner
        return None

    # Settling

    def transaction_settled(self, transaction: Transaction, at: int) -> None:
        self._note_peer(transaction)
        owner = transaction.owner
        if owner is None:
            return
        held: Owned = (
            owner  # what all kinds have is found sooner in what they have in common, where this is compiled
        )
        held.open -= 1
        if held.open:
            return
        if isinstance(owner, Call):
            for dialog in owner.dialogs.values():
                if dialog.bye is None and dialog.confirmed is not None:
                    return  # the call goes on
            cut_short = transaction.ending in (CAPTURE_ENDED, EVICTED)
            self.settle(owner, transaction.ending if cut_short else COMPLETE, at)
        else:
            owner.settled_at = at
            heapq.heappush(self._expiring, (_over_at(owner), next(self._order), owner))

    def step(self, by: int) -> None:
        """Move with a clock that was set."""
        for kind in (self._registrations, self._subscriptions, self._publications):
            for owner in kind.values():
                owner.expires_at += by if owner.expires_at else 0
                owner.settled_at += by
        self._expiring = [(over_at + by, order, owner) for over_at, order, owner in self._expiring]

    def advance(self, now: int) -> None:
        self._now = now
        due: list[Registration | Subscription | Publication] = []
        while self._expiring and self._expiring[0][0] <= now:
            _, _, owner = heapq.heappop(self._expiring)
            if owner.ending is OPEN and not owner.open and _over_at(owner) <= now:
                due.append(owner)
        for owner in sorted(due, key=latest) if due else ():
            if owner.ending is OPEN:  # an owner may have been put in twice
                self.settle(owner, COMPLETE, _over_at(owner))

    def close(self, now: int, stages: list[int]) -> None:
        """Settle every owner, then the peers; `stages` gets where each kind ends in the list of what has settled."""
        kinds: tuple[Iterable[Subject], ...] = (
            self.calls.values(),
            self._registrations.values(),
            self._subscriptions.values(),
            self._publications.values(),
        )
        for kind in kinds:
            for owner in sorted(kind, key=earliest):
                self.settle(owner, CAPTURE_ENDED, now)
            stages.append(len(self._settled))
        for peer in self.peers.values():
            self.settle_peer(peer, now)
        self.peers.clear()

    def settle(self, owner: Subject, ending: Ending, at: int) -> None:
        """Let go of an owner; its transactions must have settled."""
        held: Owned = owner
        held.ending = ending
        held.settled_at = at
        self.octets -= held.octets
        if isinstance(owner, Call):
            self.calls.pop(owner.call_id, None)
        elif isinstance(owner, Registration):
            self._registrations.pop(owner.call_id, None)
        elif isinstance(owner, Subscription):
            self._subscriptions.pop(owner.call_id, None)
        else:
            self._publications.pop((owner.uri, owner.event, owner.source), None)
        self._settled.append(owner)

    # Peers

    def _note_peer(self, transaction: Transaction) -> None:
        host = transaction.hop.source.host
        peer = self.peers.get(host)
        if peer is None:
            peer = self.peers[host] = Peer(host, transaction)
            if len(self.peers) > bounds.MAX_PEERS:
                self.coverage.evicted["peers"] += 1
                self.settle_peer(self.peers.pop(next(iter(self.peers))), transaction.settled_at)
        if peer.note(transaction):
            self.failures.keep(peer, transaction)

    def settle_peer(self, peer: Peer, now: int) -> None:
        """Let go of a peer."""
        self.failures.release(peer)
        peer.settled_at = now
        peer.ending = CAPTURE_ENDED
        self._settled.append(peer)


def earliest(owner: Subject) -> int:
    """The number of the message that began the first of its transactions."""
    return owner.transactions[0].opened


def latest(owner: Subject) -> int:
    """The number of the message that began the last of its transactions."""
    return owner.transactions[-1].opened


def _answered_with(invite: Transaction, tag: str) -> bool:
    return any(answer.message.to_tag == tag for answer in invite.answers)


def _over_at(owner: Registration | Subscription | Publication) -> int:
    """When a quiet owner has settled: its lifetime has run out, and nobody has tried again for a while."""
    linger = bounds.PUBLICATION_LINGER if isinstance(owner, Publication) else bounds.OWNER_LINGER
    return max(owner.expires_at + bounds.LINGER, owner.settled_at + linger)


def _end_dialog(call: Call, bye: Transaction, sighting: Sighting) -> None:
    message = sighting.message
    dialog = call.dialogs.get(message.to_tag) or call.dialogs.get(message.from_tag)
    if dialog is not None and dialog.bye is None:
        dialog.bye = bye
