"""Measure the exact rank test against scipy's exact method: 1,000 tests of 50 against 50 values.

Run from the top of the repository: python -m benchmarks.ranktest. It wants scipy, which nothing else here does. The
two take turns, and what counts is CPU time of this process. Both keep the distribution of untied ranks, so the first
call, which makes it, has a row of its own. Exits with 4 where a limit was not kept.
"""

from __future__ import annotations

import gc
import importlib
import random
import statistics
import sys
import time
from typing import TYPE_CHECKING, Any

from tsdbtasks.core.bench.ranktest import mann_whitney_many

if TYPE_CHECKING:
    from collections.abc import Callable

TESTS = 1000
SIZE = 50
ROUNDS = 7
#: Seconds for all tied tests, and the ratio to scipy for the untied ones.
TIED = 10.0
UNTIED = 1.0

Pairs = list[tuple[list[float], list[float]]]


def main() -> int:
    """Measure, print a Markdown table, and return the exit code."""
    stats, numpy = (importlib.import_module(name) for name in ("scipy.stats", "numpy"))
    untied, tied = samples(digits=12), samples(digits=1)
    old, new = (numpy.array([pair[side] for pair in untied]) for side in (0, 1))
    pairs = [
        _turn(lambda: mann_whitney_many(untied), lambda: stats.mannwhitneyu(old, new, axis=1, method="exact"))
        for _ in range(ROUNDS)
    ]
    loop = _seconds(lambda: [stats.mannwhitneyu(*pair, method="exact") for pair in untied])
    slow = statistics.median(_seconds(lambda: mann_whitney_many(tied)) for _ in range(3))
    ratio = statistics.median(mine / theirs for mine, theirs in pairs[1:])
    mine, theirs = (statistics.median(pair[side] for pair in pairs[1:]) for side in (0, 1))
    print(f"| {TESTS} tests of {SIZE} against {SIZE} | ours, CPU s | scipy, CPU s | ratio | to reach | reached |")
    print("|---|---:|---:|---:|---:|---|")
    print(f"| untied, the first call | {pairs[0][0]:.4f} | {pairs[0][1]:.4f} | {pairs[0][0] / pairs[0][1]:.2f} | | |")
    print(f"| untied, all in one call | {mine:.4f} | {theirs:.4f} | {ratio:.2f} | {UNTIED:.1f} | {ratio <= UNTIED} |")
    print(f"| untied, scipy called for each | {mine:.4f} | {loop:.4f} | {mine / loop:.2f} | {UNTIED:.1f} | {mine <= loop} |")
    print(f"| tied, which scipy has no exact method for | {slow:.2f} | | | {TIED:.0f} s | {slow <= TIED} |")
    return 0 if ratio <= UNTIED and slow <= TIED else 4


def samples(digits: int) -> Pairs:
    """Return pairs of samples, rounded to *digits* decimals: with one, most values have ties."""
    drawn = random.Random(50)  # noqa: S311 - samples, not secrets
    return [
        ([round(drawn.gauss(), digits) for _ in range(SIZE)], [round(drawn.gauss(), digits) for _ in range(SIZE)])
        for _ in range(TESTS)
    ]


def _turn(mine: Callable[[], Any], theirs: Callable[[], Any]) -> tuple[float, float]:
    return _seconds(mine), _seconds(theirs)


def _seconds(work: Callable[[], Any]) -> float:
    gc.collect()
    start = time.process_time()
    work()
    return time.process_time() - start


if __name__ == "__main__":
    sys.exit(main())
