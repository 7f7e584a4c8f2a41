"""The rank test, against counting every choice by hand."""

from __future__ import annotations

import itertools
import math
import random
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tsdbtasks.core.bench import ranktest
from tsdbtasks.core.bench.ranktest import least_p, mann_whitney, mann_whitney_many, rejected_order, samples_needed

if TYPE_CHECKING:
    from collections.abc import Sequence

_few = st.lists(st.integers(0, 5).map(float), min_size=1, max_size=6)


def _by_hand(old: Sequence[float], new: Sequence[float]) -> Fraction:
    """Return the share of choices of ranks that deviate at least as much as *old* does."""
    pool = sorted([*old, *new])
    rank = {value: Fraction(2 * pool.index(value) + pool.count(value) + 1, 2) for value in pool}
    expected = Fraction(len(old) * (len(pool) + 1), 2)
    observed = abs(sum(rank[value] for value in old) - expected)
    choices = list(itertools.combinations([rank[value] for value in pool], len(old)))
    return Fraction(sum(abs(sum(one) - expected) >= observed for one in choices), len(choices))


def _in_halves(old: Sequence[float], new: Sequence[float]) -> float:
    """Return p as it is counted for large samples."""
    fewer = min((old, new), key=len)
    ranks, sizes = ranktest._doubled_ranks([*old, *new])
    deviation = abs(sum(ranks[value] for value in fewer) - len(fewer) * (len(old) + len(new) + 1))
    return ranktest._in_halves(sizes, len(fewer), deviation)


@given(_few, _few)
def test_p_is_the_share_counted_by_hand(old: list[float], new: list[float]) -> None:
    assert mann_whitney(old, new).p == float(_by_hand(old, new))


# The first example imports numpy, which takes longer than Hypothesis allows.
@settings(deadline=None)
@given(_few, _few)
def test_counting_in_halves_gives_the_same_p(old: list[float], new: list[float]) -> None:
    assert _in_halves(old, new) == pytest.approx(float(_by_hand(old, new)), rel=1e-12)


@pytest.mark.parametrize(("total", "chosen"), [(2, 1), (5, 2), (6, 3), (9, 4), (20, 10), (31, 3)])
def test_without_ties_the_closed_form_counts_the_same(total: int, chosen: int) -> None:
    assert ranktest._untied_counts(total, chosen) == ranktest._counts(range(total), chosen)


def test_p_is_right_in_600_small_cases_with_ties_and_unequal_sizes() -> None:
    drawn = random.Random(20)  # noqa: S311 - samples, not secrets

    for _ in range(600):
        kinds = drawn.choice([2, 3, 6, 1000])
        old, new = ([float(drawn.randrange(kinds)) for _ in range(drawn.randint(1, 7))] for _ in range(2))

        assert mann_whitney(old, new).p == float(_by_hand(old, new)), (old, new)


def test_samples_that_benchstat_gets_wrong_are_right() -> None:
    assert mann_whitney([1, 2, 3, 5], [1, 1, 1, 1, 1]).p == pytest.approx(0.0476, abs=1e-4)


@settings(deadline=None)
@given(
    st.lists(st.integers(0, 30).map(float), min_size=20, max_size=30),
    st.lists(st.integers(0, 30).map(float), min_size=21, max_size=40),
)
def test_large_tied_samples_agree_with_whole_numbers(old: list[float], new: list[float]) -> None:
    ranks, sizes = ranktest._doubled_ranks([*old, *new])
    fewer = min((old, new), key=len)
    deviation = abs(sum(ranks[value] for value in fewer) - len(fewer) * (len(old) + len(new) + 1))

    assert mann_whitney(old, new).p == pytest.approx(ranktest._shares(sizes, len(fewer))[deviation], rel=1e-11)


@given(_few, _few)
def test_neither_the_sides_nor_the_scale_matter(old: list[float], new: list[float]) -> None:
    p = mann_whitney(old, new).p

    assert mann_whitney(new, old).p == p
    assert mann_whitney([7 * value + 3 for value in old], [7 * value + 3 for value in new]).p == p


def test_complete_separation_of_fifty_and_fifty_is_counted_exactly() -> None:
    assert mann_whitney(range(50), range(100, 150)).p == 2 / math.comb(100, 50) == least_p(50, 50)


def test_samples_above_the_limit_are_approximate_and_say_so() -> None:
    old, new = [float(value) for value in range(70)], [value + 10.5 for value in range(70)]

    found = mann_whitney(old, new)

    assert not found.exact
    assert found.p == pytest.approx(ranktest._shares((1,) * 140, 70)[_deviation(old, new)], rel=0.1)


def test_the_approximation_corrects_for_ties_and_for_continuity(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranktest, "EXACT", 0)

    # What scipy 1.17 gives: mannwhitneyu(…, method="asymptotic", use_continuity=True).
    assert mann_whitney([1, 2, 2, 3, 5, 5, 7], [2, 4, 5, 6, 8, 8, 9, 9]).p == pytest.approx(0.05400644371208492, rel=1e-12)


def _deviation(old: Sequence[float], new: Sequence[float]) -> int:
    ranks, _ = ranktest._doubled_ranks([*old, *new])
    return abs(sum(ranks[value] for value in old) - len(old) * (len(old) + len(new) + 1))


@pytest.mark.parametrize(("old", "new"), [([], [1.0]), ([1.0], []), ([math.nan], [1.0]), ([1.0], [math.nan, 2.0])])
def test_what_is_no_sample_is_refused(old: list[float], new: list[float]) -> None:
    with pytest.raises(ValueError, match="want two samples of numbers"):
        mann_whitney(old, new)


def test_many_tests_at_once_are_the_same_as_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranktest, "_MANY", 1)
    drawn = random.Random(4)  # noqa: S311 - samples, not secrets
    sizes = [(5, 5), (3, 8), (70, 70), (5, 5), (8, 3)] * 20
    pairs = [tuple([float(drawn.randrange(1000)) for _ in range(size)] for size in one) for one in sizes]

    found = mann_whitney_many([(old, new) for old, new in pairs])

    assert found == [mann_whitney(old, new) for old, new in pairs]


@pytest.mark.parametrize(("level", "size"), [(0.05, 4), (0.01, 5), (0.05 / 100, 8), (0.05 / 5000, 11)])
def test_the_samples_needed_are_the_fewest_that_can_reach_a_level(level: float, size: int) -> None:
    assert samples_needed(level) == size
    assert least_p(size, size) <= level < least_p(size - 1, size - 1)


def test_no_number_of_samples_reaches_a_level_of_nothing() -> None:
    with pytest.raises(ValueError, match="want a level above 0"):
        samples_needed(0.0)


# From the tables of Conover, Practical Nonparametric Statistics, 1999, A7 (w.025): k + n(n+1)/2 there.
@pytest.mark.parametrize(("old", "new", "order"), [(3, 3, 0), (4, 4, 1), (5, 5, 3), (8, 8, 14), (10, 10, 24), (10, 20, 56)])
def test_the_order_of_the_bounding_difference_is_that_of_the_tables(old: int, new: int, order: int) -> None:
    assert rejected_order(old, new, 0.05) == order


def test_the_order_for_large_samples_is_near_the_exact_one(monkeypatch: pytest.MonkeyPatch) -> None:
    exact = rejected_order(50, 60, 0.01)
    monkeypatch.setattr(ranktest, "EXACT", 10)

    assert rejected_order(50, 60, 0.01) == pytest.approx(exact, abs=5)
