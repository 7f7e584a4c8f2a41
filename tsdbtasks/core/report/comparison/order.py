"""What is said first: the headline, and the groups of comparisons from the worst to the least."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tsdbtasks.core.bench.compare import Method
from tsdbtasks.core.bench.verdicts import Verdict
from tsdbtasks.core.report.comparison import figures

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tsdbtasks.core.bench.compare import Comparison, Comparisons, Side

#: Groups that a reader must see; the others may be folded away.
OPEN = (
    Verdict.CRITICAL,
    Verdict.REGRESSION,
    Verdict.IMPROVEMENT,
    Verdict.CANNOT_TELL,
    Verdict.INCOMPARABLE,
    Verdict.REMOVED,
    Verdict.NEW,
)
#: The name of the group of rates that follow from the time.
DERIVED = "derived"
COLUMNS = ("benchmark", "unit", "old (n)", "new (n)", "change", "interval", "p", "verdict")
RIGHT = frozenset({"old (n)", "new (n)", "change", "p"})


def groups(found: Iterable[Comparison]) -> dict[str, list[Comparison]]:
    """Return the comparisons by verdict, the worst first and inside a group the largest change first; empty ones left out."""
    grouped: dict[str, list[Comparison]] = {name: [] for name in (*OPEN, Verdict.SAME, DERIVED)}
    for one in found:
        grouped[DERIVED if one.method is Method.DERIVED else one.verdict].append(one)
    for name in (Verdict.CRITICAL, Verdict.REGRESSION, Verdict.IMPROVEMENT):
        grouped[name].sort(key=lambda one: -abs(one.change or 0.0))
    return {str(name): members for name, members in grouped.items() if members}


def headline(found: Comparisons) -> str:
    """Return the verdict in one line, with how often each was given."""
    counted = " · ".join(f"{verdict.value} {count}" for verdict, count in found.counts.items() if count) or "no results"
    if found.verdict.bad:
        return f"Worse: {counted}"
    if found.blockers:
        return f"Cannot tell: {'; '.join(found.blockers)} ({counted})"
    return f"Nothing worse: {counted}"


def sides(found: Comparisons) -> list[str]:
    """Return a line on each run."""
    return [_side("old", found.old), _side("new", found.new)]


def _side(which: str, side: Side) -> str:
    said = [f"{key} {value}" for key, value in side.about.items() if key in {"commit", "date", "go", "cpu"}]
    return f"{which}: {', '.join([side.name, *said, f'{side.results} results'])}"


def footing(found: Comparisons) -> str:
    """Return how the verdicts were reached, in one line."""
    return (
        f"gate: exact Mann-Whitney, p ≤ {found.alpha:g} after Holm's correction for {found.tests} tests; "
        f"B/op and allocs/op exactly; intervals at {1 - found.alpha:.4g}, a rank test's for the change"
    )


def packages(found: Iterable[Comparison]) -> dict[str, str]:
    """Return for each package what tells it from the others, empty where there is only one."""
    names = sorted({one.package for one in found})
    if len(names) < 2:  # noqa: PLR2004 - nothing to tell apart
        return dict.fromkeys(names, "")
    parts = [name.split("/") for name in names]
    shared = next((at for at, pieces in enumerate(zip(*parts, strict=False)) if len(set(pieces)) > 1), min(map(len, parts)))
    # The last shared part stays, or the package at the root would have no name at all.
    return {name: "/".join(pieces[max(0, shared - 1) :]) for name, pieces in zip(names, parts, strict=True)}


def row(one: Comparison, short: dict[str, str]) -> tuple[str, ...]:
    """Return the cells of a comparison for :data:`COLUMNS`."""
    package = short[one.package]
    return (
        clipped(f"{package}: {one.name}" if package else one.name),
        clipped(one.unit),
        figures.spread(one, "old"),
        figures.spread(one, "new"),
        figures.change(one),
        figures.interval(one),
        figures.chance(one.p),
        one.verdict.value,
    )


def notes(members: Sequence[Comparison], short: dict[str, str]) -> list[str]:
    """Return what is to be said of single comparisons, one line for those of which the same is said."""
    said: dict[str, list[str]] = {}
    for one in members:
        for text in (one.reason, *one.warnings):
            if text:
                said.setdefault(text, []).append(" ".join(row(one, short)[:2]))
    return [f"{_some(names)}: {text}" for text, names in said.items()]


def _some(names: Sequence[str]) -> str:
    shown = 3
    return ", ".join(names[:shown]) + (f" and {len(names) - shown} more" if len(names) > shown else "")


def clipped(text: str, most: int = 160) -> str:
    """Return *text* without its middle where it is longer than any honest name."""
    half = most // 2
    return text if len(text) <= most else f"{text[:half]}…{text[-half:]}"
