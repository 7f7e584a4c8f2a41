"""Centres with their intervals: the median of a sample, and the ratio of two samples.

Both intervals end at observed values and assume no distribution. *level* is the chance to miss that is allowed, .05
for a confidence of 95 %; where samples are too small for it, the interval is infinite instead of wrong.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from tsdbtasks.core.bench import ranktest

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Pairs of values up to which their quotients are listed.
_ALL_PAIRS = 250_000
#: Share of a quotient to which it is searched for otherwise.
_CLOSE = 1e-13


@dataclass(frozen=True, slots=True)
class Estimate:
    """The median of *count* values, and its interval from *low* to *high*, infinite where there are too few."""

    centre: float
    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times the old the new is, from *low* to *high*; 0 and infinity where there are too few values."""

    centre: float
    low: float
    high: float

    def within(self, floor: float) -> bool:
        """Say whether all of the interval lies between 1 - *floor* and 1 + *floor*, a share such as .05."""
        return self.low >= 1 - floor and self.high <= 1 + floor

    @property
    def margin(self) -> float:
        """How far the interval reaches from its centre, as a factor of at least 1."""
        # Quotients of very large and very small values can be infinite or 0.
        if not 0 < self.low <= self.centre <= self.high < math.inf:
            return math.inf
        return max(self.high / self.centre, self.centre / self.low)


def median(ordered: Sequence[float]) -> float:
    """Return the median of values in ascending order; raises ValueError for none."""
    if not ordered:
        raise ValueError("want at least one value, got none")
    middle = len(ordered) // 2
    # Not half of the sum, which could be infinite for two values that are not.
    return ordered[middle] if len(ordered) % 2 else ordered[middle - 1] / 2 + ordered[middle] / 2


def estimate(values: Sequence[float], level: float = 0.05) -> Estimate:
    """Return the median with the interval of order statistics that misses it with a chance of at most *level*.

    The number of values below the median is binomial with ½, whatever the distribution (Conover 1999, section 3.2).
    """
    ordered = sorted(values)
    count = len(ordered)
    order = _order(count, level)
    low, high = (ordered[order - 1], ordered[count - order]) if order else (-math.inf, math.inf)
    return Estimate(median(ordered), low, high, count)


def _order(count: int, level: float) -> int:
    """Return the rank, from 1, of the value that bounds the median at *level*; 0: none does."""
    numerator, denominator = level.as_integer_ratio()
    outside = numerator * 2**count // (2 * denominator)
    return sum(1 for below in accumulate(_binomials(count)) if below <= outside)


def _binomials(count: int) -> list[int]:
    """Return in how many ways 0, 1, … of *count* values lie below the median, up to less than half of them."""
    ways = [1]
    for k in range(1, (count + 1) // 2):
        ways.append(ways[-1] * (count - k + 1) // k)
    return ways


def ratio(old: Sequence[float], new: Sequence[float], level: float = 0.05) -> Ratio:
    """Return how many times *old* *new* is: the median of all quotients, with the interval of the rank test.

    Hodges and Lehmann 1963, on logarithms: the interval holds the factors that the Mann-Whitney test does not
    reject at *level*. All values must be above 0 and finite; raises ValueError otherwise.
    """
    if not all(0 < value < math.inf for value in (*old, *new)):
        raise ValueError("want values above 0 and below infinity: others have no ratio")
    order = ranktest.rejected_order(len(old), len(new), level)
    count = len(old) * len(new)
    # Counted from 1; two in the middle where the count is even.
    wanted = [order, count + 1 - order, (count + 1) // 2, count // 2 + 1]
    low, high, *middle = _quotients(old, new, wanted)
    centre = middle[0] if middle[0] == middle[1] else math.sqrt(middle[0]) * math.sqrt(middle[1])
    return Ratio(centre, low, high)


def _quotients(old: Sequence[float], new: Sequence[float], orders: Sequence[int]) -> list[float]:
    """Return the quotients new / old of these ranks, from 1; 0 and infinity for the ranks beyond the first and the last."""
    count = len(old) * len(new)
    if count <= _ALL_PAIRS:
        every = [0.0, *sorted(after / before for before in old for after in new), math.inf]
        return [every[order] for order in orders]
    before, after = sorted(old), sorted(new)
    return [0.0 if order < 1 else math.inf if order > count else _searched(before, after, order) for order in orders]


def _searched(old: Sequence[float], new: Sequence[float], order: int) -> float:
    """Return the quotient of rank *order* by halving, for samples with too many pairs to list them."""
    low, high = new[0] / old[-1], new[-1] / old[0]
    while low < (middle := low + (high - low) / 2) < high and high - low > _CLOSE * high:
        if sum(bisect_right(new, middle * before) for before in old) >= order:
            high = middle
        else:
            low = middle
    return high
