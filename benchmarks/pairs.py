"""What pairs of timings say: medians, ranges, and the ratio of one program to the other.

Two programs are run in turns and compared pair by pair, so that what changes on the machine meanwhile, its
load above all, changes both of a pair and leaves their ratio alone.
"""

from __future__ import annotations

import math
import random
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Sample:
    """One run: seconds on the clock, seconds of processors that it and all its children used, and MiB at most."""

    wall: float
    cpu: float
    memory: float = math.nan


@dataclass(frozen=True)
class Spread:
    """A median with the least and the greatest value."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        """Return the spread of *values*; ValueError where there are none, since nothing was measured then."""
        if not values:
            message = "want at least one value, got none"
            raise ValueError(message)
        return cls(statistics.median(values), min(values), max(values))

    def text(self) -> str:
        """Return it for a table, with three significant digits: ``1.02 (0.99…1.1)``."""
        return f"{self.median:.3g} ({self.low:.3g}…{self.high:.3g})"


@dataclass(frozen=True)
class Pair:
    """Our run and the other's that stood next to it; *ours_first* is the order in which they ran."""

    ours: Sample
    peer: Sample
    ours_first: bool


@dataclass(frozen=True)
class Comparison:
    """All counted pairs of one row."""

    pairs: tuple[Pair, ...]

    def walls(self) -> tuple[Spread, Spread]:
        """Return the seconds on the clock, ours and the other's."""
        return Spread.of([one.ours.wall for one in self.pairs]), Spread.of([one.peer.wall for one in self.pairs])

    def cpus(self) -> tuple[Spread, Spread]:
        """Return the seconds of processors, ours and the other's."""
        return Spread.of([one.ours.cpu for one in self.pairs]), Spread.of([one.peer.cpu for one in self.pairs])

    def ratio(self) -> Spread:
        """Return our time on the clock by the other's, pair by pair."""
        return Spread.of([one.ours.wall / one.peer.wall for one in self.pairs])

    def cpu_ratio(self) -> Spread:
        """Return our processor time by the other's, pair by pair."""
        return Spread.of([one.ours.cpu / one.peer.cpu for one in self.pairs])

    def memory_ratio(self) -> Spread:
        """Return the most memory of ours by the other's, pair by pair."""
        return Spread.of([one.ours.memory / one.peer.memory for one in self.pairs])


def orders(count: int, seed: int) -> tuple[bool, ...]:
    """Return for each of *count* pairs whether ours runs first: as often as not, in an order drawn by *seed*.

    With an odd *count* the draw also decides who is first once more than the other.
    """
    draw = random.Random(seed)  # noqa: S311 - an order that can be drawn again, and no secret
    first = draw.random() < 0.5  # noqa: PLR2004 - a coin
    drawn = [first if index % 2 == 0 else not first for index in range(count)]
    draw.shuffle(drawn)
    return tuple(drawn)
