"""`inv bench-versions`: one table of runs under several versions of Go."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tsdbtasks.core.bench.runs import Facts, Sample, document

if TYPE_CHECKING:
    from tests.conftest import MakeRepository, Repository


def _run(go: str, *values: int, commit: str = "c1", flags: str = "--count 2") -> bytes:
    facts = Facts(
        circumstances={"go": go, "machine": "abc"}, about={"commit": commit, "date": "2026-01-02T03:04:05Z", "flags": flags}
    )
    return document(facts, [Sample("example.com/demo", b"BenchmarkA-2 1 %d ns/op\n" % value) for value in values])


@pytest.fixture
def measured(make_repository: MakeRepository) -> Repository:
    """Give a repository with runs under two versions of Go, and others that are not like them."""
    return make_repository(
        {
            "benchmark-results/20260101T000000Z-c0.txt": _run("go1.19", 1, commit="c0"),
            "benchmark-results/20260102T000000Z-c1.txt": _run("go1.20.14", 999),
            "benchmark-results/20260102T000001Z-c1.txt": _run("go1.20.14", 100, 100),
            "benchmark-results/20260102T000002Z-c1.txt": _run("go1.21.13", 7, flags="--count 1"),
            "benchmark-results/20260102T000003Z-c1.txt": _run("go1.22.12", 50, 50),
        }
    )


def test_the_newest_runs_that_are_alike_stand_side_by_side(measured: Repository) -> None:
    ran = measured.inv("bench-versions")

    assert ran.code == 0, ran.err
    assert [line.split() for line in ran.out.splitlines()[1:3]] == [
        ["benchmark", "go1.20.14", "go1.22.12", "go1.22.12", "/", "go1.20.14"],
        ["demo.A-2", "100", "ns", "50", "ns", "-50.0", "%", "(too", "few", "samples)"],
    ]


def test_it_is_markdown_and_json_too(measured: Repository) -> None:
    markdown = measured.inv("bench-versions", "--format", "markdown")
    document_ = measured.inv("bench-versions", "--format", "json")

    assert "| demo.A-2 | 100 ns | 50 ns | -50.0 % (too few samples) |" in markdown.out
    assert json.loads(document_.out)["versions"] == ["go1.20.14", "go1.22.12"]


def test_files_can_be_named(measured: Repository) -> None:
    folder = "benchmark-results"

    ran = measured.inv(
        "bench-versions", "--file", f"{folder}/20260101T000000Z-c0.txt", "--file", f"{folder}/20260102T000003Z-c1.txt"
    )

    assert ran.code == 0
    assert "go1.22.12 / go1.19" in ran.out
    assert "warning: the runs differ in commit: c0, c1" in ran.out


def test_nothing_to_show_is_no_success(make_repository: MakeRepository) -> None:
    repository = make_repository()

    ran = [
        repository.inv("bench-versions"),
        repository.inv("bench-versions", "--format", "yaml"),
        repository.inv("bench-versions", "--file", "x"),
    ]

    assert [one.code for one in ran] == [5, 2, 2]
    assert "there are no runs of benchmarks in" in ran[0].err
