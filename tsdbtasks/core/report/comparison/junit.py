"""The comparison as JUnit XML, so that a CI system shows each benchmark as a test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tsdbtasks.core.bench.verdicts import Verdict
from tsdbtasks.core.report import junit
from tsdbtasks.core.report.comparison import figures, order
from tsdbtasks.core.report.junit import Case, Suite
from tsdbtasks.core.report.table import visible

if TYPE_CHECKING:
    from tsdbtasks.core.bench.compare import Comparison, Comparisons

_OUTCOMES = {
    Verdict.CRITICAL: junit.FAILED,
    Verdict.REGRESSION: junit.FAILED,
    Verdict.IMPROVEMENT: junit.PASSED,
    Verdict.SAME: junit.PASSED,
}


def render(found: Comparisons) -> str:
    """Return one case for each comparison, by package: what is worse fails, what could not be judged is skipped.

    The comparison as a whole is a case of its own, in error where nothing follows from it.
    """
    packages: dict[str, list[Case]] = {}
    for one in found:
        packages.setdefault(visible(one.package) or "benchmarks", []).append(_case(one))
    suites = [Suite(name=name, cases=tuple(cases)) for name, cases in packages.items()]
    return junit.document("bench-compare", [_whole(found), *suites]).decode("utf-8")


def _whole(found: Comparisons) -> Suite:
    outcome = junit.FAILED if found.verdict.bad else junit.ERROR if found.blockers else junit.PASSED
    said = "\n".join([order.headline(found), *order.sides(found), *found.warnings, order.footing(found)])
    case = Case(
        name="all", classname="bench-compare", outcome=outcome, message=visible(order.headline(found)), output=_visible(said)
    )
    return Suite(name="bench-compare", cases=(case,))


def _case(one: Comparison) -> Case:
    cells = order.row(one, {one.package: ""})
    said = "\n".join(f"{name}: {cell}" for name, cell in zip(order.COLUMNS, cells, strict=True))
    notes = [text for text in (one.reason, *one.warnings) if text]
    return Case(
        name=visible(f"{one.name} {one.unit}"),
        classname=visible(one.package) or "benchmarks",
        outcome=_OUTCOMES.get(one.verdict, junit.SKIPPED) if one.gates else junit.SKIPPED,
        message=visible(": ".join([one.verdict.value, *([figures.change(one)] if one.change is not None else []), *notes])),
        output=_visible("\n".join([said, *notes])),
    )


def _visible(lines: str) -> str:
    return "\n".join(map(visible, lines.split("\n")))
