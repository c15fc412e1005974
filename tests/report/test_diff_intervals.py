"""Intervals and tests against published values, and that noise is not called a change."""

import random
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyser.report.diff import intervals
from analyser.report.diff.intervals import (
    Z,
    change,
    mean,
    percentile,
    rates_differ,
    ratio,
    shares_differ,
    student,
)
from analyser.report.diff.numbers import finding_verdict, too_few

AT_95 = NormalDist().inv_cdf(0.975)

# R. G. Newcombe, Stat. Med. 17 (1998) 857, table I, method 3 (Wilson's score).
WILSON = [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]
# R. G. Newcombe, Stat. Med. 17 (1998) 873, table II, method 10.
NEWCOMBE = [
    (56, 70, 48, 80, 0.0524, 0.3339),
    (9, 10, 3, 10, 0.1705, 0.8090),
    (6, 7, 2, 7, 0.0582, 0.8062),
    (5, 56, 0, 29, -0.0381, 0.1926),
    (0, 10, 0, 20, -0.1611, 0.2775),
    (0, 10, 0, 10, -0.2775, 0.2775),
    (10, 10, 0, 20, 0.6791, 1.0),
    (10, 10, 0, 10, 0.6075, 1.0),
]
# Any table of Student's t: two-sided 99.9 %.
STUDENT = [(9, 4.781), (10, 4.587), (20, 3.850), (30, 3.646), (60, 3.460), (120, 3.373)]


@pytest.mark.parametrize(("part", "whole", "low", "high"), WILSON)
def test_a_ratio_has_the_interval_of_wilson(part, whole, low, high):
    found = ratio(part, whole, AT_95)

    assert found.low == pytest.approx(low, abs=5e-5)
    assert found.high == pytest.approx(high, abs=5e-5)


@pytest.mark.parametrize(("part", "whole", "other", "other_whole", "low", "high"), NEWCOMBE)
def test_a_difference_of_ratios_has_the_interval_of_newcombe(part, whole, other, other_whole, low, high):
    found = change(ratio(other, other_whole, AT_95), ratio(part, whole, AT_95))

    assert found.low == pytest.approx(low, abs=5e-5)
    assert found.high == pytest.approx(high, abs=5e-5)


@pytest.mark.parametrize(("freedom", "quantile"), STUDENT)
def test_the_quantile_of_student(freedom, quantile):
    assert student(Z, freedom) == pytest.approx(quantile, rel=1e-3)


def test_a_mean_with_its_interval():
    found = mean([10, 12, 9, 11, 10, 12, 9, 11, 10, 6])  # mean 10, standard deviation 1.764

    assert found.value == 10
    assert found.high - found.value == pytest.approx(4.781 * 1.7638 / 10**0.5, rel=2e-3)
    assert found.value - found.low == pytest.approx(found.high - found.value)


def test_a_mean_of_few_has_no_interval():
    assert mean([1] * 9).low is None
    assert mean([1] * 10).low == 1


def test_a_percentile_lies_between_order_statistics():
    found = percentile(range(1000), 0.95)

    assert found.value == 950
    # 950 ± 3.29 · sqrt(1000 · 0.95 · 0.05) = 950 ± 22.7
    assert (found.low, found.high) == (926, 973)


def test_a_percentile_of_few_has_no_interval():
    assert percentile(range(100), 0.95).low is None


def test_fishers_exact_test():
    # 7 of 7 against none of 7: twice 1 in C(14, 7) = 3432, below 1 in 1000; of six it is twice 1 in 924.
    assert shares_differ(7, 7, 0, 7)
    assert not shares_differ(6, 6, 0, 6)
    # One of two against none of 58 is 1 in 30, whatever an interval says.
    assert not shares_differ(1, 2, 0, 58)
    assert shares_differ(4750, 5000, 4500, 5000)
    assert not shares_differ(4750, 5000, 4760, 5000)
    assert not shares_differ(0, 0, 5, 9)
    assert (too_few(6, 6), too_few(7, 7), too_few(0, 9)) == (True, False, True)


def test_the_binomial_test_of_rates():
    # Eleven events, all on one of two equal sides: twice 1 in 2048, below 1 in 1000; of ten it is twice 1 in 1024.
    assert rates_differ(0, 100, 11, 100)
    assert not rates_differ(0, 100, 10, 100)
    assert not rates_differ(0, 35, 1, 1)
    assert not rates_differ(0, 0, 5, 7)
    assert rates_differ(1_000_000, 1_000_000, 990_000, 1_000_000)


def test_findings_are_counted_by_call():
    assert finding_verdict(5, 10, 100, 200) == ("same", False)
    assert finding_verdict(0, 3, 100, 100) == ("new", False)
    assert finding_verdict(0, 30, 100, 100) == ("new", True)
    assert finding_verdict(30, 0, 100, 100) == ("gone", True)
    assert finding_verdict(30, 30, 1000, 100) == ("more", True)
    assert finding_verdict(30, 30, 100, 1000) == ("fewer", True)


COUNTS = st.tuples(st.integers(1, 5000), st.floats(0, 1)).map(
    lambda pair: (round(pair[0] * pair[1]), pair[0])
)


@given(COUNTS, COUNTS)
def test_a_difference_the_other_way_round_is_its_mirror(one, other):
    there, back = change(ratio(*one), ratio(*other)), change(ratio(*other), ratio(*one))

    assert there.value == pytest.approx(-back.value)
    assert there.low == pytest.approx(-back.high)
    assert there.high == pytest.approx(-back.low)
    assert shares_differ(*one, *other) == shares_differ(*other, *one)
    assert rates_differ(*one, *other) == rates_differ(*other, *one)
    assert there.low <= there.value <= there.high


@given(COUNTS)
def test_a_ratio_lies_in_its_interval(counted):
    found = ratio(*counted)

    assert 0 <= found.low <= found.value <= found.high <= 1


def test_noise_is_not_called_a_change():
    """Two thousand pairs from one and the same network: two would be called different if each test used all that it is allowed."""
    chance = random.Random(6076)
    wrong = 0
    for _ in range(2000):
        size, other_size, true = (
            chance.randint(5, 400),
            chance.randint(5, 400),
            chance.choice((0.02, 0.5, 0.95)),
        )
        part = sum(chance.random() < true for _ in range(size))
        other = sum(chance.random() < true for _ in range(other_size))
        certain = change(ratio(part, size), ratio(other, other_size)).certain
        wrong += certain and shares_differ(part, size, other, other_size)
        wrong += rates_differ(part, size, other, other_size)

    assert wrong <= 4
    assert intervals.CONFIDENCE == 0.999
