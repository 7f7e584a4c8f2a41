"""A second build is compared with the first, byte for byte."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.conftest import MakeRepository

_ONE = '["linux/amd64"]'


def test_a_clean_commit_is_built_twice_alike(make_repository: MakeRepository) -> None:
    repository = make_repository(tag="v1.2.3", platforms=_ONE)
    assert repository.inv("build-all", "package").code == 0

    done = repository.inv("reproduce")

    assert done.code == 0, done.err
    record = json.loads((repository.path / "dist/reports/reproduce.json").read_text())
    assert [(one["artefact"], one["outcome"]) for one in record["result"]] == [
        ("demo_linux_amd64/demo", "equal"),
        ("demo_1.2.3_linux_amd64.tar.gz", "equal"),
        ("demo_1.2.3_linux_amd64.cdx.json", "equal"),
    ]
    assert repository.status == ""


def test_a_changed_file_is_named_with_the_cause_and_refused(make_repository: MakeRepository) -> None:
    repository = make_repository(tag="v1.2.3", platforms=_ONE)
    assert repository.inv("build-all").code == 0
    with (repository.path / "dist/demo_linux_amd64/demo").open("ab") as file:
        file.write(b"x")

    done = repository.inv("reproduce")

    assert done.code == 4
    assert "demo_linux_amd64/demo  different  the file is not the one that was built: it was changed afterwards" in done.out
    assert "1 of 1 artefacts are not reproducible" in done.err


def test_a_tag_is_built_again_with_the_settings_it_has_there(make_repository: MakeRepository) -> None:
    repository = make_repository(tag="v1.2.3", platforms=_ONE)
    repository.write({"tsdbtasks.toml": 'build.platforms = ["plan9/386"]\n'})
    repository.commit("another platform")

    done = repository.inv("reproduce", "--from", "v1.2.3")

    assert done.code == 0, done.err
    assert "demo_1.2.3_linux_amd64.tar.gz    equal" in done.out
    assert "dist/reports/reproduce.json" in repository.files
    assert "dist/manifest.json" not in repository.files


def test_nothing_built_a_dirty_tree_and_an_unknown_tag_are_told_what_to_do(make_repository: MakeRepository) -> None:
    repository = make_repository(platforms=_ONE)

    nothing = repository.inv("reproduce")
    unknown = repository.inv("reproduce", "--from", "v9.9.9")
    repository.write({"main.go": "package main\n\nfunc main() {}\n"})
    assert repository.inv("build-all").code == 0
    dirty = repository.inv("reproduce")

    assert (nothing.code, unknown.code, dirty.code) == (2, 2, 2)
    assert "next: inv build-all package reproduce" in nothing.err
    assert "'v9.9.9' names no tag here" in unknown.err
    assert "a dirty tree cannot be built twice alike: main.go" in dirty.err
