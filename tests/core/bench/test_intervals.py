"""Intervals of medians and ratios, against counting and against the test that they invert."""

from __future__ import annotations

import math
import random
import statistics
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsdbtasks.core.bench import intervals
from tsdbtasks.core.bench.intervals import Estimate, Ratio, estimate, median, ratio
from tsdbtasks.core.bench.ranktest import mann_whitney

_values = st.lists(st.floats(1e-9, 1e9), min_size=1, max_size=15)
_distinct = st.lists(st.integers(1, 10_000).map(float), min_size=4, max_size=9, unique=True)


@given(_values)
def test_the_centre_is_the_median(values: list[float]) -> None:
    assert median(sorted(values)) == pytest.approx(statistics.median(values))


def test_no_values_have_no_median() -> None:
    with pytest.raises(ValueError, match="want at least one value"):
        median([])


@pytest.mark.parametrize("count", range(1, 13))
@pytest.mark.parametrize("level", [0.05, 0.2])
def test_the_interval_misses_the_median_as_seldom_as_asked_and_is_no_wider_than_it_must_be(count: int, level: float) -> None:
    found = estimate(range(count), level)
    order = 0 if math.isinf(found.low) else int(found.low) + 1

    def missed(k: int) -> float:
        # Of all ways to lie below or above the median, those with fewer than k values on one of the sides.
        few: int = sum(min(sum(one), count - sum(one)) < k for one in product((0, 1), repeat=count))
        return few / float(2**count)

    assert missed(order) <= level < missed(order + 1)
    assert order == 0 or found.high == count - order


def test_five_values_have_no_interval_at_95_per_cent() -> None:
    assert estimate([1, 2, 3, 4, 5]) == Estimate(3, -math.inf, math.inf, 5)


def test_an_interval_of_thousands_of_values_is_found() -> None:
    found = estimate([float(value) for value in range(5001)])

    assert found.centre - found.low == pytest.approx(1.96 * math.sqrt(5001) / 2, rel=0.02)


@given(_distinct, _distinct, st.sampled_from([0.05, 0.2]))
def test_the_interval_holds_the_factors_that_the_rank_test_does_not_reject(
    old: list[float], new: list[float], level: float
) -> None:
    found = ratio(old, new, level)

    for factor, rejected in ((found.low, True), (found.high, True), (found.centre, False)):
        if 0 < factor < math.inf:
            # Just outside of an end; at the end itself two values are tied.
            moved = factor * {found.low: 1 - 1e-9, found.high: 1 + 1e-9}.get(factor, 1) if rejected else factor
            assert (mann_whitney([moved * value for value in old], new).p <= level) == rejected


@given(_values, _values)
def test_the_ratio_turns_over_with_its_sides(old: list[float], new: list[float]) -> None:
    found, turned = ratio(old, new), ratio(new, old)

    assert found.centre == pytest.approx(1 / turned.centre)
    assert found.low == pytest.approx(1 / turned.high if turned.high < math.inf else 0.0)


def test_samples_too_small_for_the_level_have_no_bounds() -> None:
    assert ratio([1, 2, 3], [2, 4, 6]) == Ratio(2.0, 0.0, math.inf)


@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf])
def test_values_without_a_ratio_are_refused(value: float) -> None:
    with pytest.raises(ValueError, match="want values above 0"):
        ratio([1.0, value], [1.0, 2.0])


def test_more_pairs_than_can_be_listed_give_the_same_ratio(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = random.Random(8)  # noqa: S311 - samples, not secrets
    old, new = [drawn.lognormvariate(0, 1) for _ in range(41)], [drawn.lognormvariate(0.1, 1) for _ in range(38)]
    listed = ratio(old, new)

    monkeypatch.setattr(intervals, "_ALL_PAIRS", 1)
    searched = ratio(old, new)

    assert (searched.centre, searched.low, searched.high) == pytest.approx((listed.centre, listed.low, listed.high), rel=1e-9)


def test_an_interval_covers_a_true_ratio_as_often_as_it_says() -> None:
    drawn = random.Random(11)  # noqa: S311 - samples, not secrets
    covered = 0

    for _ in range(1000):
        old = [drawn.lognormvariate(0, 0.1) for _ in range(8)]
        found = ratio(old, [1.1 * drawn.lognormvariate(0, 0.1) for _ in range(10)])
        covered += found.low <= 1.1 <= found.high

    # 95.6 % is what order statistics of 8 and 10 values can give; four standard errors about it.
    assert 930 <= covered <= 982


@pytest.mark.parametrize(
    ("low", "high", "within"), [(0.95, 1.05, True), (0.949, 1.0, False), (1.0, 1.051, False), (1.01, 1.02, True)]
)
def test_within_the_floor_is_all_of_the_interval(low: float, high: float, *, within: bool) -> None:
    assert Ratio(1.0, low, high).within(0.05) is within


def test_the_margin_is_the_longer_way_and_infinite_without_an_end() -> None:
    assert Ratio(1.0, 0.8, 1.1).margin == 1.25
    assert Ratio(1.0, 0.0, 1.1).margin == math.inf
    assert Ratio(math.inf, 1.0, math.inf).margin == math.inf
