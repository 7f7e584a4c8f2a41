"""The task bench-compare, in a folder that is no Go module and no repository."""

from __future__ import annotations

import inspect
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import TASKS, Repository, context
from tsdbtasks.errors import NothingError, RefusedError, SettingsError, UsageError
from tsdbtasks.tasks.bench_compare import FORMATS, bench_compare

if TYPE_CHECKING:
    from pathlib import Path

    from invoke.context import Context

_QUIET = [1000 + sample for sample in range(10)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with results: old.txt, the same again, slow.txt twice as slow, and an empty file."""
    for name, factor in {"old.txt": 1, "same.txt": 1, "slow.txt": 2}.items():
        lines = [f"BenchmarkParse-4 1 {sample * factor} ns/op" for sample in _QUIET]
        (tmp_path / name).write_text("pkg: p\n" + "\n".join(lines) + "\n", "utf-8")
    (tmp_path / "few.txt").write_text("pkg: p\nBenchmarkParse-4 1 1000 ns/op\n", "utf-8")
    (tmp_path / "empty.txt").write_text("", "utf-8")
    return tmp_path


def _here(folder: Path, settings: dict[str, Any] | None = None) -> Context:
    return context(folder, settings)


def test_nothing_worse_ends_well(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = bench_compare(_here(folder), str(folder / "old.txt"), str(folder / "same.txt"))

    assert found.exit_code == 0
    assert capsys.readouterr().out.startswith("Nothing worse: same 1\n")


@pytest.mark.parametrize("name", ["few.txt", "empty.txt"])
def test_what_could_not_be_judged_never_passes(folder: Path, name: str) -> None:
    done = _inv(folder, "old.txt", name)

    assert done[0] == 5
    assert "Cannot tell" in done[2]


def test_a_regression_exits_with_4_and_names_the_benchmark(folder: Path) -> None:
    code, out, err = _inv(folder, "old.txt", "slow.txt")

    assert code == 4
    assert out.startswith("Worse: critical 1")
    assert "Parse-4 sec/op" in err


def test_outside_of_a_repository_no_report_is_left_behind(folder: Path) -> None:
    before = {path.name for path in folder.iterdir()}

    _inv(folder, "old.txt", "same.txt")

    assert {path.name for path in folder.iterdir()} - before <= {"tasks.py", "__pycache__"}


@pytest.mark.parametrize("form", FORMATS)
def test_every_form_is_written_to_a_file(folder: Path, form: str, capsys: pytest.CaptureFixture[str]) -> None:
    target = folder / "report"

    bench_compare(_here(folder), str(folder / "old.txt"), str(folder / "same.txt"), format=form, output=str(target))

    assert "Parse" in target.read_text("utf-8")
    assert capsys.readouterr().out == ""


def test_the_result_is_one_json_document(folder: Path) -> None:
    code, out, err = _inv(folder, "old.txt", "slow.txt", "--json")

    made = json.loads(out, parse_constant=pytest.fail)

    assert (code, made["exit_code"], made["result"]["comparisons"][0]["verdict"]) == (4, 4, "critical")
    assert err.startswith("Worse: critical 1")


def test_runs_of_two_machines_want_anyway(folder: Path) -> None:
    for name in ("old.txt", "slow.txt"):
        path = folder / name
        path.write_text(f"machine: {name}\n{path.read_text('utf-8')}", "utf-8")
    runs = str(folder / "old.txt"), str(folder / "slow.txt")

    with pytest.raises(NothingError, match="--anyway"):
        _called(folder, *runs)
    with pytest.raises(RefusedError, match="critical 1"):
        _called(folder, *runs, anyway=True)


def test_settings_decide_what_counts(folder: Path) -> None:
    (folder / "pyproject.toml").write_text('[tool.tsdbtasks.bench.benchmark."Parse*"]\nregression = 150.0\n', "utf-8")

    assert _called(folder, str(folder / "old.txt"), str(folder / "slow.txt")) == 0


def test_wrong_settings_are_said_with_their_path(folder: Path) -> None:
    (folder / "pyproject.toml").write_text("[tool.tsdbtasks.bench]\nregression = -5.0\n", "utf-8")

    with pytest.raises(SettingsError, match=r"tsdbtasks\.bench\.regression: want a number of at least 0, got -5\.0"):
        _called(folder, str(folder / "old.txt"), str(folder / "slow.txt"))


def test_a_wrong_form_or_file_says_what_is_wanted(folder: Path) -> None:
    with pytest.raises(UsageError, match="perhaps you meant 'markdown'"):
        _called(folder, "a", "b", format="markdwn")
    with pytest.raises(UsageError, match="want a file with benchmark results, got 'nowhere'"):
        _called(folder, "nowhere", "b")
    with pytest.raises(UsageError, match="want a file with benchmark results"):
        _called(folder, str(folder), "b")


def _called(folder: Path, old: str, new: str, **options: Any) -> int:  # noqa: ANN401 - the task's own
    """Call the task below its edge, where failures are still our own."""
    found: int = inspect.unwrap(bench_compare.body)(_here(folder), old, new, **options).exit_code
    return found


def _inv(folder: Path, *arguments: str) -> tuple[int, str, str]:
    repository = Repository(folder)
    repository.write({"tasks.py": TASKS})
    done = repository.inv("bench-compare", *arguments)
    return done.code, done.out, done.err
