"""The Go tests for a reader, and as JUnit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tsdbtasks.core.build import gocover, gotest
from tsdbtasks.core.build.gotest import FAIL, PASS, SKIP, Results
from tsdbtasks.core.durations import human
from tsdbtasks.core.report import junit
from tsdbtasks.core.report.table import Table, visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tsdbtasks.core.build.gocover import Cover
    from tsdbtasks.core.build.gotest import Failure, GoPackage, GoTest

#: Lines of a failure's output that a terminal is given.
LINES = 40
#: Lines of a test's output that a report keeps; the log has all of them.
KEPT = 1000
#: Failures and packages that a message names.
FEW = 5


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """How much of the code the tests ran: in total, what was wanted, and by package."""

    percent: float | None
    covered: int
    statements: int
    wanted: float
    packages: Mapping[str, Cover]


@dataclass(frozen=True, kw_only=True)
class GoTests:
    """What a run of the Go tests gave.

    *other* are the lines that belong to no package, *uncommitted* the paths that differ from the commit; the
    output of tests that passed stands only in *log*.
    """

    go: str
    race: bool
    only: str
    packages: tuple[GoPackage, ...]
    other: tuple[str, ...]
    coverage: Coverage | None
    uncommitted: tuple[str, ...]
    log: str

    @property
    def results(self) -> Results:
        """The packages and the other lines."""
        return Results(self.packages, self.other)


def brief(results: Results, log: str) -> Results:
    """Return *results* without the output of tests that passed, and the rest of it bounded."""

    def test(one: GoTest) -> GoTest:
        return replace(one, output=() if one.outcome == PASS else _last(one.output, KEPT, log))

    packages = tuple(
        replace(one, output=_last(one.output, KEPT, log), tests=tuple(test(each) for each in one.tests))
        for one in results.packages
    )
    return Results(packages, tuple(_last(results.other, KEPT, log)))


def _last(lines: tuple[str, ...], count: int, log: str) -> tuple[str, ...]:
    left = len(lines) - count
    return lines if left <= 0 else (f"… {left} lines before these are left out; {log} has them", *lines[left:])


def table(tested: GoTests) -> Table:
    """Return the packages as a table, with the sums and what a reader should know below it."""
    covered = tested.coverage is not None
    rows = [_row(one, tested.coverage) for one in tested.packages]
    columns = ("package", "outcome", "tests", "failed", "skipped", "time", *(("coverage",) if covered else ()))
    title = f"{tested.go}{', race detector' if tested.race else ''}{f', only {visible(tested.only)}' if tested.only else ''}"
    return Table(title, columns, rows, _notes(tested), right=frozenset(columns[2:]))


def _row(package: GoPackage, coverage: Coverage | None) -> tuple[str, ...]:
    outcome = f"{package.outcome}: {package.reason}" if package.reason and package.outcome == FAIL else package.outcome
    counts = tuple(str(number or "") for number in (len(package.tests), package.count(FAIL), package.count(SKIP)))
    time = "cached" if package.cached else human(package.seconds)
    if coverage is None:
        return (package.path, outcome, *counts, time)
    cover = coverage.packages.get(package.path)
    return (package.path, outcome, *counts, time, gocover.shown(cover) if cover else "")


def _notes(tested: GoTests) -> list[str]:
    results = tested.results
    counts = {outcome: results.count(outcome) for outcome in (PASS, FAIL, SKIP)}
    notes = [
        f"{plural(sum(counts.values()), 'test')} in {plural(len(tested.packages), 'package')}: "
        + ", ".join(f"{counts[outcome]} {verb}" for outcome, verb in ((PASS, "passed"), (FAIL, "failed"), (SKIP, "skipped")))
    ]
    if tested.coverage is not None:
        notes += _covered(tested, tested.coverage)
    notes += [line for line in tested.other if line.startswith("go: warning: ")]
    if tested.uncommitted:
        notes.append(f"tested with what is not committed: {few(tested.uncommitted)}")
    return notes


def _covered(tested: GoTests, coverage: Coverage) -> list[str]:
    total = gocover.Cover(coverage.covered, coverage.statements)
    wanted = f", wanted {coverage.wanted:g} %" if coverage.wanted else ""
    notes = [f"coverage: {gocover.shown(total)} ({total.covered} of {plural(total.statements, 'statement')}){wanted}"]
    uncounted = [one.path for one in tested.packages if one.outcome == gotest.NO_FILES and one.path not in coverage.packages]
    if uncounted:
        notes.append(f"not in the coverage, because {tested.go} leaves out packages without tests: {few(uncounted)}")
    if tested.results.failed:
        notes.append("what failed may have left no coverage, so that it is more than this")
    return notes


def failures(found: Sequence[Failure], log: str) -> Table:
    """Return each failure with the end of its output."""
    lines: list[str] = []
    for one in found:
        reason = f": {one.reason}" if one.reason else ""
        lines += ["", f"FAIL {one.package} {one.test}".rstrip() + f"{reason} ({human(one.seconds)})"]
        # With a bar before it no line is a command to CI; and a tab, to a reader, is no control character.
        lines += [f"  | {line.expandtabs(4)}".rstrip() for line in _last(one.output, LINES, log)]
    return Table("", (), (), [*lines, ""])


def slowest(found: Sequence[tuple[str, GoTest]]) -> Table:
    """Return the slowest tests as a table."""
    rows = [(human(test.seconds), package, test.name) for package, test in found]
    return Table("slowest tests", ("time", "package", "test"), rows, right=frozenset({"time"}))


def verdict(found: Sequence[Failure]) -> str:
    """Return in a few words what failed."""
    tests = [one for one in found if one.test]
    packages = [one for one in found if not one.test]
    counts = [plural(len(tests), "test")] if tests else []
    counts += [plural(len(packages), "package")] if packages else []
    names = [f"{one.package} {one.test}".rstrip() + (f" ({one.reason})" if one.reason else "") for one in found]
    return f"{' and '.join(counts)} failed: {few(names)}"


def few(names: Sequence[str]) -> str:
    """Return the first of *names*, and how many more there are."""
    more = f" and {len(names) - FEW} more" if len(names) > FEW else ""
    return ", ".join(visible(name) for name in names[:FEW]) + more


def plural(count: int, noun: str) -> str:
    """Return *count* with its noun."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def suites(results: Results) -> tuple[junit.Suite, ...]:
    """Return the packages as suites; one that failed without a failed test gets a case of its own that says so."""
    return tuple(
        junit.Suite(name=package.path, cases=(*(_case(package, test) for test in package.tests), *_whole(package)))
        for package in results.packages
    )


def _case(package: GoPackage, test: GoTest) -> junit.Case:
    outcome = {PASS: junit.PASSED, SKIP: junit.SKIPPED}.get(test.outcome, junit.FAILED)
    said = [line for line in test.output if not gotest.framing(line)]
    message = test.reason or next((line.strip() for line in said if line.strip()), "")
    return junit.Case(
        name=test.name,
        classname=package.path,
        outcome=outcome,
        seconds=test.seconds,
        message="" if outcome == junit.PASSED else message,
        output="\n".join(said),
    )


def _whole(package: GoPackage) -> tuple[junit.Case, ...]:
    if package.outcome != FAIL or package.count(FAIL):
        return ()
    case = junit.Case(
        name=package.reason,
        classname=package.path,
        outcome=junit.ERROR,
        seconds=package.seconds,
        message=package.reason,
        output="\n".join(package.output),
    )
    return (case,)
