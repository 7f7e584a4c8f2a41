"""Baselines by name and environment."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tsdbtasks.core.bench.runs import Environment, Facts, Sample, document
from tsdbtasks.errors import NothingError, RefusedError, UsageError
from tsdbtasks.runner import Runner
from tsdbtasks.tools import baselines
from tsdbtasks.tools.baselines import Store

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Repository

PLACE = {"go": "go1.26.8", "goos": "linux", "goarch": "amd64", "cpu": "A", "cores": "2", "machine": "abc"}
DATE = "2026-01-02T03:04:05Z"
HERE = Environment({key: value for key, value in PLACE.items() if key != "cpu"})


def _run(folder: Path, name: str = "run.txt", *, value: int = 5, partial: str = "", **place: str) -> Path:
    facts = Facts(circumstances={**PLACE, **place}, about={"commit": "c1", "date": DATE}, partial=partial)
    path = folder / name
    path.write_bytes(document(facts, [Sample("example.com/m", b"BenchmarkA 1 %d ns/op\n" % value)]))
    return path


def test_a_baseline_is_found_by_its_name_where_it_was_made(tmp_path: Path) -> None:
    store = Store(tmp_path)

    path, replaced = store.put("main/x", _run(tmp_path))

    assert replaced is None
    assert path.relative_to(tmp_path).as_posix() == "benchmark-results/baselines/main%2Fx/linux-amd64-abc-go1.26.8.txt"
    assert store.find("main/x", HERE).path == path
    assert store.names() == ["main/x"]


def test_each_environment_has_its_own(tmp_path: Path) -> None:
    store = Store(tmp_path)

    store.put("x", _run(tmp_path, value=5))
    store.put("x", _run(tmp_path, value=6, go="go1.22.12"))

    assert store.find("x", HERE).results.results[0].values[0].original == 5
    assert len(store.all("x")) == 2


def test_what_is_replaced_is_kept(tmp_path: Path) -> None:
    store = Store(tmp_path)
    before = _run(tmp_path, value=5)
    content = before.read_bytes()

    store.put("x", before)
    _, replaced = store.put("x", _run(tmp_path, value=6))
    _, again = store.put("x", _run(tmp_path, value=7))

    assert replaced is not None
    assert replaced.read_bytes() == content
    assert again is not None
    assert again.name == "linux-amd64-abc-go1.26.8-20260102T030405Z-1.txt"
    assert len(store.all("x")) == 1


def test_the_same_run_again_replaces_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.put("x", _run(tmp_path))

    _, replaced = store.put("x", _run(tmp_path))

    assert replaced is None


def test_what_is_removed_is_kept_and_found_no_more(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.put("x", _run(tmp_path))

    kept = store.remove(store.find("x", HERE))

    assert kept.is_file()
    with pytest.raises(NothingError, match="there is no baseline 'x'"):
        store.find("x", HERE)


def test_one_of_another_machine_is_said_and_not_taken(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.put("x", _run(tmp_path, machine="other"))

    with pytest.raises(NothingError, match="the baseline 'x' was not made here: machine other and not abc") as raised:
        store.find("x", HERE)

    assert raised.value.hint.startswith("inv bench --baseline=x makes one")
    assert store.find("x", HERE, anyway=True).environment.values["machine"] == "other"


def test_plain_output_of_go_test_holds_where_nothing_speaks_against_it(tmp_path: Path) -> None:
    store = Store(tmp_path)
    plain = tmp_path / "plain.txt"
    plain.write_text("goos: linux\ngoarch: amd64\npkg: p\nBenchmarkA 1 5 ns/op\n")

    store.put("x", plain)

    assert store.find("x", HERE).path.name == "linux-amd64-any-any.txt"


def test_a_partial_or_empty_run_is_refused(tmp_path: Path) -> None:
    empty = tmp_path / "empty.txt"
    empty.write_text("")

    with pytest.raises(RefusedError, match="can be no baseline: it is partial: one failed"):
        Store(tmp_path).put("x", _run(tmp_path, partial="one failed"))
    with pytest.raises(NothingError, match="can be no baseline: it has no results"):
        Store(tmp_path).put("x", empty)
    with pytest.raises(UsageError, match="want a name for a baseline, got ' '"):
        Store(tmp_path).put(" ", _run(tmp_path))


def test_a_name_wins_over_a_file_and_a_file_needs_no_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    _run(tmp_path, "both.txt", value=9)
    Store(tmp_path).put("both.txt", _run(tmp_path, value=5))

    named, _ = baselines.wanted(tmp_path, "both.txt", HERE, anyway=False)
    file, _ = baselines.wanted(tmp_path, "./run.txt", HERE, anyway=False)
    nothing = baselines.wanted(tmp_path, "", HERE, anyway=False)

    assert named is not None
    assert named.baseline is not None
    assert file is not None
    assert file.baseline is None
    assert nothing == (None, None)
    with pytest.raises(UsageError, match=r"baselines: both\.txt"):
        baselines.wanted(tmp_path, "gone.txt", HERE, anyway=False)


def test_a_stale_one_says_its_age_the_commits_since_and_another_go(repository: Repository) -> None:
    commit = repository.git("rev-parse", "HEAD")
    repository.commit("second")
    repository.commit("third")
    run = _run(repository.path, go="go1.22.12")
    run.write_bytes(run.read_bytes().replace(b"commit: c1", f"commit: {commit}".encode()))
    Store(repository.path).put("x", run)

    every = Store(repository.path).all()
    listed = baselines.listed(Runner(), repository.path, every, HERE, datetime(2026, 1, 5, tzinfo=UTC))

    assert baselines.stale(listed[0], HERE) == ["2 days old", "2 commits behind", "of go1.22.12, and this is go1.26.8"]
    assert listed[0].here is False


def test_a_commit_that_is_not_in_the_history_is_said(repository: Repository) -> None:
    Store(repository.path).put("x", _run(repository.path))

    listed = baselines.listed(
        Runner(), repository.path, Store(repository.path).all(), HERE, datetime(2026, 1, 2, 4, tzinfo=UTC)
    )

    assert baselines.stale(listed[0], HERE) == ["of commit c1, which is not in the history of this one"]
