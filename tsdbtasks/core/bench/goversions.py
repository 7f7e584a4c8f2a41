"""One benchmark under several versions of Go: medians, and ratios to the oldest. It describes and judges nothing."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tsdbtasks.core.bench import environment, intervals, runs
from tsdbtasks.core.bench.intervals import Ratio
from tsdbtasks.core.bench.series import collect

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tsdbtasks.core.bench.benchfmt import Results
    from tsdbtasks.core.bench.intervals import Estimate
    from tsdbtasks.core.bench.series import Key, Series

#: What should be equal in all runs; Go itself is what differs on purpose.
_EQUAL = ("machine", "cpu", "goos", "goarch", "commit")
_COUNTED = frozenset({"B/op", "allocs/op"})
_PARTS = re.compile(r"go(\d+)(?:\.(\d+))?(?:\.(\d+)|(rc|beta)(\d+))?")


@dataclass(frozen=True)
class Cell:
    """The samples of one version; *ratio* is to the oldest that has the benchmark, None for itself and where there is none."""

    go: str
    estimate: Estimate
    ratio: Ratio | None = None


@dataclass(frozen=True)
class Row:
    """One unit of one benchmark; *cells* stand in the order of the versions, None where a version has no samples."""

    package: str
    benchmark: str
    procs: int
    unit: str
    cells: tuple[Cell | None, ...]

    @property
    def name(self) -> str:
        """The benchmark as Go prints it, without ``Benchmark``."""
        return f"{self.benchmark}-{self.procs}" if self.procs != 1 else self.benchmark


@dataclass(frozen=True)
class VersionTable:
    """Rows by version of Go, the oldest first, and what makes them doubtful."""

    versions: tuple[str, ...]
    rows: tuple[Row, ...]
    warnings: tuple[str, ...] = ()


def order(version: str) -> tuple[int, int, int, int]:
    """Return what versions of Go sort by: ``go1.9`` before ``go1.10rc1`` before ``go1.10``."""
    found = _PARTS.match(version)
    if found is None:
        return (10**6, 0, 0, 0)  # a development build; it is newer than every release
    stage = -2 if found[4] == "beta" else -1 if found[4] else 0
    return int(found[1]), int(found[2] or 0), stage, int(found[5] or found[3] or 0)


def table(results: Mapping[str, Results]) -> VersionTable:
    """Return one table of the *results* by version of Go, as ``go1.22.12``."""
    versions = tuple(sorted(results, key=order))
    whole = {version: runs.restored(results[version]) for version in versions}
    samples = {version: collect(whole[version]) for version in versions}
    # By name, as the samples themselves come in random order.
    keys = sorted({key for version in versions for key in samples[version]})
    rows = tuple(_row(key, versions, [samples[version].get(key) for version in versions]) for key in keys)
    return VersionTable(versions, rows, tuple(_warnings(whole, samples)))


def _row(key: Key, versions: Sequence[str], samples: Sequence[Series | None]) -> Row:
    first = next(one for one in samples if one is not None)
    cells = tuple(
        None
        if one is None
        else Cell(go, intervals.estimate(one.values), None if one is first else _ratio(key.unit, first, one))
        for go, one in zip(versions, samples, strict=True)
    )
    return Row(key.package, key.benchmark, key.procs, key.unit, cells)


def _ratio(unit: str, old: Series, new: Series) -> Ratio | None:
    values = (*old.values, *new.values)
    constant = len(set(old.values)) == len(set(new.values)) == 1
    if constant and old.values[0] == new.values[0]:
        return Ratio(1.0, 1.0, 1.0)
    if constant and old.values[0] > 0 and unit in _COUNTED:
        exact = new.values[0] / old.values[0]
        return Ratio(exact, exact, exact)  # what the runtime counts needs no interval
    return intervals.ratio(old.values, new.values) if all(0 < value < math.inf for value in values) else None


def _warnings(results: Mapping[str, Results], samples: Mapping[str, Mapping[Key, Series]]) -> Iterable[str]:
    said = {version: runs.about(one) for version, one in results.items()}
    for key in _EQUAL:
        values = dict.fromkeys(one[key] for one in said.values() if one.get(key))
        if len(values) > 1:
            yield f"the runs differ in {key}: {', '.join(values)}"
    yield from (f"{version}: a partial run: {one['partial']}" for version, one in said.items() if one.get("partial"))
    edited = _edited(samples)
    if edited:
        yield f"the sources of benchmarks differ between the runs: {', '.join(sorted(edited))}"


def _edited(samples: Mapping[str, Mapping[Key, Series]]) -> set[str]:
    """Return the benchmarks whose source differs from that in the first run that has them."""
    first: dict[Key, Series] = {}
    edited = set()
    for found in samples.values():
        for key, one in found.items():
            before = first.setdefault(key, one)
            if environment.source(before.configs, one.configs, key.package, key.benchmark):
                edited.add(key.benchmark)
    return edited
