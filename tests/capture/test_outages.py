"""Interfaces that go down, go away, and come back: the note of each, and of which time nothing can be said."""

import time

import pytest

from analyser.capture import network, outages
from analyser.capture.interfaces import Known
from analyser.capture.network import open_live
from analyser.capture.outages import Outages, State
from analyser.report.foreign_words import foreign
from analyser.wire import SECOND, Coverage
from tests.support.links import link, needs_links

START = 1_795_800_000 * SECOND  # 2026-11-27 17:20:00 UTC


class Machine:
    """Interfaces as a test says they are."""

    def __init__(self, monkeypatch, **states):
        self.states = {name: State(*state) for name, state in states.items()}
        monkeypatch.setattr(outages, "present", lambda: {name: at.ident for name, at in self.states.items()})
        monkeypatch.setattr(outages, "state", lambda name, _: self.states[name])

    def set(self, name, *state):
        if state:
            self.states[name] = State(*state)
        else:
            del self.states[name]


UP, DOWN = (1, True, 2), (1, False, 3)


def at(seconds):
    return START + int(seconds * SECOND)


@pytest.fixture
def coverage():
    return Coverage()


def test_down_and_up_again_is_one_note_and_one_stretch(monkeypatch, coverage):
    machine = Machine(monkeypatch, eth0=UP)
    followed = Outages(["eth0"], Known(["eth0"]), coverage, START)
    followed.look(at(1))
    assert (coverage.notes, coverage.unseen) == ([], [])

    machine.set("eth0", *DOWN)
    followed.look(at(2))
    assert coverage.notes == [
        "eth0 has been down since 2026-11-27 17:20:02 UTC: nothing that passes there is seen"
    ]
    followed.look(at(3))
    machine.set("eth0", 1, True, 4)
    followed.look(at(5))

    assert coverage.notes == [
        "eth0 was down from 2026-11-27 17:20:02 UTC on for 3 s: nothing that passed there was seen"
    ]
    assert coverage.unseen == [(at(1), at(2)), (at(1), at(3)), (at(1), at(5))]
    followed.look(at(9))
    assert len(coverage.unseen) == 3


def test_several_outages_are_summed_up(monkeypatch, coverage):
    machine = Machine(monkeypatch, eth0=UP)
    followed = Outages(["eth0"], Known(["eth0"]), coverage, START)
    for second in range(0, 40, 10):
        machine.set("eth0")
        followed.look(at(second + 1))
        machine.set("eth0", second + 2, True, 2)
        followed.look(at(second + 3))

    assert len(coverage.notes) == 1
    assert coverage.notes[0].startswith("eth0 was away 4 times, 8 s in all, the last time from 2026-11-27")
    machine.set("eth0")
    followed.look(at(50))
    (note,) = coverage.notes
    assert note.startswith("eth0 has been away since 2026-11-27 17:20:50 UTC, and before that for 8 s in all")
    assert foreign("note", note, "ja").endswith("そこを通るパケットは見えません。")


@pytest.mark.parametrize("between", [(1, True, 4), (2, True, 2)], ids=["carrier", "made anew"])
def test_what_happened_between_two_looks_is_not_missed(between, monkeypatch, coverage):
    machine = Machine(monkeypatch, eth0=UP)
    followed = Outages(["eth0"], Known(["eth0"]), coverage, START)
    machine.set("eth0", *between)
    followed.look(at(1))

    assert len(coverage.notes) == 1
    assert coverage.unseen == [(START, at(1))]


def test_one_that_is_down_from_the_beginning_is_told_where_it_was_asked_for(monkeypatch, coverage):
    Machine(monkeypatch, eth0=DOWN)
    Outages([], Known(["eth0"]), coverage, START)
    assert not coverage.notes
    Outages(["eth0"], Known(["eth0"]), coverage, START)
    assert len(coverage.notes) == 1


def test_of_all_interfaces_those_that_end_with_their_container_say_nothing_of_what_follows(
    monkeypatch, coverage
):
    machine = Machine(monkeypatch, met=UP, silent=UP)
    known = Known(["met", "silent"])
    known.number("met", 1)
    followed = Outages([], known, coverage, START)
    machine.set("met")
    machine.set("silent")
    for second in range(1, 5):
        followed.look(at(second))

    assert [note[:17] for note in coverage.notes] == ["met has been gone"]
    assert coverage.unseen == [(START, at(1))]


def test_of_very_many_interfaces_the_first_are_followed(monkeypatch, coverage):
    names = [f"veth{number}" for number in range(outages.MAX_FOLLOWED + 3)]
    machine = Machine(monkeypatch, **dict.fromkeys(names, UP))
    followed = Outages([], Known(names), coverage, START)
    for name in names:
        machine.set(name, *DOWN)
    followed.look(at(1))

    assert len(coverage.notes) == outages.MAX_FOLLOWED
    assert coverage.evicted == {"interfaces to follow": 3}


@needs_links
@pytest.mark.parametrize("way", ["down", "remove"])
def test_a_real_interface(way, monkeypatch, coverage):
    monkeypatch.setattr(network, "LOOK_AROUND", 0)
    with link() as cable:
        live = open_live([cable.near], bpf=None, rtp=False, tunnels=False, coverage=coverage)
        before = time.time_ns()
        live.receive(0)
        assert not coverage.notes
        getattr(cable, way)()
        live.receive(0)
        (away,) = coverage.notes
        getattr(cable, {"down": "up", "remove": "make"}[way])()
        live.receive(0)
        live.close()

    (back,) = coverage.notes
    word = {"down": "down", "remove": "gone"}[way]
    assert away.startswith(f"{cable.near} has been {word} since ")
    assert back.startswith(f"{cable.near} was {word} from ")
    assert any(begin <= before + SECOND and end >= before for begin, end in coverage.unseen)
