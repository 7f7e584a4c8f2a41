"""The rows of the exact rank test: 1,000 tests of 50 against 50 values, against scipy's exact method.

Both sides run in a process of their own that times the tests alone: python -m benchmarks.ranktest ours|scipy KIND.
"""

from __future__ import annotations

import importlib
import random
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

from benchmarks import inside
from benchmarks.goals import Goal
from benchmarks.harness import Command, Side
from benchmarks.place import ROOT, Place, Row, SkippedError, always
from tsdbtasks.core.bench.ranktest import mann_whitney_many

if TYPE_CHECKING:
    from collections.abc import Callable

TESTS = 1000
SIZE = 50
#: Decimals of the values, and how often a process does all tests: the untied ones take hundredths of a second.
KINDS = {"untied": (12, 20), "tied": (1, 1)}

Pairs = list[tuple[list[float], list[float]]]


def untied(place: Place) -> Row:
    """Return the row of values without ties, where both do the same."""
    return _row(place, "untied", Goal(ratio=1.0), "scipy, exact, all in one call")


def tied(place: Place) -> Row:
    """Return the row of values with ties, whose limit is absolute, since scipy's exact method is wrong there."""
    return _row(place, "tied", Goal(seconds=10.0), "scipy, exact, which takes no account of ties")


def _row(place: Place, kind: str, goal: Goal, against: str) -> Row:
    if find_spec("scipy") is None:
        message = "scipy is not there, and nothing else needs it: pip install scipy"
        raise SkippedError(message)

    def side(name: str) -> Side:
        argv = [sys.executable, "-m", "benchmarks.ranktest", name, kind]
        return Side(name, always(Command(argv, ROOT, place.environ, inside=True)))

    work = f"exact rank test, {TESTS:,} of {SIZE} against {SIZE}, {kind}"
    return Row(work, against, goal, side("ours"), side("scipy"), pairs=5, warmups=0)


def samples(digits: int) -> Pairs:
    """Return pairs of samples, rounded to *digits* decimals: with one, most values have ties."""
    drawn = random.Random(50)  # noqa: S311 - samples, not secrets
    return [
        ([round(drawn.gauss(), digits) for _ in range(SIZE)], [round(drawn.gauss(), digits) for _ in range(SIZE)])
        for _ in range(TESTS)
    ]


def main(who: str, kind: str) -> None:
    """Do the tests and say what they cost; the distribution of untied ranks, which both keep, is made before."""
    digits, times = KINDS[kind]
    pairs = samples(digits)
    work = _ours(pairs) if who == "ours" else _scipy(pairs)
    if times > 1:
        work()
    print(inside.line(work, times))


def _ours(pairs: Pairs) -> Callable[[], object]:
    return lambda: mann_whitney_many(pairs)


def _scipy(pairs: Pairs) -> Callable[[], object]:
    stats, numpy = (importlib.import_module(name) for name in ("scipy.stats", "numpy"))
    old, new = (numpy.array([pair[side] for pair in pairs]) for side in (0, 1))
    return lambda: stats.mannwhitneyu(old, new, axis=1, method="exact")


if __name__ == "__main__":
    main(*sys.argv[1:])
