"""The results of all rows: as a Markdown table for readers, and as JSON for programs."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from benchmarks.goals import Goal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.machine import Machine
    from benchmarks.pairs import Comparison, Spread

_COLUMNS = (
    "work",
    "against",
    "ours, s",
    "theirs, s",
    "ours, CPU s",
    "theirs, CPU s",
    "CPU ratio",
    "memory ratio",
    "ratio",
    "to reach",
    "reached",
)


@dataclass(frozen=True)
class Result:
    """A row that was measured, or why it was not: *skipped* or *failed* says that, and there is no comparison."""

    name: str
    work: str = ""
    against: str = ""
    goal: Goal = field(default_factory=Goal)
    comparison: Comparison | None = None
    notes: Sequence[str] = ()
    skipped: str = ""
    failed: str = ""

    @property
    def reached(self) -> bool | None:
        """Whether the medians are what was to be reached; None where nothing was measured, or nothing is to be reached."""
        return None if self.comparison is None else self.goal.reached(self.comparison)


@dataclass(frozen=True)
class Run:
    """One run of the benchmarks: the day in UTC, the seed of the orders, the machine, and the rows."""

    day: str
    seed: int
    machine: Machine
    load_after: float
    results: Sequence[Result]

    def markdown(self) -> str:
        """Return the table, what it was measured on, and what is missing from it."""
        lines = [_line(_COLUMNS), _line(["---"] * len(_COLUMNS)), *map(_row, self.results)]
        about = [
            f"Measured on {self.day}, seed {self.seed}. Each cell: median (least…greatest).",
            *self.machine.lines(),
            f"Load at the end: {self.load_after:.2f}.",
        ]
        notes = dict.fromkeys(note for one in self.results for note in one.notes)
        return "\n".join([*lines, "", *(f"- {line}" for line in [*about, *notes, *self._missing()])])

    def _missing(self) -> list[str]:
        said = [(one, "was skipped", one.skipped) for one in self.results if one.skipped]
        said += [(one, "failed", one.failed.partition("\n")[0]) for one in self.results if one.failed]
        return [f"The row {one.name} {how}: {why}." for one, how, why in said]

    def document(self) -> dict[str, Any]:
        """Return everything in the types of JSON, each single run included."""
        return {
            "schema": 2,
            "day": self.day,
            "seed": self.seed,
            "machine": dataclasses.asdict(self.machine),
            "load_after": self.load_after,
            "rows": [_document(one) for one in self.results],
        }


def _row(one: Result) -> str:
    if one.comparison is None:
        return _line([one.work or one.name, one.against, *["n/a"] * (len(_COLUMNS) - 3), "failed" if one.failed else "skipped"])
    done = one.comparison
    shown = (*done.walls(), *done.cpus(), done.cpu_ratio(), done.memory_ratio(), done.ratio())
    reached = {True: "yes", False: "**no**", None: ""}[one.reached]
    return _line([one.work, one.against, *(spread.text() for spread in shown), one.goal.text(), reached])


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _document(one: Result) -> dict[str, Any]:
    facts = {
        "name": one.name,
        "work": one.work,
        "against": one.against,
        "goal": dataclasses.asdict(one.goal),
        "reached": one.reached,
        "notes": list(one.notes),
        "skipped": one.skipped,
        "failed": one.failed,
    }
    if one.comparison is None:
        return facts
    done = one.comparison
    spreads: dict[str, Spread] = {
        "ratio": done.ratio(),
        "cpu_ratio": done.cpu_ratio(),
        "memory_ratio": done.memory_ratio(),
    }
    return {
        **facts,
        **{name: dataclasses.asdict(spread) for name, spread in spreads.items()},
        "pairs": [dataclasses.asdict(pair) for pair in done.pairs],
    }
