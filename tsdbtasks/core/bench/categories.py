"""Categories of benchmarks: a package pattern and an anchored name pattern each.

A benchmark belongs to the first category that fits it; one that fits none is uncategorised.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tsdbtasks.core.bench.verdicts import UNCATEGORISED

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

EVERYWHERE = "./..."


@dataclass(frozen=True)
class Category:
    """A group of benchmarks: those whose Go function, without ``Benchmark``, fits *names* in a package of *packages*."""

    name: str
    names: str
    packages: str = EVERYWHERE

    def has(self, folder: str, benchmark: str) -> bool:
        """Say whether *benchmark*, in the package in *folder* below the module (empty: its root), belongs to it."""
        # Anchored, so that "Write" does not take HTTPWrite away from HTTP.
        return fits(self.packages, folder) and re.match(self.names, benchmark) is not None


def fits(pattern: str, folder: str) -> bool:
    """Say whether the folder of a package fits a pattern as of the go command: ``./store``, ``./internal/...``."""
    wanted = pattern.removeprefix("./").strip("/")
    wanted = "" if wanted == "." else wanted
    parts = [re.escape(part) for part in wanted.split("...")]
    # As for the go command, /... at the end also means the folder itself.
    expression = re.sub(r"/\.\*$", "(/.*)?", ".*".join(parts))
    return re.fullmatch(expression, folder) is not None


def category_of(categories: Iterable[Category], folder: str, benchmark: str) -> str:
    """Return the name of the first category that has *benchmark*."""
    return next((one.name for one in categories if one.has(folder, benchmark)), UNCATEGORISED)


def empty(categories: Iterable[Category], chosen: Sequence[str], found: Iterable[tuple[str, str]]) -> list[Category]:
    """Return those of the *chosen* categories to which none of the benchmarks in *found*, by folder and name, belongs."""
    every = tuple(categories)
    full = {category_of(every, folder, name) for folder, name in found}
    return [one for one in every if one.name in chosen and one.name not in full]
