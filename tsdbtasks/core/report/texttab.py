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


@dataclass(frozen=True, slots=True)
class Style:
    """How the cells of one column of plain rows stand; *margin* is before each that is not empty."""

    align: str = LEFT
    margin: str = " "


@dataclass
class Layout:
    """A table that is built from left to right and from top to bottom.

    A column in *narrow* is never made wider for a cell that spans it. *styles*, one for each column, are for plain
    rows: a text for each column, empty where there is no cell.
    """

    styles: list[Style]
    narrow: set[int] = field(default_factory=set)
    plain: list[list[str]] = field(default_factory=list)
    _above: list[list[_Cell]] = field(default_factory=list)
    _below: list[list[_Cell]] = field(default_factory=list)
    _col: int = 0

    def row(self) -> None:
        """Begin a new row of single cells: above the plain rows as long as there are none, else below them."""
        (self._below if self.plain else self._above).append([])
        self._col = 0

    def cell(self, value: str, *, at: int | None = None, span: int = 1, align: str = LEFT, margin: str | None = None) -> None:
        """Add a cell at the column *at*, or behind the last one; *margin* stands before it, a blank if not given."""
        col = self._col if at is None else at
        if margin is None:
            margin = " " if col and value else ""
        (self._below or self._above)[-1].append(_Cell(col, span, value, margin, align))
        self._col = col + span

    def text(self) -> str:
        """Return the table, each row with a newline; blanks at the end of a row are left out."""
        columns: list[tuple[str, ...]] = list(zip(*self.plain, strict=True)) or [()] * len(self.styles)
        margins, begins = self._measured(columns)
        lines = [_line(row, margins, begins) for row in self._above]
        lines += self._plain_lines(columns, margins, begins)
        lines += [_line(row, margins, begins) for row in self._below]
        # Empty rows count only if something follows them.
        while len(lines) > 1 and not lines[-1]:
            lines.pop()
        return "".join(f"{line}\n" for line in lines)

    def _measured(self, columns: list[tuple[str, ...]]) -> tuple[list[int], list[int]]:
        """Return the width of each column's margin, and where each column begins."""
        longest = [max(map(len, column), default=0) for column in columns]
        margins = [len(style.margin) if long else 0 for style, long in zip(self.styles, longest, strict=True)]
        cells = [cell for row in (*self._above, *self._below) for cell in row]
        for cell in cells:
            margins[cell.col] = max(margins[cell.col], len(cell.margin))
        widths = [margin + long if long else 0 for margin, long in zip(margins, longest, strict=True)]
        for cell in cells:
            if cell.span == 1:
                widths[cell.col] = max(widths[cell.col], len(cell.value) + margins[cell.col])
        for cell in sorted((cell for cell in cells if cell.span > 1), key=lambda cell: cell.span):
            self._widen(cell, widths, len(cell.value) + margins[cell.col])
        begins = [0]
        for width in widths:
            begins.append(begins[-1] + width)
        return margins, begins

    def _plain_lines(self, columns: list[tuple[str, ...]], margins: list[int], begins: list[int]) -> list[str]:
        """Return the plain rows, made column by column because there may be many."""
        padded: list[list[str]] = []
        for column, style, margin, begin, end in zip(columns, self.styles, margins, begins, begins[1:], strict=False):
            before, width, blank = style.margin.rjust(margin), end - begin - margin, " " * (end - begin)
            if style.align == RIGHT:
                padded.append([before + value.rjust(width) if value else blank for value in column])
            else:
                padded.append([before + value.ljust(width) if value else blank for value in column])
        return [
            "".join(pieces)[: self._end(row, margins, begins)]
            for row, pieces in zip(self.plain, zip(*padded, strict=True), strict=True)
        ]

    def _end(self, row: list[str], margins: list[int], begins: list[int]) -> int:
        """Return where the last cell of a row ends that is not blank."""
        col = len(row) - 1
        while col >= 0 and not row[col].strip():
            col -= 1
        if col < 0:
            return 0
        return begins[col + 1] if self.styles[col].align == RIGHT else begins[col] + margins[col] + len(row[col])

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
