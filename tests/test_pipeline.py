"""The pipeline ends in one table of what was done, skipped and failed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tsdbtasks.core.report.steps import Step, code, summary, table

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import MakeRepository, Repository

_ONE = '["linux/amd64"]'
_TEST = 'package main\n\nimport "testing"\n\nfunc TestIt(t *testing.T) { main() }\n'


def _steps(repository: Repository) -> dict[str, dict[str, Any]]:
    record = json.loads((repository.path / "dist/reports/pipeline.json").read_text())
    return {one["name"]: one for one in record["result"]}


@pytest.fixture
def without_compiler(tmp_path: Path) -> str:
    """Return a PATH with git and go and nothing else."""
    folder = tmp_path / "few"
    folder.mkdir()
    for name in ("git", "go"):
        found = shutil.which(name)
        assert found is not None
        (folder / name).symlink_to(found)
    return str(folder)


def test_a_good_commit_goes_through_and_leaves_git_as_it_was(make_repository: MakeRepository) -> None:
    repository = make_repository({"main_test.go": _TEST}, tag="v1.2.3", platforms=_ONE)

    done = repository.inv("pipeline")

    assert done.code == 0, done.err
    steps = _steps(repository)
    assert list(steps) == ["doctor", "test", "test --race", "bench", "build-all", "package", "reproduce"]
    assert {one["outcome"] for one in steps.values()} <= {"done", "skipped"}
    assert repository.status == ""


def test_what_fails_is_named_and_what_needs_it_is_skipped(make_repository: MakeRepository, without_compiler: str) -> None:
    broken = "package main\n\nfunc main() { undefined() }\n"
    repository = make_repository({"main.go": broken, "main_test.go": _TEST}, platforms=_ONE)

    done = repository.inv("pipeline", env={"PATH": without_compiler})

    steps = _steps(repository)
    assert done.code == 1
    assert steps["build-all"]["outcome"] == "failed"
    assert "undefined: undefined" in done.err
    assert steps["package"]["reason"] == "needs build-all, which failed"
    assert steps["reproduce"]["outcome"] == "skipped"
    assert "steps failed: test, build-all" in done.err


def test_a_missing_compiler_is_skipped_by_name_here_and_fails_in_ci(
    make_repository: MakeRepository, without_compiler: str
) -> None:
    repository = make_repository({"main_test.go": _TEST}, platforms='["windows/amd64"]')

    here = repository.inv("pipeline", env={"PATH": without_compiler})
    skipped = _steps(repository)
    in_ci = repository.inv("pipeline", env={"PATH": without_compiler, "CI": "true"})
    failed = _steps(repository)

    assert here.code == 0, here.err
    assert skipped["test --race"]["outcome"] == "skipped"
    assert skipped["test --race"]["reason"] == "the race detector needs a C compiler, and neither gcc nor clang is on PATH"
    assert in_ci.code == 3
    assert failed["test --race"]["outcome"] == "failed"
    # A platform that this machine can never run is no failure, in CI neither.
    assert failed["reproduce"]["outcome"] == "skipped"
    assert failed["reproduce"]["reason"].startswith("impossible here: no configured platform is this machine's")


def test_a_module_without_tests_is_no_failure_but_said(make_repository: MakeRepository, without_compiler: str) -> None:
    repository = make_repository(platforms='["windows/amd64"]')

    done = repository.inv("pipeline", env={"PATH": without_compiler, "CI": "true"})

    assert done.code == 0, done.err
    assert _steps(repository)["test"]["reason"] == "the module has no test file"


def test_a_dirty_tree_is_built_but_not_built_twice(make_repository: MakeRepository, without_compiler: str) -> None:
    repository = make_repository({"main_test.go": _TEST}, platforms=_ONE)
    repository.write({"new.go": "package main\n"})

    done = repository.inv("pipeline", env={"PATH": without_compiler})

    assert done.code == 0, done.err
    assert _steps(repository)["reproduce"]["reason"] == "the tree is dirty, and only a commit can be built twice alike"


def test_with_json_there_is_one_document_and_the_tables_go_to_stderr(
    make_repository: MakeRepository, without_compiler: str
) -> None:
    repository = make_repository({"main_test.go": _TEST}, platforms='["windows/amd64"]')

    done = repository.inv("pipeline", "--json", env={"PATH": without_compiler})

    assert json.loads(done.out)["task"] == "pipeline"
    assert "windows_amd64  dist/demo_windows_amd64/demo.exe" in done.err


def test_build_test_builds_all_runs_what_it_can_and_leaves_nothing(make_repository: MakeRepository) -> None:
    repository = make_repository(tag="v1.2.3", platforms='["linux/amd64", "windows/amd64"]')
    before = repository.files

    done = repository.inv("build-test")

    assert done.code == 0, done.err
    assert "linux_amd64    done     prints v1.2.3" in done.out
    assert "windows_amd64  skipped  impossible here: this machine is linux/amd64" in done.out
    assert {path for path in repository.files - before if "reports" not in path} == {"dist/.gitignore"}


def test_build_test_fails_where_the_program_does_not_say_its_version(make_repository: MakeRepository) -> None:
    wrong = 'package main\n\nvar version = "unset"\n\nfunc main() { _ = version; println("v9.9.9") }\n'
    repository = make_repository({"main.go": wrong}, tag="v1.2.3", platforms=_ONE)

    done = repository.inv("build-test")

    assert done.code == 1
    assert "want the version v1.2.3, got 'v9.9.9'" in done.err


def test_the_table_counts_outcomes_and_takes_the_worst_code() -> None:
    steps = [
        Step("a", "done", "", 0, 1.0),
        Step("b", "skipped", "no compiler", 0, 0.0),
        Step("c", "failed", "first line\nsecond line", 4, 2.0),
        Step("d", "failed", "x" * 200, 3, 75.0),
    ]

    text = table("pipeline", steps).text()

    assert summary(steps) == "1 done, 1 skipped, 2 failed"
    assert code(steps) == 3
    assert "second line" not in text
    assert "x" * 89 + "…" in text
    assert "1 min 15 s" in text


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_wish_to_stop_ends_the_pipeline_and_not_just_a_step(
    make_repository: MakeRepository, without_compiler: str, number: signal.Signals
) -> None:
    slow = 'package main\n\nimport (\n\t"testing"\n\t"time"\n)\n\nfunc TestIt(t *testing.T) { time.Sleep(time.Minute) }\n'
    repository = make_repository({"main_test.go": slow}, platforms='["windows/amd64"]')
    env = {**os.environ, "PATH": without_compiler}
    with subprocess.Popen(
        repository.command("pipeline"), cwd=repository.path, env=env, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        next(line for line in process.stderr if line.startswith("testing"))
        process.send_signal(number)
        rest = process.stderr.read()

    assert process.returncode == 1
    assert "stopped by " in rest
    assert "build-all" not in rest
    assert json.loads((repository.path / "dist/reports/pipeline.json").read_text())["outcome"] == "failed"
