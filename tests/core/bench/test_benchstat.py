"""Centre, interval and test as benchstat has them; most is proved by its recorded answers, here is why."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tsdbtasks.core.bench import benchstat


def _p(first: list[float], second: list[float]) -> tuple[float, str]:
    found = benchstat.ranked(np.array([sorted(first)]), np.array([sorted(second)]), 0.05)
    return found.p[0], found.warnings[0]


def test_the_p_value_of_a_known_case_with_ties_is_as_wrong_as_in_benchstat() -> None:
    assert _p([1, 2, 3, 5], [1, 1, 1, 1, 1])[0] == 0


def test_the_p_value_without_ties_is_exact() -> None:
    assert _p([1, 2, 3, 4], [5, 6, 7, 8])[0] == pytest.approx(2 / 70)


def test_negative_values_are_ranked_as_others_are() -> None:
    assert _p([-4, -3, -2, -1], [5, 6, 7, 8]) == _p([1, 2, 3, 4], [5, 6, 7, 8])


def test_equal_samples_and_few_samples_are_said() -> None:
    assert _p([1, 1], [1, 1]) == (1.0, "all samples are equal")
    assert _p([1, 2], [3, 4])[1] == "need >= 4 samples to detect a difference at alpha level 0.05"
    assert _p([1, math.nan], [3, 4])[1] == benchstat.UNORDERED


@pytest.mark.parametrize(
    ("count", "interval"), [(1, (0, 2)), (5, (0, 5)), (6, (1, 6)), (20, (6, 15)), (25, (8, 18)), (100, (40, 60))]
)
def test_the_interval_is_between_order_statistics(count: int, interval: tuple[int, int]) -> None:
    assert benchstat.interval(count, 0.95) == interval


def test_the_median_of_an_even_sample_is_in_the_middle() -> None:
    found = benchstat.medians(np.array([[1.0, 2.0, 4.0, 9.0]]), 0.95)

    assert found.centre == [pytest.approx(3.0)]
    assert found.warnings == ["need >= 6 samples for confidence interval at level 0.95"]


def test_the_mode_is_the_most_frequent_and_of_several_the_smallest() -> None:
    found = benchstat.modes(np.array([[1.0, 2.0, 2.0, 3.0, 3.0]]))

    assert (found.centre, found.low, found.high) == ([2.0], [1.0], [3.0])
    assert found.warnings == ["exact distribution expected, but values range from 1 to 3"]


def test_the_geometric_mean_wants_positive_values() -> None:
    assert benchstat.geometric_mean([1.0, 100.0]) == pytest.approx(10.0)
    assert [math.isnan(benchstat.geometric_mean(values)) for values in ([], [0.0], [-1.0, 2.0])] == [True] * 3
