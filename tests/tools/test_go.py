"""The go command: where it is found, and what may not change a build."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsdbtasks.errors import MissingError
from tsdbtasks.runner import Runner
from tsdbtasks.tools import go

if TYPE_CHECKING:
    from tests.conftest import Repository

_ORDERED = ["1.4", "1.20", "1.21rc2", "1.21.0", "1.21.1", "1.26.8", "1.27beta1", "1.27rc1", "1.27.0", "2"]


@given(st.permutations(_ORDERED))
def test_versions_of_go_sort_as_go_sorts_them(mixed: list[str]) -> None:
    assert sorted(mixed, key=go._parts) == _ORDERED


def test_a_version_with_its_settings_or_a_vendor_s_mark_is_that_version() -> None:
    assert go._parts("go1.26.8 X:nocoverageredesign") == go._parts("1.26.8") == go._parts("go1.26.8-vendor")
    assert go._parts("1.20") == go._parts("go1.20.0")


def test_a_development_build_is_newer_than_every_release() -> None:
    assert go._parts("devel go1.28-abc") > go._parts("1.99.9")


@pytest.mark.parametrize("how", ["file", "root", "name"])
def test_the_setting_names_a_file_a_root_or_a_command(repository: Repository, how: str) -> None:
    there = Path(str(shutil.which("go"))).resolve()
    wanted = {"file": str(there), "root": str(there.parent.parent), "name": "go"}[how]

    found = go.find(Runner(), wanted, repository.path)

    assert (Path(found.path).resolve(), found.origin) == (there, "the setting go.path")
    assert found.version.startswith("go1.")


def test_a_relative_setting_is_below_the_module(repository: Repository) -> None:
    (repository.path / "tools").mkdir()
    (repository.path / "tools/go").symlink_to(str(shutil.which("go")))

    assert go.find(Runner(), "tools/go", repository.path).path == str(repository.path / "tools/go")


def test_what_a_shell_sets_for_go_is_taken_away_and_other_programs_variables_are_not(repository: Repository) -> None:
    environ = {**os.environ, "GOFLAGS": "-x", "GOOS": "plan9", "GOOGLE_APPLICATION_CREDENTIALS": "x", "GOPROXY": "off"}

    found = go.find(Runner(environ=environ), "", repository.path)

    wanted = {"GOFLAGS": None, "GOOS": None, "GOOGLE_APPLICATION_CREDENTIALS": "as it is", "GOPROXY": "off"}
    assert {name: found.env.get(name, "as it is") for name in wanted} == wanted
    assert found.ignored == {"GOFLAGS": "-x", "GOOS": "plan9"}


def test_a_folder_without_go_is_not_taken_for_one(repository: Repository, tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="want a go command"):
        go.find(Runner(), str(tmp_path), repository.path)
