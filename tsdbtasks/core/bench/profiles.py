"""Profiles of Go programs: their kinds, and what pprof says of their functions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from tsdbtasks.core.nearest import perhaps
from tsdbtasks.core.report.comparison import figures
from tsdbtasks.core.report.table import Table
from tsdbtasks.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Kind(Enum):
    """What a profile counts."""

    CPU = "cpu"
    MEMORY = "mem"
    BLOCK = "block"
    MUTEX = "mutex"

    @property
    def file(self) -> str:
        """The name of its file beside go.mod."""
        return f"{'memory' if self is Kind.MEMORY else self.value}_profile.prof"

    @property
    def flag(self) -> str:
        """The flag of a test binary that writes it."""
        return f"-test.{self.value}profile"

    @property
    def options(self) -> tuple[str, ...]:
        """What pprof is told to count: for memory all that was allocated, since garbage is work too."""
        return ("-sample_index=alloc_space", "-unit=B") if self is Kind.MEMORY else ("-unit=ns",)

    def shown(self, value: float) -> str:
        """Return a value for a reader."""
        return figures.value(value, "B/op") if self is Kind.MEMORY else figures.value(value / 1e9, "sec/op")


def kinds(text: str) -> tuple[Kind, ...]:
    """Return the kinds in a list as ``cpu,mem``; UsageError for what is none."""
    known = {one.value: one for one in Kind}
    names = [name.strip() for name in text.split(",") if name.strip()]
    wrong = [name for name in names if name not in known]
    if wrong:
        message = f"there is no kind of profile {wrong[0]!r}"
        raise UsageError(message, hint=perhaps(wrong[0], known))
    return tuple(dict.fromkeys(known[name] for name in names))


@dataclass(frozen=True)
class Function:
    """A function in a profile: what it took itself, and with all that it called; nanoseconds or bytes."""

    name: str
    flat: float
    cumulative: float


_ROW = re.compile(
    r"\s*(?P<flat>-?[0-9.]+)[A-Za-z]*\s+-?[0-9.]+%\s+-?[0-9.]+%\s+(?P<cum>-?[0-9.]+)[A-Za-z]*\s+-?[0-9.]+%\s+(?P<name>\S.*)"
)
_TOTAL = re.compile(r"Showing nodes accounting for .* of (?P<total>-?[0-9.]+)[A-Za-z]* total")


@dataclass(frozen=True)
class Top:
    """The functions of a profile, and what all of it took."""

    total: float
    functions: tuple[Function, ...]


def top(text: str) -> Top:
    """Read what ``pprof -top`` prints."""
    found = [match for line in text.splitlines() if (match := _ROW.fullmatch(line))]
    total = _TOTAL.search(text)
    return Top(
        float(total["total"]) if total else 0.0,
        tuple(Function(one["name"], float(one["flat"]), float(one["cum"])) for one in found),
    )


def ranked(functions: Iterable[Function], module: str) -> list[Function]:
    """Return *functions* by what they changed themselves, then by what changed with them; those of *module* come first."""

    def place(one: Function) -> tuple[bool, float, float]:
        return (not own(one.name, module), -abs(one.flat), -abs(one.cumulative))

    return sorted((one for one in functions if one.flat or one.cumulative), key=place)


def own(name: str, module: str) -> bool:
    """Say whether a function is of the module: of the package at its root, or of one below."""
    return name.startswith((f"{module}.", f"{module}/"))


def table(kind: Kind, title: str, found: Top, shown: Sequence[Function]) -> Table:
    """Return functions as a table, with their shares of the whole."""

    def share(value: float) -> str:
        return f"{value / found.total:+.1%}".lstrip("+") if found.total else ""

    rows = [
        (kind.shown(one.flat), share(one.flat), kind.shown(one.cumulative), share(one.cumulative), one.name) for one in shown
    ]
    left = len(found.functions) - len(shown)
    notes = [f"{kind.shown(found.total)} in all"] + ([f"{left} more functions; --top {len(found.functions)}"] if left else [])
    columns = ("flat", "flat %", "cum", "cum %", "function")
    return Table(title, columns, rows, notes, right=frozenset(columns[:4]))
