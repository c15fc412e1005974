"""A watch runs for weeks: what it holds does not grow with the calls that have passed."""

import gc
import re
from collections import Counter

import numpy as np

from analyser.annotate import Finding
from analyser.annotate.annotator import MAX_METHODS, OTHER_METHODS
from analyser.capture.batch import PADDING, Batch
from analyser.track.bounds import MAX_STATUSES_OF_PEER
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
NAMES = re.compile(rb"(?<=branch=z9hG4bK)\w+|(?<=tag=)\w+|(?<=Call-ID: )\w+")
EVERY = SECOND // 100


class Line:
    """The same calls again and again, each with names of its own; a turn shows one call of each."""

    names = ("line",)

    def __init__(self, *ladders, calls, method=None):
        self._calls = [_packets(compile_ladder(ladder)) for ladder in ladders]
        self._method = method
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
        began, self.now = self.now, self.now + EVERY
        ends = np.cumsum([len(packet) for packet in own])
        sizes = np.array([len(packet) for packet in own])
        times = began + np.arange(len(own)) * (EVERY // 10)
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
