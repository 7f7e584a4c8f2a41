"""The samples of a run, by package, benchmark, GOMAXPROCS and unit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tsdbtasks.core.bench.benchfmt import Results

#: The unit of time in its tidy form.
TIME = "sec/op"
#: How much the product of a rate and a time may vary where one is computed from the other and both are rounded.
_ROUNDING = 0.01
#: MB/s is printed with two decimals, so a slow rate is coarse: half of the last one, in B/s.
_HALF_OF_LAST = {"B/s": 5e3}


class Key(NamedTuple):
    """What a sample is of. *benchmark* is the name without ``Benchmark`` and without its ``-N``, which is *procs*."""

    package: str
    benchmark: str
    procs: int
    unit: str


@dataclass(frozen=True, slots=True)
class Series:
    """The values of one key in the order of the file, the line of each, and the configurations they were made under.

    *doubled* counts lines on which the unit stood more than once; the first counts.
    """

    values: Sequence[float]
    lines: Sequence[int]
    configs: Sequence[Mapping[str, str]]
    doubled: int = 0


@dataclass(slots=True)
class _Growing:
    values: list[float] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    configs: dict[int, Mapping[str, str]] = field(default_factory=dict)
    doubled: int = 0


def collect(results: Results) -> dict[Key, Series]:
    """Return the samples of all benchmarks, in the order in which they first appear."""
    growing: dict[tuple[str, str, int, str], _Growing] = {}
    for at, line in enumerate(results.results):
        bench = (line.package, line.series, line.procs or 1)
        for value in line.values:
            one = growing.setdefault((*bench, value.unit), _Growing())
            if one.lines and one.lines[-1] == at:
                one.doubled += 1
                continue
            one.values.append(value.value)
            one.lines.append(at)
            # Lines share one mapping as long as the configuration does not change.
            one.configs[id(line.config)] = line.config
    return {
        Key(*key): Series(tuple(one.values), tuple(one.lines), tuple(one.configs.values()), one.doubled)
        for key, one in growing.items()
    }


def derives_from_time(unit: str, rates: Sequence[Series], times: Sequence[Series]) -> bool:
    """Say whether the *rates* of all runs are one constant divided by the *times* of the same lines.

    A rate that is not, because the work in one operation has changed, is a measurement of its own.
    """
    if not unit.endswith(("/s", "/sec")) or unit == TIME:
        return False
    products: list[float] = []
    coarse = 0.0
    for rate, time in zip(rates, times, strict=True):
        seconds = dict(zip(time.lines, time.values, strict=True))
        for line, value in zip(rate.lines, rate.values, strict=True):
            if not value > 0 or line not in seconds:
                return False
            products.append(value * seconds[line])
            coarse = max(coarse, _HALF_OF_LAST.get(unit, 0.0) / value)
    return bool(products) and max(products) <= min(products) * (1 + _ROUNDING + 2 * coarse)
