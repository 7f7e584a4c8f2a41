"""Logarithm, exponential and binomial coefficients as Go computes them on amd64, to the last bit.

C's are as good, but differ from Go's by a bit now and then, and benchstat prints all digits of geometric means.
Methods: FreeBSD's e_log.c and e_lgamma_r.c; for exp N. Shibata, "Efficient evaluation methods of elementary
functions suitable for SIMD computation" (2010), with fused multiply-add.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tsdbtasks.core.bench.arrays import Floats

_LN2_HI = 6.93147180369123816490e-01
_LN2_LO = 1.90821492927058770002e-10
# Coefficients of log(1+f) in powers of (f/(2+f))², from the second on.
_ODD = (6.666666666666735130e-01, 2.857142874366239149e-01, 1.818357216161805012e-01, 1.479819860510658591e-01)
_EVEN = (3.999999999940941908e-01, 2.222219843214978396e-01, 1.531383769920937332e-01)

_LN2_UPPER = 0.69314718055966295651160180568695068359375
_LN2_LOWER = 0.28235290563031577122588448175013436025525412068e-12
_TAYLOR = tuple(1 / math.factorial(power) for power in range(8, 0, -1))
_OVERFLOW = 7.09782712893384e02

# Coefficients of Stirling's series for the logarithm of the gamma function.
_STIRLING = (
    4.18938533204672725052e-01, 8.33333333333329678849e-02, -2.77777777728775536470e-03, 7.93650558643019558500e-04,
    -5.95187557450339963135e-04, 8.36339918996282139126e-04, -1.63092934096575273989e-03,
)  # fmt: skip


def log(values: Floats) -> Floats:
    """Return the natural logarithms of positive *values*; infinity and NaN stay what they are."""
    import numpy as np  # noqa: PLC0415 - whoever only reads names must not pay for it

    bits = values.view(np.int64)
    power = ((bits >> 52) & 0x7FF) - 0x3FE
    fraction = ((bits & 0x000FFFFFFFFFFFFF) | 0x3FE0000000000000).view(np.float64)
    low = ~(fraction > math.sqrt(2) / 2)
    k = (power - low).astype(np.float64)
    f = np.where(low, fraction * 2, fraction) - 1
    with np.errstate(all="ignore"):
        s = f / (2 + f)
        s2 = s * s
        s4 = s2 * s2
        odd = s2 * (_ODD[0] + s4 * (_ODD[1] + s4 * (_ODD[2] + s4 * _ODD[3])))
        even = s4 * (_EVEN[0] + s4 * (_EVEN[1] + s4 * _EVEN[2]))
        half = 0.5 * f * f
        found = k * _LN2_HI - ((half - (s * (half + (odd + even)) + k * _LN2_LO)) - f)
    return np.where(np.isfinite(values), found, values)


def exp(x: float) -> float:
    """Return e to the power of *x*."""
    if math.isnan(x) or x > _OVERFLOW:
        return x if math.isnan(x) else math.inf
    if x == -math.inf:
        return 0.0
    power = round(x * (1 / math.log(2)))
    rest = _fma(-float(power), _LN2_UPPER, x)
    rest = _fma(-float(power), _LN2_LOWER, rest) * 0.0625
    series = _TAYLOR[0]
    for coefficient in _TAYLOR[1:]:
        series = _fma(rest, series, coefficient)
    # e^r - 1 for a sixteenth of the argument; each doubling of it is y(y + 2).
    y = rest * series
    for _ in range(3):
        y = y * (y + 2)
    return _scaled(_fma(y + 2, y, 1.0), power)


def _scaled(y: float, power: int) -> float:
    if power < -1022 - 53:
        return 0.0
    if power <= -1023:  # noqa: PLR2004 - below the normal numbers
        return y * math.ldexp(1.0, power + 1022) * math.ldexp(1.0, -1022)
    return math.inf if power > 1023 else y * math.ldexp(1.0, power)  # noqa: PLR2004 - above the largest


def _fma(a: float, b: float, c: float) -> float:
    """Return a·b + c, rounded once, as the quotient of two whole numbers is."""
    (a, over_a), (b, over_b), (c, over_c) = (one.as_integer_ratio() for one in (a, b, c))
    return (a * b * over_c + c * over_a * over_b) / (over_a * over_b * over_c)


@lru_cache(maxsize=1024)
def _log_factorial(n: int) -> float:
    """Return the logarithm of n!, as Go's Lgamma(n + 1)."""
    import numpy as np  # noqa: PLC0415 - as above

    x = float(n + 1)
    if n < 7:  # noqa: PLR2004 - where the series begins
        return float(log(np.array([float(math.factorial(n))]))[0]) if n > 1 else 0.0
    z = 1 / x
    y = z * z
    tail = _STIRLING[6]
    for coefficient in reversed(_STIRLING[1:6]):
        tail = coefficient + y * tail
    series = _STIRLING[0] + z * tail
    return (x - 0.5) * (float(log(np.array([x]))[0]) - 1) + series


@lru_cache(maxsize=4096)
def choose(n: int, k: int) -> float:
    """Return the binomial coefficient of *n* and *k*: exact up to n = 20, beyond as exact as logarithms are."""
    if k in {0, n}:
        return 1.0
    if k < 0 or n < k:
        return 0.0
    if n <= 20:  # noqa: PLR2004 - as far as factorials fit 63 bits
        return float(math.comb(n, k))
    return exp(_log_factorial(n) - _log_factorial(k) - _log_factorial(n - k))
