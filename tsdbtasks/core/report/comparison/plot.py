"""Where the marks of a plot stand: the samples of both runs on one axis, and the interval of the change."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tsdbtasks.core.bench.compare import Method
from tsdbtasks.core.report.comparison import figures

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tsdbtasks.core.bench.compare import Comparison
    from tsdbtasks.core.bench.intervals import Estimate

WIDTH = 260
HEIGHT = 44
_EDGE = 8.0
#: Vertical centres of the two rows, and how far a dot is moved off its row so that equal values do not hide each other.
_ROWS = (12.0, 32.0)
_JITTER = (0.0, 3.0, -3.0, 6.0, -6.0)


@dataclass(frozen=True)
class Row:
    """The marks of one run: *dots* as an SVG path, the median, and its interval; all in pixels."""

    y: float
    dots: str
    centre: float
    low: float
    high: float


@dataclass(frozen=True)
class Samples:
    """The plot of the samples; *title* says it in words."""

    rows: Sequence[Row]
    title: str


@dataclass(frozen=True)
class Change:
    """The interval of the change on an axis with 0 in its middle; *floor* is the half-width of the same."""

    low: float
    high: float
    centre: float
    floor_low: float
    floor_high: float


def samples(one: Comparison) -> Samples:
    """Return the plot of the samples of a comparison; values that are no finite numbers have no place in it."""
    values = [[value for value in side if math.isfinite(value)] for side in (one.old_values, one.new_values)]
    every = [value for side in values for value in side]
    if not every:
        return Samples((), "no values")
    low, high = min(every), max(every)
    sides = zip(_ROWS, values, (one.old, one.new), strict=True)
    rows = tuple(_row(y, side, found, (low, high)) for y, side, found in sides if side and found)
    words = (
        f"{name}: {len(side)} samples from {figures.value(min(side), one.unit)} to {figures.value(max(side), one.unit)}"
        for name, side in zip(("old", "new"), values, strict=True)
        if side
    )
    return Samples(rows, "; ".join(words))


def _row(y: float, values: Iterable[float], found: Estimate, span: tuple[float, float]) -> Row:
    dots = "".join(f"M{_place(value, span):.1f} {y + _JITTER[at % len(_JITTER)]:.1f}h0" for at, value in enumerate(values))
    return Row(y, dots, *(_place(value, span) for value in (found.centre, found.low, found.high)))


def _place(value: float, span: tuple[float, float]) -> float:
    """Return the horizontal place of *value*; an interval without an end goes to the edge of the plot."""
    low, high = span
    if math.isnan(value) or low == high:
        return WIDTH / 2
    # Halved, because the distance of two finite numbers can be infinite.
    share = (value / 2 - low / 2) / (high / 2 - low / 2)
    return round(min(max(_EDGE + share * (WIDTH - 2 * _EDGE), 0.0), float(WIDTH)), 1)


def change(one: Comparison) -> Change | None:
    """Return the plot of the change, or None where there is none."""
    if one.interval is None or one.centre is None:
        return None
    # Wide enough for what is critical, and for the floor to be seen beside larger changes.
    reach = max(2 * one.limits.critical, 2 * one.limits.floor, min(1.0, abs(one.centre - 1) * 1.5))
    span = 1 - reach, 1 + reach
    low, high = one.interval
    floor = one.limits.tolerance if one.method is Method.EXACT else one.limits.floor
    places = [_place(value, span) for value in (low, high, one.centre, 1 - floor, 1 + floor)]
    return Change(*places)
