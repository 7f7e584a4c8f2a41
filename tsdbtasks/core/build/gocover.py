"""How much of the code tests run, from the statements in Go's coverage profile (go.dev/blog/cover)."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_LINE = re.compile(r"(.+):(\d+\.\d+,\d+\.\d+) (\d+) (\d+)", re.ASCII)


@dataclass(frozen=True)
class Block:
    """Statements that run together: the file below its package's path, the place in it, and how often they ran."""

    file: str
    span: str
    statements: int
    count: int

    @property
    def package(self) -> str:
        """The import path of the package."""
        return self.file.rpartition("/")[0]


@dataclass(frozen=True)
class Cover:
    """How many of some statements ran."""

    covered: int
    statements: int

    @property
    def percent(self) -> float | None:
        """The share in per cent, or None of no statements."""
        return 100 * self.covered / self.statements if self.statements else None

    def reaches(self, wanted: float) -> bool:
        """Say whether the share is at least *wanted* per cent; of no statements there is no share."""
        return self.statements > 0 and 100 * self.covered >= wanted * self.statements

    def __add__(self, other: Cover) -> Cover:
        """Return the cover of both, which have no statement in common."""
        return Cover(self.covered + other.covered, self.statements + other.statements)


def parse(lines: Iterable[str]) -> tuple[Block, ...]:
    """Read a profile, or several in one; raise ValueError with the line's number for what is none."""
    found: list[Block] = []
    for number, line in enumerate(lines, 1):
        stripped = line.rstrip("\r\n")
        if not stripped or stripped.startswith("mode: "):
            continue
        match = _LINE.fullmatch(stripped)
        if match is None:
            message = f"line {number}: want 'file:line.column,line.column statements count', got {stripped!r}"
            raise ValueError(message)
        found.append(Block(match[1], match[2], int(match[3]), int(match[4])))
    return tuple(found)


def merge(blocks: Iterable[Block]) -> tuple[Block, ...]:
    """Return each block once: the tests of several packages may have run the same one, or not."""
    found: dict[tuple[str, str], Block] = {}
    for block in blocks:
        old = found.get((block.file, block.span))
        if old is not None:
            block = Block(block.file, block.span, max(old.statements, block.statements), old.count + block.count)  # noqa: PLW2901 - the sum takes its place
        found[block.file, block.span] = block
    return tuple(found[key] for key in sorted(found))


def by_package(blocks: Iterable[Block]) -> Mapping[str, Cover]:
    """Return the cover of each package that has statements, by import path."""
    found: dict[str, Cover] = {}
    for block in merge(blocks):
        ran = block.statements if block.count else 0
        found[block.package] = found.get(block.package, Cover(0, 0)) + Cover(ran, block.statements)
    return dict(sorted(found.items()))


def total(packages: Mapping[str, Cover]) -> Cover:
    """Return the cover of all statements together, which is no mean of percentages."""
    return sum(packages.values(), Cover(0, 0))


def least(packages: Mapping[str, Cover], count: int) -> tuple[tuple[str, Cover], ...]:
    """Return the *count* least covered packages, the worst first, and of equals the one with more to cover."""
    open_ones = [one for one in packages.items() if one[1].covered < one[1].statements]
    return tuple(sorted(open_ones, key=lambda one: (one[1].percent or 0, -one[1].statements, one[0]))[:count])


def shown(cover: Cover) -> str:
    """Return the share with two digits, rounded down: what is below a limit must not look like it."""
    return (
        "no statements" if cover.percent is None else f"{math.floor(100 * 100 * cover.covered / cover.statements) / 100:.2f} %"
    )
