"""Centre, interval and test of samples as benchstat computes them, for many samples at once.

These numbers are for tables that must equal benchstat's. Its test is wrong for ties with samples of unequal size
(the distribution of one sample's U is looked up with the other's); what is judged goes through
:mod:`ranktest` instead. Samples of equal size stand in the rows of a matrix, each row in ascending order, NaN first.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from tsdbtasks.core.bench import gomath
from tsdbtasks.core.bench.gonumbers import shortest

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from numpy.typing import NDArray

    from tsdbtasks.core.bench.arrays import Floats, Ints


#: Up to these sizes of both samples the test is exact, without ties and with them.
EXACT, EXACT_TIED = 50, 25
EQUAL = "all samples are equal"
#: Ours: benchstat does not come to an end with NaN in a comparison.
UNORDERED = "values that are no number cannot be compared"


@dataclass(frozen=True, slots=True)
class Summaries:
    """Centres and intervals of samples; a warning belongs to one sample or, with an empty text, there is none."""

    centre: list[float]
    low: list[float]
    high: list[float]
    warnings: list[str]


@dataclass(frozen=True, slots=True)
class Tests:
    """The p-value of each pair of samples, and a warning or an empty text."""

    p: list[float]
    warnings: list[str]


def medians(rows: Floats, confidence: float) -> Summaries:
    """Return the medians of *rows* (Hyndman and Fan's R8) with intervals between order statistics."""
    count = rows.shape[1]
    low, high = interval(count, confidence)
    infinite = [math.inf] * len(rows)
    lows = rows[:, low - 1].tolist() if low >= 1 else [-one for one in infinite]
    highs = rows[:, high - 1].tolist() if high <= count else infinite
    need = _need(*_samples_for_interval(confidence), f"confidence interval at level {shortest(confidence)}")
    warnings = [need if math.isinf(a) or math.isinf(b) else "" for a, b in zip(lows, highs, strict=True)]
    return Summaries(_centres(rows), lows, highs, warnings)


def _centres(rows: Floats) -> list[float]:
    import numpy as np  # noqa: PLC0415 - whoever only reads names must not pay for it

    fraction, whole = math.modf(1 / 3 + 0.5 * (rows.shape[1] + 1 / 3))
    k = int(whole)
    if k >= rows.shape[1]:
        return list(rows[:, -1].tolist())
    with np.errstate(invalid="ignore"):
        return list((rows[:, k - 1] + fraction * (rows[:, k] - rows[:, k - 1])).tolist())


def modes(rows: Floats) -> Summaries:
    """Return the most frequent values of *rows*, the smallest of several, and their ranges; values should not differ."""
    found = [_mode(row) for row in rows.tolist()]
    lows, highs = rows[:, 0].tolist(), rows[:, -1].tolist()
    warnings = [
        "" if whole else f"exact distribution expected, but values range from {shortest(low)} to {shortest(high)}"
        for (_, whole), low, high in zip(found, lows, highs, strict=True)
    ]
    return Summaries([mode for mode, _ in found], lows, highs, warnings)


def _mode(row: list[float]) -> tuple[float, bool]:
    value = best = row[0]
    count = most = 1
    for one in row[1:]:
        count = count + 1 if one == value else 1
        value = one
        if count > most:
            best, most = value, count
    return best, most == len(row)


@lru_cache(maxsize=4096)
def interval(count: int, confidence: float) -> tuple[int, int]:
    """Return the order statistics, counted from 1, between which the median is with *confidence*.

    0 and *count* + 1 stand for no bound.
    """
    if confidence >= 1:
        return 0, count + 1
    low, high = _exact_interval(count, confidence) if count <= 30 else _normal_interval(count, confidence)  # noqa: PLR2004 - as benchstat
    return max(low, 0), min(high, count + 1)


def _exact_interval(count: int, confidence: float) -> tuple[int, int]:
    """Widen the interval from the mode of the binomial distribution, at each step to the likelier side."""

    def chance(k: int) -> float:
        return gomath.choose(count, k) * 0.5**k * 0.5 ** (count - k) if 0 <= k <= count else 0.0

    low = math.ceil((count + 1) * 0.5) - 1
    high = low + 1
    total, left, right = chance(low), chance(low - 1), chance(high)
    while total < confidence and (left > 0 or right > 0):
        if left >= right:
            total += left
            low -= 1
            left = chance(low - 1)
        else:
            total += right
            high += 1
            right = chance(high)
    return low, high


def _normal_interval(count: int, confidence: float) -> tuple[int, int]:
    mean, deviation = count * 0.5, math.sqrt(count * 0.5 * 0.5)
    left = _quantile((1 - confidence) / 2) * deviation + mean
    right = 2 * mean - left
    low = math.floor(math.floor(left - 0.5) + 0.5) + 1
    high = math.floor(math.ceil(right - 0.5) + 0.5) + 1

    def covered(low: int, high: int) -> float:
        return _normal((high - 0.5 - mean) / deviation) - _normal((low - 0.5 - mean) / deviation)

    if confidence <= covered(low, high - 1) < covered(low, high):
        high -= 1
    return low, high


def _normal(z: float) -> float:
    return math.erfc(-z / math.sqrt(2)) / 2


def _quantile(p: float) -> float:
    """Return the standard normal quantile of *p*, at most one half, by halving the interval that it is in."""
    if p == 0.5:  # noqa: PLR2004 - the middle, exactly
        return 0.0
    low, high = -40.0, 0.0
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if _normal(middle) < p else (low, middle)
    return high


def _samples_for_interval(confidence: float) -> tuple[str, int]:
    limit = 50
    for count in range(2, limit + 1):
        low, high = interval(count, confidence)
        if low > 0 and high <= count:
            return ">=", count
    return ">", limit


def _samples_for_test(alpha: float) -> tuple[str, int]:
    limit = 10
    for count in range(1, limit):
        # The p-value of samples that do not overlap at all, rounded once.
        if 2 / math.comb(2 * count, count) <= alpha:
            return ">=", count
    return ">", limit


def _need(sign: str, count: int, what: str) -> str:
    return f"need {sign} {count} samples for {what}" if what[0] == "c" else f"need {sign} {count} samples to {what}"


def ranked(first: Floats, second: Floats, alpha: float) -> Tests:
    """Return benchstat's two-sided Mann-Whitney test of each row of *first* against the same row of *second*."""
    import numpy as np  # noqa: PLC0415 - as above

    n1, n2 = first.shape[1], second.shape[1]
    p: list[float] = []
    warnings: list[str] = []
    test = _one_test(n1, n2)
    step = max(1, 200_000 // (n1 + n2))  # rows at once, so that the work stays in the cache
    for at in range(0, len(first), step):
        ranks = _Ranks.of(np, first[at : at + step], second[at : at + step])
        for row in range(len(ranks.groups)):
            found = test(ranks, row)
            p.append(1.0 if isinstance(found, str) else found)
            warnings.append(found if isinstance(found, str) else "")
    sign, count = _samples_for_test(alpha)
    if n1 < count and n2 < count:
        need = _need(sign, count, f"detect a difference at alpha level {shortest(alpha)}")
        warnings = [said or (need if one > alpha else "") for one, said in zip(p, warnings, strict=True)]
    return Tests(p, warnings)


@dataclass(slots=True)
class _Ranks:
    """Ranks of pairs of samples: the first one's U, in how many groups of equals the values are, and those ties."""

    u: list[float]
    groups: list[int]
    cubes: list[int]
    unordered: list[bool]
    sizes: Ints
    begins: Ints

    @classmethod
    def of(cls, np: ModuleType, first: Floats, second: Floats) -> _Ranks:
        n1, total = first.shape[1], first.shape[1] + second.shape[1]
        values, mine = _merged(np, first, second)
        new = np.ones(values.shape, dtype=bool)
        new[:, 1:] = values[:, 1:] != values[:, :-1]
        begins = np.flatnonzero(new)
        sizes = np.diff(begins, append=values.size)
        # Of a group of equals, each has the mean rank; doubled, it is a whole number.
        doubled = 2 * (begins % total) + sizes + 1
        rows = np.flatnonzero(begins % total == 0)
        sums = np.add.reduceat(doubled * np.add.reduceat(mine.ravel(), begins), rows)
        u = (sums - n1 * (n1 + 1)) / 2
        return cls(
            u.tolist(),
            np.diff(rows, append=len(begins)).tolist(),
            np.add.reduceat(sizes**3 - sizes, rows).tolist(),
            np.isnan(values[:, [0, -1]]).any(axis=1).tolist() if values.dtype.kind == "f" else [False] * len(rows),
            sizes,
            rows,
        )

    def ties(self, row: int) -> tuple[int, ...]:
        """Return the sizes of the groups of equals of a row, in the order of the values."""
        begin = self.begins[row]
        return tuple(self.sizes[begin : begin + self.groups[row]].tolist())


def _merged(np: ModuleType, first: Floats, second: Floats) -> tuple[NDArray[Any], Ints]:
    """Return the values of both in order, and for each whether it is of the first."""
    values = np.concatenate([first, second], axis=1)
    bits = values.view(np.uint64)
    if not (bits >> np.uint64(63)).any() and not np.isnan(values).any():
        # Floats that are not negative are ordered as their bits, and the sign's place is free for the label.
        marked = bits << np.uint64(1)
        marked[:, : first.shape[1]] |= np.uint64(1)
        marked.sort(axis=1)
        return marked >> np.uint64(1), (marked & np.uint64(1)).astype(np.int64)
    order = np.argsort(values, axis=1, kind="stable")
    return np.take_along_axis(values, order, axis=1), (order < first.shape[1]).astype(np.int64)


def _one_test(n1: int, n2: int) -> Callable[[_Ranks, int], float | str]:
    """Return the function that tests one row: its p-value, or why there is none."""
    untied, tied = max(n1, n2) <= EXACT, max(n1, n2) <= EXACT_TIED
    total = n1 + n2

    def test(ranks: _Ranks, row: int) -> float | str:
        if ranks.unordered[row]:
            return UNORDERED
        if ranks.groups[row] == 1 and total > 1:
            return EQUAL
        u = ranks.u[row]
        if tied if ranks.groups[row] < total else untied:
            small = min(u, n1 * n2 - u)
            if u * 2 == n1 * n2:
                return 1.0
            return 2 * (_tied(ranks.ties(row), n1, int(2 * small)) if ranks.groups[row] < total else _untied(n1, n2, small))
        return _approximate(u, n1, n2, ranks.cubes[row])

    return test


def _approximate(u: float, n1: int, n2: int, cubes: int) -> float:
    """Return the p-value by the normal distribution, corrected for ties and continuity."""
    total = float(n1 + n2)
    deviation = math.sqrt(float(n1 * n2) * ((total + 1) - cubes / (total * (total - 1))) / 12)
    distance = u - n1 * n2 / 2
    distance -= math.copysign(0.5, distance) if distance else 0.0
    below = _normal(distance / deviation)
    return 2 * min(below, 1 - below)


def _untied(n1: int, n2: int, u: float) -> float:
    """Return the chance of a U of at most *u* where all values differ."""
    return float(_cumulated(n1, n2)[int(u)])


@lru_cache(maxsize=512)
def _cumulated(n1: int, n2: int) -> Floats:
    import numpy as np  # noqa: PLC0415 - as above

    return np.cumsum(_distribution(n1, n2))


@lru_cache(maxsize=512)
def _distribution(n1: int, n2: int) -> Floats:
    """Return the chance of each U from 0 to half of the largest (Mann and Whitney 1947).

    The recurrence runs in the order in which benchstat has it, because a p-value may be equal to alpha but for the last bit.
    """
    import numpy as np  # noqa: PLC0415 - as above

    n1, n2 = min(n1, n2), max(n1, n2)
    size = n1 * n2 // 2 + 1
    table = np.zeros((n1 + 1, size))
    for m in range(n2 + 1):
        table[0, 0] = 1
        for n in range(1, min(m, n1) + 1):
            left = np.zeros(size)
            if m < size:
                left[m:] = n * table[n - 1][: size - m]
            right = m * (table[n] if n < m else table[m - 1])
            made = (left + right) / float(n + m)
            made[n * m + 1 :] = 0
            table[n] = made
    found: Floats = table[n1]
    return found


@lru_cache(maxsize=65536)
def _tied(ties: tuple[int, ...], n1: int, doubled: int) -> float:
    """Return the chance of a doubled U of at most *doubled* of a sample of *n1*, where values tie."""
    count = _two_groups(ties, n1, doubled) if len(ties) == 2 else _choices(ties, n1, doubled)  # noqa: PLR2004 - two
    return count / gomath.choose(sum(ties), n1)


def _two_groups(ties: tuple[int, ...], n1: int, doubled: int) -> float:
    """Count for two groups as benchstat does, whose division rounds towards zero also below zero."""
    a, b = ties
    most = math.trunc((doubled - n1 * (a - n1)) / (a + b))
    return sum((gomath.choose(a, n1 - r) * gomath.choose(b, r) for r in range(max(0, n1 - a), most + 1)), 0.0)


def _choices(ties: tuple[int, ...], n1: int, doubled: int) -> float:
    """Count the choices of *n1* values whose doubled U is at most *doubled*, group by group (Klotz 1966)."""
    import numpy as np  # noqa: PLC0415 - as above

    limit = doubled + n1 * (n1 + 1)  # of the sum of doubled ranks
    counts = np.zeros((n1 + 1, limit + 1))
    counts[0, 0] = 1
    before = 0
    for size in ties:
        rank = 2 * before + size + 1
        before += size
        made = counts.copy()
        for r in range(1, min(size, n1) + 1):
            if r * rank > limit:
                break
            made[r:, r * rank :] += math.comb(size, r) * counts[: n1 + 1 - r, : limit + 1 - r * rank]
        counts = made
    return float(counts[n1].sum())


def geometric_mean(values: list[float]) -> float:
    """Return the geometric mean, NaN of no values or where one is not positive."""
    import numpy as np  # noqa: PLC0415 - as above

    if not values or any(value <= 0 for value in values):
        return math.nan
    mean = 0.0
    for at, one in enumerate(gomath.log(np.array(values, dtype=np.float64)).tolist(), 1):
        mean += (one - mean) / at
    return gomath.exp(mean)
