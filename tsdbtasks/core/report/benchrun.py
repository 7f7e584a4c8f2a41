"""A run of benchmarks for a reader: what was measured, and what went wrong."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tsdbtasks.core.report.comparison import figures
from tsdbtasks.core.report.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from tsdbtasks.core.bench.benchfmt import Results

TIME = "sec/op"
#: A reach below this is shown as less than it.
_LEAST = 0.01


@dataclass(frozen=True)
class Benchmark:
    """A benchmark without sub-benchmarks, on *cpu* processors (0: as many as Go takes)."""

    package: str
    name: str
    category: str
    cpu: int = 0

    @property
    def function(self) -> tuple[str, str]:
        """The package, and the Go function without ``Benchmark``."""
        return self.package, self.name.partition("/")[0]

    def __str__(self) -> str:
        """Return what tells it from all others."""
        return f"{self.package}.{self.name}{f'-{self.cpu}' if self.cpu else ''}"


@dataclass(frozen=True)
class Trouble:
    """What went wrong with a package or a benchmark, with the last lines of what it printed."""

    what: str
    reason: str
    lines: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return it in one line."""
        return f"{self.what}: {self.reason}"


@dataclass(frozen=True)
class Spread:
    """The samples of one unit: their median, least and greatest."""

    median: float
    least: float
    greatest: float


@dataclass(frozen=True)
class Measured:
    """The samples of one benchmark, by unit."""

    package: str
    name: str
    category: str
    samples: int
    units: Mapping[str, Spread]


@dataclass(frozen=True, kw_only=True)
class BenchRun:
    """A run: its file below the folder of go.mod, what it is about, what it measured, and what is wrong with it."""

    file: str
    go: str
    commit: str
    dirty: bool
    machine: str
    seed: int
    partial: str
    seconds: float
    benchmarks: tuple[Measured, ...]
    troubles: tuple[Trouble, ...] = ()
    warnings: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    baseline: str = ""


def measured(results: Results, category: Callable[[str], str]) -> tuple[Measured, ...]:
    """Return what *results* hold, by package and name; *category* tells it of a function, named without ``Benchmark``."""
    values: dict[tuple[str, str], dict[str, list[float]]] = {}
    bases: dict[tuple[str, str], str] = {}
    for one in results.results:
        key = (one.package, one.name)
        bases[key] = one.base
        units = values.setdefault(key, {})
        for value in one.values:
            units.setdefault(value.unit, []).append(value.value)
    return tuple(
        Measured(
            package=package,
            name=name,
            category=category(bases[package, name]),
            samples=max((len(each) for each in units.values()), default=0),
            units={unit: Spread(statistics.median(each), min(each), max(each)) for unit, each in units.items()},
        )
        for (package, name), units in sorted(values.items())
    )


def table(run: BenchRun) -> Table:
    """Return a run as a table, with what a reader should know below it."""
    title = f"{run.go}, {run.commit[:12] or 'no commit'}{' with uncommitted changes' if run.dirty else ''}"
    return medians(title, run.benchmarks, _notes(run))


def medians(title: str, measured: Sequence[Measured], notes: Sequence[str]) -> Table:
    """Return the medians as a table, with how far the samples reach from them."""
    several = len({one.package for one in measured}) > 1
    units = sorted({unit for one in measured for unit in one.units}, key=_rank)
    columns = ("benchmark", "category", "n", *units)
    rows = [_row(one, units, several=several) for one in measured]
    return Table(title, columns, rows, notes, right=frozenset(columns[2:]))


def _row(one: Measured, units: Sequence[str], *, several: bool) -> tuple[str, ...]:
    name = f"{one.package.rpartition('/')[2]}.{one.name}" if several else one.name
    return (name, one.category, str(one.samples), *(_cell(one.units.get(unit), unit) for unit in units))


def _cell(spread: Spread | None, unit: str) -> str:
    if spread is None:
        return ""
    if not abs(spread.median) > 0 or spread.least == spread.greatest:
        return figures.value(spread.median, unit)
    reach = max(spread.greatest - spread.median, spread.median - spread.least) / abs(spread.median)
    shown = f"{reach:.0%}" if reach >= _LEAST else f"<{_LEAST:.0%}"
    return f"{figures.value(spread.median, unit)} ±{shown}"


def _rank(unit: str) -> tuple[int, str]:
    known = (TIME, "B/op", "allocs/op", "B/s")
    return (known.index(unit) if unit in known else len(known), unit)


def _notes(run: BenchRun) -> list[str]:
    notes = ["± is how far the farthest sample is from the median"] if run.benchmarks else []
    notes += [f"warning: {one}" for one in run.warnings]
    if run.partial:
        notes.append(f"partial: {run.partial}")
    if run.file:
        notes.append(f"kept in {run.file}")
    return [*notes, *(f"profile: {path}" for path in run.profiles)]


def troubles(found: Iterable[Trouble]) -> Table:
    """Return what went wrong, each with the last lines of what was printed."""
    lines: list[str] = []
    for one in found:
        # With a bar before it no line is a command to CI.
        lines += ["", f"FAIL {one}", *(f"  | {line}" for line in one.lines)]
    return Table("", (), (), [*lines, ""])
