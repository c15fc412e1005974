"""Names that matter for a time: arrays and single questions get the same answer as a plain search."""

import random

import numpy as np
import pytest

from analyser.excerpt.spans import Spans


def plainly(spans, name, at):
    return any(each == name and since <= at <= until for each, since, until in spans)


@pytest.mark.parametrize("width", [6, 12, 18, 36])
@pytest.mark.parametrize("seed", range(5))
def test_arrays_are_answered_like_single_questions(width, seed):
    dice = random.Random(seed)
    pool = [dice.randbytes(width) for _ in range(20)]
    spans = []
    for _ in range(40):
        since = dice.randrange(0, 100)
        spans.append((dice.choice(pool[:12]), since, since + dice.randrange(0, 30)))
    found = Spans(spans)
    asked = [(dice.choice(pool), dice.randrange(-5, 140)) for _ in range(500)]
    names = np.frombuffer(b"".join(name for name, _ in asked), np.uint8).reshape(-1, width)
    covered = found.covers(names, np.array([at for _, at in asked], dtype=np.int64)).tolist()

    assert covered == [plainly(spans, name, at) for name, at in asked]
    assert covered == [found.covers_one(name, at) for name, at in asked]
    assert any(covered)
    assert not all(covered)


def test_a_name_of_ipv4_is_none_of_ipv6():
    found = Spans([(b"abcdef", 0, 10)])

    assert not found.covers_one(b"abcdef" + bytes(12), 5)
    assert found.covers_one(b"abcdef", 5)


def test_none_at_all():
    found = Spans(())

    assert len(found) == 0
    assert not found.covers(np.zeros((3, 6), np.uint8), np.zeros(3, np.int64)).any()
    assert not found.covers_one(b"abcdef", 0)


def test_times_of_nanoseconds_do_not_overflow():
    time = 2**62
    found = Spans((bytes([number]) * 6, time - number, time) for number in range(200))
    names = np.array([[199] * 6, [199] * 6], dtype=np.uint8)

    assert found.covers(names, np.array([time - 199, time - 200])).tolist() == [True, False]
