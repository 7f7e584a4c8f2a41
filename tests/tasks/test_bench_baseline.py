"""`inv bench-baseline` in a shell: every action, without measuring anything."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tsdbtasks.core.bench.runs import Facts, Sample, document
from tsdbtasks.runner import Runner
from tsdbtasks.settings import load
from tsdbtasks.tools import benchrun

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import MakeRepository, Repository


@pytest.fixture
def measured(make_repository: MakeRepository) -> Repository:
    """Give a repository with one run that was made here."""
    repository = make_repository()
    settings = load(repository.path, {}, {})
    here = benchrun.here(Runner(), settings).values
    about = {"commit": repository.git("rev-parse", "HEAD"), "date": "2026-01-02T03:04:05Z"}
    samples = [Sample("example.com/demo", b"BenchmarkParse-2 1 %d ns/op\n" % value) for value in (5, 6, 7)]
    repository.write({"benchmark-results/run.txt": document(Facts(circumstances=here, about=about), samples)})
    return repository


def _baselines(repository: Repository) -> list[str]:
    ran = repository.inv("bench-baseline", "list", "--json")
    return [one["name"] for one in json.loads(ran.out)["result"]]


def test_the_newest_run_is_set_listed_shown_and_removed(measured: Repository) -> None:
    stored = measured.inv("bench-baseline", "set", "--name", "main")
    listed = measured.inv("bench-baseline", "list")
    shown = measured.inv("bench-baseline", "show", "--name", "main")
    removed = measured.inv("bench-baseline", "remove", "--name", "main")
    gone = measured.inv("bench-baseline", "show", "--name", "main")

    assert (stored.code, listed.code, shown.code, removed.code, gone.code) == (0, 0, 0, 0, 5)
    assert "main" in listed.out
    assert "days old" in listed.out
    assert "Parse-2    ingestion  3  6 ns ±17%" in shown.out
    assert "its run is kept as" in removed.out
    assert _baselines(measured) == []


def test_a_baseline_travels_as_a_file(measured: Repository, tmp_path: Path) -> None:
    measured.inv("bench-baseline", "set")
    out = tmp_path / "out.txt"

    exported = measured.inv("bench-baseline", "export", "--file", str(out))
    again = measured.inv("bench-baseline", "export", "--file", str(out))
    imported = measured.inv("bench-baseline", "import", "--name", "copy", "--file", str(out))

    assert (exported.code, again.code, imported.code) == (0, 2, 0)
    assert "is there already" in again.err
    assert out.read_bytes() == (measured.path / "benchmark-results" / "run.txt").read_bytes()
    assert _baselines(measured) == ["copy", "default"]


def test_what_cannot_be_done_is_said(measured: Repository, make_repository: MakeRepository) -> None:
    empty = make_repository(name="empty")

    ran = [
        measured.inv("bench-baseline", "lst"),
        measured.inv("bench-baseline", "import"),
        measured.inv("bench-baseline", "import", "--file", "absent.txt"),
        empty.inv("bench-baseline", "set"),
    ]

    assert [one.code for one in ran] == [2, 2, 2, 5]
    assert "perhaps you meant 'list'" in ran[0].err
    assert "want --file" in ran[1].err
    assert "there is no run in" in ran[3].err


def test_dry_changes_nothing(measured: Repository) -> None:
    ran = measured.inv("--dry", "bench-baseline", "set")

    assert "would store" in ran.out
    assert _baselines(measured) == []


def test_an_empty_list_says_how_to_begin(make_repository: MakeRepository) -> None:
    ran = make_repository().inv("bench-baseline", "list")

    assert ran.code == 0
    assert "no baselines; inv bench --baseline makes one" in ran.out
