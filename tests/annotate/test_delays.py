"""Delays: exact while they are few, in classes when they are many, and the same however they are shared out."""

from random import Random

import pytest

from analyser.annotate.kpi import MAX_SAMPLES, Delays
from analyser.wire import MILLISECOND, SECOND


def counted(durations):
    delays = Delays()
    for duration in durations:
        delays.add(duration)
    return delays


def joined(*parts):
    delays = Delays()
    for part in parts:
        delays.extend(part.count, part.total, part.samples.tobytes(), part.classes.tobytes())
    return delays


def durations(count, seed=6076):
    """Most around 100 ms, some of minutes."""
    dice = Random(seed)
    return [int(dice.lognormvariate(0, 2) * 100 * MILLISECOND) for _ in range(count)]


def exact(sample):
    return sorted(sample)[len(sample) * 95 // 100] / SECOND


def test_few_are_exact():
    sample = durations(MAX_SAMPLES)
    figure = counted(sample).kpi("PDD", "s")

    assert figure.p95 == exact(sample)
    assert figure.value == pytest.approx(sum(sample) / len(sample) / SECOND)


@pytest.mark.parametrize("count", [MAX_SAMPLES + 1, 3 * MAX_SAMPLES])
def test_many_are_as_good_as_exact(count):
    sample = durations(count)
    figure = counted(sample).kpi("PDD", "s")

    assert figure.p95 == pytest.approx(exact(sample), rel=1 / 512)
    assert figure.of == count
    assert figure.value == pytest.approx(sum(sample) / count / SECOND)


@pytest.mark.parametrize(
    "duration", [0, 1, 255, 256, 511, 512, 513, 1023, MILLISECOND, 86_400 * SECOND, 2**62, 2**80]
)
def test_every_length_is_in_a_class_that_tells_it(duration):
    figure = counted([duration] * (MAX_SAMPLES + 1)).kpi("SDT", "s")

    assert figure.p95 == pytest.approx(min(duration, 2**62) / SECOND, rel=1 / 512)


@pytest.mark.parametrize("count", [1, MAX_SAMPLES + 1])
def test_what_a_clock_that_was_set_back_makes_of_a_delay_is_not_counted(count):
    assert counted([-SECOND] * count).kpi("SDT", "s") == ("SDT", None, "s", 0, None)
    assert counted([-3600 * SECOND, SECOND] * count).kpi("SDT", "s")[1:4] == (1.0, "s", count)


def test_great_delays_come_out_the_same_where_this_is_compiled():
    """2911686017427387000 ns by 1000000, as whole numbers, is the float behind that of 2911686017427.387."""
    figure = counted([2911686017427387000]).kpi("SRD", "ms")

    assert figure.value == figure.p95 == float(2911686017427387000) / 1_000_000


@pytest.mark.parametrize("count", [100, MAX_SAMPLES, MAX_SAMPLES + 1, 5 * MAX_SAMPLES])
@pytest.mark.parametrize("shares", [2, 5])
def test_several_processes_give_what_one_gives(count, shares):
    sample = durations(count)
    parts = [counted(sample[each::shares]) for each in range(shares)]
    uneven = [counted(sample[: count // 10]), counted(sample[count // 10 :])]

    assert joined(*parts).kpi("PDD", "s") == counted(sample).kpi("PDD", "s")
    assert joined(*uneven).kpi("PDD", "s") == counted(sample).kpi("PDD", "s")


def test_their_size_has_an_end():
    delays = counted(durations(2 * MAX_SAMPLES))

    size = delays.classes.itemsize * len(delays.classes)
    assert not delays.samples
    assert size < 128 * 1024
    for duration in durations(MAX_SAMPLES, seed=1):
        delays.add(duration)
    assert delays.classes.itemsize * len(delays.classes) == size


@pytest.mark.parametrize("count", [1, MAX_SAMPLES, MAX_SAMPLES + 1, 3 * MAX_SAMPLES])
def test_the_spread_has_the_shortest_the_longest_and_what_lies_between(count):
    sample = sorted(durations(count))
    spread = counted(sample).spread()

    assert len(spread) == min(count, MAX_SAMPLES)
    assert list(spread) == sorted(spread)
    for share in (0, 0.25, 0.5, 0.95, 1):
        was = sample[int(share * (count - 1))]
        assert spread[int(share * (len(spread) - 1))] == pytest.approx(was, rel=1 / 100)
    assert spread[-1] == pytest.approx(sample[-1], rel=1 / 512)
    assert spread[0] == pytest.approx(sample[0], rel=1 / 512)
