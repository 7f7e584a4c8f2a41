"""The results of all rows: as a Markdown table for readers, and as JSON for programs."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

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
    target: float = 0.0
    comparison: Comparison | None = None
    notes: Sequence[str] = ()
    skipped: str = ""
    failed: str = ""

    @property
    def reached(self) -> bool | None:
        """Whether the median ratio is at most the one to reach; None where nothing was measured."""
        return None if self.comparison is None else self.comparison.ratio().median <= self.target


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
            "schema": 1,
            "day": self.day,
            "seed": self.seed,
            "machine": dataclasses.asdict(self.machine),
            "load_after": self.load_after,
            "rows": [_document(one) for one in self.results],
        }


def _row(one: Result) -> str:
    if one.comparison is None:
        return _line([one.work or one.name, one.against, *["n/a"] * (len(_COLUMNS) - 3), "failed" if one.failed else "skipped"])
    times = [spread.text() for spread in (*one.comparison.walls(), *one.comparison.cpus(), one.comparison.cpu_ratio())]
    ratio = one.comparison.ratio().text()
    return _line([one.work, one.against, *times, ratio, f"≤ {one.target:g}", "yes" if one.reached else "**no**"])


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _document(one: Result) -> dict[str, Any]:
    facts = {
        "name": one.name,
        "work": one.work,
        "against": one.against,
        "target": one.target,
        "reached": one.reached,
        "notes": list(one.notes),
        "skipped": one.skipped,
        "failed": one.failed,
    }
    if one.comparison is None:
        return facts
    spreads: dict[str, Spread] = {"ratio": one.comparison.ratio(), "cpu_ratio": one.comparison.cpu_ratio()}
    return {
        **facts,
        **{name: dataclasses.asdict(spread) for name, spread in spreads.items()},
        "pairs": [dataclasses.asdict(pair) for pair in one.comparison.pairs],
    }
