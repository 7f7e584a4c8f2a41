"""The comparison as a table for a terminal, readable without colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tsdbtasks.core.report.comparison import order
from tsdbtasks.core.report.table import Table, visible

if TYPE_CHECKING:
    from tsdbtasks.core.bench.compare import Comparisons


def render(found: Comparisons) -> str:
    """Return the whole report: the verdict, what is wrong with the runs, and every comparison, the worst first."""
    short = order.packages(found)
    grouped = order.groups(found)
    every = [one for members in grouped.values() for one in members]
    notes = [*order.notes(every, short), order.footing(found)]
    table = Table("", order.COLUMNS, [order.row(one, short) for one in every], notes, right=order.RIGHT)
    head = [order.headline(found), *order.sides(found), *(f"warning: {text}" for text in found.warnings)]
    return "\n".join([*map(visible, head), "", table.text()])
