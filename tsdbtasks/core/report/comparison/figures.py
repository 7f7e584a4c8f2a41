"""Values, changes and chances as a reader sees them.

Rounding never takes a number across a limit: 4.9996 % is shown so, and not as 5.00 %.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tsdbtasks.core.bench import units

if TYPE_CHECKING:
    from tsdbtasks.core.bench.compare import Comparison

NOTHING = "-"
_DECIMAL = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, ""))
_SMALL = ((1.0, ""), (1e-3, "m"), (1e-6, "µ"), (1e-9, "n"), (1e-12, "p"))
_BINARY = tuple((1024.0**power, prefix) for power, prefix in ((4, "Ti"), (3, "Gi"), (2, "Mi"), (1, "Ki"), (0, "")))
#: Decimals beyond which a percentage is not spelled out.
_MOST = 12


def value(number: float, unit: str) -> str:
    """Return a value with four significant digits and a prefix: ``1.234 µs`` of sec/op, ``1.5 KiB`` of B/op."""
    if not math.isfinite(number):
        return str(number)
    what = "s" if unit.partition("/")[0].rpartition("-")[2] == "sec" else "B" if units.is_binary(unit) else ""
    scales = _BINARY if what == "B" else _DECIMAL if not what or number == 0 or abs(number) >= 1 else _SMALL
    # What would be rounded up to 1000 gets the next prefix.
    scale, prefix = next((one for one in scales if abs(number) >= one[0] * 0.99995), scales[-1])
    shown = _significant(number / scale)
    return f"{shown} {prefix}{what}".rstrip()


def _significant(number: float) -> str:
    if number == int(number) and abs(number) < 10_000:  # noqa: PLR2004 - as many digits as the others have
        return str(int(number))
    whole = len(str(int(abs(number)))) if abs(number) >= 1 else 0
    shown = f"{number:.{max(0, 4 - max(1, whole))}f}"
    return shown if float(shown) else f"{number:.3g}"


def percent(share: float | None, *limits: float) -> str:
    """Return a change for a reader, with its sign; *limits* are shares that rounding must not reach or cross."""
    if share is None:
        return NOTHING
    if math.isinf(share):
        return "from 0"
    for decimals in range(2, _MOST):
        shown = f"{share * 100:+.{decimals}f}"
        if _faithful(float(shown) / 100, share, limits):
            return f"{shown} %"
    return f"{share * 100:+.{_MOST}f} %"


def _faithful(shown: float, share: float, limits: tuple[float, ...]) -> bool:
    """Say whether *shown* is on the same side of 0 and of every limit as *share* itself."""
    close = 1e-14
    if (shown == 0) != (abs(share) < close):
        return False
    return all((abs(shown) >= limit - close) == (abs(share) >= limit - close) for limit in limits)


def change(one: Comparison) -> str:
    """Return the change of a comparison, exact enough for its limits."""
    return percent(one.change, one.limits.floor, one.limits.regression, one.limits.critical)


def interval(one: Comparison) -> str:
    """Return the interval of the change: ``+1.02 % … +3.40 %``."""
    if one.interval is None:
        return NOTHING
    low, high = one.interval
    if low == high:
        return "exact"
    if low == 0 and math.isinf(high):
        return "unbounded"
    floor = one.limits.floor
    return f"{percent(low - 1, floor) if low else 'below'} … {percent(high - 1, floor) if math.isfinite(high) else 'above'}"


def chance(p: float | None) -> str:
    """Return a p-value with three digits."""
    if p is None:
        return NOTHING
    return f"{p:.3f}" if p >= 0.001 else f"{p:.1e}"  # noqa: PLR2004 - from here on three decimals would be 0


def spread(one: Comparison, side: str) -> str:
    """Return the centre of the *side* "old" or "new" with its number of samples: ``1.234 µs (10)``."""
    found = one.old if side == "old" else one.new
    return NOTHING if found is None else f"{value(found.centre, one.unit)} ({found.count})"
