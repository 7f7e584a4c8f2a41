"""Another repository imports the tasks: installed from the wheel, far from this source tree."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.conftest import MakeRepository, Repository

HERE = Path(__file__).parents[2]
_BIN = "Scripts" if sys.platform == "win32" else "bin"


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a Python that has the wheel and what it depends on, and nothing of this source tree."""
    place = tmp_path_factory.mktemp("wheel")
    _run([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(place), str(HERE)])
    _run([sys.executable, "-m", "venv", str(place / "venv")])
    pinned = re.findall(r"^[\w.-]+==\S+(?: ; [^\\]+)?", (HERE / "requirements/dev.txt").read_text(), re.MULTILINE)
    (place / "pins.txt").write_text("\n".join(pinned))
    made = place / "venv" / _BIN / "python"
    _run([str(made), "-m", "pip", "install", "-q", "-c", str(place / "pins.txt"), str(next(place.glob("*.whl")))])
    return made


def _run(argv: Sequence[str], *, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(argv, cwd=cwd, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, f"{argv}\n{done.stdout}\n{done.stderr}"
    return done


@pytest.fixture
def repository(make_repository: MakeRepository) -> Repository:
    return make_repository(
        {
            "tasks.py": "import tsdbtasks\n\nns = tsdbtasks.collection()\n",
            "noxfile.py": "from tsdbtasks import sessions\n\nsessions.register_tasks('build', 'build-all')\n",
        },
        tag="v1.2.3",
        platforms='["linux/amd64", "windows/amd64"]',
    )


def _inv(python: Path, repository: Repository, *arguments: str) -> subprocess.CompletedProcess[str]:
    return _run([str(python), "-m", "invoke", *arguments], cwd=repository.path)


def test_the_wheel_and_not_the_source_tree_is_what_is_imported(python: Path, repository: Repository) -> None:
    done = _run([str(python), "-c", "import tsdbtasks.tasks.build as m; print(m.__file__)"], cwd=repository.path)

    assert HERE not in Path(done.stdout.strip()).parents


def test_three_lines_give_the_whole_collection(python: Path, repository: Repository) -> None:
    listed = _inv(python, repository, "--list", "--list-format=json")

    names = {task["name"] for task in json.loads(listed.stdout)["tasks"]}
    assert {"build", "build-all", "build-test", "clean-build", "doctor", "package", "pipeline", "reproduce", "test"} <= names


def test_build_and_package_leave_git_as_it_was(python: Path, repository: Repository) -> None:
    _inv(python, repository, "build-all", "package")

    archives = {path.name for path in (repository.path / "dist").glob("demo_1.2.3_*")}
    assert {"demo_1.2.3_linux_amd64.tar.gz", "demo_1.2.3_windows_amd64.zip"} <= archives
    assert repository.status == ""


def test_nox_runs_the_same_task(python: Path, repository: Repository) -> None:
    _run([str(python), "-m", "nox", "-s", "build-all", "--", "--only", "linux_amd64"], cwd=repository.path)

    assert (repository.path / "dist/demo_linux_amd64/demo").is_file()
    assert not (repository.path / "dist/demo_windows_amd64").exists()


def test_a_single_task_can_be_picked_out(python: Path, repository: Repository) -> None:
    repository.write(
        {
            "tasks.py": (
                "import tsdbtasks\nfrom tsdbtasks.tasks import package\nfrom tsdbtasks.tasks.build import build_all\n\n"
                "ns = tsdbtasks.collection(build_all, package)\n"
            )
        }
    )

    listed = _inv(python, repository, "--list", "--list-format=json")

    assert {task["name"] for task in json.loads(listed.stdout)["tasks"]} == {"build-all", "package"}


def test_a_setting_of_the_collection_counts_over_the_file(python: Path, repository: Repository) -> None:
    repository.write(
        {"tasks.py": "import tsdbtasks\n\nns = tsdbtasks.collection(settings={'build': {'platforms': ['linux/arm64']}})\n"}
    )

    _inv(python, repository, "build-all")

    assert [path.name for path in (repository.path / "dist").glob("demo_*")] == ["demo_linux_arm64"]


def test_the_collection_can_be_nested_under_another_name(python: Path, repository: Repository) -> None:
    repository.write(
        {
            "tasks.py": (
                "import tsdbtasks\nfrom invoke import Collection\n\n"
                "ns = Collection()\n"
                "ns.add_collection(tsdbtasks.collection(settings={'build': {'platforms': ['linux/arm64']}}), 'go')\n"
            )
        }
    )

    _inv(python, repository, "go.build-all")

    assert [path.name for path in (repository.path / "dist").glob("demo_*")] == ["demo_linux_arm64"]


def test_a_task_of_another_repository_calls_ours_and_uses_its_value(python: Path, repository: Repository) -> None:
    repository.write(
        {
            "tasks.py": (
                "import tsdbtasks\nfrom invoke import task\nfrom tsdbtasks.tasks.build import build_all\n\n"
                "@task\n"
                "def sizes(c):\n"
                "    built = build_all(c, only=['linux_*'])\n"
                "    print('MADE', [(one.platform, one.size > 100_000) for one in built])\n\n"
                "ns = tsdbtasks.collection()\n"
                "ns.add_task(sizes)\n"
            )
        }
    )

    done = _inv(python, repository, "sizes")

    assert "MADE [('linux_amd64', True)]" in done.stdout


def test_a_wrong_setting_in_tasks_py_is_one_message_and_exit_code_2(python: Path, repository: Repository) -> None:
    repository.write(
        {"tasks.py": "import tsdbtasks\n\nns = tsdbtasks.collection(settings={'build': {'platform': 3, 'taags': []}})\n"}
    )

    done = subprocess.run(
        [str(python), "-m", "invoke", "--list"],
        cwd=repository.path,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ,
    )

    assert done.returncode == 2
    assert "tsdbtasks.build.platform: want a table, got 3" in done.stderr
    assert "tsdbtasks.build.taags: no such setting, perhaps you meant 'tags'" in done.stderr
    assert "Traceback" not in done.stderr
