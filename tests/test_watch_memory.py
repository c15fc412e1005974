"""A watch runs for weeks: what it holds does not grow with the calls that have passed."""

import gc
import re
import tracemalloc
from collections import Counter
from io import StringIO

import numpy as np
import pytest

from analyser.annotate import Finding
from analyser.annotate.annotator import MAX_METHODS, OTHER_METHODS
from analyser.capture.batch import PADDING, Batch
from analyser.report.tail import Tail
from analyser.report.terminal import TerminalReport
from analyser.report.words import Words
from analyser.track import Call
from analyser.track.bounds import MAX_EVERYDAY_OF_PEER, MAX_STATUSES_OF_PEER, TRYING_LIMIT
from analyser.watch import Watch
from analyser.wire import SECOND, Coverage
from tests.support.ladder import compile_ladder
from tests.support.pcap import capture

HOSTS = "alice = 192.0.2.10:5060\nbob = 203.0.113.20:5060\n"
ANSWERED = HOSTS + (
    "0 alice -> bob INVITE\n0.1 alice <- bob 200\n0.2 alice -> bob ACK\n0.3 alice -> bob BYE\n0.4 alice <- bob 200\n"
)
REFUSED = HOSTS + "0 alice -> bob INVITE\n0.1 alice <- bob 404\n0.2 alice -> bob ACK\n"
SILENT = HOSTS + "0, 0.5, 1.5, 3.5 alice -> bob INVITE\n"
STUCK = HOSTS + "0 alice -> bob INVITE\n0.1 alice <- bob 100\n"
NAMES = re.compile(rb"(?<=branch=z9hG4bK)\w+|(?<=tag=)\w+|(?<=Call-ID: )\w+")
EVERY = SECOND // 100


class Line:
    """The same calls again and again, each with names of its own; a turn shows one call of each."""

    names = ("line",)

    def __init__(self, *ladders, calls, method=None, every=EVERY):
        self._calls = [_packets(compile_ladder(ladder)) for ladder in ladders]
        self._method = method
        self._every = every
        self.left = calls
        self.passed = 0
        self.now = 10 * SECOND

    def receive(self, wait):
        del wait
        if self.left <= 0:
            return None
        self.passed += 1
        self.left -= 1
        packets = self._calls[0 if self.passed % 50 else self.passed // 50 % len(self._calls)]
        own = [self._renamed(packet) for packet in packets]
        began, self.now = self.now, self.now + self._every
        ends = np.cumsum([len(packet) for packet in own])
        sizes = np.array([len(packet) for packet in own])
        times = began + np.arange(len(own)) * (self._every // 10)
        frame = self.passed * 10
        return Batch(b"".join(own) + bytes(PADDING), ends - sizes, sizes, sizes, times, 1, frame, 0)

    def _renamed(self, packet):
        mark = b"%08x" % self.passed
        packet = NAMES.sub(lambda found: (mark * 9)[: len(found[0])], packet)
        return packet if self._method is None else self._method(packet, self.passed)

    def close(self):
        pass


def _packets(ladder):
    data = capture(ladder).data
    at, packets = 24, []
    while at < len(data):
        size = int.from_bytes(data[at + 8 : at + 12], "little")
        packets.append(data[at + 16 : at + 16 + size])
        at += 16 + size
    return packets


def held():
    """Objects of ours in memory, by type."""
    gc.collect()
    return Counter(
        type(each).__name__ for each in gc.get_objects() if type(each).__module__.startswith("analyser.")
    )


def test_ten_thousand_calls_leave_as_much_as_five_thousand():
    line = Line(ANSWERED, REFUSED, SILENT, calls=10_000)
    watch = Watch(line, coverage := Coverage(), ahead=lambda: 0)
    early = findings = None
    findings = Counter()
    for events in watch.turns(lambda: line.left <= 0):
        findings.update(event.rule.id for event in events if isinstance(event, Finding))
        if line.passed == 5_000 and early is None:
            early = held()
        elif line.passed == 10_000 and line.left == 0:
            late = held()
            line.left = -1

    assert watch.summary.messages > 45_000
    assert early["Transaction"] > 3_000, "they stay for 36 s"
    more = {name: count for name, count in late.items() if count > 1.1 * early[name] + 700}
    assert not more, "failures are kept of a peer, 512 at most; nothing else grows"
    assert findings["destination-unknown"] == 1
    assert coverage.evicted == {}


@pytest.fixture
def traced():
    """Octets of Python's objects, of which none is garbage that a collector would find."""
    gc.collect()
    gc.disable()
    tracemalloc.start()
    yield lambda: tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    gc.enable()


def test_calls_that_hang_leave_hardly_anything_once_they_are_given_up(traced):
    every = 10 * SECOND
    full = TRYING_LIMIT // every + 20  # as many as wait at a time, and a few
    begun, ended = full + 2 * MAX_EVERYDAY_OF_PEER, 3 * full  # a host keeps its latest failures as well
    line = Line(STUCK, calls=ended, every=every)
    watch = Watch(line, Coverage(), ahead=lambda: 0)
    tail = Tail(Words("en"), colour=False)
    report = TerminalReport(StringIO(), 80, colour=False, live=True)
    octets, told = {}, Counter()
    for events in watch.turns(lambda: line.left <= 0):
        tail.text(events, 80)
        for event in events:
            report.receive(event)
            told[type(event)] += 1
        report.turn_over()
        if line.left == 0:
            break
        octets[line.passed] = traced()

    waiting = [each.subject for each in watch._lookout._watched.values() if each.told]
    assert told[Finding] > 2.9 * full, "each is told while it hangs"
    assert told[Call] > 2 * full - 30, "and given up"
    assert len(waiting) > full - 30
    assert not any(seen.message.kept for subject in waiting for seen in subject.sightings)
    more = (octets[ended - 1] - octets[begun]) / (ended - 1 - begun)
    assert more < 1_000, (
        "the name of each, and where it was found, up to 5,000 times; the call itself takes 5,000 octets"
    )


def test_methods_without_end_do_not_stay():
    def other(packet, number):
        return packet.replace(b"OPTIONS", b"O%06x" % number)

    options = HOSTS + "0 alice -> bob OPTIONS\n0.1 alice <- bob 404\n"
    line = Line(options, calls=3_000, method=other)
    watch = Watch(line, coverage := Coverage(), ahead=lambda: 0)
    list(watch.turns(lambda: line.left <= 0))

    assert len(watch.summary.methods) == MAX_METHODS + 1
    assert watch.summary.methods[OTHER_METHODS] == 3_000 - MAX_METHODS
    assert coverage.evicted["names of methods"] == 3_000 - MAX_METHODS
    assert watch.summary.messages == 6_000
    peer = watch._tracker.peer("192.0.2.10")
    assert peer is None or len(peer.statuses) <= MAX_STATUSES_OF_PEER + 1
