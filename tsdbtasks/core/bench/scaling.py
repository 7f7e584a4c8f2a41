"""Values with a unit prefix and about four digits, as benchstat prints them."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tsdbtasks.core.bench import units
from tsdbtasks.core.bench.gonumbers import fixed

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Scale:
    """A unit prefix, what one of it is worth, and the decimals to print."""

    digits: int
    factor: float
    prefix: str

    def text(self, value: float) -> str:
        """Return *value* in this scale."""
        return fixed(value / self.factor, self.digits) + self.prefix


@dataclass(frozen=True, slots=True)
class _Steps:
    """From which values on, in ascending order, which scale is used; *small* is the factor of the smallest prefix."""

    limits: list[float]
    scales: list[Scale]
    small: Scale


def _steps(*steps: tuple[str, float, tuple[float, float, float]]) -> _Steps:
    """Return the steps of prefixes with their factors, and from where on they have one, two and three decimals.

    These limits are where rounding to the digits printed would carry over.
    """
    found = [
        (limit, Scale(digits, factor, prefix)) for prefix, factor, limits in steps for digits, limit in enumerate(limits, 1)
    ]
    found.reverse()
    return _Steps([limit for limit, _ in found], [scale for _, scale in found], Scale(3, steps[-1][1], steps[-1][0]))


# The decimal limits are read from text, as printing rounds.
_DECIMAL = _steps(
    *(
        (prefix.strip(), float(f"1e{power}"), (float(f"99.995e{power}"), float(f"9.9995e{power}"), float(f".99995e{power}")))
        for prefix, power in zip("TGMk mµn", range(12, -10, -3), strict=True)
    )
)
_BINARY = _steps(
    *(
        (prefix, 2.0**power, (99.995 * 2.0**power, 9.9995 * 2.0**power, 0.99995 * 2.0**power))
        for prefix, power in zip(("Ti", "Gi", "Mi", "Ki", ""), range(40, -10, -10), strict=True)
    )
)
# Below the smallest prefix more decimals are printed: three and more.
_SMALL = tuple(float(f"9.9995e{power}") for power in range(-1, -9, -1))


def common(values: Sequence[float], unit: str) -> Scale:
    """Return the scale for *values*: that of the one which is nearest to zero without being it."""
    least = 0.0
    for value in values:
        size = abs(value)
        if size != 0 and (least == 0 or size < least):
            least = size
    if least == 0:
        return Scale(3, 1.0, "")
    steps = _BINARY if units.is_binary(unit) else _DECIMAL
    if least >= steps.limits[0]:
        return steps.scales[bisect_right(steps.limits, least) - 1]
    small = least / steps.small.factor
    more = next((at for at, limit in enumerate(_SMALL) if small >= limit), len(_SMALL) - 1)
    return Scale(3 + more, steps.small.factor, steps.small.prefix)


def text(value: float, unit: str) -> str:
    """Return *value* in its own scale."""
    return common([value], unit).text(value)
