"""Several sources of live packets as one."""

from contextlib import closing

import numpy as np
import pytest

from analyser.capture.hep_in import HepListener
from analyser.capture.live import Losses
from analyser.capture.several import Several
from analyser.capture.wrapped import Arrived, wrapped
from analyser.errors import CaptureError
from analyser.wire import Coverage, Endpoint
from tests.support.agents import agent, batches_of, payloads_in
from tests.support.captures import OPTIONS, START, hep3

ONE, TWO = Endpoint("192.0.2.1", 5060), Endpoint("192.0.2.2", 5060)


class Scripted:
    """A source that gives what is written: for each turn a number of packets, or an error."""

    def __init__(self, names, turns, *, now=START, losses=Losses(), interfaces=None):  # noqa: B008 - never changed
        self.names = names
        self.now = now
        self.losses = losses
        self.waits = []
        self.closed = False
        self._turns = list(turns)
        self._interfaces = interfaces
        self._frames = 0

    def receive(self, wait):
        self.waits.append(wait)
        turn = self._turns.pop(0) if self._turns else 0
        if isinstance(turn, Exception):
            self._turns.insert(0, turn)
            raise turn
        if not turn:
            return None
        batch = wrapped([Arrived(START, ONE, TWO, OPTIONS)] * turn, self._frames + 1)
        self._frames += turn
        if self._interfaces is not None:
            batch.interface = np.resize(np.array(self._interfaces, np.int64), turn)
        return batch

    def close(self):
        self.closed = True


def received(several, turns):
    return [batch for _ in range(turns) if (batch := several.receive(0.01)) is not None]


def test_frames_run_through_and_interfaces_stand_behind_one_another():
    lives = (
        Scripted(("eth0", "eth1"), [3, 2], interfaces=[1, 0]),
        Scripted(("hep udp:0.0.0.0:9060",), [1, 4]),
        Scripted(("lo",), [2]),
    )
    several = Several(lives)

    batches = received(several, 5)

    assert several.names == ("eth0", "eth1", "hep udp:0.0.0.0:9060", "lo")
    assert [(batch.first_frame, batch.interface.tolist()) for batch in batches] == [
        (1, [1, 0, 1]),
        (4, [2]),
        (5, [3, 3]),
        (7, [1, 0]),
        (9, [2, 2, 2, 2]),
    ]
    assert several.receive(0.01) is None


def test_who_is_busy_does_not_keep_the_others_waiting():
    busy, quiet = Scripted(("a",), [1] * 9), Scripted(("b",), [0, 0, 5])
    batches = received(Several((busy, quiet)), 6)

    assert [len(batch) for batch in batches] == [1, 1, 1, 5, 1, 1]
    assert not any(busy.waits + quiet.waits)


def test_one_alone_may_wait_as_long_as_it_likes():
    one = Scripted(("a",), [0, 2])

    assert len(Several((one,)).receive(5)) == 2
    assert one.waits[0] == 0
    assert one.waits[1] > 4


def test_time_is_that_of_the_slowest_who_knows_it():
    lives = [Scripted((name,), [], now=now) for name, now in (("a", START + 2), ("b", 0), ("c", START + 1))]

    assert Several(lives).now == START + 1
    assert Several(lives[1:2]).now == 0


def test_losses_are_summed():
    lives = (Scripted(("a",), [], losses=Losses(1, 2, 3)), Scripted(("b",), [], losses=Losses(10, 0, 1)))

    assert Several(lives).losses == Losses(11, 2, 4)


def test_the_others_go_on_when_one_fails_and_the_last_one_raises():
    coverage = Coverage()
    bad = Scripted(("a",), [1, CaptureError("a: is gone")], now=1, losses=Losses(kernel=7))
    good = Scripted(("b",), [1, 1, 1, CaptureError("b: is gone")])
    several = Several((bad, good), coverage)

    assert [batch.interface[0] for batch in received(several, 4)] == [0, 1, 1, 1]
    assert coverage.notes == ["a: is gone"]
    assert several.now == START
    assert several.losses.kernel == 7
    for _ in range(2):
        with pytest.raises(CaptureError, match="b: is gone"):
            several.receive(0.01)
    several.close()
    assert bad.closed
    assert good.closed


def test_two_listeners_hear_side_by_side():
    lives = [HepListener("udp:127.0.0.1:0"), HepListener("udp:127.0.0.1:0")]
    with closing(Several(lives)) as several, agent(lives[0]) as one, agent(lives[1]) as two:
        for sending in (one, two, one):
            sending.send(hep3(OPTIONS))
        batches = batches_of(several, 3)

    assert sorted(interface for batch in batches for interface in batch.interface.tolist()) == [0, 0, 1]
    assert sorted(payload.frames for payload in payloads_in(batches)) == [(1,), (2,), (3,)]
