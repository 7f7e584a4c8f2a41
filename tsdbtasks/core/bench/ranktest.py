"""The Mann-Whitney test, exact with ties and with samples of unequal size.

If nothing changed, every choice of *n* of the *N* pooled values is equally likely to be one of the two samples
(Mann and Whitney 1947; for ties Lehmann, Nonparametrics, 1975, section 1.4). Doubled mid-ranks are whole
numbers, so the choices can be counted by their rank sum S. The two-sided p is the share of all choices whose
|S - E| is at least the observed one. With ties the distribution of S is lopsided, and doubling one tail, as is
often done, is then not a test at all.

Up to 40 pooled values the counts are Python's whole numbers; all counts of a row stand in the digits of one
number, so that one shift and one addition move the whole row. That needs no numpy, whose import takes longer than a
hundred tests. Above that the pool is counted in two halves, in floating point, where sums of positive terms lose nothing
that matters (1e-13 relative). Without ties the distribution depends on the sizes alone and is kept.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

#: Pooled values up to which p is exact.
EXACT = 120
#: Pooled values up to which tied samples are counted in whole numbers.
_SMALL = 40
#: Values in all samples from which on ranking them at once is worth numpy's import.
_MANY = 100_000
#: Distributions that are kept; those of tied samples seldom come twice.
_KEPT = 256


@dataclass(frozen=True, slots=True)
class RankTest:
    """The two-sided *p* of no change; not *exact* where it is the normal approximation."""

    p: float
    exact: bool


def mann_whitney(old: Sequence[float], new: Sequence[float]) -> RankTest:
    """Test whether *old* and *new* could be two draws from the same source.

    Both must hold at least one number and no NaN; raises ValueError otherwise.
    """
    if not old or not new or any(map(math.isnan, old)) or any(map(math.isnan, new)):
        message = f"want two samples of numbers, got {len(old)} and {len(new)} values, or a NaN"
        raise ValueError(message)
    fewer = old if len(old) <= len(new) else new
    ranks, sizes = _doubled_ranks([*old, *new])
    total, chosen = len(old) + len(new), len(fewer)
    deviation = abs(sum(ranks[value] for value in fewer) - chosen * (total + 1))
    if deviation == 0:
        return RankTest(1.0, exact=True)
    if total > EXACT:
        return RankTest(_approximate(sizes, chosen, deviation), exact=False)
    if total <= _SMALL or len(sizes) == total:
        return RankTest(_shares(sizes, chosen)[deviation], exact=True)
    return RankTest(_in_halves(sizes, chosen, deviation), exact=True)


def mann_whitney_many(pairs: Sequence[tuple[Sequence[float], Sequence[float]]]) -> list[RankTest]:
    """Return :func:`mann_whitney` of each pair; many pairs of equal sizes without ties are ranked in one go."""
    results: dict[int, RankTest] = {}
    if sum(len(old) + len(new) for old, new in pairs) >= _MANY:
        for (old, new), indices in _by_size(pairs).items():
            if 0 < old + new <= EXACT:
                results.update(_ranked_at_once([pairs[index] for index in indices], indices))
    return [results.get(index) or mann_whitney(*pair) for index, pair in enumerate(pairs)]


def _by_size(pairs: Iterable[tuple[Sequence[float], Sequence[float]]]) -> dict[tuple[int, int], list[int]]:
    groups: dict[tuple[int, int], list[int]] = {}
    for index, (old, new) in enumerate(pairs):
        groups.setdefault((len(old), len(new)), []).append(index)
    return groups


def _ranked_at_once(pairs: Sequence[tuple[Sequence[float], Sequence[float]]], indices: Sequence[int]) -> dict[int, RankTest]:
    """Return the tests of those *pairs*, all of the same two sizes, that have no ties, by their index."""
    import numpy as np  # noqa: PLC0415 - small runs do not need it

    old, new = len(pairs[0][0]), len(pairs[0][1])
    if not old or not new:
        return {}
    pool = np.concatenate([np.array([pair[side] for pair in pairs], dtype=float) for side in (0, 1)], axis=1)
    order = pool.argsort(axis=1)
    steps = np.diff(np.take_along_axis(pool, order, axis=1), axis=1)
    ranks = 2 * np.arange(1, old + new + 1)
    sums = ((order < old) * ranks).sum(axis=1)
    shares = _shares((1,) * (old + new), min(old, new))
    deviations = abs(sums - old * (old + new + 1)).tolist()
    # A NaN compares as false, so a row that holds one goes the slow way, which refuses it.
    untied: list[bool] = np.all(steps > 0, axis=1).tolist()
    return {
        index: RankTest(shares[deviation], exact=True)
        for index, deviation, free in zip(indices, deviations, untied, strict=True)
        if free
    }


def least_p(old: int, new: int) -> float:
    """Return the p of completely separate samples of these sizes: no test of them can give less."""
    return min(1.0, 2 / math.comb(old + new, old))


def samples_needed(level: float) -> int:
    """Return the smallest size of two equal samples that can reach p ≤ *level*; raises ValueError if none can."""
    if not level > 0:
        message = f"want a level above 0, got {level!r}"
        raise ValueError(message)
    size = 1
    while least_p(size, size) > level:
        size += 1
    return size


def rejected_order(old: int, new: int, level: float) -> int:
    """Return how many of the smallest values of U (0, 1, …) are rejected at two-sided *level*, without ties.

    This is the rank, counted from 1, of the pairwise difference that bounds the shift with confidence 1 - *level*;
    0: no difference bounds it.
    """
    pairs = old * new
    if old + new > EXACT:
        from statistics import NormalDist  # noqa: PLC0415 - small runs, which are the most, must not pay for it

        spread = math.sqrt(pairs * (old + new + 1) / 12)
        return max(0, math.floor(pairs / 2 + NormalDist().inv_cdf(level / 2) * spread + 0.5))
    shares = _shares((1,) * (old + new), min(old, new))
    order = 0
    # U is the rank sum above its least value; the deviation of the doubled sum at U is pairs - 2 U.
    while 2 * order < pairs and shares[pairs - 2 * order] <= level:
        order += 1
    return order


def _doubled_ranks(pool: Sequence[float]) -> tuple[dict[float, int], tuple[int, ...]]:
    """Return twice the mid-rank of each distinct value, and how often each occurs, in ascending order."""
    counts = Counter(pool)
    values = sorted(counts)
    sizes = tuple(counts[value] for value in values)
    before = accumulate(sizes, initial=0)
    return {value: 2 * first + size + 1 for value, first, size in zip(values, before, sizes, strict=False)}, sizes


def _ranks(sizes: Sequence[int]) -> list[int]:
    """Return twice the mid-rank of every pooled value, for groups of ties of *sizes*."""
    before = accumulate(sizes, initial=0)
    return [2 * first + size + 1 for first, size in zip(before, sizes, strict=False) for _ in range(size)]


@lru_cache(maxsize=_KEPT)
def _shares(sizes: tuple[int, ...], chosen: int) -> Sequence[float]:
    """Return, for every deviation of the doubled rank sum, the share of choices that deviate at least as much."""
    ranks = _ranks(sizes)
    centre = chosen * (len(ranks) + 1) - sum(ranks[:chosen])
    step = math.gcd(*(rank - ranks[0] for rank in ranks)) or 1
    scaled = [(rank - ranks[0]) // step for rank in ranks]
    counts = _untied_counts(len(ranks), chosen) if len(sizes) == len(ranks) else _counts(scaled, chosen)
    exactly = [0] * (chosen * (len(ranks) - chosen) + 1)
    for index, count in enumerate(counts):
        if count:
            exactly[abs(index * step - centre)] += count
    total = math.comb(len(ranks), chosen)
    at_least = [*accumulate(reversed(exactly))]
    return [count / total for count in reversed(at_least)]


def _counts(ranks: Sequence[int], chosen: int) -> list[int]:
    """Return how many choices of *chosen* of the ascending *ranks* have each sum, from the least on.

    Row k of the table is a number whose digits, of *width* bytes each, count the choices of k ranks by sum.
    """
    width = math.comb(len(ranks), chosen).bit_length() // 8 + 1
    rows = [1] + [0] * chosen
    for done, rank in enumerate(ranks):
        left = len(ranks) - done - 1
        # Rows that the ranks still to come cannot fill up to *chosen* are not needed any more.
        for k in range(min(done + 1, chosen), max(0, chosen - left - 1), -1):
            # The least sum of k is that of the first k ranks, so the new rank counts from the k-th.
            rows[k] += rows[k - 1] << (8 * width * (rank - ranks[k - 1]))
    return _digits(rows[chosen], width)


def _untied_counts(total: int, chosen: int) -> list[int]:
    """Return :func:`_counts` of the ranks 0, 1, … *total* - 1, which are the coefficients of a Gaussian binomial.

    It is the product of (1 - q^(total - chosen + i)) / (1 - q^i) for i = 1 … *chosen*, here in power series of q whose
    coefficients stand in the digits of one number. They are the same from both ends, so half of them will do.
    """
    width = math.comb(total, chosen).bit_length() // 8 + 1
    most = chosen * (total - chosen)
    half = most // 2 + 1
    mask = (1 << (8 * width * half)) - 1
    series = 1
    for i in range(1, chosen + 1):
        series = (series - (series << (8 * width * (total - chosen + i)))) & mask
        power = i
        # 1 / (1 - x) is (1 + x)(1 + x²)(1 + x⁴) …
        while power < half:
            series = (series + (series << (8 * width * power))) & mask
            power *= 2
    lower = _digits(series, width)[:half]
    return lower + lower[: most + 1 - half][::-1]


def _digits(number: int, width: int) -> list[int]:
    """Return the digits of *width* bytes each of *number*, from the lowest on."""
    digits = number.to_bytes((number.bit_length() // (8 * width) + 1) * width, "little")
    return [int.from_bytes(digits[at : at + width], "little") for at in range(0, len(digits), width)]


def _in_halves(sizes: Sequence[int], chosen: int, deviation: int) -> float:
    """Return the share of choices that deviate at least by *deviation*, counting the pool in two halves.

    A choice takes k values from the lower half and the others from the upper one. Half as many values have far
    fewer sums, and the halves meet only in the two tails that are wanted.
    """
    ranks = _ranks(sizes)
    lower, upper = ranks[: len(ranks) // 2], ranks[len(ranks) // 2 :]
    below, above = _rows(lower, chosen), _rows(upper, chosen)
    expected = chosen * (len(ranks) + 1)
    count = 0.0
    for k in range(max(0, chosen - len(upper)), min(chosen, len(lower)) + 1):
        one, other = below[k], above[chosen - k]
        base = sum(lower[:k]) + sum(upper[: chosen - k])
        count += _meet(one, other, expected - deviation - base)
        # Read from its end, a row counts from the other side, and the upper tail is a lower one.
        room = len(one) + len(other) - 2
        count += _meet(one[::-1], other[::-1], room - (expected + deviation - base))
    return min(1.0, count / math.comb(len(ranks), chosen))


def _rows(ranks: Sequence[int], chosen: int) -> list[Array]:
    """Return for k = 0 … *chosen* how many choices of k of the ascending *ranks* have each sum, from the least on."""
    import numpy as np  # noqa: PLC0415 - small samples do not need it

    most = min(chosen, len(ranks))
    rows = [np.zeros(sum(ranks[len(ranks) - k :]) - sum(ranks[:k]) + 1) for k in range(most + 1)]
    rows[0][0] = 1.0
    ends = [1] + [0] * most
    for done, rank in enumerate(ranks):
        for k in range(min(done + 1, most), 0, -1):
            shift, end = rank - ranks[k - 1], ends[k - 1]
            rows[k][shift : shift + end] += rows[k - 1][:end]
            ends[k] = max(ends[k], shift + end)
    return rows


def _meet(one: Array, other: Array, limit: int) -> float:
    """Return how many pairs of a choice from *one* and one from *other* have a sum of at most *limit*."""
    if limit < 0:
        return 0.0
    at_most = other.cumsum()
    whole = max(0, min(len(one), limit - len(other) + 1))
    end = min(len(one), limit + 1)
    count = one[:whole].sum() * at_most[-1]
    if end > whole:
        count += one[whole:end] @ at_most[limit - end + 1 : limit - whole + 1][::-1]
    return float(count)


def _approximate(sizes: Sequence[int], chosen: int, deviation: int) -> float:
    """Return the normal approximation of p, with the corrections for ties and for continuity."""
    total = sum(sizes)
    ties = sum(size**3 - size for size in sizes)
    variance = chosen * (total - chosen) / 12 * (total + 1 - ties / (total * (total - 1)))
    return math.erfc(max(0.0, deviation / 2 - 0.5) / math.sqrt(2 * variance))
