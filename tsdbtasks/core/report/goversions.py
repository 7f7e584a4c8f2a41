"""The table over versions of Go, as text and as Markdown: a part for each unit."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tsdbtasks.core.report.comparison import figures
from tsdbtasks.core.report.table import Table, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tsdbtasks.core.bench.goversions import Cell, Row, VersionTable
    from tsdbtasks.core.bench.intervals import Ratio

_FIRST = ("sec/op", "B/op", "allocs/op")


def tables(found: VersionTable) -> Iterator[Table]:
    """Yield a table for each unit, the times first; what is doubtful stands below the last."""
    units = sorted({row.unit for row in found.rows}, key=_rank)
    for unit in units:
        notes = list(_notes(found)) if unit == units[-1] else []
        later = [name for go in found.versions[1:] for name in (go, f"{go} / {found.versions[0]}")]
        columns = ("benchmark", found.versions[0], *later)
        rows = [_row(row) for row in found.rows if row.unit == unit]
        yield Table(unit, columns, rows, notes, right=frozenset(columns[1:]))


def text(found: VersionTable) -> str:
    """Return all of it for a terminal."""
    return "\n\n".join(one.text() for one in tables(found))


def markdown(found: VersionTable) -> str:
    """Return all of it for GitHub."""
    return "\n\n".join(one.markdown() for one in tables(found))


def _row(row: Row) -> tuple[str, ...]:
    package = row.package.rpartition("/")[2]
    cells = [one for at, cell in enumerate(row.cells) for one in _cells(cell, row.unit, first=not at)]
    return (f"{package}.{row.name}" if package else row.name, *cells)


def _cells(cell: Cell | None, unit: str, *, first: bool) -> tuple[str, ...]:
    value = figures.value(cell.estimate.centre, unit) if cell else "-"
    return (value,) if first else (value, _change(cell.ratio if cell else None))


def _change(ratio: Ratio | None) -> str:
    if ratio is None:
        return "-"
    if ratio.low == ratio.high:
        return "same" if ratio.centre == 1 else _percent(ratio.centre)
    known = ratio.low > 0 and not math.isinf(ratio.high)
    ends = f"{_percent(ratio.low)} … {_percent(ratio.high)}" if known else "too few samples"
    return f"{_percent(ratio.centre)} ({ends})"


def _percent(ratio: float) -> str:
    return f"{(ratio - 1) * 100:+.1f} %"


def _rank(unit: str) -> tuple[int, str]:
    return (_FIRST.index(unit) if unit in _FIRST else len(_FIRST), unit)


def _notes(found: VersionTable) -> Iterator[str]:
    if len(found.versions) > 1:
        yield f"medians; changes against {found.versions[0]} with intervals at 95 %"
    else:
        yield f"only {visible(found.versions[0])} so far; run the benchmarks under another Go"
    yield from (f"warning: {one}" for one in found.warnings)
