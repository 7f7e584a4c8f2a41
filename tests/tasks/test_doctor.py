"""The check-up finds everything at once, each with what mends it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.conftest import MakeRepository, Repository


def _findings(repository: Repository) -> list[dict[str, str]]:
    record = json.loads((repository.path / "dist/reports/doctor.json").read_text())
    found: list[dict[str, str]] = record["result"]
    return found


def test_a_good_repository_has_no_error(make_repository: MakeRepository) -> None:
    repository = make_repository({"LICENSE": "free\n", "README.md": "# demo\n"}, tag="v1.2.3")

    done = repository.inv("doctor")

    assert done.code == 0, done.err
    found = _findings(repository)
    assert {one["state"] for one in found if one["area"] != "race"} == {"ok"}
    assert {"settings", "git", "version", "go", "module", "tree", "programs", "platforms", "race", "disk"} == {
        one["area"] for one in found
    }


def test_several_errors_are_found_in_one_run(make_repository: MakeRepository) -> None:
    repository = make_repository(
        {"tsdbtasks.toml": 'build.platforms = ["linux/amd65"]\nbuild.ldflags = ["-X=main.Vesion={version}"]\n'}, tag="v1.2.3"
    )
    repository.git("tag", "v1.2.4")
    repository.git("tag", "nightly")

    done = repository.inv("doctor")

    assert done.code == 2
    errors = {one["area"]: one for one in _findings(repository) if one["state"] == "error"}
    assert errors["platforms"]["text"] == "tsdbtasks.build.platforms: this Go does not build for linux/amd65"
    assert errors["platforms"]["mend"] == "perhaps you meant 'linux/amd64'"
    assert errors["programs"]["text"].endswith("-X main.Vesion: no such variable, perhaps you meant 'version'")
    assert errors["version"]["mend"] == "say which one: --version v1.2.4"
    warnings = [one["text"] for one in _findings(repository) if one["state"] == "warning"]
    assert "the tag 'nightly' is no version: want v1.2.3 (semver.org with a v)" in warnings


def test_wrong_settings_are_findings_too(make_repository: MakeRepository) -> None:
    repository = make_repository({"tsdbtasks.toml": "build.jobs = 'two'\nbuilt.tags = []\n"})

    done = repository.inv("doctor")

    assert done.code == 2
    assert "tsdbtasks.build.jobs: want a whole number, got 'two'" in done.out
    assert "tsdbtasks.built: no such setting, perhaps you meant 'build'" in done.out


def test_a_missing_go_does_not_hide_what_git_says(make_repository: MakeRepository) -> None:
    repository = make_repository({"tsdbtasks.toml": "go.path = '/nowhere/go'\n"})

    done = repository.inv("doctor")

    assert done.code == 3
    assert "want a go command, got '/nowhere/go'" in done.out
    assert "ok       git" in done.out


def test_an_ignored_go_sum_is_found(make_repository: MakeRepository) -> None:
    repository = make_repository({".gitignore": "go.sum\n"})
    repository.write({"go.sum": ""})

    done = repository.inv("doctor")

    assert done.code == 2
    assert "go.sum is ignored by git, so no clone of this repository can be built" in done.out
    assert "git add --force go.sum && git commit" in done.out


def test_a_shallow_clone_and_a_folder_without_git_are_said(make_repository: MakeRepository) -> None:
    origin = make_repository(tag="v1.2.3")
    origin.commit("second")
    shallow = make_repository(name="plain", git=False)
    origin.git("clone", "--quiet", "--depth=1", f"file://{origin.path}", str(shallow.path.parent / "shallow"))
    clone = type(shallow)(shallow.path.parent / "shallow")

    in_clone, outside = clone.inv("doctor"), shallow.inv("doctor")

    assert "git fetch --unshallow --tags" in in_clone.out
    assert "is in no git repository" in outside.out
    assert (in_clone.code, outside.code) == (0, 0)
