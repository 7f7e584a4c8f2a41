"""A run as a file: what it says of itself, and what readers make of it."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsdbtasks.core.bench import benchfmt, compare, runs
from tsdbtasks.core.bench.runs import Environment, Facts, Sample
from tsdbtasks.core.bench.verdicts import Verdict

if TYPE_CHECKING:
    from pathlib import Path

HEAD = b"goos: linux\ngoarch: amd64\npkg: example.com/m\ncpu: A CPU\n"
ABOUT = {"commit": "c1", "branch": "main", "dirty": "false", "date": "2026-01-02T03:04:05Z", "seed": "7"}
PLACE = {"go": "go1.26.8", "goos": "linux", "goarch": "amd64", "cpu": "A CPU", "cores": "2", "machine": "abc"}


def _sample(line: str, package: str = "example.com/m") -> Sample:
    return Sample(package, HEAD + line.encode() + b"\nPASS\n")


def _document(*samples: Sample, partial: str = "", **about: str) -> bytes:
    facts = Facts(circumstances=PLACE, about={**ABOUT, **about}, sources={"example.com/m.A": "f00"}, partial=partial)
    return runs.document(facts, samples)


def test_a_file_says_everything_and_holds_every_sample_as_it_was() -> None:
    lines = ["BenchmarkA-2   \t  10\t 123.0 ns/op", "BenchmarkB-2   \t  20\t 1 odd/op"]

    made = _document(*map(_sample, lines))

    said = runs.about(benchfmt.parse(made))
    assert said == {**ABOUT, **PLACE, "sources": "example.com/m.A=f00", "pkg": "example.com/m"}
    assert made.decode().splitlines()[-3:] == ["pkg: example.com/m", *lines]


def test_results_hold_where_they_were_made_and_not_for_one_run_alone() -> None:
    result = benchfmt.parse(_document(_sample("BenchmarkA 1 5 ns/op"))).results[0]

    assert result.config == {**PLACE, "pkg": "example.com/m"}


def test_a_reader_gets_back_what_the_run_said_of_itself() -> None:
    results = runs.restored(benchfmt.parse(_document(_sample("BenchmarkA 1 5 ns/op"), partial="one failed")))

    assert results.results[0].config["commit"] == "c1"
    assert results.results[0].config["partial"] == "one failed"
    assert results.results[0].config["sources"] == "example.com/m.A=f00"


def test_each_of_several_runs_in_one_file_gets_its_own() -> None:
    both = _document(_sample("BenchmarkA 1 5 ns/op")) + _document(_sample("BenchmarkA 1 6 ns/op"), commit="c2", seed="")

    results = runs.restored(benchfmt.parse(both)).results

    assert [one.config["commit"] for one in results] == ["c1", "c2"]


def test_a_file_that_takes_nothing_back_is_the_same_afterwards() -> None:
    plain = benchfmt.parse(b"commit: x\nBenchmarkA 1 5 ns/op\n")

    assert runs.restored(plain) is plain


def test_restoring_keeps_every_byte() -> None:
    made = _document(_sample("BenchmarkA 1 5 ns/op"))

    assert bytes(runs.restored(benchfmt.parse(made))) == made


def test_what_a_program_under_test_prints_does_not_reach_the_next_sample() -> None:
    loud = Sample("example.com/m", HEAD + b"commit: mine\nmachine: other\nBenchmarkA 1 5 ns/op\npanic: too bad")

    read = benchfmt.parse(_document(loud, _sample("BenchmarkA 1 6 ns/op")))

    assert read.results[0].config["commit"] == "mine"
    assert read.results[1].config == {**PLACE, "pkg": "example.com/m"}
    assert [one.config["commit"] for one in runs.restored(read).results] == ["mine", "c1"]
    assert runs.about(read)["commit"] == "c1"


@given(st.dictionaries(st.sampled_from(sorted(ABOUT)), st.text(max_size=40)))
def test_no_value_can_end_its_line(values: dict[str, str]) -> None:
    made = _document(_sample("BenchmarkA 1 5 ns/op"), **values)

    said = runs.about(benchfmt.parse(made))
    assert {key: said.get(key, "") for key in values} == {key: " ".join(value.split()) for key, value in values.items()}


def test_an_edited_benchmark_is_not_compared() -> None:
    old = benchfmt.parse(_document(*[_sample("BenchmarkA 1 5 ns/op")] * 8))
    facts = Facts(circumstances=PLACE, about=ABOUT, sources={"example.com/m.A": "other"})
    new = benchfmt.parse(runs.document(facts, [_sample("BenchmarkA 1 900 ns/op")] * 8))

    found = compare.compare(old, new)

    assert [one.verdict for one in found] == [Verdict.INCOMPARABLE]
    assert found.old.about["commit"] == "c1"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (_document(_sample("BenchmarkA 1 5 ns/op")), ""),
        (_document(_sample("BenchmarkA 1 5 ns/op"), partial="stopped by Ctrl-C"), "it is partial: stopped by Ctrl-C"),
        (_document(), "it has no results"),
        (b"BenchmarkA 1 5 ns/op\n--- FAIL: BenchmarkB\n", "something failed in it: --- FAIL: BenchmarkB"),
    ],
)
def test_only_a_whole_run_can_be_a_baseline(content: bytes, why: str) -> None:
    assert runs.unfit(benchfmt.parse(content)) == why


def test_the_name_of_a_file_is_its_time_and_its_commit() -> None:
    assert runs.file_name("2026-01-02T03:04:05Z", "0123456789abcdef") == "20260102T030405Z-0123456789ab.txt"
    assert runs.file_name("2026-01-02T03:04:05Z", "") == "20260102T030405Z-uncommitted.txt"


def test_an_environment_is_named_by_what_is_known_and_an_absent_key_is_no_difference() -> None:
    here, plain, other = Environment(PLACE), Environment({"goos": "linux"}), Environment({**PLACE, "machine": "def"})

    assert here.name == "linux-amd64-abc-go1.26.8"
    assert plain.name == "linux-any-any-any"
    assert plain.contradicts(here) == []
    assert other.contradicts(here) == ["machine"]
    assert runs.best([plain, other, here], here) == 2
    assert runs.best([plain, other], here) == 0
    assert runs.best([other], here) is None


BENCHSTAT = shutil.which("benchstat")


@pytest.mark.skipif(BENCHSTAT is None, reason="benchstat is not on PATH: go install golang.org/x/perf/cmd/benchstat@latest")
def test_benchstat_sets_two_runs_side_by_side(tmp_path: Path) -> None:
    for name, date in (("old", "2026-01-01T00:00:00Z"), ("new", "2026-01-02T00:00:00Z")):
        (tmp_path / name).write_bytes(_document(*[_sample("BenchmarkA-2 1 5 ns/op")] * 6, date=date, commit=name))

    done = subprocess.run([str(BENCHSTAT), "old", "new"], cwd=tmp_path, capture_output=True, text=True, check=True)

    assert done.stderr == ""
    assert "vs base" in done.stdout
    assert "n=6" in done.stdout
