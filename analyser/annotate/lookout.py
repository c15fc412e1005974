"""Judges what has not settled: for a live run, which cannot wait until everything is over.

A subject is looked at when its final response has come, and at the times that the rules name (`Rule.due`): a call that is
stuck on 100 after ten seconds. The looks follow capture time, so it makes no difference how many packets come at once.
What was told early is not told again; a `Revision` says that it has become graver, or holds no longer, and at last what became
of it. What is only said otherwise, such as how often it has happened, `refresh` tells whoever wants to know.
"""

import heapq
from collections.abc import Iterable, Mapping
from itertools import count
from typing import Any, Final

from analyser.annotate.deadlines import Deadlines
from analyser.annotate.events import Revision
from analyser.annotate.requesters import Requester, pause
from analyser.annotate.rule import Finding, Rule
from analyser.annotate.told import Shown, Told
from analyser.annotate.watched import Watched
from analyser.sip import Response
from analyser.tls import TlsConnection
from analyser.track import Ending, Peer, Settled, Sighting, Standing, Subject, Tracker, Transaction
from analyser.track.bounds import TIMEOUT
from analyser.track.sighting import DUPLICATE
from analyser.wire import SECOND, Coverage, Hop

SILENT_AFTER: Final = 5 * SECOND
"""A request outside a dialog without any response is looked at after this time, and at each copy that comes later."""
PARTED_AFTER: Final = 3600 * SECOND
"""A host whose requests have come to nothing new for so long settles as a peer; what it does then is another matter."""
MAX_REFRESHED = 2048
"""Open subjects that `refresh` looks at anew; a peer counts as so many as it has failures. Of the others it tells the latest look."""
MAX_HANDSHAKES: Final = 4096
"""TLS connections under way of which it is remembered what was told."""
_EVERY_MINUTE: Final = 60 * SECOND
_FEW: Final = 1024
"""Times at which nobody waits any more that may stand in the queue."""

_Revised = Finding | Revision


class Lookout(Deadlines):
    """An annotator that is told of what has not settled as well. `look` gives what is due, `settle` the last word."""

    def __init__(
        self,
        rules: Iterable[Rule],
        coverage: Coverage,
        parameters: Mapping[str, Mapping[str, Any]] | None,
        tracker: Tracker,
    ) -> None:
        super().__init__(rules, coverage, parameters)
        self._tracker = tracker
        self._queue: list[tuple[int, int, Watched | Requester]] = []
        self._order = count()
        self._watched: dict[int, Watched] = {}
        self._requesters: dict[str, Requester] = {}
        self._handshakes: dict[tuple[Hop, int], Told] = {}
        """Of the TLS connections under way of which something was told, by their first frame."""
        self._tidy_at = 0
        self.shown = Shown()

    @property
    def due(self) -> int | None:
        """When something is to be looked at next; None where nothing waits."""
        queue = self._queue
        while queue and queue[0][2].next != queue[0][0]:
            heapq.heappop(queue)
        return queue[0][0] if queue else None

    def step(self, by: int) -> None:
        """The clock was set by so many ns."""
        self._queue = [(due + by, order, watched) for due, order, watched in self._queue]
        for watched in self._watched.values():
            watched.looked += by if watched.looked else 0
            watched.next += by if watched.next else 0
            watched.again += by if watched.again else 0
        for requester in self._requesters.values():
            requester.step(by)

    def sighted(self, sighting: Sighting) -> list[Finding]:
        """Count a message, apply the rules for single messages, and see when what it belongs to is to be looked at."""
        findings = super().sighted(sighting)
        transaction = sighting.transaction
        if transaction is not None and transaction.ending is Ending.OPEN and sighting.role is not DUPLICATE:
            self._note(transaction, sighting)
        return findings

    def _note(self, transaction: Transaction, sighting: Sighting) -> None:
        time = sighting.time
        answered = time if transaction.final is sighting else 0
        owner = transaction.owner
        self._expect(transaction, time, answered)
        self._doubt(transaction, time)
        if owner is not None:
            self._doubt(owner, time)
        if answered:
            for other in (transaction.cancel, transaction.previous):
                if other is not None and other.ending is Ending.OPEN:
                    self._expect(other, time, 0)
            if owner is not None:
                self._expect(owner, time, answered)
            self._came_to(transaction, time)
        elif isinstance(sighting.message, Response):
            self._requester(transaction).answer(transaction)
        elif not transaction.responses:
            self._ask(transaction, time)

    # Transactions and what owns them

    def _expect(self, subject: Transaction | Subject, time: int, answered: int) -> None:
        """See whether and when a subject is to be looked at, now that a message of it has come."""
        watched = self._watched.get(id(subject))
        if watched is not None:
            watched.looked = min(watched.looked, time)
            watched.answered = answered or watched.answered
        plain, timed = self._split(subject)
        if answered and (plain or (timed and not isinstance(subject, Transaction))):
            due = answered
        else:
            due = min((when for when, _ in self._asked(timed, subject) if when >= time), default=0)
        if not due:
            return
        if watched is None:
            watched = self._watched[id(subject)] = Watched(subject)
            watched.answered = answered
        self._wait(watched, due)

    def _doubt(self, subject: Transaction | Subject, time: int) -> None:
        """A message has come: see whether what was told still holds."""
        watched = self._watched.get(id(subject))
        if watched is not None and watched.told:
            self._wait(watched, max(time, watched.again))

    def _wait(self, watched: Watched | Requester, due: int) -> None:
        if watched.next and watched.next <= due:
            return
        watched.next = due
        queue = self._queue
        heapq.heappush(queue, (due, next(self._order), watched))
        if len(queue) > 2 * (len(self._watched) + len(self._requesters)) + _FEW:
            self._queue = [entry for entry in queue if entry[2].next == entry[0]]
            heapq.heapify(self._queue)

    def look(self) -> list[_Revised]:
        """Look at what is due next, as it stands then."""
        due, _, watched = heapq.heappop(self._queue)
        watched.next = 0
        if isinstance(watched, Requester):
            return self._look_at_peer(watched, due)
        return self._look_at(watched, due)

    def _look_at(self, watched: Watched, now: int) -> list[_Revised]:
        subject = watched.subject
        told: list[_Revised] = []
        plain, timed = self._split(subject)
        answered = watched.looked <= watched.answered <= now
        chosen = plain[:] if answered else []
        later = 0
        for when, each in self._asked(timed, subject):
            if when > now:
                later = min(later or when, when)
            if watched.looked <= when <= now or (answered and not isinstance(subject, Transaction)):
                chosen.append(each)
        watched.looked = now + 1
        due = {each.rule.id for each in chosen}
        if watched.told:
            doubted = watched.told.rules - due
            chosen += [each for each in (*plain, *timed) if each.rule.id in doubted]
            watched.again = now + pause(1 if isinstance(subject, Transaction) else len(subject.transactions))
        if chosen or watched.told:
            with Standing(subject, now, self._tracker):
                told = watched.told.look(self._apply(chosen, subject, watched.told.rules), due=due)
        self._recount(told)
        if isinstance(subject, Transaction) and not answered:
            for seen in subject.sightings:
                seen.message.kept = (
                    None  # what was parsed for this look; a call that hangs may do so for half an hour
                )
        if later:
            self._wait(watched, later)
        return told

    def refresh(self, now: int) -> list[_Revised]:
        """Look anew at what was told of subjects that have not settled, the oldest first, and tell all that has changed. Between the
        looks of a run, at the time it has come to."""
        events: list[_Revised] = []
        left = MAX_REFRESHED
        everybody: list[Watched | Requester] = [*self._requesters.values(), *self._watched.values()]
        for watched in everybody:
            if not watched.told:
                continue
            if left > 0:
                if isinstance(watched, Requester):
                    watched.stirred = True
                    events += self._look_at_peer(watched, now)
                    left -= watched.failures
                else:
                    events += self._look_at(watched, now)
                left -= 1
            events += self._refreshed(watched.told)
        for told in self._handshakes.values():  # looked at whenever something comes
            events += self._refreshed(told)
        return events

    def _refreshed(self, told: Told) -> list[_Revised]:
        events = told.refresh()
        self._recount(events)
        return events

    def settle(self, subject: Settled) -> list[_Revised]:
        """Judge a subject that has settled: what was not told yet, and what became of that which was."""
        moving = False
        watched: Watched | Requester | None
        if isinstance(subject, Peer):
            watched = self._requesters.get(subject.host)
            moving = subject.forgotten > 0
        else:
            watched = self._watched.pop(id(subject), None)
            if watched is not None:
                watched.next = 0
        found = self.judge(subject) if watched is None else self.judge(subject, watched.told.rules)
        events: list[_Revised] = [*found]
        if watched is not None and watched.told:
            events = watched.told.settle(found, moving=moving)
        self._recount(events)
        if isinstance(subject, Transaction):
            self._settle_request(subject)
        elif isinstance(watched, Requester) and watched.is_idle:
            self._drop(watched)
        return events

    def _recount(self, events: list[_Revised]) -> None:
        for event in events:
            if isinstance(event, Finding):
                self.count((event,))
                if event.early:
                    self.shown.hold(event)
                continue
            self.count((event.earlier,), -1)
            if event.now is not None:
                self.count((event.now,))
                if event.now.early:
                    self.shown.hold(event.now)
            self.shown.let(event.earlier)

    # TLS

    def shake(self, connection: TlsConnection) -> list[_Revised]:
        """Look at a connection whose handshake goes on: an open one may stay open for days."""
        found = self._apply(self._by_type.get(TlsConnection, []), connection)
        name = connection.hop, connection.first.frame
        told = self._handshakes.get(name)
        if told is None:
            if not found:
                return []
            if len(self._handshakes) >= MAX_HANDSHAKES:
                del self._handshakes[next(iter(self._handshakes))]
            told = self._handshakes[name] = Told()
        new = told.look(found)
        self._recount(new)
        return new

    def part(self, connection: TlsConnection) -> list[_Revised]:
        """Judge a connection that is over."""
        told = self._handshakes.pop((connection.hop, connection.first.frame), None) or Told()
        events = told.settle(self.judge(connection))
        self._recount(events)
        return events

    # Peers

    def _requester(self, transaction: Transaction) -> Requester:
        host = transaction.hop.source.host
        requester = self._requesters.get(host)
        if requester is None:
            requester = self._requesters[host] = Requester(host)
        return requester

    def _ask(self, transaction: Transaction, now: int) -> None:
        """A request was sent, perhaps again, and nothing has come back so far."""
        requester = self._requester(transaction)
        requester.ask(transaction)
        if requester.stirred:
            self._wait(requester, max(now, requester.looked))
        elif requester.silence:
            self._wait(requester, max(requester.silence + SILENT_AFTER, requester.looked))

    def _came_to(self, transaction: Transaction, now: int) -> None:
        """A request has its final response."""
        requester = self._requester(transaction)
        requester.heard = now
        requester.take(transaction)
        if transaction.status in (401, 407):
            requester.asked = now
            requester.challenged = requester.challenged or now
        elif requester.challenged and now - requester.challenged >= TIMEOUT:
            requester.challenged, requester.stirred = 0, True
        requester.stirred |= bool(requester.told)
        if requester.stirred:
            self._wait(requester, max(now, requester.looked))

    def _settle_request(self, transaction: Transaction) -> None:
        requester = self._requesters.get(transaction.hop.source.host)
        if requester is None:
            return
        requester.settle(transaction)
        if transaction.final is None and transaction.ending is Ending.TIMEOUT:
            requester.heard = transaction.settled_at
            requester.stirred = True
            self._wait(requester, max(transaction.settled_at, requester.looked))

    def _look_at_peer(self, requester: Requester, now: int) -> list[_Revised]:
        requester.despair(now - SILENT_AFTER)
        stirred = requester.stirred or 0 < requester.doubted <= now
        peer = requester.seen(self._tracker.peer(requester.host), now) if stirred else None
        requester.stirred = False
        if requester.silence:
            self._wait(requester, max(requester.silence + SILENT_AFTER, requester.looked))
        if peer is None:
            return []
        with Standing(peer, now, self._tracker):
            found = self._apply(self._by_type.get(Peer, []), peer, requester.told.rules)
        events = requester.told.look(found, moving=peer.forgotten > 0)
        self._recount(events)
        if requester.doubt(now):
            self._wait(requester, requester.doubted)
        return events

    def tidy(self, now: int) -> None:
        """Once a minute: part with hosts of which nothing was heard for long."""
        if now < self._tidy_at:
            return
        self._tidy_at = now + _EVERY_MINUTE
        for requester in list(self._requesters.values()):
            if requester.heard < now - PARTED_AFTER and not requester.next:
                self._tracker.part_with(requester.host)
                if requester.is_idle:
                    self._drop(requester)

    def _drop(self, requester: Requester) -> None:
        requester.next = 0
        del self._requesters[requester.host]
