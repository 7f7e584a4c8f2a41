"""Comparison tables of benchmarks: as benchstat prints them, as text and as CSV, and as Markdown and JSON."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tsdbtasks.core.bench import scaling
from tsdbtasks.core.bench.gonumbers import fixed, shortest
from tsdbtasks.core.bench.grammar import SPACE
from tsdbtasks.core.bench.projections import at
from tsdbtasks.core.report.table import Table as Shown
from tsdbtasks.core.report.texttab import CENTRE, LEFT, RIGHT, Layout, Style

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tsdbtasks.core.bench.comparison import Cell, Table, Tables, Total, Versus
    from tsdbtasks.core.bench.projections import Field, Key
    from tsdbtasks.core.bench.scaling import Scale

GEOMEAN = "geomean"
# The columns of a sample and those of its change; the sign stands in the margin, so that all signs are aligned.
_SAMPLE = [Style(RIGHT), Style(RIGHT, " ± "), Style()]
_VERSUS = [Style(RIGHT), Style(), Style()]
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def text(tables: Tables) -> str:
    """Return the tables for a fixed-width font."""
    pieces: list[str] = []
    for heads, table in _with_heads(tables):
        pieces += [f"{head}\n" for head in heads]
        pieces.append(_Text(tables, table).text())
    return "".join(pieces)


def _with_heads(tables: Tables) -> Iterator[tuple[list[str], Table]]:
    """Yield each table with the lines above it: a blank one, and what changed in its key."""
    fields = [one for one in tables.by_table.fields if one.name != ".unit"]
    before: Key | None = None
    for table in tables.tables:
        heads = [] if before is None else [""]
        heads += [
            f"{one.name}: {at(table.key, one)}" for one in fields if before is None or at(before, one) != at(table.key, one)
        ]
        before = table.key
        yield heads, table


@dataclass
class _Footnotes:
    """Warnings by number, each once."""

    numbers: dict[str, int] = field(default_factory=dict)

    def marks(self, warnings: Iterable[str]) -> str:
        """Return the marks of *warnings*."""
        return " ".join(_superscript(self.numbers.setdefault(one, len(self.numbers) + 1)) for one in warnings)

    def text(self) -> str:
        """Return the warnings, a line each."""
        return "".join(f"{_superscript(number)} {warning}\n" for warning, number in self.numbers.items())


def _superscript(number: int) -> str:
    return str(number).translate(_SUPERSCRIPTS)


class _Text:
    """One table as text. A column is three: centre, interval, marks; all but the first have three more for the change."""

    def __init__(self, tables: Tables, table: Table) -> None:
        self.tables = tables
        self.table = table
        self.notes = _Footnotes()
        self.edge = self._begin(len(table.cols) + 1)
        styles = [Style(margin=""), *_SAMPLE, *(_SAMPLE + _VERSUS) * len(table.cols), Style()]
        self.layout = Layout(styles[: self.edge + 1])

    def text(self) -> str:
        """Return the table and its footnotes."""
        self._headers()
        self._units()
        for row in self.table.rows:
            self._row(row)
        if len(self.table.rows) > 1:
            self._totals()
        return self.layout.text() + self.notes.text()

    @staticmethod
    def _begin(col: int) -> int:
        return 1 if col == 0 else 4 + (col - 1) * 6

    def _headers(self) -> None:
        """Add a row for each field of the columns' keys, with a cell over all columns that have a value in common."""
        for level in header(self.tables.by_col.fields, self.table.cols):
            self.layout.row()
            for value, start, count in level:
                begin = self._begin(start)
                span = self._begin(start + count) - begin
                self.layout.cell(value, at=begin, span=span, align=CENTRE, margin=" │ ")
            self.layout.cell("", at=self.edge, margin=" │")

    def _units(self) -> None:
        self.layout.row()
        for col in range(len(self.table.cols)):
            begin = self._begin(col)
            self.layout.cell(self.table.unit, at=begin, span=3, align=CENTRE, margin=" │ ")
            if col:
                self.layout.cell("vs base", span=3, margin="  ")
            self.layout.narrow.update(range(begin + 1, begin + (6 if col else 3)))
        self.layout.cell("", at=self.edge, margin=" │")

    def _row(self, row: Key) -> None:
        table = self.table
        cells = [table.cells.get((row, col)) for col in table.cols]
        scale = scaling.common([cell.centre for cell in cells if cell], table.unit)
        shown = [self.tables.by_row.text(row)]
        for number, cell in enumerate(cells):
            shown += self._sample(cell, scale) if cell else ("", "", "")
            if number:
                shown += self._versus(cell, cell.versus) if cell and cell.versus else ("", "", "")
        shown += [""] * (self.edge + 1 - len(shown))
        self.layout.plain.append(shown)

    def _sample(self, cell: Cell, scale: Scale) -> tuple[str, str, str]:
        return scale.text(cell.centre), cell.spread, self.notes.marks(cell.warnings) if cell.warnings else ""

    def _versus(self, cell: Cell, versus: Versus) -> tuple[str, str, str]:
        marks = self.notes.marks(versus.warnings) if versus.warnings else ""
        return versus.delta(cell.centre), f"({versus.evidence(cell.count)})", marks

    def _totals(self) -> None:
        layout = self.layout
        layout.row()
        layout.cell(GEOMEAN)
        for number, total in enumerate(self.table.totals):
            begin = self._begin(number)
            if total.centre is not None:
                layout.cell(scaling.text(total.centre, self.table.unit), at=begin, align=RIGHT)
            if number:
                layout.cell(_change(total), at=begin + 3, align=LEFT if total.ratio is None else RIGHT)
            layout.cell(self.notes.marks(total.warnings), at=self._begin(number + 1) - 1)


def _change(total: Total) -> str:
    return "?" if total.ratio is None else fixed((total.ratio - 1) * 100, 2, plus=True) + "%"


def header(fields: Sequence[Field], cols: Sequence[Key]) -> list[list[tuple[str, int, int]]]:
    """Return for each field the values over the columns: value, first column, and how many columns have it in common.

    A value never goes over the end of a value of the field before it.
    """
    levels: list[list[tuple[str, int, int]]] = []
    parents = [(0, len(cols))]
    for one in fields:
        level: list[tuple[str, int, int]] = []
        for start, count in parents:
            begin = start
            for col in range(start + 1, start + count + 1):
                if col == start + count or at(cols[col], one) != at(cols[begin], one):
                    level.append((at(cols[begin], one), begin, col - begin))
                    begin = col
        levels.append(level)
        parents = [(start, count) for _, start, count in level]
    return levels


def csv(tables: Tables) -> tuple[str, str]:
    """Return the tables as comma-separated values with all digits, and the warnings with the cells they are about."""
    lines: list[str] = []
    warnings: list[str] = []
    for heads, table in _with_heads(tables):
        lines += [_record([head]) for head in heads]
        made = _Csv(tables, table, len(lines) + 1)
        made.fill()
        lines += made.lines
        warnings += made.warnings
    return "".join(f"{line}\n" for line in lines), "".join(f"{warning}\n" for warning in warnings)


class _Csv:
    """One table as CSV. A column is two: centre and interval; all but the first have two more for the change."""

    def __init__(self, tables: Tables, table: Table, start: int) -> None:
        self.tables = tables
        self.table = table
        self.start = start
        self.lines: list[str] = []
        self.warnings: list[str] = []
        self._row: list[str] = []

    def fill(self) -> None:
        """Make the lines and the warnings."""
        table = self.table
        for one in self.tables.by_col.fields:
            for number, key in enumerate(table.cols):
                self._to(number)
                self._row.append(at(key, one))
            self._to(len(table.cols))
            self._end()
        for number in range(len(table.cols)):
            self._to(number)
            self._row += [table.unit, "CI", "vs base", "P"] if number else [table.unit, "CI"]
        self._end()
        for row in table.rows:
            self._samples(row)
        self._totals()

    def _samples(self, row: Key) -> None:
        self._row.append(self.tables.by_row.text(row))
        for number, col in enumerate(self.table.cols):
            cell = self.table.cells.get((row, col))
            if cell:
                self._to(number)
                self._warn(cell.warnings)
                self._row += [shortest(cell.centre), cell.spread]
                self._versus(cell)
        self._end()

    def _versus(self, cell: Cell) -> None:
        if cell.versus:
            self._warn(cell.versus.warnings)
            self._row += [cell.versus.delta(cell.centre), cell.versus.evidence(cell.count)]

    def _totals(self) -> None:
        self._row.append(GEOMEAN)
        for number, total in enumerate(self.table.totals):
            self._to(number)
            self._warn(total.warnings)
            if total.centre is not None:
                self._row.append(shortest(total.centre))
            if number:
                self._to(number, more=2)
                self._row.append(_change(total))
        self._to(len(self.table.cols))
        self._end()

    def _to(self, col: int, more: int = 0) -> None:
        begin = (1 if col == 0 else 3 + (col - 1) * 4) + more
        self._row += [""] * (begin - len(self._row))

    def _end(self) -> None:
        self.lines.append(_record(self._row))
        self._row = []

    def _warn(self, warnings: Iterable[str]) -> None:
        place = f"{_letters(len(self._row))}{self.start + len(self.lines)}"
        self.warnings += [f"{place}: {warning}" for warning in warnings]


def _letters(col: int) -> str:
    """Return the name of a column; from the 27th on it is benchstat's, which differs from that of a spreadsheet."""
    name = ""
    while col > 0:
        col, letter = divmod(col, 26)
        name = chr(ord("A") + letter) + name
    return name or "A"


_QUOTED = re.compile(f'[",\r\n]|^[{SPACE}]|^\\\\\\.$')


def _record(cells: Sequence[str]) -> str:
    return ",".join(f'"{cell.replace(chr(34), chr(34) * 2)}"' if _QUOTED.search(cell) else cell for cell in cells)


def markdown(tables: Tables) -> str:
    """Return the tables for GitHub, each with its warnings below it."""
    return "\n\n".join(_shown(tables, table, heads).markdown() for heads, table in _with_heads(tables)) + "\n"


def _shown(tables: Tables, table: Table, heads: Sequence[str]) -> Shown:
    notes = _Footnotes()
    columns = [""]
    for number, col in enumerate(table.cols):
        name = tables.by_col.text(col)
        columns += [f"{name} {table.unit}".strip()] + (["vs base", "p"] if number else [])
    rows = [_markdown_row(tables, table, row, notes) for row in table.rows]
    if len(table.rows) > 1:
        rows.append(_markdown_totals(table, notes))
    title = ", ".join(head for head in heads if head)
    return Shown(title, columns, rows, notes.text().splitlines(), frozenset(columns[1:]))


def _markdown_row(tables: Tables, table: Table, row: Key, notes: _Footnotes) -> list[str]:
    cells = [table.cells.get((row, col)) for col in table.cols]
    scale = scaling.common([cell.centre for cell in cells if cell], table.unit)
    shown = [tables.by_row.text(row)]
    for number, cell in enumerate(cells):
        shown.append(_marked(f"{scale.text(cell.centre)} ± {cell.spread}", notes, cell.warnings) if cell else "")
        if number:
            versus = cell.versus if cell else None
            shown.append(versus.delta(cell.centre) if cell and versus else "")
            shown.append(_marked(versus.evidence(cell.count), notes, versus.warnings) if cell and versus else "")
    return shown


def _markdown_totals(table: Table, notes: _Footnotes) -> list[str]:
    shown = [GEOMEAN]
    for number, total in enumerate(table.totals):
        centre = "" if total.centre is None else scaling.text(total.centre, table.unit)
        shown.append(_marked(centre, notes, total.warnings))
        shown += [_change(total), ""] if number else []
    return shown


def _marked(value: str, notes: _Footnotes, warnings: Sequence[str]) -> str:
    return f"{value} {notes.marks(warnings)}".strip() if warnings else value


def summary(tables: Tables) -> list[dict[str, Any]]:
    """Return what the tables are of, without their cells."""
    return [
        {
            "table": _named(tables.by_table.fields, table.key),
            "unit": readable(table.unit),
            "columns": [_named(tables.by_col.fields, col) for col in table.cols],
            "rows": len(table.rows),
        }
        for table in tables.tables
    ]


def document(tables: Tables) -> list[dict[str, Any]]:
    """Return the tables in plain types: keys by field, numbers in full, absent cells left out."""
    return [
        {
            "table": _named(tables.by_table.fields, table.key),
            "unit": readable(table.unit),
            "columns": [_named(tables.by_col.fields, col) for col in table.cols],
            "rows": [
                {
                    **_named(tables.by_row.fields, row),
                    "cells": [
                        {"column": number, **_cell(cell)}
                        for number, col in enumerate(table.cols)
                        if (cell := table.cells.get((row, col)))
                    ],
                }
                for row in table.rows
            ],
            "geomean": [
                {"centre": total.centre, "ratio": total.ratio, "warnings": list(total.warnings)} for total in table.totals
            ],
        }
        for table in tables.tables
    ]


def _named(fields: Sequence[Field], key: Key) -> dict[str, str]:
    return {one.name: readable(at(key, one)) for one in fields if one.name != ".unit"}


def readable(text: str) -> str:
    """Return *text* with bytes that are no UTF-8 as escapes, because JSON cannot hold them."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _cell(cell: Cell) -> dict[str, Any]:
    found: dict[str, Any] = {
        "n": cell.count,
        "centre": _finite(cell.centre),
        "low": _finite(cell.low),
        "high": _finite(cell.high),
        "warnings": list(cell.warnings),
    }
    if cell.versus:
        base = cell.versus.base.centre
        found["ratio"] = _finite(cell.centre / base) if base else None
        found["p"] = cell.versus.p
        found["significant"] = cell.versus.p <= cell.versus.alpha
        found["warnings"] += list(cell.versus.warnings)
    return found


def _finite(value: float) -> float | None:
    """Return *value*, or None where it is a bound that does not exist: JSON has no infinity."""
    return value if value - value == 0 else None
