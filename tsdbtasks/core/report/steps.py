"""The steps of a run of several tasks: what was done, what was skipped and why, what failed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tsdbtasks.core.durations import human
from tsdbtasks.core.report import record
from tsdbtasks.core.report.table import Table
from tsdbtasks.errors import worst

if TYPE_CHECKING:
    from collections.abc import Sequence

_WIDTH = 90


@dataclass(frozen=True)
class Step:
    """One step of a run: its outcome as in records, the reason if it was not simply done, its exit code, seconds."""

    name: str
    outcome: str
    reason: str
    code: int
    seconds: float


def table(title: str, steps: Sequence[Step]) -> Table:
    """Return the steps in their order, with the beginning of each reason; all of it stands where the step spoke."""
    rows = [(one.name, one.outcome, _short(one.reason), human(one.seconds)) for one in steps]
    notes = [summary(steps)]
    return Table(title, ("step", "outcome", "reason", "time"), rows, notes, right=frozenset({"time"}))


def _short(reason: str) -> str:
    line = reason.split("\n", maxsplit=1)[0]
    return line if len(line) <= _WIDTH else f"{line[: _WIDTH - 1]}…"


def summary(steps: Sequence[Step]) -> str:
    """Return how many steps ended in which way."""
    kinds = (record.DONE, record.UNCHANGED, record.SKIPPED, record.FAILED)
    counts = {kind: sum(one.outcome == kind for one in steps) for kind in kinds}
    return ", ".join(f"{count} {kind}" for kind, count in counts.items() if count)


def code(steps: Sequence[Step]) -> int:
    """Return the exit code of all steps: the worst one's."""
    return worst(one.code for one in steps)
