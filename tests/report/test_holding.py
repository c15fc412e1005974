"""Which subjects a document holds: the worst, within its bound, whatever comes."""

import random

from analyser.annotate import Severity
from analyser.report.holding import Holding
from analyser.report.media import Ports
from analyser.report.records import Made
from analyser.report.rows import Mark


def made(key, kind="call"):
    """A record with one message, as far as the holding looks at it."""
    message = {"number": key, "marks": []}
    record = {
        "key": key,
        "kind": kind,
        "severity": "",
        "rules": [],
        "messages": [message],
        "messages_left_out": 0,
    }
    return Made(record, Ports(0, 0, 0, {}, {}))


def keys(holding):
    return [record["key"] for record in holding.records({})]


def test_the_worst_are_held_and_of_what_is_alike_the_first():
    chance = random.Random(7)
    worths = {key: chance.randrange(5) for key in range(1, 2000)}
    holding = Holding(50)

    for key, worth in worths.items():
        if holding.wants(key, worth):
            holding.put(made(key), worth)

    best = sorted(worths, key=lambda key: (-worths[key], key))[:50]
    assert keys(holding) == sorted(best)
    assert holding.kinds() == {"call": 50}


def test_what_is_not_wanted_is_known_before_a_record_is_made():
    holding = Holding(1)
    holding.put(made(1), 5)

    assert not holding.wants(2, 5)
    assert not holding.wants_more(4)
    assert holding.wants(2, 6)
    assert holding.wants(1, 0), "one that is held is replaced"


def test_the_worst_are_held_as_long_as_there_is_room_for_their_octets(monkeypatch):
    monkeypatch.setattr("analyser.report.holding.MAX_OCTETS", 20_000)
    chance = random.Random(7)
    worths = {key: chance.randrange(5) for key in range(1, 200)}
    holding = Holding(50)

    for key, worth in worths.items():
        if holding.wants(key, worth):
            big = made(key)
            big.record["raw"] = chance.randbytes(1000).hex()
            holding.put(big, worth)

    held = keys(holding)
    assert 15 < len(held) < 20
    assert held == sorted(sorted(worths, key=lambda key: (-worths[key], key))[: len(held)])
    assert not holding.wants(1000, 4)
    assert not holding.wants_more(3)


def test_a_late_finding_is_added_to_what_is_held_and_keeps_it():
    holding = Holding(2)
    holding.put(made(1), 1)
    holding.put(made(2), 2)
    holding.cite(1, 1, Mark("some-rule", Severity.ERROR), 30)
    holding.cite(9, 9, Mark("some-rule", Severity.ERROR), 30)

    holding.put(made(3), 3)

    assert keys(holding) == [1, 3]
    first = next(holding.records({"some-rule": 4}))
    assert (first["severity"], first["rules"]) == ("error", ["some-rule"])
    assert first["messages"][0]["marks"] == [{"rule": "some-rule", "severity": "error", "finding": 4}]


def test_what_points_at_something_left_out_points_at_nothing():
    holding = Holding(1)
    cut = made(1)
    cut.record["messages_left_out"] = 3
    holding.put(cut, 1)

    assert holding.shows(1, 1) == (1, 1)
    assert holding.shows(1, 2) == (1, None)
    assert holding.shows(7, 7) == (None, None)
