"""`inv bench` with real Go: one run in which everything goes wrong that can, and small ones for the rest."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import TASKS, Ran, Repository
from tsdbtasks.core.bench import benchfmt, runs

if TYPE_CHECKING:
    from collections.abc import Sequence

MODULE = Path(__file__).parents[1] / "data" / "gobench" / "module"
QUICK = ("--count", "2", "--benchtime", "1ms")


@dataclass(frozen=True)
class Bench(Repository):
    """A repository with benchmarks."""

    def bench(self, *arguments: str, quick: Sequence[str] = QUICK, env: dict[str, str] | None = None) -> Ran:
        return self.inv("bench", *quick, *arguments, env=env)

    @property
    def runs(self) -> list[Path]:
        return sorted((self.path / "benchmark-results").glob("*.txt"))

    def said(self, at: int = -1) -> dict[str, str]:
        return runs.about(self.results(at))

    def results(self, at: int = -1) -> benchfmt.Results:
        return benchfmt.parse(self.runs[at].read_bytes())

    def record(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads((self.path / "dist" / "reports" / "bench.json").read_text("utf-8"))
        return read


def _made(path: Path, *packages: str) -> Bench:
    for package in packages:
        shutil.copytree(MODULE / package, path / package)
    shutil.copy(MODULE / "go.mod", path / "go.mod")
    made = Bench(path)
    made.write({"tasks.py": TASKS, ".gitignore": "__pycache__/\n"})
    made.git("init", "--quiet", ".")
    made.commit("first")
    return made


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """Give a repository whose benchmarks are well; tests add runs to it."""
    return _made(tmp_path_factory.mktemp("good") / "m", "good")


@pytest.fixture(scope="module")
def first(good: Bench) -> tuple[Bench, Ran]:
    """Run everything in it, first of all."""
    return good, good.bench("--seed", "7")


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> tuple[Bench, Ran]:
    """Run everything that can go wrong, as what was to become a baseline."""
    made = _made(tmp_path_factory.mktemp("bad") / "m", "good", "bad", "broken")
    return made, made.bench("--timeout", "2s", "-b")


def _names(results: benchfmt.Results) -> set[str]:
    return {one.series for one in results.results}


def test_no_category_runs_all_and_every_sample_is_kept(first: tuple[Bench, Ran]) -> None:
    repository, ran = first

    results = repository.results(0)

    assert ran.code == 0, ran.err
    assert _names(results) == {"ParseOne", "Other", "Write/size=1", "Write/size=1#01", "Write/size-2", "Write/a_b/(c|d).*[x]"}
    assert len(results.results) == 12
    assert results.problems == ()


def test_a_run_says_all_that_is_needed_to_trust_it(first: tuple[Bench, Ran]) -> None:
    repository, _ = first

    said = repository.said(0)

    assert said["commit"] == repository.git("rev-parse", "HEAD")
    assert (said["branch"], said["dirty"], said["seed"]) == ("main", "false", "7")
    assert said["flags"].startswith("--count 2 --benchtime 0.001s")
    assert re.fullmatch(r"go1\.\d+.*", said["go"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", said["date"])
    assert "example.com/m/good.ParseOne=" in said["sources"]
    for key in ("goos", "goarch", "cpu", "cores", "machine", "container", "governor", "order"):
        assert said[key]
    for key in ("load-before", "load-during", "steal-before", "steal-during"):
        assert float(said[key].removesuffix("%")) >= 0
    assert "partial" not in said


def test_unit_tests_never_run_and_the_tree_stays_clean(first: tuple[Bench, Ran]) -> None:
    repository, _ = first

    assert not (repository.path / "good" / "unit-test-ran").exists()
    assert repository.status == ""


def test_progress_names_the_benchmark_its_sample_and_the_time_left(first: tuple[Bench, Ran]) -> None:
    _, ran = first

    last = [line for line in ran.err.splitlines() if line.startswith("[12/12]")]

    assert re.fullmatch(r"\[12/12\] example\.com/m/good\.\S+, sample 2 of 2, \d+\.\d\d s left", last[0])


def test_the_record_holds_the_medians_and_the_commit(first: tuple[Bench, Ran]) -> None:
    repository, _ = first

    record = repository.record()

    assert record["commit"] == repository.git("rev-parse", "HEAD")
    assert record["result"]["file"].startswith("benchmark-results/")
    assert {one["category"] for one in record["result"]["benchmarks"]} == {"ingestion", "storage", "uncategorised"}


def test_a_seed_repeats_the_order(first: tuple[Bench, Ran]) -> None:
    repository, _ = first

    ran = repository.bench("--seed", "7")

    orders = [[one.series for one in repository.results(at).results] for at in (0, -1)]
    assert ran.code == 0, ran.err
    assert orders[0] == orders[1]


def test_short_flags_choose_categories_that_combine(first: tuple[Bench, Ran]) -> None:
    repository, _ = first

    ran = repository.bench("-p", "-s", "--filter", "One|/size")

    assert ran.code == 0, ran.err
    assert _names(repository.results()) == {"ParseOne", "Write/size=1", "Write/size=1#01", "Write/size-2"}


def test_each_number_of_processors_is_a_benchmark_of_its_own(first: tuple[Bench, Ran]) -> None:
    repository, _ = first

    ran = repository.bench("--filter", "^Parse", "--cpu", "1,2")

    assert ran.code == 0, ran.err
    assert sorted(one.name for one in repository.results().results) == ["ParseOne", "ParseOne", "ParseOne-2", "ParseOne-2"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["-e"], 5, "no benchmark belongs to http (^HTTP in ./...); there are:\n  example.com/m/good: ParseOne, Write, Other"),
        (["--filter", "^Nope"], 5, "--filter '^Nope' fits no benchmark; there are:\n  example.com/m/good: ParseOne"),
        (["--benchtime", "100x"], 2, "--benchtime: want a Go duration such as '90s', '5m' or '1h30m', got '100x'"),
        (["--timeout", "5"], 2, "--timeout: want a Go duration"),
        (["--timeout", "0s"], 2, "--timeout: want more than no time, got '0s'"),
        (["--budget", "soon"], 2, "--budget: want a Go duration"),
        (["--count", "0"], 2, "--count: want a whole number of at least 1, got '0'"),
        (["--cpu", "1,two"], 2, "--cpu: want a whole number of at least 1, got 'two'"),
        (["--profile", "heap"], 2, "there is no kind of profile 'heap'"),
        (["--output", "go.mod"], 2, "and a run is never overwritten"),
        (["--compare=none"], 5, "there is no baseline 'none'"),
        (["--compare=no/such.txt"], 2, "want a baseline or the file of a run, got 'no/such.txt'"),
    ],
)
def test_what_cannot_be_run_is_said_with_its_code(good: Bench, arguments: list[str], code: int, said: str) -> None:
    ran = good.bench(*arguments, quick=())

    assert ran.code == code
    assert said in ran.err
    assert "Traceback" not in ran.err


def test_everything_that_goes_wrong_is_shown_and_the_rest_goes_on(broken: tuple[Bench, Ran]) -> None:
    repository, ran = broken

    assert ran.code == 1
    for what in (
        "example.com/m/broken: does not compile",
        "example.com/m/bad.Panics: panic: no database",
        "example.com/m/bad.Fails: failed",
        "example.com/m/bad.Hangs: gave no result within 2 s",
        "example.com/m/bad.Exits: gave no result",
        "example.com/m/bad.Later: panic: after a while",
    ):
        assert f"FAIL {what}" in ran.out
    assert "  | broken/broken_test.go:5" in ran.out
    assert "skipped by itself: example.com/m/bad.Skips" in ran.out
    assert _names(repository.results()) == {
        "ParseFine", "ParseOne", "Other", "Write/size=1", "Write/size=1#01", "Write/size-2", "Write/a_b/(c|d).*[x]",
    }  # fmt: skip


def test_a_partial_run_says_so_and_is_no_baseline(broken: tuple[Bench, Ran]) -> None:
    repository, ran = broken

    partial = repository.said()["partial"]
    again = repository.inv("bench-baseline", "set")

    assert partial.startswith("example.com/m/broken: does not compile; ")
    assert partial.endswith("and 3 more")
    assert "so it becomes no baseline" in ran.err
    assert not (repository.path / "benchmark-results" / "baselines").exists()
    assert again.code == 4
    assert "can be no baseline: it is partial" in again.err


def test_a_benchmark_that_takes_too_long_in_a_sample_is_ended_and_left_out(good: Bench) -> None:
    ran = good.bench("--filter", "^ParseOne", "--timeout", "200ms", quick=("--count", "3", "--benchtime", "30s"))

    assert ran.code == 1
    assert "FAIL example.com/m/good.ParseOne: took longer than 0.2s and was ended" in ran.out
    assert ran.err.count("its other samples are left out") == 1


def test_a_budget_ends_a_run_which_then_is_partial(good: Bench) -> None:
    ran = good.bench("--budget", "8s", quick=("--count", "1000", "--benchtime", "1ms"))

    assert ran.code == 1
    assert re.match(r"the budget of 8s was used up after \d+ of 6000 samples", good.said()["partial"])
    assert len(good.results().results) > 6


def test_what_was_measured_before_ctrl_c_is_kept_as_a_partial_run(good: Bench) -> None:
    before = len(good.runs)
    command = good.command("bench", "--filter", "^Parse", "--count", "100000", "--benchtime", "1ms")
    with subprocess.Popen(command, cwd=good.path, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            # The second line about samples: at least one has been taken.
            if re.match(r"\[(?!1/)\d+/100000\]", line):
                process.send_signal(signal.SIGINT)
                break
        rest = process.stderr.read()

    assert process.returncode == 1
    assert "what was measured is kept as a partial run in benchmark-results/" in rest
    assert len(good.runs) == before + 1
    assert good.said()["partial"]
    assert good.results().results


def test_a_baseline_may_bear_the_name_of_a_task_and_a_run_equals_itself(good: Bench) -> None:
    few = ("--count", "8", "--benchtime", "1ms")
    stored = good.bench("--filter", "^Parse", "--baseline=build", quick=few)
    itself = good.bench("--filter", "^Parse", f"--compare={good.runs[-1]}", quick=few)
    named = good.bench("--filter", "^Parse", "--compare=build", quick=few)

    assert stored.code == 0, stored.err
    assert "stored as the baseline 'build'" in stored.err
    assert "bin" not in good.files
    for ran in (itself, named):
        assert ran.code in {0, 4, 5}, ran.err
        assert "ParseOne" in ran.out
        assert "removed" not in ran.out
    assert "comparing with the baseline 'build'" in named.err


def test_a_comparison_without_a_baseline_says_how_to_make_one_before_it_measures(tmp_path: Path) -> None:
    repository = _made(tmp_path / "m", "good")

    ran = repository.bench("--compare")

    assert ran.code == 5
    assert "there is no baseline 'default'\n  next: inv bench --baseline makes one" in ran.err
    assert repository.runs == []


SLOW = "{\n\tfor i := 0; i < 20*n; i++ {"


def test_compare_names_what_became_slower_and_then_stores_the_run(tmp_path: Path) -> None:
    repository = _made(tmp_path / "m", "good")
    few = ("-p", "--count", "8", "--benchtime", "5ms")

    assert repository.bench("-b", quick=few).code == 0
    # In a file that is no test: the benchmark itself is the same, what it measures is not.
    test = repository.path / "good" / "good_test.go"
    text = test.read_text("utf-8")
    work = text[text.index("var sink int") :]
    test.write_text(text.replace(work, ""), "utf-8")
    repository.write({"good/work.go": f"package good\n\n{work}"})
    assert repository.bench("-b", quick=few).code == 0
    repository.write({"good/work.go": f"package good\n\n{work}".replace("{\n\tfor i := 0; i < n; i++ {", SLOW)})
    ran = repository.bench("-c", "-b", quick=few)

    assert ran.code == 4
    assert "ParseOne" in ran.err
    assert "critical" in ran.out
    assert "stored as the baseline 'default'" in ran.err
    assert "the one before is kept as" in ran.err


def test_dry_shows_what_would_be_compiled_and_measures_nothing(good: Bench) -> None:
    before = good.runs

    ran = good.inv("--dry", "bench", "-p")

    assert ran.code == 0
    assert "test -c -trimpath -buildvcs=false" in ran.err
    assert good.runs == before


def test_profiles_lie_beside_go_mod_and_are_read_and_compared(tmp_path: Path) -> None:
    repository = _made(tmp_path / "m", "good")

    ran = repository.bench("-p", "--profile", "cpu,mem", quick=("--count", "1", "--benchtime", "100ms"))
    top = repository.inv("profile", "--top", "3")
    base = next((repository.path / "benchmark-results").glob("*.cpu.prof"))
    difference = repository.inv("profile", "--diff", str(base), "--kind", "cpu")
    absent = repository.inv("profile", "--kind", "block")

    assert ran.code == 0, ran.err
    assert {"cpu_profile.prof", "memory_profile.prof"} <= repository.files
    assert "example.com/m/good." in top.out
    assert difference.code in {0, 5}, difference.err
    assert absent.code == 5
    assert "inv bench --profile block" in absent.err


@pytest.mark.skipif(
    shutil.which("benchstat") is None, reason="benchstat is not on PATH: go install golang.org/x/perf/cmd/benchstat@latest"
)
def test_benchstat_reads_a_run(good: Bench) -> None:
    ran = good.bench("-p", "-s")

    done = subprocess.run(["benchstat", str(good.runs[-1])], capture_output=True, text=True, check=True)

    assert ran.code == 0, ran.err
    assert done.stderr == ""
    for name in ("ParseOne", "Write/size=1#01"):
        assert name in done.stdout


def test_the_environment_of_the_shell_does_not_change_what_is_measured(good: Bench) -> None:
    ran = good.bench("--filter", "^Parse", env={"GOMAXPROCS": "1", "GOFLAGS": "-tags=none"})

    assert ran.code == 0
    assert "GOMAXPROCS of the shell does not count here" in ran.out
    if (os.cpu_count() or 1) > 1:
        assert all(one.procs for one in good.results().results)
