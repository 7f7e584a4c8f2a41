"""Git: what a checkout is, and a private clone of one commit."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from tsdbtasks.errors import MissingError, UsageError
from tsdbtasks.runner import Runner
from tsdbtasks.tools import git

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import MakeRepository, Repository


def _look(repository: Repository, folder: str = "") -> git.Checkout:
    found = git.look(Runner(), repository.path / folder)
    assert found is not None
    return found


def test_a_checkout_knows_its_place_commit_time_and_tags(make_repository: MakeRepository) -> None:
    repository = make_repository({"sub/x": "x"}, tag="v1.0.0")
    repository.git("tag", "other")

    found = _look(repository, "sub")

    assert (found.top, found.prefix, found.branch) == (repository.path, "sub/", "main")
    assert (found.commit, found.time) == (repository.git("rev-parse", "HEAD"), 1_714_979_289)
    assert (found.tags, found.shallow, found.changes) == (("other", "v1.0.0"), False, ())


def test_outside_of_a_repository_there_is_no_checkout(make_repository: MakeRepository) -> None:
    assert git.look(Runner(), make_repository(git=False).path) is None


def test_before_the_first_commit_there_is_a_checkout_without_one(make_repository: MakeRepository) -> None:
    repository = make_repository(git=False)
    repository.git("init", "--quiet", ".")

    found = _look(repository)

    assert (found.commit, found.time, found.tags, found.branch) == ("", 0, (), "main")


def test_every_kind_of_change_is_told_by_its_path(repository: Repository) -> None:
    repository.write({"a": "1", "b": "1", "größe \n": "1", ".gitignore": "ignored\n"})
    repository.commit()
    repository.write({"b": "2", "new": "x", "ignored": "x"})
    (repository.path / "a").unlink()
    repository.git("mv", "größe \n", "moved")

    assert {(one.code, one.path) for one in _look(repository).changes} == {
        (" D", "a"), (" M", "b"), ("D ", "größe \n"), ("A ", "moved"), ("??", "new"),
    }  # fmt: skip


def test_without_git_it_is_said_how_to_get_it(repository: Repository, tmp_path: Path) -> None:
    with pytest.raises(MissingError) as caught:
        git.look(Runner(environ={"PATH": str(tmp_path)}), repository.path)

    assert caught.value.hint == "install git 2.31 or newer"


def test_a_name_that_is_no_commit_is_refused(repository: Repository) -> None:
    for name in ("nothing", "--all", ""):
        with pytest.raises(UsageError, match=r"names no commit here"):
            git.commit_of(Runner(), repository.path, name)


def _state(folder: Path) -> tuple[set[str], str, str]:
    """Return the files of a clone, its commit, and what git says of it."""
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if ".git" not in path.parts and path.is_file()}

    def said(*arguments: str) -> str:
        return subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=True).stdout

    return (
        names,
        said("rev-parse", "HEAD").strip(),
        said("tag") + said("status", "--porcelain", "--ignored") + said("log", "--format=%H"),
    )


def test_a_clone_holds_one_commit_and_one_tag_whatever_lies_around(make_repository: MakeRepository, tmp_path: Path) -> None:
    repository = make_repository({"text": "a\nb\n", ".gitignore": "*.log\n", "x.sh": "#!/bin/sh\n"}, tag="v1.0.0")
    (repository.path / "x.sh").chmod(0o755)
    repository.commit()
    repository.git("tag", "v2.0.0")
    repository.git("tag", "other")
    repository.write({"untracked": "x", "ignored.log": "x", "text": "changed"})
    commit = repository.git("rev-parse", "HEAD")

    git.clone(Runner(), repository.path, commit, "v2.0.0", tmp_path / "clone")

    names, head, said = _state(tmp_path / "clone")
    assert names == {"go.mod", "main.go", "tasks.py", "text", ".gitignore", "x.sh"}
    assert (head, said) == (commit, f"v2.0.0\n{commit}\n")
    assert (tmp_path / "clone/text").read_text() == "a\nb\n"
    assert os.access(tmp_path / "clone/x.sh", os.X_OK)


def test_neither_depth_nor_line_endings_nor_filters_of_the_user_show_in_a_clone(
    make_repository: MakeRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = make_repository({"text": "a\nb\n"})
    repository.commit("second")
    shallow = tmp_path / "shallow"
    subprocess.run(
        ["git", "clone", "--quiet", "--depth=1", f"file://{repository.path}", shallow], check=True, capture_output=True
    )
    settings = tmp_path / "gitconfig"
    settings.write_text(
        f"[core]\nautocrlf = true\nattributesFile = {tmp_path}/attributes\nhooksPath = {tmp_path}/hooks\n"
        "[user]\nname = x\nemail = y\n"
    )
    (tmp_path / "attributes").write_text("* text eol=crlf\n")
    (tmp_path / "hooks").mkdir()
    (tmp_path / "hooks/post-index-change").write_text(f"#!/bin/sh\ntouch {tmp_path}/hooked\n")
    (tmp_path / "hooks/post-index-change").chmod(0o755)
    commit = repository.git("rev-parse", "HEAD")
    git.clone(Runner(), repository.path, commit, "", tmp_path / "one")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))

    git.clone(Runner(), shallow, commit, "", tmp_path / "two")

    monkeypatch.undo()
    assert _state(tmp_path / "one") == _state(tmp_path / "two")
    assert (tmp_path / "two/text").read_bytes() == b"a\nb\n"
    assert not (tmp_path / "hooked").exists()


def test_a_clone_has_the_submodules_that_are_there(make_repository: MakeRepository, tmp_path: Path) -> None:
    inner = make_repository({"inner.txt": "x"}, name="inner")
    outer = make_repository(name="outer")
    outer.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner.path), "lib")
    commit = outer.commit()

    git.clone(Runner(), outer.path, commit, "", tmp_path / "clone")

    assert (tmp_path / "clone/lib/inner.txt").read_text() == "x"
    assert _state(tmp_path / "clone")[2] == f"{commit}\n"


@pytest.mark.parametrize("name", ['"quoted"', "#hash", "a\nb", "back\\slash", "größe"])
def test_a_repository_of_any_name_lends_its_objects(make_repository: MakeRepository, tmp_path: Path, name: str) -> None:
    repository = make_repository({"f": "x"}, name=name)

    git.clone(Runner(), repository.path, "HEAD", "", tmp_path / "clone")

    assert (tmp_path / "clone/f").read_text() == "x"


def test_ignored_files_are_found_by_kind_below_a_folder_of_any_name(make_repository: MakeRepository) -> None:
    repository = make_repository({".gitignore": "*.go\n!main.go\n", "a[b]/x": ""})
    repository.write({"a[b]/hidden.go": "", "a[b]/c/hidden.go": "", "hidden.go": "", "ab/hidden.go": ""})

    found = git.ignored(Runner(), _look(repository, "a[b]"), ["*.go"])

    assert set(found) == {"a[b]/hidden.go", "a[b]/c/hidden.go"}


def test_the_difference_does_not_depend_on_the_user_s_settings(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.write({"main.go": "changed\n"})
    before = git.difference(Runner(), _look(repository))
    (tmp_path / "config").write_text(
        "[diff]\nnoprefix = true\nmnemonicPrefix = true\ncontext = 9\nexternal = false\n[color]\nui = always\n"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "config"))

    assert git.difference(Runner(), _look(repository)) == before
    assert b"+changed" in before


def test_neither_signatures_nor_columns_nor_orders_of_the_user_hide_commit_and_tags(
    make_repository: MakeRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = make_repository(tag="v1.0.0")
    repository.git("tag", "other")
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    repository.git("-c", "gpg.format=ssh", "-c", f"user.signingKey={key}", "commit", "--amend", "--no-edit", "-S", "--quiet")
    repository.git("tag", "--force", "v1.0.0")
    repository.git("tag", "--force", "other")
    before = _look(repository)
    (tmp_path / "config").write_text("[log]\nshowSignature = true\n[column]\nui = always\n[tag]\nsort = -refname\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "config"))

    after, tags = _look(repository), git.all_tags(Runner(), repository.path)

    assert after == before
    assert (after.time, after.tags, tags) == (1_714_979_289, ("other", "v1.0.0"), ("other", "v1.0.0"))


@pytest.mark.parametrize("kind", ["LITERAL", "GLOB", "NOGLOB", "ICASE"])
def test_a_shell_s_pathspecs_do_not_choose_other_files(make_repository: MakeRepository, kind: str) -> None:
    repository = make_repository({"a/x.txt": "", "A/x.txt": "", "a/b/y.txt": ""})
    environ = {**os.environ, f"GIT_{kind}_PATHSPECS": "1"}
    checkout = _look(repository)

    listed = [one.path for one in git.entries(Runner(environ=environ), checkout, ["a/*"], untracked=False)]
    tracked = git.tracked(Runner(environ=environ), checkout, ["*.txt"])

    assert (listed, tracked) == (["a/x.txt"], ("A/x.txt", "a/b/y.txt", "a/x.txt"))
