"""Verdicts: what a measured change is called, and the limits that decide it.

A change is the ratio new / old minus 1. Which sign is worse follows the unit. Limits are compared with the exact
ratio and never with a rounded one.

- *regression*, *critical*: worse by at least the limit, and sure enough after Holm's correction over all that gates.
- *improvement*: better by at least the floor, and sure enough after Benjamini and Hochberg's.
- *same*: the whole interval of the ratio lies inside ± the floor.
- *cannot-tell*: everything else that was measured on both sides.
"""

from __future__ import annotations

import re
from collections.abc import Mapping  # noqa: TC003 - the reader of settings looks the types up
from dataclasses import dataclass, field, fields
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from tsdbtasks.core.bench import units

if TYPE_CHECKING:
    from tsdbtasks.core.bench.intervals import Ratio


class Verdict(StrEnum):
    """What a comparison comes to."""

    CRITICAL = "critical"
    REGRESSION = "regression"
    IMPROVEMENT = "improvement"
    SAME = "same"
    CANNOT_TELL = "cannot-tell"
    NEW = "new"
    REMOVED = "removed"
    INCOMPARABLE = "incomparable"

    @property
    def bad(self) -> bool:
        """Say whether a gate says no to it."""
        return self in {Verdict.CRITICAL, Verdict.REGRESSION}


@dataclass(frozen=True, slots=True)
class Limits:
    """What counts, for one metric of one benchmark, as shares: .05 is 5 %.

    *tolerance* is the change that a metric may show whose values are exact.
    """

    regression: float = 0.05
    critical: float = 0.15
    floor: float = 0.05
    tolerance: float = 0.0


def _setting(default: Any, doc: str) -> Any:  # noqa: ANN401 - stands for a field of any type, as dataclasses.field does
    """Return a field with the sentence that the reference shows for it."""
    if default == {}:
        return field(default_factory=dict, metadata={"doc": doc})
    return field(default=default, metadata={"doc": doc})


@dataclass(frozen=True, kw_only=True)
class Override:
    """Limits, in per cent, where they differ from the general ones."""

    regression: float | None = _setting(None, "Change for the worse, in per cent, from which on it is a regression.")
    critical: float | None = _setting(None, "Change for the worse, in per cent, from which on it is critical.")
    floor: float | None = _setting(None, "Half-width, in per cent, of what counts as the same.")
    tolerance: float | None = _setting(None, "Change, in per cent, that a metric judged exactly may show.")


@dataclass(frozen=True, kw_only=True)
class Metric(Override):
    """What is known of one unit."""

    better: str = _setting("", "Which way the unit improves, 'lower' or 'higher', where no Unit line in the file says so.")


@dataclass(frozen=True, kw_only=True)
class Category(Override):
    """A group of benchmarks by name, and for running also by package."""

    packages: str = _setting("./...", "Packages whose benchmarks are run for it, as './internal/parser/...'.")
    pattern: str = _setting(
        "", "Regular expression for names without 'Benchmark'; empty: the one this category has by default."
    )


#: The categories of a time series database; settings add to them and change them.
CATEGORIES: Mapping[str, str] = {
    "ingestion": "^Parse",
    "storage": "^Write",
    "http": "^HTTP",
    "e2e": "^(EndToEnd|Concurrent)",
    "memory": "^(Memory|GC)",
}
UNCATEGORISED = "uncategorised"


@dataclass(frozen=True, kw_only=True)
class Policy:
    """When a change counts: for everything, for a unit, for a category, for a benchmark; the last named wins."""

    alpha: float = _setting(0.05, "Chance of a false alarm in a whole comparison that is accepted.")
    regression: float = _setting(5.0, "Change for the worse, in per cent, from which on it is a regression.")
    critical: float = _setting(15.0, "Change for the worse, in per cent, from which on it is critical.")
    floor: float | None = _setting(None, "Half-width, in per cent, of what counts as the same; unset: as regression.")
    tolerance: float = _setting(0.0, "Change, in per cent, that B/op, allocs/op and other exact metrics may show.")
    metric: Mapping[str, Metric] = _setting({}, 'Limits and direction of one unit: [bench.metric."points/s"].')
    category: Mapping[str, Category] = _setting({}, "Limits and pattern of one category: [bench.category.ingestion].")
    benchmark: Mapping[str, Override] = _setting({}, 'Limits of benchmarks, by name or glob: [bench.benchmark."Parse*"].')

    def patterns(self) -> dict[str, str]:
        """Return the pattern of every category, those of the settings before the others."""
        own = {name: one.pattern or CATEGORIES.get(name, "") for name, one in self.category.items()}
        return {name: pattern for name, pattern in {**own, **CATEGORIES, **own}.items() if pattern}

    def category_of(self, benchmark: str) -> str:
        """Return the first category whose pattern fits the name of *benchmark*, without ``Benchmark``."""
        return next((name for name, one in self.patterns().items() if re.match(one, benchmark)), UNCATEGORISED)

    def limits(self, benchmark: str, unit: str) -> Limits:
        """Return what counts for *unit* of *benchmark*, its name without ``Benchmark`` and without ``-N``."""
        layers: list[Override] = [one for name, one in self.metric.items() if units.tidy(name)[0] == unit]
        layers += [one for name, one in self.category.items() if name == self.category_of(benchmark)]
        layers += [one for name, one in self.benchmark.items() if name == benchmark or fnmatchcase(benchmark, name)]
        found = {one.name: getattr(self, one.name) for one in fields(Override)}
        for layer in layers:
            found.update((name, value) for name in found if (value := getattr(layer, name)) is not None)
        floor = found["regression"] if found["floor"] is None else min(found["floor"], found["regression"])
        return Limits(
            found["regression"] / 100, max(found["critical"], found["regression"]) / 100, floor / 100, found["tolerance"] / 100
        )

    def better(self, unit: str) -> str:
        """Return which way *unit* improves by the settings, or an empty text where they do not say."""
        return next((one.better for name, one in self.metric.items() if units.tidy(name)[0] == unit and one.better), "")

    def problems(self) -> list[str]:
        """Return what is wrong with these numbers, each with the path of its setting."""
        found = [] if 0 < self.alpha < 1 else [f"alpha: want a number between 0 and 1, got {self.alpha!r}"]
        named: dict[str, Policy | Override] = {"": self}
        named.update({f"metric.{name}.": one for name, one in self.metric.items()})
        named.update({f"category.{name}.": one for name, one in self.category.items()})
        named.update({f"benchmark.{name}.": one for name, one in self.benchmark.items()})
        for path, limits in named.items():
            found += [f"{path}{problem}" for problem in _limit_problems(limits)]
        found += [
            f"metric.{name}.better: want 'lower' or 'higher', got {one.better!r}"
            for name, one in self.metric.items()
            if one.better not in {"", units.LOWER, units.HIGHER}
        ]
        return found + [f"category.{name}.pattern: {error}" for name, error in self._bad_patterns().items()]

    def _bad_patterns(self) -> dict[str, str]:
        bad = {}
        for name in self.category:
            pattern = self.patterns().get(name, "")
            if not pattern:
                bad[name] = "want a regular expression, got none"
                continue
            try:
                re.compile(pattern)
            except re.error as error:
                bad[name] = f"want a regular expression, got {pattern!r}: {error}"
        return bad


def _limit_problems(one: Policy | Override) -> list[str]:
    found = [
        f"{limit.name}: want a number of at least 0, got {value!r}"
        for limit in fields(Override)
        if (value := getattr(one, limit.name)) is not None and not value >= 0
    ]
    if one.regression is not None and one.critical is not None and one.critical < one.regression:
        found.append(f"critical: want at least regression, {one.regression!r}, got {one.critical!r}")
    return found


def worsening(ratio: float, better: str) -> float:
    """Return by which share *ratio* is worse than 1, negative where it is better; *better* is lower or higher."""
    return 1 - ratio if better == units.HIGHER else ratio - 1


def _worse_by(ratio: float, share: float, better: str) -> bool:
    # Not by the difference from 1, which rounding puts below the limit: 1.15 - 1 < .15.
    return ratio <= 1 - share if better == units.HIGHER else ratio >= 1 + share


def _better_by(ratio: float, share: float, better: str) -> bool:
    return ratio >= 1 + share if better == units.HIGHER else ratio <= 1 - share


def exactly(ratio: float, better: str, limits: Limits) -> Verdict:
    """Judge a metric whose values are exact: what exceeds the tolerance counts."""
    if 1 - limits.tolerance <= ratio <= 1 + limits.tolerance:
        return Verdict.SAME
    if not better:
        return Verdict.CANNOT_TELL
    if worsening(ratio, better) < 0:
        return Verdict.IMPROVEMENT
    return Verdict.CRITICAL if _worse_by(ratio, limits.critical, better) else Verdict.REGRESSION


@dataclass(frozen=True, slots=True)
class Chances:
    """The p of one test as it is, after Holm's correction and after Benjamini and Hochberg's.

    *gate* is None for what does not gate.
    """

    p: float
    gate: float | None
    report: float


def by_ranks(ratio: Ratio, chances: Chances, better: str, limits: Limits, alpha: float) -> Verdict:
    """Judge a metric that varies from sample to sample."""
    if better and chances.gate is not None and chances.gate <= alpha and _worse_by(ratio.centre, limits.regression, better):
        return Verdict.CRITICAL if _worse_by(ratio.centre, limits.critical, better) else Verdict.REGRESSION
    if better and chances.report <= alpha and _better_by(ratio.centre, limits.floor, better) and ratio.centre != 1:
        return Verdict.IMPROVEMENT
    return Verdict.SAME if ratio.within(limits.floor) else Verdict.CANNOT_TELL


def detectable(wanted: Ratio, usual: Ratio, limits: Limits) -> float:
    """Return the smallest change, as a share, that would have been called a regression four times in five.

    *wanted* is the ratio at the level of the gate, *usual* at 5 %. A change is seen once it exceeds the margin of
    *wanted*, which one of just that size does every other time; .84 standard errors more make it four in five.
    """
    seen: float = wanted.margin * usual.margin ** (_FOUR_IN_FIVE / _FIVE_PER_CENT) - 1
    return max(limits.regression, seen)


#: Quantiles of the normal distribution: at 80 %, and at 97.5 %.
_FOUR_IN_FIVE = 0.8416
_FIVE_PER_CENT = 1.96
