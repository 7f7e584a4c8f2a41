"""Which benchmarks a run is to measure: those of its categories that fit its filter, and never silently none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tsdbtasks.core.bench import categories
from tsdbtasks.core.nearest import perhaps
from tsdbtasks.errors import NothingError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tsdbtasks.core.bench.categories import Category

#: How many names a message lists.
_LISTED = 60
#: A filter that only names with these letters at their beginning can fit.
_BEGINNING = re.compile(r"\^(\w+)(?![\w*?{])")


@dataclass(frozen=True)
class Package:
    """The benchmarks of one package: its import path, its folder below the module, and its functions."""

    path: str
    below: str
    functions: tuple[str, ...]


class Selection:
    """What was asked for: categories by name (none: all benchmarks), and a filter on the names of benchmarks."""

    def __init__(self, every: Iterable[Category], chosen: Sequence[str] = (), pattern: str = "") -> None:
        """Take all categories there are, those *chosen*, and the filter's *pattern*; UsageError where they cannot be."""
        self._every = tuple(every)
        self._chosen = tuple(chosen)
        self._pattern = pattern
        for one in self._every:
            _expression(one.names, f"tsdbtasks.bench.category.{one.name}.pattern", empty=False)
        self._expression = _expression(pattern, "--filter", empty=True)
        names = [one.name for one in self._every]
        unknown = [name for name in chosen if name not in names]
        if unknown:
            message = f"there is no category {unknown[0]!r}"
            raise UsageError(message, hint=perhaps(unknown[0], names))

    def category(self, below: str, name: str) -> str:
        """Return the category of the benchmark *name*, or of a sub-benchmark, in the package in folder *below*."""
        return categories.category_of(self._every, below, name.partition("/")[0])

    def functions(self, packages: Sequence[Package]) -> dict[str, tuple[str, ...]]:
        """Return the functions to run, by package; those of them that fit the filter show only when they run.

        NothingError where there are none, or where one of the categories has none.
        """
        if not packages:
            message = "there are no benchmarks: no test file of the module has a func Benchmark…(b *testing.B)"
            raise NothingError(message, hint="check build.tags, and root, the folder of go.mod")
        self._refuse_empty(packages)
        asked = {one.path: tuple(name for name in one.functions if self._is_asked(one, name)) for one in packages}
        possible = {path: tuple(name for name in names if self._may_fit(name)) for path, names in asked.items()}
        found = {path: names for path, names in possible.items() if names}
        if not found:
            raise self.nothing(asked)
        return found

    def fits(self, name: str) -> bool:
        """Say whether the filter fits a benchmark; it may be written for names with or without ``Benchmark``."""
        return bool(self._expression.search(name) or self._expression.search(f"Benchmark{name}"))

    def asks(self, below: str, name: str) -> bool:
        """Say whether the benchmark *name*, in the package in folder *below*, is one that was asked for."""
        return (not self._chosen or self.category(below, name) in self._chosen) and self.fits(name)

    def nothing(self, names: Mapping[str, Sequence[str]]) -> NothingError:
        """Return the failure of a filter that fits none of *names*, by package."""
        message = f"--filter {self._pattern!r} fits no benchmark; there are:\n{listed(names)}"
        return NothingError(message, hint="give a regular expression for a part of a name")

    def concerns(self, function: str) -> bool:
        """Say whether what happens to a function, before its sub-benchmarks are known, has to do with the filter."""
        return self.fits(function) or "/" in self._pattern

    def _is_asked(self, package: Package, name: str) -> bool:
        return not self._chosen or self.category(package.below, name) in self._chosen

    def _may_fit(self, function: str) -> bool:
        beginning = _BEGINNING.match(self._pattern)
        if not beginning or "|" in self._pattern:
            return True
        return any(name.startswith(beginning[1]) for name in (function, f"Benchmark{function}"))

    def _refuse_empty(self, packages: Sequence[Package]) -> None:
        found = [(one.below, name) for one in packages for name in one.functions]
        empty = categories.empty(self._every, self._chosen, found)
        if not empty:
            return
        said = ", ".join(f"{one.name} ({one.names} in {one.packages})" for one in empty)
        message = f"no benchmark belongs to {said}; there are:\n{listed({one.path: one.functions for one in packages})}"
        raise NothingError(message, hint=_advice(empty[0], packages))


def _expression(text: str, where: str, *, empty: bool) -> re.Pattern[str]:
    try:
        if text or empty:
            return re.compile(text)
        problem = ""
    except re.error as error:
        problem = f": {error}"
    message = f"{where}: want a regular expression, got {text!r}{problem}"
    raise UsageError(message)


def _advice(empty: Category, packages: Sequence[Package]) -> str:
    """Say what to change for a category without benchmarks."""
    if any(categories.fits(empty.packages, one.below) for one in packages):
        return f"set bench.category.{empty.name}.pattern to fit names without 'Benchmark'"
    places = ", ".join(f"./{one.below}" if one.below else "." for one in packages)
    return f"set bench.category.{empty.name}.packages; packages with benchmarks: {places}"


def listed(names: Mapping[str, Sequence[str]]) -> str:
    """Return names by package, a line for each package, and not too many."""
    every = [(package, name) for package, found in names.items() for name in found]
    by_package: dict[str, list[str]] = {}
    for package, name in every[:_LISTED]:
        by_package.setdefault(package, []).append(name)
    lines = [f"  {package}: {', '.join(found)}" for package, found in by_package.items()]
    return "\n".join([*lines, *([f"  and {len(every) - _LISTED} more"] if len(every) > _LISTED else [])])
