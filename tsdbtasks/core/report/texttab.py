"""Layout of text tables whose cells may span columns, as benchstat lays them out."""

from __future__ import annotations

from dataclasses import dataclass, field

LEFT, CENTRE, RIGHT = "left", "centre", "right"


@dataclass(slots=True)
class _Cell:
    col: int
    span: int
    value: str
    margin: str
    align: str


@dataclass
class Layout:
    """A table that is built from left to right and from top to bottom.

    A column in *narrow* is never made wider for a cell that spans it.
    """

    narrow: set[int] = field(default_factory=set)
    _rows: list[list[_Cell]] = field(default_factory=list)
    _col: int = 0
    _cols: int = 0

    def row(self) -> None:
        """Begin a new row."""
        self._rows.append([])
        self._col = 0

    def cell(self, value: str, *, at: int | None = None, span: int = 1, align: str = LEFT, margin: str | None = None) -> None:
        """Add a cell at the column *at*, or behind the last one; *margin* stands before it, a blank if not given."""
        col = self._col if at is None else at
        if margin is None:
            margin = " " if col and value else ""
        self._rows[-1].append(_Cell(col, span, value, margin, align))
        self._col = col + span
        self._cols = max(self._cols, self._col)

    def text(self) -> str:
        """Return the table, each row with a newline; blanks at the end of a row are left out."""
        margins, begins = self._measured()
        lines: list[str] = []
        pending = 0
        for row in self._rows:
            line = _line(row, margins, begins)
            # Empty rows count only if something follows them.
            if line:
                lines += [""] * pending + [line]
                pending = 0
            else:
                pending += 1
        return "".join(f"{line}\n" for line in lines) if lines else "\n" if any(self._rows) else ""

    def _measured(self) -> tuple[list[int], list[int]]:
        """Return the width of each column's margin, and where each column begins."""
        margins, widths = [0] * self._cols, [0] * self._cols
        wide: list[_Cell] = []
        for row in self._rows:
            for cell in row:
                margins[cell.col] = max(margins[cell.col], len(cell.margin))
                if cell.span > 1:
                    wide.append(cell)
        for row in self._rows:
            for cell in row:
                if cell.span == 1:
                    widths[cell.col] = max(widths[cell.col], len(cell.value) + margins[cell.col])
        for cell in sorted(wide, key=lambda cell: cell.span):
            self._widen(cell, widths, len(cell.value) + margins[cell.col])
        begins = [0]
        for width in widths:
            begins.append(begins[-1] + width)
        return margins, begins

    def _widen(self, cell: _Cell, widths: list[int], wanted: int) -> None:
        """Make the columns below *cell* wide enough, as evenly as those allow that are wider already."""
        cols = range(cell.col, cell.col + cell.span)
        if sum(widths[col] for col in cols) >= wanted:
            return
        wanted -= sum(widths[col] for col in cols if col in self.narrow)
        growing = sorted((col for col in cols if col not in self.narrow), key=lambda col: -widths[col])
        for left, col in zip(range(len(growing), 0, -1), growing, strict=True):
            widths[col] = max(widths[col], -(-wanted // left))
            wanted -= widths[col]


def _line(row: list[_Cell], margins: list[int], begins: list[int]) -> str:
    pieces: list[str] = []
    at = 0
    for cell in row:
        if not cell.value.strip() and not cell.margin.strip():
            continue
        begin, margin = begins[cell.col], margins[cell.col]
        value = _aligned(cell, begins[cell.col + cell.span] - begin - margin)
        # Where a cell before was too long, benchstat adds as many blanks as there are too few.
        pieces.append(" " * abs(begin - at) + cell.margin.rjust(margin) + value)
        at = begin + margin + len(value)
    return "".join(pieces)


def _aligned(cell: _Cell, width: int) -> str:
    if cell.align == RIGHT:
        return cell.value.rjust(width)
    if cell.align == CENTRE:
        return " " * abs(int((width - len(cell.value)) / 2)) + cell.value
    return cell.value
