"""`inv test` with real Go: one run of everything that can go wrong, and small ones for the rest."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import junitparser
import pytest
from invoke.config import Config
from invoke.context import Context

from tsdbtasks.errors import MissingError, UsageError
from tsdbtasks.tasks.test import test as inv_test

if TYPE_CHECKING:
    from collections.abc import Mapping

MODULE = Path(__file__).parents[1] / "data" / "gotest" / "module"
M = "example.com/m"
TASKS = 'import tsdbtasks\n\nns = tsdbtasks.collection(settings={"test": {"timeout": "2s", "slowest": 1}})\n'
COMPILER = shutil.which("gcc") or shutil.which("clang")


@dataclass(frozen=True)
class Ran:
    """A run of Invoke that has ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Checkout:
    """The recorded module, committed, with a tasks.py."""

    path: Path
    commit: str

    def inv(self, *arguments: str, packages: str = "./...", env: Mapping[str, str] | None = None) -> Ran:
        environ = {**os.environ, "TSDBTASKS_TEST__PACKAGES": packages, **(env or {})}
        command = [sys.executable, "-m", "invoke", *arguments]
        done = subprocess.run(command, cwd=self.path, env=environ, capture_output=True, text=True, check=False, timeout=120)
        return Ran(done.returncode, done.stdout, done.stderr)

    def git(self, *arguments: str) -> str:
        return subprocess.run(["git", *arguments], cwd=self.path, capture_output=True, text=True, check=True).stdout

    def report(self, name: str) -> dict[str, Any]:
        read: dict[str, Any] = json.loads((self.path / "dist" / "reports" / name).read_text("utf-8"))
        return read

    def context(self, **settings: object) -> Context:
        config = Config(overrides={"run": {"dry": False}, "tsdbtasks": {"test": settings}})
        config.set_project_location(self.path)
        return Context(config)


def checked_out(path: Path) -> Checkout:
    shutil.copytree(MODULE, path)
    (path / "tasks.py").write_text(TASKS)
    (path / ".gitignore").write_text("__pycache__/\n")
    for arguments in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "-m", "all"]):
        subprocess.run(["git", *arguments], cwd=path, check=True)
    return Checkout(
        path, subprocess.run(["git", "rev-parse", "HEAD"], cwd=path, capture_output=True, text=True, check=True).stdout.strip()
    )


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    return checked_out(tmp_path_factory.mktemp("one") / "a module")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Checkout, Ran]:
    """Everything at once, in a checkout that nothing else writes to."""
    made = checked_out(tmp_path_factory.mktemp("whole") / "m")
    return made, made.inv("test", "--coverage=80")


def test_a_run_with_failures_ends_with_1_and_names_them(whole: tuple[Checkout, Ran]) -> None:
    _, ran = whole

    assert ran.code == 1
    assert f"8 tests and 5 packages failed: {M}/bad TestParent/bad, {M}/bad TestOwn," in ran.err
    assert "and 8 more\n  next: see dist/logs/test.log\n" in ran.err


def test_every_package_has_its_row_and_every_failure_its_output(whole: tuple[Checkout, Ran]) -> None:
    _, ran = whole

    rows = {
        row.split()[0].removeprefix(f"{M}/"): " ".join(row.split()[1:]) for row in ran.out.splitlines() if row.startswith(M)
    }
    assert rows["broken"].startswith("fail: build failed")
    assert rows["nofiles"].startswith("no test files")
    assert rows["good"].endswith("100.00 %")
    assert "FAIL example.com/m/slow TestSleeps: timed out after 2s (2." in ran.out
    assert "  | broken/broken.go:3:" in ran.out
    assert "  | no database\n" in ran.out
    assert ran.out.rstrip().endswith(f"{M}/slow  TestSleeps")


def test_the_record_holds_the_result_and_the_commit(whole: tuple[Checkout, Ran]) -> None:
    checkout, _ = whole

    record = checkout.report("test.json")

    outcomes = {one["path"].removeprefix(f"{M}/"): one["outcome"] for one in record["result"]["packages"]}
    assert (record["outcome"], record["exit_code"], record["commit"]) == ("failed", 1, checkout.commit)
    assert [name for name, outcome in outcomes.items() if outcome != "fail"] == ["good", "nofiles", "raced"]
    assert record["result"]["uncommitted"] == []


def test_junit_and_both_logs_are_left_and_the_tree_is_as_before(whole: tuple[Checkout, Ran]) -> None:
    checkout, _ = whole

    report = junitparser.JUnitXml.fromfile(str(checkout.path / "dist" / "reports" / "test.xml"))

    assert (report.failures, report.errors, report.skipped) == (9, 5, 1)
    # Go 1.27 takes escape characters out of what tests print, older versions pass them on.
    assert "[0m\x00 no newline" in (checkout.path / "dist" / "logs" / "test.log").read_text("utf-8")
    assert '"Action":"start"' in (checkout.path / "dist" / "logs" / "test.jsonl").read_text("utf-8")
    assert checkout.git("status", "--porcelain", "--untracked-files=all") == ""


def test_tests_that_pass_give_a_value_and_0(checkout: Checkout) -> None:
    ran = checkout.inv("test", "--coverage", "--json", packages="./good,./nofiles")

    record = json.loads(ran.out)
    coverage = record["result"]["coverage"]
    assert (ran.code, record["outcome"], record["part"]) == (0, "done", "")
    assert (coverage["percent"], coverage["covered"], coverage["statements"], coverage["wanted"]) == (75.0, 3, 4, 0.0)
    assert "9 tests in 2 packages: 8 passed, 0 failed, 1 skipped\n" in ran.err


def test_too_little_coverage_is_refused_with_the_least_covered(checkout: Checkout) -> None:
    ran = checkout.inv("test", "--coverage=75.1%", packages="./good,./nofiles")

    assert ran.code == 4
    assert (
        "coverage is 75.00 % (3 of 4 statements), wanted 75.1 %; least covered:\n    0.00 %  example.com/m/nofiles\n" in ran.err
    )
    assert (checkout.path / "dist" / "coverage" / "coverage.out").read_text().startswith("mode: set\n")


def test_coverage_without_a_value_wants_what_the_settings_want(checkout: Checkout) -> None:
    limit = {"TSDBTASKS_TEST__COVERAGE": "100"}

    codes = [checkout.inv("test", "--coverage", packages=one, env=limit).code for one in ("./good", "./good,./nofiles")]

    assert codes == [0, 4]


@pytest.mark.parametrize("value", ["abc", "-1", "101", "nan"])
def test_a_coverage_that_is_no_share_is_a_wrong_flag(checkout: Checkout, value: str) -> None:
    with pytest.raises(Exception, match=f"--coverage: want per cent from 0 to 100, got '{value}'") as caught:
        inv_test(checkout.context(packages=["./good"]), coverage=value)

    assert getattr(caught.value, "code", 0) == UsageError.code


def test_no_test_at_all_is_no_pass(checkout: Checkout) -> None:
    ran = checkout.inv("test", "--only", "Nope", packages="./good,./nofiles")

    assert ran.code == 5
    assert "no test ran, in 2 packages" in ran.err


def test_only_skipped_tests_are_no_pass(checkout: Checkout) -> None:
    ran = checkout.inv("test", "--only=TestLater", packages="./good")

    assert ran.code == 5
    assert "the only test was skipped, in 1 package" in ran.err


def test_a_partial_run_leaves_reports_of_its_own(checkout: Checkout) -> None:
    ran = checkout.inv("test", "--only=TestAbs", packages="./good")

    assert ran.code == 0
    assert (checkout.report("test-only.json")["part"], checkout.report("test-only.json")["result"]["only"]) == (
        "only",
        "TestAbs",
    )
    assert (checkout.path / "dist" / "reports" / "test-only.xml").is_file()


def test_a_pattern_of_nothing_is_no_pass(checkout: Checkout) -> None:
    (checkout.path / "empty").mkdir(exist_ok=True)

    ran = checkout.inv("test", packages="./empty/...")

    assert ran.code == 5
    assert 'no package was tested: go: warning: "./empty/..." matched no packages' in ran.err


def test_a_pattern_that_go_would_take_for_a_flag_is_a_wrong_setting(checkout: Checkout) -> None:
    ran = checkout.inv("test", packages="./good,-exec=x")

    assert ran.code == 2
    assert "tsdbtasks.test.packages[1]: want a package pattern, got '-exec=x'" in ran.err


def test_go_that_fails_without_a_failed_package_is_a_failure_with_its_words(checkout: Checkout) -> None:
    ran = checkout.inv("test", packages="./good", env={"TSDBTASKS_BUILD__ENV__GOEXPERIMENT": "invented"})

    assert ran.code == 1
    assert "invented" in ran.err + ran.out


def test_dry_says_the_command_and_writes_nothing(tmp_path: Path) -> None:
    checkout = checked_out(tmp_path / "dry")

    ran = checkout.inv("--dry", "test", "--only=TestAbs", packages="./good")

    assert (ran.code, ran.out) == (0, "")
    assert "test -json -timeout=2s -run=TestAbs ./good" in ran.err
    assert not (checkout.path / "dist").exists()


def test_the_race_detector_without_a_compiler_says_how_to_get_one(checkout: Checkout) -> None:
    ran = checkout.inv("test", "--race", packages="./raced", env={"CC": "no-such-compiler"})

    assert ran.code == MissingError.code
    assert "the race detector needs a C compiler, and CC is 'no-such-compiler', which is not there" in ran.err
    assert "apt-get install gcc" in ran.err


@pytest.mark.skipif(not COMPILER, reason="no C compiler is installed")
def test_the_race_detector_finds_a_race_that_a_plain_run_passes_over(checkout: Checkout) -> None:
    plain = checkout.inv("test", packages="./raced")
    raced = checkout.inv("test", "--race", packages="./raced")

    assert (plain.code, raced.code) == (0, 1)
    assert "| WARNING: DATA RACE" in raced.out
    assert checkout.report("test-race.json")["result"]["race"] is True
    assert checkout.report("test.json")["outcome"] == "done"
