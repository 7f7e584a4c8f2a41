"""The comparison as CSV for spreadsheets and programs, in full precision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tsdbtasks.core.report.table import visible

if TYPE_CHECKING:
    from tsdbtasks.core.bench.compare import Comparison, Comparisons

COLUMNS = (
    "package", "benchmark", "procs", "unit", "category", "verdict", "method", "better",
    "old", "old_low", "old_high", "old_n", "new", "new_low", "new_high", "new_n",
    "ratio", "ratio_low", "ratio_high", "p", "p_gate", "p_report", "detectable", "needed", "reason", "warnings",
)  # fmt: skip
#: What a spreadsheet takes for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@")


def render(found: Comparisons) -> str:
    """Return a line of names and one line for each comparison, in the order of the runs; what is absent is empty.

    A text that a spreadsheet would run as a formula begins with an apostrophe.
    """
    import csv  # noqa: PLC0415 - only this form needs it
    import io  # noqa: PLC0415 - as above

    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(map(_row, found))
    return out.getvalue()


def _row(one: Comparison) -> list[str]:
    sides = [(side.centre, side.low, side.high, side.count) if side else (None,) * 4 for side in (one.old, one.new)]
    return [
        *map(_text, (one.package, one.benchmark)), str(one.procs), _text(one.unit), _text(one.category),
        one.verdict.value, one.method.value, one.better,
        *(_number(number) for side in sides for number in side),
        *map(_number, (one.centre, *(one.interval or (None, None)), one.p, one.p_gate, one.p_report, one.detectable)),
        str(one.needed), _text(one.reason), _text("; ".join(one.warnings)),
    ]  # fmt: skip


def _text(text: str) -> str:
    shown = visible(text)
    return f"'{shown}" if shown.startswith(_FORMULA) else shown


def _number(number: float | None) -> str:
    return "" if number is None else repr(number)
