"""Messages -> transactions -> calls, registrations, subscriptions, publications.

`receive` takes sightings in capture order; time is theirs, there is no clock here. What is over, or will
never be, *settles*: it leaves memory and appears in what `drain` gives, each thing once, transactions
before what owns them. `close` settles the rest at the end of the capture.

A transaction is keyed by top branch and CSeq method, on one hop: the same key on another hop is a
transaction of its own in a chain (`Transaction.other_hop`), so that no hop's copies are taken for another's.
"""

from typing import Final

from analyser.sip import Request, Response
from analyser.track import bounds
from analyser.track.machines import ACKNOWLEDGED, EVENT_OF_CLASS, INVITE, NON_INVITE, REQUESTED
from analyser.track.matching import answered, copied, find_before, repeats, rfc2543_key, share
from analyser.track.owners import Owners
from analyser.track.sighting import (
    ACK,
    CHALLENGE,
    DUPLICATE,
    FINAL,
    PROVISIONAL,
    RETRANSMISSION,
    STRAY,
    Sighting,
)
from analyser.track.subjects import Peer, Publication, Subject
from analyser.track.table import Table
from analyser.track.transaction import Transaction
from analyser.wire import SECOND, Coverage, Hop

Settled = Transaction | Subject | Peer

_COOKIE: Final = "z9hG4bK"


class Tracker:
    """Holds what has not settled. Its memory is bounded by the constants of `analyser.track.bounds`."""

    def __init__(self, coverage: Coverage) -> None:
        self.coverage = coverage
        self.now = 0
        """The latest capture time seen."""
        self.first_time = 0
        """Of the first message; 0 where there is none."""
        self.settled: list[Settled] = []
        """What has settled and not been drained."""
        self.spared: list[Transaction | Subject] = []
        """What peers have kept and kept no longer when `drain` was called last."""
        self._owners = Owners(coverage, self.settled)
        self._table = Table(coverage, self._owners, self.settled)
        self._chains = self._table.chains
        self._most_copies = bounds.MAX_COPIES
        self._heard: dict[int, Hop] = {}
        """Hops that the table has heard, by identity: most messages come on one of a few. It holds them, so no other
        can have their identity."""

    def receive(self, sighting: Sighting) -> None:
        """Take the next message of the capture; sets `role` and `transaction` of the sighting."""
        time = sighting.time
        if time > self.now:
            self.now = time
            if time >= self._table.check_at:
                self._pass_time(time)
        hop = sighting.hop
        if self._heard.get(id(hop)) is not hop:
            self._hear(hop)
        message = sighting.message
        if isinstance(message, Response):
            self._response(sighting, message)
        elif message.method == "ACK":
            self._ack(sighting, message)
        else:
            self._request(sighting, message)

    @property
    def due(self) -> int:
        """From when on a message makes the tracker look for what is over."""
        return self._table.check_at

    def pass_by(self, time: int, hop: Hop) -> None:
        """Take note of a message that another process tracks: its time ends what is over, and its source was heard."""
        if time > self.now:
            self.now = time
            if time >= self._table.check_at:
                self._pass_time(time)
        if self._heard.get(id(hop)) is not hop:
            self._hear(hop)

    def _hear(self, hop: Hop) -> None:
        self._table.hear(hop)
        if len(self._heard) >= bounds.MAX_HOST_PAIRS:
            self._heard.clear()
        self._heard[id(hop)] = hop

    def _pass_time(self, time: int) -> None:
        if not self.first_time:
            self.first_time = time
        self._table.advance(time - time % SECOND)

    @property
    def open_calls(self) -> int:
        """Calls that have not settled."""
        return len(self._owners.calls)

    def calls_going_on(self) -> int:
        """Calls in which somebody is being called or talks: those that have not settled less those whose late copies are
        waited for. It looks at each of them."""
        return sum(1 for call in self._owners.calls.values() if call.goes_on)

    def drain(self) -> list[Settled]:
        """What has settled since the last call."""
        failures = self._owners.failures
        self.spared, failures.spared = failures.spared, []
        return self._table.drain()

    def places(self) -> list[tuple[int, int]]:
        """The place of each thing that `drain` will give: what the trackers of several processes give at one moment, sorted by it,
        is what one tracker would give."""
        return self._table.places()

    def advance(self, now: int) -> None:
        """The tick of live mode: what its timers have ended by the last full second of `now` settles. As messages let time pass
        by the second as well, it makes no difference how often time is told."""
        if now > self.now:
            self.now = now
            if now >= self._table.check_at:
                self._table.advance(now - now % SECOND)

    def close(self, now: int | None = None) -> None:
        """The capture has ended at `now`: settle everything."""
        if now is not None:
            self.now = max(self.now, now)
        self._table.advance(self.now)
        self._table.close(self.now)

    def step(self, by: int) -> None:
        """The clock was set by so many ns, forward or back: what waits for a time goes on waiting for as long as it had to."""
        self.now += by
        self._table.step(by)

    # What has not settled, for those who do not wait for it

    def heard_back(self, hop: Hop) -> bool:
        """Whether the capture holds anything from the target of a hop to its source."""
        return self._table.heard_back(hop)

    def peer(self, host: str) -> Peer | None:
        """The peer under way; None where no transaction of it has settled yet."""
        return self._owners.peers.get(host)

    def part_with(self, host: str) -> None:
        """Settle a peer: where it comes up again, it is a new one."""
        peer = self._owners.peers.pop(host, None)
        if peer is not None:
            self._owners.settle_peer(peer, self.now)

    # Requests

    def _request(self, sighting: Sighting, message: Request) -> None:
        method, hop = message.method, sighting.hop
        branch = message.branch
        if not branch.startswith(_COOKIE) or len(branch) == len(_COOKIE):
            branch = rfc2543_key(message)
        head = known = self._chains.get(branch)
        while known is not None and (known.method != method or known.hop != hop):
            known = known.other_hop
        if known is not None:
            if known.cseq == message.cseq and known.call_id == message.call_id and repeats(known, message):
                self._request_again(sighting, known)
                return
            # Another request with a branch used before, which RFC 3261 §8.1.1.7 forbids, or without any.
            self._table.forget(known)
            head = self._chains.get(branch)
        transaction = Transaction(method, branch, message.call_id, message.cseq, message.from_tag, hop)
        transaction.request = sighting
        transaction.requests.append(sighting)
        transaction.defective = bool(message.scan_defects)
        sighting.transaction = transaction
        self._open(transaction, head, sighting)
        if method == "CANCEL":
            self._link_cancel(transaction)

    def _request_again(self, sighting: Sighting, known: Transaction) -> None:
        sighting.transaction = known
        if known.request is None:  # the response was captured before its request
            known.request = sighting
        elif self._is_duplicate(sighting, known.requests[-1]):
            return
        else:
            sighting.role = RETRANSMISSION
            table = INVITE if known.method == "INVITE" else NON_INVITE
            known.state = table[known.state][REQUESTED]
        self._keep(known.requests, sighting, known)

    def _link_cancel(self, cancel: Transaction) -> None:
        """A CANCEL has the branch of the request that it cancels (RFC 3261 §9.1)."""
        invite = self._chains.get(cancel.branch)
        while invite is not None and (invite.method != "INVITE" or invite.hop != cancel.hop):
            invite = invite.other_hop
        if invite is not None:
            cancel.invite = invite
            invite.cancel = invite.cancel or cancel

    def _ack(self, sighting: Sighting, message: Request) -> None:
        sighting.role = ACK
        branch, hop = message.branch, sighting.hop
        if not branch.startswith(_COOKIE):
            branch = rfc2543_key(message)
        invite = self._chains.get(branch)
        while invite is not None and (invite.method != "INVITE" or invite.hop != hop):
            invite = invite.other_hop
        if invite is not None and invite.cseq == message.cseq:
            acknowledged = [invite]
        else:
            acknowledged = self._owners.answered_by(message, hop)
        if not acknowledged:
            self._owners.loose_ack(sighting, message)
            return
        sighting.transaction = acknowledged[0]
        share(message, acknowledged[0])
        for transaction in acknowledged:
            if transaction.acks:
                if self._is_duplicate(sighting, transaction.acks[-1]):
                    return
                if transaction.acks[-1].message.raw == message.raw:
                    sighting.role = RETRANSMISSION
            transaction.state = INVITE[transaction.state][ACKNOWLEDGED]
            self._keep(transaction.own_acks(), sighting, transaction)

    # Responses

    def _response(self, sighting: Sighting, message: Response) -> None:
        status, method = message.status, message.cseq_method
        branch = message.branch
        if not branch.startswith(_COOKIE) or len(branch) == len(_COOKIE):
            branch = rfc2543_key(message)
        transaction = self._chains.get(branch)
        if transaction is not None:
            known = transaction.hop
            source, target, _ = sighting.hop
            if (
                transaction.other_hop is not None
                or transaction.method != method
                or (known[0] is not target and known[0] != target)
                or (known[1] is not source and known[1] != source)
            ):
                transaction = answered(transaction, method, sighting.hop)
        if transaction is None or transaction.cseq != message.cseq:
            transaction = self._stray(sighting, message, branch)
            if transaction is None:
                return
        sighting.transaction = transaction
        share(message, transaction)
        responses = transaction.responses
        if responses:
            earlier = copied(responses, message)
            if earlier is not None:
                if not self._is_duplicate(sighting, earlier):
                    sighting.role = RETRANSMISSION
                    self._keep(responses, sighting, transaction)
                return
        if transaction.request is None:
            sighting.role = STRAY
        elif status < 200:
            sighting.role = PROVISIONAL
        else:
            sighting.role = CHALLENGE if status in (401, 407) else FINAL
        self._keep(responses, sighting, transaction)
        table = INVITE if method == "INVITE" else NON_INVITE
        transaction.state = table[transaction.state][EVENT_OF_CLASS[status // 100 if status < 700 else 6]]
        if status >= 200 and transaction.final is None:
            transaction.final = sighting
            transaction.status = status
            self._table.linger(transaction, self.now)
        if status > 100 and transaction.owner is not None:
            self._owners.answered(transaction, sighting, message)

    def _stray(self, sighting: Sighting, message: Response, branch: str) -> Transaction | None:
        """A response without a request: the capture began between them, or missed it."""
        if not message.call_id:
            sighting.role = STRAY
            return None
        hop = Hop(sighting.hop.target, sighting.hop.source, sighting.hop.transport)
        method = message.cseq_method
        transaction = Transaction(method, branch, message.call_id, message.cseq, message.from_tag, hop)
        known = self._chains.get(branch)
        while known is not None and (known.method != method or known.hop != hop):
            known = known.other_hop
        if known is not None:
            self._table.forget(known)
        self._open(transaction, self._chains.get(branch), sighting)
        return transaction

    # What both have in common

    def _open(self, transaction: Transaction, head: Transaction | None, sighting: Sighting) -> None:
        self._table.add(transaction, head, self.now)
        self._owners.own(transaction, sighting)
        owner = transaction.owner
        if transaction.request is not None and (owner is None or isinstance(owner, Publication)):
            find_before(transaction, head, self._chains)
        if transaction.owner is None:
            self._table.stand_alone(transaction)
        self._table.make_room(self.now)

    def _is_duplicate(self, sighting: Sighting, earlier: Sighting) -> bool:
        """Whether it is a copy that the capture made: same octets, too soon for a retransmission.

        Inside 0.35*T1 the same IP identification proves it, another one disproves it. Where there is none (or
        0, which hosts use that do not count), closer than 20 ms nothing else can be the reason.
        """
        gap = sighting.time - earlier.time
        if gap >= bounds.RETRANSMISSION_GAP or sighting.message.raw != earlier.message.raw:
            return False
        known = sighting.ident > 0 and earlier.ident > 0
        if sighting.ident != earlier.ident if known else gap >= bounds.DUPLICATE_GAP:
            return False
        sighting.role = DUPLICATE
        sighting.transaction = earlier.transaction
        self.coverage.duplicates += 1
        return True

    def _keep(self, copies: list[Sighting], sighting: Sighting, transaction: Transaction) -> None:
        if len(copies) >= self._most_copies:
            transaction.copies += 1
            self.coverage.evicted["copies"] += 1
            return
        copies.append(sighting)
        message = sighting.message
        if message.scan_defects:
            transaction.defective = True
        owner = transaction.owner
        if owner is not None:
            self._owners.hold(owner, len(message.raw))
        else:
            self._table.octets += len(message.raw)
