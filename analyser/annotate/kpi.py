"""Key figures: RFC 6076 (SER, SEER, ISA, IRA, SCR, RRD, SRD, SDD, SDT) and carrier use (ASR, NER, ACD, PDD).

An *attempt* is what a caller did once: all INVITEs outside a dialog with one Call-ID and From tag on the
first hop of the capture. A repeat with credentials, a recursion to a Contact of a 3xx and a corrected
offer are the same attempt; proxy-forked branches and forwards are no attempts of their own; a re-INVITE
never is. Attempts without an outcome when the capture ended, and attempts whose INVITE precedes the
capture, are counted apart and are in no ratio.
"""

from array import array
from collections.abc import Iterator
from itertools import accumulate
from typing import Final, NamedTuple

from analyser.track import Call, Ending, Transaction
from analyser.wire import SECOND

MAX_SAMPLES: Final = 20_000
"""Delays of a kind that are kept as they are. With more of them all are counted in classes: the percentile is then at most 0.2 %
off. Count and average are always exact."""
_BITS: Final = 8
"""Classes are told apart by so many bits behind the first: each is at most 1/256 of its least value wide, and stands for its
middle."""
_LONGEST: Final = (1 << 62) - 1
"""In ns, 146 years: longer ones are in the last class."""

MEASURED: Final = frozenset({"BYE", "REGISTER"})
"""Methods of the transactions that are measured one by one; INVITEs are with their calls."""

_EFFECTIVE: Final = frozenset({480, 486, 600, 603})
"""RFC 6076 §4.7: the network did its part; the callee was away, busy or unwilling."""
_INEFFECTIVE: Final = frozenset({408, 500, 503, 504})
"""RFC 6076 §4.8."""
_TERMINAL_REFUSAL: Final = frozenset({486, 600, 603})
_UNANSWERED: Final = frozenset({408, 480, 487})
_NO_REGISTRATION_FAILURE: Final = frozenset({401, 402, 407})
"""RFC 6076 §4.2: a challenge is part of registering."""

_COUNTS = (
    "attempts",
    "pending",
    "partial",
    "answered",
    "redirected",
    "effective",
    "ineffective",
    "completed",
    "network_effective",
    "registers",
    "ineffective_registers",
)
_DELAYS = (
    "session_request",
    "failed_session_request",
    "post_dial",
    "session_disconnect",
    "session_duration",
    "registration",
)
"""Attributes of `Kpis`."""

Numbers = tuple[list[int], list[tuple[int, int, bytes, bytes]]]


class Kpi(NamedTuple):
    """One figure. `value` is None where nothing could be measured; `of` says of how many."""

    id: str
    value: float | None
    unit: str
    of: int
    p95: float | None = None


class Delays:
    """Durations in ns: exact count and average; a percentile that is exact for up to `MAX_SAMPLES` of them, and never depends on the
    order in which they came."""

    __slots__ = ("classes", "count", "samples", "total")

    def __init__(self) -> None:
        self.count = 0
        self.total = 0
        self.samples = array("q")
        self.classes = array("q")
        """How many lie in each class (`_class`), once there are more than `MAX_SAMPLES`; `samples` is empty then."""

    def add(self, duration: int) -> None:
        """Count one; not where the clock of the capture was set back in between, so that nobody knows how long it was."""
        if duration < 0:
            return
        self.count += 1
        self.total += duration
        if self.count <= MAX_SAMPLES:
            self.samples.append(min(duration, _LONGEST))  # whatever the clocks of a capture say
            return
        if not self.classes:
            self._classify()
        self.classes[_class(duration)] += 1

    def extend(self, count: int, total: int, samples: bytes, classes: bytes) -> None:
        """Add durations that were counted elsewhere."""
        self.count += count
        self.total += total
        self.samples.frombytes(samples)
        if self.count <= MAX_SAMPLES:
            return
        self._classify()
        more = array("q")
        more.frombytes(classes)
        for index, number in enumerate(more):
            self.classes[index] += number

    def _classify(self) -> None:
        if not self.classes:
            self.classes = array("q", bytes(8 * (_class(_LONGEST) + 1)))
        for duration in self.samples:
            self.classes[_class(duration)] += 1
        self.samples = array("q")

    def percentile(self, percent: int) -> int:
        """The duration (ns) below which so many in a hundred lie; there must be one at least."""
        place = min(self.count - 1, self.count * percent // 100)
        if not self.classes:
            return sorted(self.samples)[place]
        return _middle(next(index for index, upto in enumerate(accumulate(self.classes)) if upto > place))

    def spread(self) -> "array[int]":
        """All of them in order (ns); of more than `MAX_SAMPLES` so many, evenly spaced from the shortest to the longest."""
        if not self.classes:
            return array("q", sorted(self.samples))
        found = array("q")
        index, upto = 0, self.classes[0]
        for step in range(MAX_SAMPLES):
            place = step * (self.count - 1) // (MAX_SAMPLES - 1)
            while upto <= place:
                index += 1
                upto += self.classes[index]
            found.append(_middle(index))
        return found

    def kpi(self, name: str, unit: str) -> Kpi:
        if not self.count:
            return Kpi(name, None, unit, 0)
        scale = SECOND if unit == "s" else SECOND // 1000
        # Of floats, for a quotient of great integers comes out differently where this is compiled.
        average, most = float(self.total) / self.count / scale, float(self.percentile(95)) / scale
        return Kpi(name, average, unit, self.count, most)


class Kpis:
    """Counters that settled calls and transactions feed."""

    def __init__(self) -> None:
        self.attempts = 0
        """With an outcome."""
        self.pending = 0
        """Without an outcome when the capture ended."""
        self.partial = 0
        """Calls whose INVITE precedes the capture."""
        self.answered = 0
        self.redirected = 0
        self.effective = 0
        self.ineffective = 0
        self.completed = 0
        self.network_effective = 0
        self.registers = 0
        self.ineffective_registers = 0
        self.session_request = Delays()
        self.failed_session_request = Delays()
        self.post_dial = Delays()
        self.session_disconnect = Delays()
        self.session_duration = Delays()
        self.registration = Delays()

    def add_transaction(self, transaction: Transaction) -> None:
        """Count a settled REGISTER or BYE, as its first sender sent it."""
        method, request = transaction.method, transaction.request
        if request is None or transaction.forward_of is not None:
            return
        final = transaction.final
        if method == "BYE":
            if final is not None and 200 <= transaction.status < 300:
                self.session_disconnect.add(final.time - request.time)
        elif method == "REGISTER":
            if final is None and transaction.ending is not Ending.TIMEOUT:
                return
            self.registers += 1
            status = transaction.status
            if final is not None and 200 <= status < 300:
                self.registration.add(final.time - request.time)
            elif status == 0 or (status >= 400 and status not in _NO_REGISTRATION_FAILURE):
                self.ineffective_registers += 1

    def add_call(self, call: Call) -> None:
        """Count the attempts of a settled call."""
        leg = call.first_leg
        if not leg:
            if call.transactions:
                self.partial += 1
            return
        if len(leg) == 1:
            self._add_attempt(call, leg)
            return
        attempts: dict[str, list[Transaction]] = {}
        for invite in leg:
            attempts.setdefault(invite.from_tag, []).append(invite)
        for chain in attempts.values():
            self._add_attempt(call, chain)

    def _add_attempt(self, call: Call, chain: list[Transaction]) -> None:
        last = _deciding(chain)
        status = last.status
        if not status and last.ending is not Ending.TIMEOUT:
            self.pending += 1
            return
        self.attempts += 1
        final, request = last.final, last.request
        answered = 200 <= status < 300
        heard = rang = None  # the first sign above 100; the first 18x or 2xx
        for seen in last.responses:
            code: int = seen.message.status  # type: ignore[union-attr]
            if code > 100:
                heard = heard or seen
                if 180 <= code < 300:
                    rang = seen
                    break
        if heard is not None and request is not None:
            refused_at_once = heard is final and not answered
            delays = self.failed_session_request if refused_at_once else self.session_request
            delays.add(heard.time - request.time)
        if rang is not None and chain[0].request is not None:
            self.post_dial.add(rang.time - chain[0].request.time)
        self.redirected += 300 <= status < 400
        self.effective += answered or status in _EFFECTIVE
        self.ineffective += status == 0 or status in _INEFFECTIVE
        ringing = rang is not None
        self.network_effective += (
            answered or status in _TERMINAL_REFUSAL or (ringing and status in _UNANSWERED)
        )
        if answered and final is not None:
            self.answered += 1
            self._add_session(call, final.time)

    def _add_session(self, call: Call, answered_at: int) -> None:
        ended_at = 0
        completed = False
        for bye in call.transactions:
            if bye.method != "BYE" or bye.request is None or bye.request.time < answered_at:
                continue
            ended_at = ended_at or bye.request.time
            completed = completed or 200 <= bye.status < 300
        if ended_at:
            self.session_duration.add(ended_at - answered_at)
            self.completed += completed

    def numbers(self) -> Numbers:
        """All that was counted, as plain values that another process can `add`."""
        delays = [getattr(self, name) for name in _DELAYS]
        return [getattr(self, name) for name in _COUNTS], [
            (delay.count, delay.total, delay.samples.tobytes(), delay.classes.tobytes()) for delay in delays
        ]

    def add(self, numbers: Numbers) -> None:
        """Count what another process has counted."""
        counts, delays = numbers
        for name, count in zip(_COUNTS, counts, strict=True):
            setattr(self, name, getattr(self, name) + count)
        for name, delay in zip(_DELAYS, delays, strict=True):
            getattr(self, name).extend(*delay)

    def figures(self) -> Iterator[Kpi]:
        """All figures, in the order in which they are best read."""
        not_redirected = self.attempts - self.redirected
        yield _ratio("SER", self.answered, not_redirected)
        yield _ratio("SEER", self.effective, not_redirected)
        yield _ratio("ISA", self.ineffective, self.attempts)
        yield _ratio("SCR", self.completed, self.attempts)
        yield _ratio("ASR", self.answered, self.attempts)
        yield _ratio("NER", self.network_effective, self.attempts)
        yield self.post_dial.kpi("PDD", "s")
        yield self.session_request.kpi("SRD", "ms")
        yield self.failed_session_request.kpi("SRD-F", "ms")
        yield self.session_disconnect.kpi("SDD", "ms")
        yield self.session_duration.kpi("SDT", "s")
        yield self.session_duration.kpi("ACD", "s")
        yield self.registration.kpi("RRD", "ms")
        yield _ratio("IRA", self.ineffective_registers, self.registers)


def _class(duration: int) -> int:
    """The class of a duration. The first ones hold one value each."""
    value = min(duration, _LONGEST)
    shift = max(value.bit_length() - _BITS - 1, 0)
    return (shift << _BITS) + (value >> shift)


def _middle(index: int) -> int:
    """What the durations of a class count as."""
    shift = max((index >> _BITS) - 1, 0)
    return ((index - (shift << _BITS)) << shift) + (1 << shift >> 1)


def _ratio(name: str, part: int, whole: int) -> Kpi:
    return Kpi(name, 100 * part / whole if whole else None, "%", whole)


def _deciding(chain: list[Transaction]) -> Transaction:
    """The INVITE whose outcome is the attempt's: an answered one, else the last."""
    for invite in chain:
        if 200 <= invite.status < 300:
            return invite
    return chain[-1]
