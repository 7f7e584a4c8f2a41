"""What a row is to reach, and whether it did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.pairs import Comparison


@dataclass(frozen=True)
class Goal:
    """The most that medians may be: of the *ratio* of times, of the ratio of *memory*, and of our own *seconds*.

    None is no limit, and a row without any limit is there to be published.
    """

    ratio: float | None = None
    memory: float | None = None
    seconds: float | None = None

    def reached(self, comparison: Comparison) -> bool | None:
        """Return whether all limits were kept; None where there are none."""
        kept = [
            *([comparison.ratio().median <= self.ratio] if self.ratio is not None else []),
            *([comparison.memory_ratio().median <= self.memory] if self.memory is not None else []),
            *([comparison.walls()[0].median <= self.seconds] if self.seconds is not None else []),
        ]
        return all(kept) if kept else None

    def text(self) -> str:
        """Return it for a table: ``≤ 1, memory ≤ 1.5``."""
        said = [
            *([f"≤ {self.ratio:g}"] if self.ratio is not None else []),
            *([f"memory ≤ {self.memory:g}"] if self.memory is not None else []),
            *([f"≤ {self.seconds:g} s"] if self.seconds is not None else []),
        ]
        return ", ".join(said) or "published"
