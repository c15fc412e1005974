"""Subjects as plain values, and back: what one process has tracked, drawn or judged by another.

`Flat` numbers sightings, transactions and owners, and follows their links, so that what hangs together stays so. Messages
travel as octets with what the head scan found (`letters`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from analyser.parallel.letters import of_message, to_message
from analyser.track import (
    Call,
    Dialog,
    Ending,
    Peer,
    Publication,
    Registration,
    Sighting,
    Subscription,
    Transaction,
)
from analyser.track.machines import State
from analyser.track.sighting import (
    ACK,
    CHALLENGE,
    DUPLICATE,
    FINAL,
    PROVISIONAL,
    REQUEST,
    RETRANSMISSION,
    STRAY,
)
from analyser.wire import Endpoint, Hop

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analyser.track import Subject

Row = tuple[Any, ...]
Tables = tuple[list[Row], list[Row], list[Row]]
"""Sightings, transactions, owners."""
Reference = tuple[Any, ...]
"""A kind, and a number in the table of that kind."""

_NONE: Final = -1
_ROLES: Final = {
    role: role for role in (ACK, CHALLENGE, DUPLICATE, FINAL, PROVISIONAL, REQUEST, RETRANSMISSION, STRAY)
}
"""The constants by themselves: they are told apart by identity."""


class Flat:
    """Collects what is to be sent. It keeps every subject that it has numbered."""

    def __init__(self) -> None:
        self._sightings: dict[int, int] = {}
        self._transactions: dict[int, int] = {}
        self._owners: dict[int, int] = {}
        self._kept_sightings: list[Sighting] = []
        self._kept_transactions: list[Transaction] = []
        self._kept_owners: list[Subject] = []

    def sighting(self, sighting: Sighting | None) -> int:
        """Its number."""
        if sighting is None:
            return _NONE
        number = self._sightings.setdefault(id(sighting), len(self._kept_sightings))
        if number == len(self._kept_sightings):
            self._kept_sightings.append(sighting)
        return number

    def transaction(self, transaction: Transaction | None) -> int:
        """Its number."""
        if transaction is None:
            return _NONE
        number = self._transactions.setdefault(id(transaction), len(self._kept_transactions))
        if number == len(self._kept_transactions):
            self._kept_transactions.append(transaction)
        return number

    def owner(self, owner: Subject | None) -> int:
        """Its number."""
        if owner is None:
            return _NONE
        number = self._owners.setdefault(id(owner), len(self._kept_owners))
        if number == len(self._kept_owners):
            self._kept_owners.append(owner)
        return number

    def reference(self, subject: object) -> Reference:
        """What names a subject of any kind."""
        match subject:
            case Sighting():
                return ("sighting", self.sighting(subject))
            case Transaction():
                return ("transaction", self.transaction(subject))
            case Call() | Registration() | Subscription() | Publication():
                return ("owner", self.owner(subject))
            case Peer():
                return ("peer", subject.host, self.transaction(subject.first))
            case _:
                raise TypeError(subject)

    def tables(self) -> Tables:
        """All that was numbered, with all that it is linked with."""
        sightings: list[Row] = []
        transactions: list[Row] = []
        owners: list[Row] = []
        while (
            len(sightings) < len(self._kept_sightings)
            or len(transactions) < len(self._kept_transactions)
            or len(owners) < len(self._kept_owners)
        ):
            sightings += [self._of_sighting(each) for each in self._kept_sightings[len(sightings) :]]
            transactions += [
                self._of_transaction(each) for each in self._kept_transactions[len(transactions) :]
            ]
            owners += [self._of_owner(each) for each in self._kept_owners[len(owners) :]]
        return sightings, transactions, owners

    def _of_sighting(self, seen: Sighting) -> Row:
        return (
            seen.number,
            seen.time,
            _of_hop(seen.hop),
            of_message(seen.message),
            seen.frames,
            seen.ident,
            seen.missing,
            seen.input,
            seen.role,
            self.transaction(seen.transaction),
        )

    def _of_transaction(self, owned: Transaction) -> Row:
        return (
            (
                owned.method,
                owned.branch,
                owned.call_id,
                owned.cseq,
                owned.from_tag,
                _of_hop(owned.hop),
            ),
            int(owned.state),
            owned.ending.value,
            (owned.status, owned.settled_at, owned.peer_heard, owned.copies, owned.defective, owned.place),
            [self.sighting(seen) for seen in owned.requests],
            [self.sighting(seen) for seen in owned.responses],
            [self.sighting(seen) for seen in owned.acks],
            (self.sighting(owned.request), self.sighting(owned.final)),
            (
                self.transaction(owned.cancel),
                self.transaction(owned.invite),
                self.transaction(owned.previous),
                self.transaction(owned.forward_of),
            ),
            [self.transaction(further) for further in owned.forwards],
            self.owner(owned.owner),
        )

    def _of_owner(self, owner: Subject) -> Row:
        common = (
            [self.transaction(owned) for owned in owner.transactions],
            owner.octets,
            owner.settled_at,
            owner.ending.value,
            owner.dropped,
        )
        match owner:
            case Call():
                dialogs = [
                    (
                        tag,
                        dialog.caller_tag,
                        dialog.callee_tag,
                        self.transaction(dialog.invite),
                        self.sighting(dialog.early),
                        self.sighting(dialog.confirmed),
                        self.transaction(dialog.bye),
                    )
                    for tag, dialog in owner.dialogs.items()
                ]
                loose = [self.sighting(seen) for seen in owner.loose]
                return ("call", (owner.call_id,), common, dialogs, loose)
            case Registration():
                return ("registration", (owner.call_id,), common, owner.expires_at)
            case Subscription():
                return ("subscription", (owner.call_id,), common, owner.expires_at)
            case Publication():
                name = (owner.uri, owner.event, owner.source)
                tags = [(tag, self.sighting(seen), until) for tag, (seen, until) in owner.tags.items()]
                return ("publication", name, common, owner.expires_at, tags)


def _of_hop(hop: Hop) -> Row:
    return (tuple(hop.source), tuple(hop.target), hop.transport)


class Rebuilt:
    """What `Flat` has collected, as subjects again."""

    def __init__(self, tables: Tables) -> None:
        self._hops: dict[Row, Hop] = {}
        sightings, transactions, owners = tables
        self.sightings = [self._sighting(row) for row in sightings]
        self.transactions = [self._transaction(row) for row in transactions]
        self.owners = [_owner(row) for row in owners]
        for seen, row in zip(self.sightings, sightings, strict=True):
            seen.transaction = self._linked(row[-1])
        for owned, row in zip(self.transactions, transactions, strict=True):
            self._link_transaction(owned, row)
        for owner, row in zip(self.owners, owners, strict=True):
            self._link_owner(owner, row)

    def subject(self, reference: Reference) -> Sighting | Transaction | Subject | Peer:
        """The subject that a reference names."""
        kind, *which = reference
        match kind:
            case "sighting":
                return self.sightings[which[0]]
            case "transaction":
                return self.transactions[which[0]]
            case "owner":
                return self.owners[which[0]]
            case _:
                return Peer(which[0], self.transactions[which[1]])

    def _hop(self, row: Row) -> Hop:
        hop = self._hops.get(row)
        if hop is None:
            source, target, transport = row
            hop = self._hops[row] = Hop(Endpoint(*source), Endpoint(*target), transport)
        return hop

    def _sighting(self, row: Row) -> Sighting:
        number, time, hop, message, frames, ident, missing, source, role, _ = row
        sighting = Sighting(number, time, self._hop(hop), to_message(message), frames, ident, missing, source)
        sighting.role = _ROLES[role]
        return sighting

    def _transaction(self, row: Row) -> Transaction:
        (method, branch, call_id, cseq, from_tag, hop), state, ending, counts, *_ = row
        owned = Transaction(method, branch, call_id, cseq, from_tag, self._hop(hop))
        owned.state = State(state)
        owned.ending = Ending(ending)
        owned.status, owned.settled_at, owned.peer_heard, owned.copies, owned.defective, owned.place = counts
        return owned

    def _seen(self, numbers: Iterable[int]) -> list[Sighting]:
        return [self.sightings[number] for number in numbers]

    def _one_seen(self, number: int) -> Sighting | None:
        return None if number == _NONE else self.sightings[number]

    def _linked(self, number: int) -> Transaction | None:
        return None if number == _NONE else self.transactions[number]

    def _link_transaction(self, owned: Transaction, row: Row) -> None:
        requests, responses, acks, (request, final), links, forwards, owner = row[4:]
        owned.requests = self._seen(requests)
        owned.responses = self._seen(responses)
        owned.acks = self._seen(acks)
        owned.request, owned.final = self._one_seen(request), self._one_seen(final)
        owned.cancel, owned.invite, owned.previous, owned.forward_of = map(self._linked, links)
        owned.forwards = [self.transactions[number] for number in forwards]
        owned.owner = None if owner == _NONE else self.owners[owner]

    def _link_owner(self, owner: Subject, row: Row) -> None:
        transactions, owner.octets, owner.settled_at, ending, owner.dropped = row[2]
        owner.transactions = [self.transactions[number] for number in transactions]
        owner.ending = Ending(ending)
        if isinstance(owner, Call):
            for tag, caller, callee, invite, early, confirmed, bye in row[3]:
                dialog = Dialog(caller, callee, self.transactions[invite], self.sightings[early])
                dialog.confirmed, dialog.bye = self._one_seen(confirmed), self._linked(bye)
                owner.dialogs[tag] = dialog
            owner.loose = self._seen(row[4])
            return
        owner.expires_at = row[3]
        if isinstance(owner, Publication):
            owner.tags = {tag: (self.sightings[number], until) for tag, number, until in row[4]}


def _owner(row: Row) -> Subject:
    kind, name = row[:2]
    match kind:
        case "call":
            return Call(*name)
        case "registration":
            return Registration(*name)
        case "subscription":
            return Subscription(*name)
        case _:
            return Publication(*name)
