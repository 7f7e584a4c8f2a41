"""Comparison tables of benchmark results, as benchstat makes them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tsdbtasks.core.bench import benchstat, filters
from tsdbtasks.core.bench.extract import Series
from tsdbtasks.core.bench.gonumbers import fixed
from tsdbtasks.core.bench.projections import Family, at
from tsdbtasks.core.bench.query import QueryError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import ModuleType

    from tsdbtasks.core.bench.arrays import Floats, Ints
    from tsdbtasks.core.bench.columns import Block, Columns
    from tsdbtasks.core.bench.filters import Matcher
    from tsdbtasks.core.bench.projections import Key, Projection


class OptionError(ValueError):
    """An option that cannot be read or is out of range; the message is the reference program's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How results become tables, by benchstat's names: projections, a filter, and two levels."""

    table: str = ".config"
    row: str = ".fullname"
    col: str = ".file"
    ignore: str = ""
    filter: str = "*"
    alpha: float = 0.05
    confidence: float = 0.95


@dataclass(slots=True)
class Cell:
    """A sample: its centre and interval, and how it compares to that of the first column, if there is one."""

    count: int
    centre: float
    low: float
    high: float
    warnings: tuple[str, ...]
    versus: Versus | None = None

    @property
    def spread(self) -> str:
        """The interval as a percentage of the centre, the larger of both sides."""
        if 0 < self.low <= self.high < math.inf:  # the usual case first: there are many cells
            return fixed(100 * max(self.high / self.centre - 1, 1 - self.low / self.centre), 0) + "%"
        if math.isinf(self.low) or math.isinf(self.high):
            return "∞"
        if not (_sign(self.centre) == _sign(self.low) == _sign(self.high)):
            return "?"
        if self.centre == 0:
            return "0%"
        return fixed(100 * max(self.high / self.centre - 1, 1 - self.low / self.centre), 0) + "%"


@dataclass(slots=True)
class Versus:
    """The comparison of a sample with the one of the first column."""

    base: Cell
    p: float
    alpha: float
    warnings: tuple[str, ...]

    def delta(self, centre: float) -> str:
        """Return the change of the centre in per cent, or ``~`` where it may be noise."""
        if self.p > self.alpha:
            return "~"
        old = self.base.centre
        if old == centre:
            return "0.00%"
        if old == 0:
            return "?"
        return fixed((centre / old - 1.0) * 100.0, 2, plus=True) + "%"

    def evidence(self, count: int) -> str:
        """Return the p-value, unless it is zero, and the sizes of the samples."""
        sizes = f"n={count}" if self.base.count == count else f"n={self.base.count}+{count}"
        return sizes if self.p == 0 else f"p={fixed(self.p, 3)} {sizes}"


@dataclass(slots=True)
class Total:
    """The last row of a column: geometric means of its centres and of its ratios to the first column."""

    centre: float | None
    ratio: float | None
    warnings: tuple[str, ...]


@dataclass(slots=True)
class Table:
    """Samples of one unit: rows and columns are keys in order, cells stand by row and column and may be absent."""

    key: Key
    unit: str
    rows: list[Key]
    cols: list[Key]
    cells: dict[tuple[Key, Key], Cell]
    totals: list[Total] = field(default_factory=list)


@dataclass(slots=True)
class Tables:
    """All tables, in order, with the projections that their keys are of."""

    by_table: Projection
    by_row: Projection
    by_col: Projection
    tables: list[Table]


@dataclass(slots=True)
class _Sample:
    """Where the values of a cell are: series and place of the value in its lines; and what they differ in."""

    parts: list[tuple[int, int]] = field(default_factory=list)
    residues: set[Key] = field(default_factory=set)


_Samples = dict[tuple["Key", "Key"], _Sample]


class Question:
    """What is asked of results: projections and a filter, read once, and then applied to columns."""

    def __init__(self, options: Options) -> None:
        """Read *options*; raises OptionError."""
        family = Family()
        asked = _read("-filter", lambda: filters.parse(options.filter))
        self.by_table, self.unit = _read("-table", lambda: family.with_unit(options.table))
        self.by_row: Projection = _read("-row", lambda: family.projection(options.row))
        self.by_col: Projection = _read("-col", lambda: family.projection(options.col))
        _read("-ignore", lambda: family.projection(options.ignore))
        self.rest = family.residue()
        self.matcher: Matcher = filters.every([*family.matchers, asked])
        self.options = options
        if not 0 <= options.alpha <= 1:
            raise OptionError("-alpha must be in range [0, 1]")
        if not 0 <= options.confidence <= 1:
            raise OptionError("-confidence must be in range [0, 1]")

    def tables(self, columns: Columns) -> Tables:
        """Return the tables of what was read."""
        import numpy as np  # noqa: PLC0415 - whoever only reads names must not pay for it

        found = self._samples(columns.series)
        values = _Values(np, columns)
        unit = self.unit
        made = [
            self._table(np, key, found[key], values, exact=columns.exact(at(key, unit))) for key in self.by_table.ordered(found)
        ]
        return Tables(self.by_table, self.by_row, self.by_col, made)

    def _samples(self, series: Sequence[Series]) -> dict[Key, _Samples]:
        """Return for each table its cells, and which values are in them."""
        found: dict[Key, _Samples] = {}
        for number, one in enumerate(series):
            places = filters.kept(self.matcher, one)
            if not places:
                continue
            shown = (
                one if len(places) == len(one.units) else Series(one.config, one.name, tuple(one.units[at] for at in places))
            )
            tables = self.by_table.keys(shown, self.unit)
            cell = self.by_row.key(shown), self.by_col.key(shown)
            residue = self.rest.key(shown)
            for place, table in zip(places, tables, strict=True):
                sample = found.setdefault(table, {}).setdefault(cell, _Sample())
                sample.parts.append((number, place))
                sample.residues.add(residue)
        return found

    def _table(self, np: ModuleType, key: Key, samples: _Samples, values: _Values, *, exact: bool) -> Table:
        rows = self.by_row.ordered({row for row, _ in samples})
        cols = self.by_col.ordered({col for _, col in samples})
        table = Table(key, at(key, self.unit), rows, cols, {})
        sorted_samples = _by_size(np, samples, values)
        self._summarize(table, samples, sorted_samples, exact=exact)
        self._compare(np, table, sorted_samples, exact=exact)
        table.totals = [_total(table, col) for col in cols]
        return table

    def _summarize(self, table: Table, samples: _Samples, by_size: _BySize, *, exact: bool) -> None:
        for keys, matrix in by_size.values():
            found = benchstat.modes(matrix) if exact else benchstat.medians(matrix, self.options.confidence)
            for row, key in enumerate(keys):
                residues = samples[key].residues
                vary = self.rest.varying(self.rest.ordered(residues)) if len(residues) > 1 else []
                said = (f"benchmarks vary in {', '.join(vary)}" if vary else "", found.warnings[row])
                table.cells[key] = Cell(
                    matrix.shape[1], found.centre[row], found.low[row], found.high[row], tuple(one for one in said if one)
                )

    def _compare(self, np: ModuleType, table: Table, by_size: _BySize, *, exact: bool) -> None:
        """Compare each cell with that of the first column in its row."""
        base = table.cols[0]
        where = {key: (size, row) for size, (keys, _) in by_size.items() for row, key in enumerate(keys)}
        pairs: dict[tuple[int, int], list[tuple[Key, Key]]] = {}
        for key in table.cells:
            if key[1] != base and (key[0], base) in table.cells:
                pairs.setdefault((where[key[0], base][0], where[key][0]), []).append(key)
        for (n1, n2), keys in pairs.items():
            if exact:
                tests = benchstat.Tests([0.0] * len(keys), [""] * len(keys))
            else:
                first = by_size[n1][1][np.array([where[row, base][1] for row, _ in keys])]
                second = by_size[n2][1][np.array([where[key][1] for key in keys])]
                tests = benchstat.ranked(first, second, self.options.alpha)
            alpha = 0.0 if exact else self.options.alpha
            for key, p, warning in zip(keys, tests.p, tests.warnings, strict=True):
                table.cells[key].versus = Versus(table.cells[key[0], base], p, alpha, (warning,) if warning else ())


_BySize = dict[int, tuple[list[tuple["Key", "Key"]], "Floats"]]


def _read(option: str, read: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever is read
    try:
        return read()
    except QueryError as error:
        message = f"parsing {option}: {error}"
        raise OptionError(message) from None


class _Values:
    """The values of each series and place, one place at a time, so that they are never all in memory twice."""

    def __init__(self, np: ModuleType, columns: Columns) -> None:
        self._np = np
        self._blocks: dict[int, list[Block]] = {}
        for block in columns.blocks:
            self._blocks.setdefault(block.values.shape[1], []).append(block)
        self._widths = [len(one.units) for one in columns.series]
        self._orders: dict[int, tuple[Ints, Ints]] = {}
        self._column: tuple[int, int] = (-1, -1)
        self._sorted: Floats = np.empty(0)

    def width(self, series: int) -> int:
        """Return how many values the lines of *series* have."""
        return self._widths[series]

    def rows(self, keys: list[tuple[Key, Key]], series: list[int], place: int) -> _BySize:
        """Return the values at *place* of whole *series*, all of lines of one width, by how many they are."""
        np = self._np
        numbers = np.array(series)
        _, begins = self._order(self._widths[series[0]])
        self.of(series[0], place)  # brings the column in order
        counts = begins[numbers + 1] - begins[numbers]
        found: _BySize = {}
        for size in np.unique(counts).tolist():
            some = np.flatnonzero(counts == size)
            rows = self._sorted[begins[numbers[some]][:, None] + np.arange(size)]
            found[size] = [keys[at] for at in some.tolist()], rows
        return found

    def of(self, series: int, place: int) -> Floats:
        """Return the values at *place* of the lines of *series*."""
        width = self._widths[series]
        order, begins = self._order(width)
        if self._column != (width, place):
            column = self._np.concatenate([block.values[:, place] for block in self._blocks[width]])
            self._column, self._sorted = (width, place), column[order]
        return self._sorted[begins[series] : begins[series + 1]]

    def _order(self, width: int) -> tuple[Ints, Ints]:
        if width not in self._orders:
            np = self._np
            series = np.concatenate([block.series for block in self._blocks[width]])
            counts = np.bincount(series, minlength=len(self._widths))
            self._orders[width] = np.argsort(series, kind="stable"), np.concatenate([[0], np.cumsum(counts)])
        return self._orders[width]


def _by_size(np: ModuleType, samples: _Samples, values: _Values) -> _BySize:
    """Return the samples by their sizes, each size as a matrix with a row for each, ascending, NaN first."""
    whole = [sample.parts[0] for sample in samples.values() if len(sample.parts) == 1]
    kinds = {(values.width(series), place) for series, place in whole}
    if len(whole) == len(samples) and len(kinds) == 1:
        found = values.rows(list(samples), [series for series, _ in whole], kinds.pop()[1])
    else:
        found = _gathered(np, samples, values)
    return {size: (keys, _sorted(np, rows)) for size, (keys, rows) in found.items()}


def _gathered(np: ModuleType, samples: _Samples, values: _Values) -> _BySize:
    """Return the samples by their sizes where some of them are of several series."""
    # Values of one place together, because that is how they come out of the columns.
    parts = [(part, key) for key, sample in samples.items() for part in sample.parts]
    parts.sort(key=lambda one: (values.width(one[0][0]), one[0][1]))
    rows: dict[tuple[Key, Key], list[Floats]] = {}
    for (series, place), key in parts:
        rows.setdefault(key, []).append(values.of(series, place))
    sizes: dict[int, list[tuple[Key, Key]]] = {}
    for key, pieces in rows.items():
        sizes.setdefault(sum(len(piece) for piece in pieces), []).append(key)
    return {
        size: (keys, np.concatenate([piece for key in keys for piece in rows[key]]).reshape(len(keys), -1))
        for size, keys in sizes.items()
    }


def _sorted(np: ModuleType, matrix: Floats) -> Floats:
    matrix.sort(axis=1)
    for row in np.flatnonzero(np.isnan(matrix[:, -1])).tolist():
        matrix[row] = np.roll(matrix[row], int(np.isnan(matrix[row]).sum()))
    return matrix


def _total(table: Table, col: Key) -> Total:
    """Summarize a column; the mean of ratios is more sensible than a ratio of means where benchmarks are missing."""
    cells = [cell for row in table.rows if (cell := table.cells.get((row, col)))]
    based = [(cell.centre, cell.versus.base.centre) for cell in cells if cell.versus]
    ratios = [1.0 if new == old else new / old if old else 0.0 for new, old in based]
    bad = any(not old and new != old for new, old in based)
    first = table.cols[0]
    warnings = []
    if col != first and len(ratios) != sum((row, first) in table.cells for row in table.rows):
        warnings.append("benchmark set differs from baseline; geomeans may not be comparable")
    centre = benchstat.geometric_mean([cell.centre for cell in cells])
    if math.isnan(centre):
        warnings.append("summaries must be >0 to compute geomean")
    ratio = math.nan
    if col != first and not bad:
        ratio = benchstat.geometric_mean(ratios)
        if math.isnan(ratio):
            warnings.append("ratios must be >0 to compute geomean")
    return Total(None if math.isnan(centre) else centre, None if math.isnan(ratio) else ratio, tuple(warnings))


def _sign(value: float) -> float:
    return math.nan if math.isnan(value) else float((value > 0) - (value < 0))
