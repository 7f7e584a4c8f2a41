"""The Go tests as a reader sees them, from recorded runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tsdbtasks.core.build import gocover, gotest
from tsdbtasks.core.build.gotest import Failure, GoPackage, GoTest, Results
from tsdbtasks.core.report import gotest as report
from tsdbtasks.core.report import junit
from tsdbtasks.core.report.gotest import Coverage, GoTests

TESTS = Path(__file__).parents[2]


def run(name: str, coverage: Coverage | None = None) -> GoTests:
    lines = (TESTS / "data" / "gotest" / f"{name}.jsonl").read_text("utf-8").splitlines(keepends=True)
    results = report.brief(gotest.parse(lines), "test.log")
    return GoTests(
        go=name.partition("-")[0],
        race=False,
        only="",
        packages=results.packages,
        other=results.other,
        coverage=coverage,
        uncommitted=(),
        log="test.log",
    )


def golden(name: str) -> str:
    return (TESTS / "golden" / "gotest" / name).read_text("utf-8")


def text(name: str) -> str:
    found = run(name)
    tables = (
        report.table(found),
        report.failures(gotest.failures(found.results), found.log),
        report.slowest(gotest.slowest(found.results, 3)),
    )
    return "".join(f"{one.text()}\n" for one in tables)


@pytest.mark.parametrize("version", ["go1.20.14", "go1.26.8"])
def test_a_run_is_shown_exactly_like_this(version: str) -> None:
    assert text(version) == golden(f"{version}.txt")


def test_a_run_is_junit_exactly_like_this() -> None:
    document = junit.document("go test", report.suites(run("go1.26.8").results))

    assert document.decode() == golden("go1.26.8.xml")


def test_coverage_names_the_packages_that_old_go_leaves_out() -> None:
    lines = (TESTS / "data" / "gotest" / "go1.20.14-coverage.out").read_text("utf-8").splitlines()
    packages = gocover.by_package(gocover.parse(lines))
    coverage = Coverage(percent=100.0, covered=3, statements=3, wanted=80.0, packages=packages)

    shown = report.table(run("go1.20.14-coverage", coverage))

    assert "coverage: 100.00 % (3 of 3 statements), wanted 80 %" in shown.notes
    assert "not in the coverage, because go1.20.14 leaves out packages without tests: example.com/m/nofiles" in shown.notes


def test_a_long_output_is_cut_from_above_and_says_by_how_much() -> None:
    failure = Failure("p", "T", "", 0.1, tuple(f"line {number}" for number in range(100)))

    shown = report.failures([failure], "the.log").notes

    assert shown[:4] == ["", "FAIL p T (0.10 s)", "  | … 60 lines before these are left out; the.log has them", "  | line 60"]
    assert shown[-2:] == ["  | line 99", ""]


def test_output_steers_neither_a_terminal_nor_ci() -> None:
    failure = Failure("p", "T\x1b[2J", "", 0.1, ("::error::forged", "\x1b[31mred\x07", "\ta\tb"))

    shown = report.failures([failure], "the.log").text()

    assert shown == "\nFAIL p T\\x1b[2J (0.10 s)\n  | ::error::forged\n  | \\x1b[31mred\\x07\n  |     a   b\n"


def test_the_output_of_tests_that_passed_is_left_to_the_log() -> None:
    tests = (GoTest(name="A", outcome="pass", output=("a",)), GoTest(name="B", outcome="fail", output=("b",)))
    results = Results((GoPackage(path="p", outcome="fail", tests=tests),), ("o",) * 1002)

    brief = report.brief(results, "the.log")

    assert [one.output for one in brief.packages[0].tests] == [(), ("b",)]
    assert brief.other[0] == "… 2 lines before these are left out; the.log has them"
    assert len(brief.other) == 1001


def test_many_failures_are_named_by_the_first_few() -> None:
    found = [Failure("p", f"T{number}", "", 0.0, ()) for number in range(7)]

    assert report.verdict(found) == "7 tests failed: p T0, p T1, p T2, p T3, p T4 and 2 more"
