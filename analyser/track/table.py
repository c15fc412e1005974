"""The transactions under way, by key; their deadlines; how they leave.

One deque for each kind of deadline: all deadlines of a kind lie equally far ahead when they are set, so
each deque is in order and nothing is ever sorted. What has left its kind stays in the deque until then.
"""

from collections import deque
from typing import Final

from analyser.track import bounds
from analyser.track.machines import PROCEEDING, TERMINATED
from analyser.track.owners import Owners, earliest, latest
from analyser.track.subjects import Peer, Subject
from analyser.track.transaction import CAPTURE_ENDED, COMPLETE, EVICTED, OPEN, TIMED_OUT, Ending, Transaction
from analyser.wire import SECOND, Coverage, Endpoint, Hop

LINGERING: Final = 1
EXPIRING: Final = 3
EVICTION: Final = 4
"""Stages of settling, in order: timers without an answer, after a final response (1), without a limit; owners whose time has come
(3); what a bound pushes out, or at the end of the capture the transactions still open (4); then the owners by kind; the peers."""

_Deadlines = deque[Transaction]
"""In the order of `Transaction.gives_up_at`, or of `gone_at` for those that linger."""

_FEW: Final = 1024
"""Settled transactions that may wait in a deque without anybody minding."""


class Table:
    """Chains of transactions with one branch, linked by `Transaction.other_hop`: on several hops, and a CANCEL has that of
    its INVITE."""

    def __init__(
        self, coverage: Coverage, owners: Owners, settled: list[Transaction | Subject | Peer]
    ) -> None:
        self.coverage = coverage
        self.chains: dict[str, Transaction] = {}
        """By top branch, or what stands for it."""
        self.check_at = 0
        """Deadlines are looked at once a second of capture time."""
        self.open = 0
        """Transactions that have not settled."""
        self.octets = 0
        """Octets of SIP that those without an owner hold."""
        self._owners = owners
        self._settled = settled
        self._most_open = bounds.MAX_TRANSACTIONS
        self._most_standalone = bounds.MAX_STANDALONE_OCTETS
        self._most_held = bounds.MAX_HELD_OCTETS
        self._most_calls = bounds.MAX_CALLS
        self._answerless: _Deadlines = deque()  # timers B and F
        self._lingering: _Deadlines = deque()  # timers D, H, I, J, K, L and M
        self._pending: _Deadlines = deque()  # INVITEs that no timer of the client ends
        self._trying: _Deadlines = deque()  # those of them to which only 100 has come
        self._standalone: _Deadlines = deque()  # those without an owner, in the order in which they began
        self._pushed_out = 0  # octets of what was evicted and may still stand in a deque
        self._host_pairs: set[tuple[str, str]] = set()
        self._stages: list[int] = []
        """Where each stage of settling ends in the list of what has settled."""

    def add(self, transaction: Transaction, head: Transaction | None, now: int) -> None:
        """Take a new transaction; `head` is the chain that its branch has so far."""
        transaction.other_hop = head
        self.chains[transaction.branch] = transaction
        self.open += 1
        transaction.gives_up_at = now + bounds.TIMEOUT
        self._answerless.append(transaction)
        if head is not None:
            self._shorten(head, now)

    def stand_alone(self, transaction: Transaction) -> None:
        """It turned out to have no owner, whose octets would count it."""
        self.octets += transaction.octets
        self._standalone.append(transaction)

    def linger(self, transaction: Transaction, now: int) -> None:
        """Its final response has come: stay to absorb late copies."""
        transaction.gone_at = now + bounds.LINGER
        self._lingering.append(transaction)

    def hear(self, hop: Hop) -> None:
        """Remember that this source was heard talking to this target."""
        pair = _pair(hop.source, hop.target)
        pairs = self._host_pairs
        if len(pairs) < bounds.MAX_HOST_PAIRS:
            pairs.add(pair)
        elif pair not in pairs:
            self.coverage.evicted["pairs of hosts"] += 1

    def heard_back(self, hop: Hop) -> bool:
        """Whether the target of a hop was heard talking to its source."""
        return _pair(hop.target, hop.source) in self._host_pairs

    def step(self, by: int) -> None:
        """Move all deadlines with a clock that was set."""
        self.check_at += by
        for transaction in (*self._answerless, *self._trying, *self._pending):
            transaction.gives_up_at += by
        for transaction in self._lingering:
            transaction.gone_at += by
        self._owners.step(by)

    def advance(self, now: int) -> None:
        """Settle what the timers end by `now`."""
        self.check_at = now + SECOND
        stages, settled = self._stages, self._settled
        stages.clear()
        answerless, lingering = self._answerless, self._lingering
        while answerless and answerless[0].gives_up_at <= now:
            transaction = answerless.popleft()
            if transaction.final is not None or transaction.ending is not OPEN:
                continue
            if transaction.method == "INVITE" and transaction.state is PROCEEDING:
                self._wait_on(transaction)
            else:
                transaction.state = TERMINATED
                self.settle(transaction, TIMED_OUT, transaction.gives_up_at)
        stages.append(len(settled))
        while lingering and lingering[0].gone_at <= now:
            transaction = lingering.popleft()
            if transaction.ending is OPEN:
                self.settle(transaction, COMPLETE, transaction.gone_at)
        stages.append(len(settled))
        due: list[Transaction] = []
        for pending in (self._trying, self._pending):
            while pending and pending[0].gives_up_at <= now:
                due.append(pending.popleft())
        for transaction in sorted(due, key=_opened) if due else ():
            if transaction.final is not None or transaction.ending is not OPEN:
                continue
            limit = bounds.TRYING_LIMIT if transaction.hangs else bounds.PENDING_LIMIT
            if transaction.last.time + limit > transaction.gives_up_at:
                self._wait_on(transaction)
            else:
                self.settle(transaction, TIMED_OUT, transaction.gives_up_at)
        if len(self._standalone) > 2 * self.open + _FEW:
            self._forget_settled()
        stages.append(len(settled))
        self._owners.advance(now)
        stages.append(len(settled))

    def _wait_on(self, transaction: Transaction) -> None:
        """No timer of the client ends it; look again when nobody waits any more."""
        if transaction.hangs:
            transaction.gives_up_at += bounds.TRYING_LIMIT
            self._trying.append(transaction)
        else:
            transaction.gives_up_at += bounds.PENDING_LIMIT
            self._pending.append(transaction)

    def close(self, now: int) -> None:
        """The capture has ended: settle the rest, in the order in which it began."""
        still_open = {
            id(transaction): transaction
            for deadlines in (self._answerless, self._lingering, self._trying, self._pending)
            for transaction in deadlines
            if transaction.ending is OPEN
        }
        for transaction in sorted(still_open.values(), key=lambda open_one: open_one.first.number):
            complete = transaction.final is not None
            self.settle(transaction, COMPLETE if complete else CAPTURE_ENDED, now)
        self._stages.append(len(self._settled))
        self._owners.close(now, self._stages)

    def drain(self) -> list[Transaction | Subject | Peer]:
        """What has settled since the last call."""
        settled = self._settled[:]
        self._settled.clear()
        return settled

    def places(self) -> list[tuple[int, int]]:
        """The place of each subject that `drain` will give among all that settle at one moment, whoever tracks them:
        the stage of settling, and within it the number of a message. What a bound pushes out comes in the order in which it
        goes."""
        places: list[tuple[int, int]] = []
        stages = self._stages
        closing = len(stages) > EVICTION
        stage = last = 0
        for index, subject in enumerate(self._settled):
            while stage < len(stages) and index >= stages[stage]:
                stage += 1
            if not stages:
                stage = EVICTION
            if isinstance(subject, Transaction):
                if stage == LINGERING and subject.final is not None:
                    last = subject.final.number
                elif stage == EVICTION:
                    last = subject.first.number if closing else index
                else:
                    last = subject.opened
            elif isinstance(subject, Peer) or (stage == EVICTION and not closing):
                last = index
            elif stage == EXPIRING:
                last = latest(subject)
            elif stage > EVICTION:
                last = earliest(subject)
            places.append((stage, last))  # a call that goes with its last transaction has the place of that
        return places

    def settle(self, transaction: Transaction, ending: Ending, at: int) -> None:
        """Let a transaction go, and its owner if that was its last."""
        transaction.ending = ending
        transaction.settled_at = at
        self.open -= 1
        if transaction.owner is None:
            self.octets -= transaction.octets
        self.forget(transaction)
        if not transaction.responses:
            transaction.peer_heard = self.heard_back(transaction.hop)
        self._settled.append(transaction)
        self._owners.transaction_settled(transaction, at)

    def forget(self, transaction: Transaction) -> None:
        """Take it out of the chain of its branch, so that no later message finds it."""
        branch = transaction.branch
        link = self.chains.get(branch)
        if link is None:
            return
        if link is transaction:
            if transaction.other_hop is None:
                del self.chains[branch]
            else:
                self.chains[branch] = transaction.other_hop
                transaction.other_hop = None
            return
        while link is not None:
            if link.other_hop is transaction:
                link.other_hop = transaction.other_hop
                break
            link = link.other_hop
        transaction.other_hop = None

    def make_room(self, now: int) -> None:
        """Push out the oldest where a bound is passed, and count it."""
        if self.open > self._most_open:
            self._evict(self._oldest(), now)
        while self.octets > self._most_standalone:
            transaction = self._standalone.popleft()
            if transaction.ending is OPEN:
                self._evict(transaction, now)
        owners = self._owners
        while owners.octets > self._most_held or len(owners.calls) > self._most_calls:
            owner = owners.oldest()
            if owner is None:
                break
            self.coverage.evicted[f"{type(owner).__name__.lower()}s"] += 1
            self._pushed_out += owner.octets
            for transaction in list(owner.transactions):
                if transaction.ending is OPEN:
                    complete = transaction.final is not None
                    self.settle(transaction, COMPLETE if complete else EVICTED, now)
            if owner.ending is OPEN:
                owners.settle(owner, EVICTED, now)
        if self._pushed_out > self._most_held // 2:
            self._forget_settled()

    def _shorten(self, head: Transaction, now: int) -> None:
        """Push out the last link of a chain that has grown too long, so that looking through it stays cheap."""
        link, length = head, 1
        while link.other_hop is not None:
            link, length = link.other_hop, length + 1
        if length >= bounds.MAX_CHAIN:
            self._evict(link, now)

    def _evict(self, transaction: Transaction, now: int) -> None:
        self.coverage.evicted["transactions"] += 1
        self._pushed_out += transaction.octets
        self.settle(transaction, EVICTED, now)

    def _oldest(self) -> Transaction:
        """Of the transactions that have not settled."""
        fronts: list[Transaction] = []
        for deadlines in (self._answerless, self._lingering, self._trying, self._pending):
            final_is_elsewhere = deadlines is not self._lingering
            while deadlines and (
                deadlines[0].ending is not OPEN or (final_is_elsewhere and deadlines[0].final is not None)
            ):
                deadlines.popleft()
            if deadlines:
                fronts.append(deadlines[0])
        return min(fronts, key=lambda front: front.first.number)

    def _forget_settled(self) -> None:
        """What has settled before its deadlines leaves the deques, which would keep it from leaving memory."""
        self._pushed_out = 0
        for deadlines in (
            self._answerless,
            self._lingering,
            self._trying,
            self._pending,
            self._standalone,
        ):
            still_open = [each for each in deadlines if each.ending is OPEN]
            deadlines.clear()
            deadlines.extend(still_open)


def _pair(source: Endpoint, target: Endpoint) -> tuple[str, str]:
    """Two hosts; on one host with their ports, or a program would be heard by what is sent to it."""
    if source[0] == target[0]:
        return str(source), str(target)
    return source[0], target[0]


def _opened(waiting: Transaction) -> int:
    return waiting.opened
