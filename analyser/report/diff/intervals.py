"""What chance alone gives: intervals for ratios, means and percentiles, and for the difference of two of them.

All intervals are two-sided and of `CONFIDENCE`. A comparison of two captures looks at some dozens of figures, so the
usual 95 % would call noise a change in nearly every comparison; at 99.9 % about one in thirty does so anywhere.

- A ratio: E. B. Wilson's score interval (J. Am. Stat. Assoc. 22, 1927, 209), right for small numbers and at 0 and 100 %.
- A mean: Student's t. A percentile: order statistics (no assumption on the distribution; David and Nagaraja, Order
  Statistics, §7.1), with the normal approximation of the binomial.
- A difference: the limits of the two are put together as R. G. Newcombe does it for ratios (Stat. Med. 17, 1998, 873,
  method 10), which G. Y. Zou and A. Donner show to hold for any two independent estimates (Stat. Med. 27, 2008, 1693).
- Whether two shares differ is asked of R. A. Fisher's exact test as well, whether two rates of events differ of the binomial
  distribution: exact for any number, however small.

All of them suppose that one event says nothing of the next. Where a single cause moves many calls at once, chance does
more than these say.
"""

from __future__ import annotations

from math import ceil, exp, floor, lgamma, log, sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

CONFIDENCE: Final = 0.999
LEAST_SAMPLES: Final = 10
"""Durations from which on a mean has an interval: below, it hangs on single values."""

_NEGLIGIBLE: Final = 1e-6
"""Of a tail: terms that are smaller than this share of what matters are not summed."""

Z: Final = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)


class Estimate(NamedTuple):
    """A figure with its interval; no interval (None) where there are too few values for one."""

    value: float
    low: float | None
    high: float | None
    of: int

    @property
    def known(self) -> bool:
        """Whether it has an interval."""
        return self.low is not None and self.high is not None


class Change(NamedTuple):
    """The second figure less the first, with the interval of that; none where one of the two has none."""

    value: float
    low: float | None
    high: float | None

    @property
    def certain(self) -> bool:
        """Whether chance alone does not give it."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


def ratio(part: int, whole: int, z: float = Z) -> Estimate:
    """A share from 0 to 1 with the Wilson score interval; `whole` is at least 1."""
    share = part / whole
    square = z * z
    middle = (share + square / (2 * whole)) / (1 + square / whole)
    half = z / (1 + square / whole) * sqrt(share * (1 - share) / whole + square / (4 * whole * whole))
    low = 0.0 if part == 0 else max(0.0, middle - half)
    high = 1.0 if part == whole else min(1.0, middle + half)
    return Estimate(share, low, high, whole)


def mean(samples: Sequence[int], z: float = Z) -> Estimate:
    """The mean with Student's interval; `samples` holds at least one."""
    size = len(samples)
    middle = sum(samples) / size
    if size < LEAST_SAMPLES:
        return Estimate(middle, None, None, size)
    spread = sqrt(sum((value - middle) ** 2 for value in samples) / (size - 1))
    half = student(z, size - 1) * spread / sqrt(size)
    return Estimate(middle, middle - half, middle + half, size)


def percentile(ordered: Sequence[int], share: float, z: float = Z) -> Estimate:
    """That of sorted values, at least one, by order statistics; no interval where the outermost values do not bound it."""
    size = len(ordered)
    value = ordered[min(size - 1, int(size * share))]
    half = z * sqrt(size * share * (1 - share))
    low, high = floor(size * share - half), ceil(size * share + half)
    if low < 1 or high >= size:
        return Estimate(value, None, None, size)
    return Estimate(value, ordered[low - 1], ordered[high], size)


def change(one: Estimate, other: Estimate) -> Change:
    """The difference of two independent estimates, by the limits of each (Newcombe's method for ratios)."""
    value = other.value - one.value
    if one.low is None or one.high is None or other.low is None or other.high is None:
        return Change(value, None, None)
    down = sqrt((other.value - other.low) ** 2 + (one.high - one.value) ** 2)
    up = sqrt((other.high - other.value) ** 2 + (one.value - one.low) ** 2)
    return Change(value, value - down, value + up)


def shares_differ(part: int, whole: int, other: int, other_whole: int) -> bool:
    """Whether two shares differ beyond chance, by Fisher's exact test: that of tiny samples, too, where intervals are too narrow."""
    parts, every = part + other, whole + other_whole
    if not whole or not other_whole:
        return False
    least, most = max(0, parts - other_whole), min(parts, whole)
    start = _choose(whole, part) + _choose(other_whole, other) - _choose(every, parts)
    if part * every >= parts * whole:  # at or above what is expected: how likely is so much or more?
        ratios = (
            (whole - at) * (parts - at) / ((at + 1) * (other_whole - parts + at + 1))
            for at in range(part, most)
        )
    else:
        ratios = (
            at * (other_whole - parts + at) / ((whole - at + 1) * (parts - at + 1))
            for at in range(part, least, -1)
        )
    return _is_rare(start, ratios)


def rates_differ(count: int, exposure: int, other: int, other_exposure: int) -> bool:
    """Whether so many events in such an exposure (calls …) differ from those of the other side beyond chance: of all of them,
    each falls to a side by its share of the exposure, so the binomial distribution tells."""
    events, every = count + other, exposure + other_exposure
    if not events or exposure <= 0 or other_exposure <= 0:
        return False
    odds = exposure / other_exposure
    start = _choose(events, count) + count * log(exposure / every) + other * log(other_exposure / every)
    if count * every >= events * exposure:
        ratios = ((events - at) / (at + 1) * odds for at in range(count, events))
    else:
        ratios = (at / (events - at + 1) / odds for at in range(count, 0, -1))
    return _is_rare(start, ratios)


def _choose(size: int, part: int) -> float:
    """The logarithm of the binomial coefficient."""
    return lgamma(size + 1) - lgamma(part + 1) - lgamma(size - part + 1)


def _is_rare(start: float, ratios: Iterable[float]) -> bool:
    """Whether a tail, that begins with a probability (its logarithm) and goes on by ratios, is less than half of what chance is
    allowed: the other half is for the other tail."""
    least = (1 - CONFIDENCE) / 2
    term = total = exp(start)
    for factor in ratios:
        term *= factor
        total += term
        if total >= least or term < least * _NEGLIGIBLE:
            break
    return total < least


def student(z: float, freedom: int) -> float:
    """The quantile of Student's t at the probability where that of the normal distribution is `z`.

    The expansion of Fisher and Cornish (Abramowitz and Stegun, 26.7.5); with 9 degrees of freedom, the fewest that are
    asked for here, it is 0.1 % short at 99.9 %.
    """
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    fourth = (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160
    return z + first / freedom + second / freedom**2 + third / freedom**3 + fourth / freedom**4
