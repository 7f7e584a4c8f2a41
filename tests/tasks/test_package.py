"""Packaging: archives that users can open, sums that hold everywhere, and parts of a build that are joined."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tarfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import MAIN, golden
from tsdbtasks.errors import UsageError
from tsdbtasks.tasks import build
from tsdbtasks.tasks import package as tasks

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import MakeRepository, Repository

    Parts = Callable[..., tuple[Repository, list[str]]]

_ONE = '["linux/amd64"]'
_TWO = '["linux/amd64", "windows/amd64"]'
_FILES = {"LICENSE": "free", "README.md": "read me"}


def _manifest(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "manifest.json").read_text()))


def _packed(repository: Repository, version: str = "") -> None:
    build.build_all(repository.context(), version=version)
    tasks.package(repository.context())


def test_archives_hold_programs_licence_and_readme_and_their_sums_are_right(make_repository: MakeRepository) -> None:
    repository = make_repository(_FILES, tag="v1.2.3")

    _packed(repository)

    dist = repository.path / "dist"
    base = "demo_1.2.3_linux_amd64"
    with tarfile.open(dist / f"{base}.tar.gz") as tar:
        found = [(one.name, one.mode, one.mtime, one.uname) for one in tar]
    assert found == [
        (f"{base}/{name}", mode, 1_714_979_289, "")
        for name, mode in (("LICENSE", 0o644), ("README.md", 0o644), ("demo", 0o755))
    ]
    with zipfile.ZipFile(dist / "demo_1.2.3_windows_amd64.zip") as archive:
        names = archive.namelist()
        program = archive.read("demo_1.2.3_windows_amd64/demo.exe")
    assert names == [f"demo_1.2.3_windows_amd64/{name}" for name in ("LICENSE", "README.md", "demo.exe")]
    assert program[:2] == b"MZ"
    checked = subprocess.run(
        ["sha256sum", "--strict", "-c", "SHA256SUMS"], cwd=dist, capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stdout.count(": OK")) == (0, 10)
    assert repository.status == ""


def test_the_manifest_traces_what_is_published_to_the_programs_inside(make_repository: MakeRepository) -> None:
    repository = make_repository(_FILES, tag="v1.2.3", platforms=_ONE)

    _packed(repository)

    dist = repository.path / "dist"
    manifest = _manifest(dist)
    (archive,), (binary,) = (manifest["targets"]["linux_amd64"][key] for key in ("archives", "binaries"))
    with tarfile.open(dist / archive["path"]) as tar:
        member = tar.extractfile("demo_1.2.3_linux_amd64/demo")
        assert member is not None
        inside = hashlib.sha256(member.read()).hexdigest()
    assert inside == binary["sha256"]
    assert hashlib.sha256((dist / archive["path"]).read_bytes()).hexdigest() == archive["sha256"]
    assert hashlib.sha256((dist / archive["sbom"]).read_bytes()).hexdigest() == archive["sbom_sha256"]
    sbom = json.loads((dist / archive["sbom"]).read_text())
    assert sbom["metadata"]["component"]["version"] == "v1.2.3"
    assert sbom["components"][0]["hashes"][0]["content"] == binary["sha256"]
    assert manifest["inputs"]["commit"] == repository.git("rev-parse", "HEAD")
    assert (
        json.loads((dist / "reports/package.json").read_text())["manifest"]
        == hashlib.sha256((dist / "manifest.json").read_bytes()).hexdigest()
    )


def test_the_table_of_archives_reads_as_it_did(make_repository: MakeRepository) -> None:
    repository = make_repository(_FILES, tag="v1.2.3", platforms=_TWO)
    repository.inv("build-all", "--only", "linux_amd64")

    out = repository.inv("package").out

    golden(
        "package.txt", "\n".join(line.split("  ")[0] if line.startswith("linux") else line for line in out.splitlines()) + "\n"
    )


def test_a_missing_licence_or_readme_is_said_and_not_fatal(make_repository: MakeRepository) -> None:
    repository = make_repository(tag="v1.2.3", platforms=_ONE)
    build.build_all(repository.context())

    ran = repository.inv("package")

    assert ran.code == 0
    assert f"warning: no licence was found in {repository.path}" in ran.err
    assert f"warning: no readme was found in {repository.path}" in ran.err


def test_a_module_in_a_folder_takes_the_licence_of_its_repository(make_repository: MakeRepository) -> None:
    settings = f"{{'root': 'db', 'build': {{'platforms': {_ONE}}}}}"
    repository = make_repository(
        {
            "tasks.py": f"import tsdbtasks\n\nns = tsdbtasks.collection(settings={settings})\n",
            "db/go.mod": "module example.com/inner\n\ngo 1.20\n", "db/main.go": MAIN, "db/README.md": "inner", **_FILES,
        },
        tag="v1.2.3",
    )  # fmt: skip

    assert repository.inv("build-all", "package").code == 0

    with tarfile.open(repository.path / "db/dist/inner_1.2.3_linux_amd64.tar.gz") as tar:
        readme = tar.extractfile("inner_1.2.3_linux_amd64/README.md")
        assert readme is not None
        assert readme.read() == b"inner"
        assert "inner_1.2.3_linux_amd64/LICENSE" in tar.getnames()


def _archive_names(repository: Repository) -> list[str]:
    return [
        name
        for target in _manifest(repository.path / "dist")["targets"].values()
        for one in target["archives"]
        for name in one["files"]
    ]


def test_extra_files_are_taken_by_path_glob_and_folder(make_repository: MakeRepository) -> None:
    repository = make_repository(
        {"conf/a.toml": "a", "conf/deep/b.toml": "b", "conf/deep/c.md": "c", "doc/größe.md": "d", "run.sh": "#!/bin/sh\n",
         "tsdbtasks.toml": f"build.platforms = {_ONE}\npackage.files = ['conf/**/*.toml', 'doc', 'run.sh']\n", **_FILES}
    )  # fmt: skip
    (repository.path / "run.sh").chmod(0o755)
    repository.commit()
    repository.git("tag", "v1.2.3")

    _packed(repository)

    base = "demo_1.2.3_linux_amd64"
    assert _archive_names(repository) == [
        f"{base}/{name}"
        for name in ("LICENSE", "README.md", "conf/a.toml", "conf/deep/b.toml", "demo", "doc/größe.md", "run.sh")
    ]
    with tarfile.open(repository.path / f"dist/{base}.tar.gz") as tar:
        assert tar.getmember(f"{base}/run.sh").mode == 0o755


def test_an_extra_file_is_the_commit_s_and_not_what_lies_around(make_repository: MakeRepository) -> None:
    repository = make_repository({"doc/a.md": "committed", **_FILES}, tag="v1.2.3", platforms=_ONE)
    repository.write({"tsdbtasks.toml": f"build.platforms = {_ONE}\npackage.files = ['doc/*']\n"})
    repository.commit()
    repository.git("tag", "-f", "v1.2.3")
    repository.write({"doc/untracked.md": "x"})

    _packed(repository)

    assert [name for name in _archive_names(repository) if "doc" in name] == ["demo_1.2.3_linux_amd64/doc/a.md"]


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("nothing/*.md", "'nothing/*.md' matches no file of the commit"),
        ("../outside", "want a path or glob below the module, got '../outside'"),
        ("link", "link is no plain file (git mode 120000)"),
        ("main.go/", "demo_"),
    ],
)
def test_a_file_that_cannot_be_packed_is_an_error(make_repository: MakeRepository, pattern: str, told: str) -> None:
    repository = make_repository(_FILES, platforms=_ONE)
    (repository.path / "link").symlink_to("/etc/passwd")
    repository.write({"tsdbtasks.toml": f"build.platforms = {_ONE}\npackage.files = ['{pattern}']\n"})
    repository.commit()
    build.build_all(repository.context())

    ran = repository.inv("package")

    if pattern == "main.go/":  # a slash at the end is no reason to refuse what is meant
        assert (ran.code, told in ran.out) == (0, True)
    else:
        assert (ran.code, told in ran.err) == (2, True)
        assert [name for name in repository.files if name.endswith(".tar.gz")] == []


def test_each_program_can_have_an_archive_of_its_own(make_repository: MakeRepository) -> None:
    repository = make_repository({"cmd/one/main.go": MAIN, "cmd/two/main.go": MAIN, **_FILES}, platforms=_ONE)
    (repository.path / "main.go").unlink()
    repository.commit()
    repository.git("tag", "v1.2.3")
    together = {"dist/demo_1.2.3_linux_amd64.tar.gz"}
    apart = {"dist/one_1.2.3_linux_amd64.tar.gz", "dist/two_1.2.3_linux_amd64.tar.gz"}

    _packed(repository)
    first = {name for name in repository.files if name.endswith(".tar.gz")}
    repository.write({"tsdbtasks.toml": f"build.platforms = {_ONE}\npackage.separate = true\n"})
    repository.commit()
    repository.git("tag", "-f", "v1.2.3")
    _packed(repository)
    second = {name for name in repository.files if name.endswith(".tar.gz")}

    assert (first, second) == (together, apart)


def test_without_sboms_there_are_none(make_repository: MakeRepository) -> None:
    repository = make_repository(
        {**_FILES, "tsdbtasks.toml": f"build.platforms = {_ONE}\npackage.sbom = false\n"}, tag="v1.2.3"
    )

    _packed(repository)

    assert [name for name in repository.files if name.endswith(".cdx.json")] == []
    assert (repository.path / "dist/SHA256SUMS").read_text().count("\n") == 1


def test_a_second_run_finds_everything_unchanged_and_mends_what_is_not(make_repository: MakeRepository) -> None:
    repository = make_repository(_FILES, tag="v1.2.3", platforms=_TWO)
    _packed(repository)
    before = (repository.path / "dist/SHA256SUMS").read_text()
    again = json.loads(repository.inv("package", "--json").out)
    (repository.path / "dist/demo_1.2.3_linux_amd64.tar.gz").write_bytes(b"damaged")

    mended = json.loads(repository.inv("package", "--json").out)

    assert again["outcome"] == "unchanged"
    assert {one["platform"]: one["outcome"] for one in mended["result"]} == {
        "linux_amd64": "packed",
        "windows_amd64": "unchanged",
    }
    assert (repository.path / "dist/SHA256SUMS").read_text() == before


# --- refusals -----------------------------------------------------------------------------------------


def test_nothing_that_was_built_cannot_be_packed(repository: Repository) -> None:
    ran = repository.inv("package")

    assert (ran.code, "nothing was built" in ran.err, "next: inv build-all package" in ran.err) == (2, True, True)


@pytest.mark.parametrize("how", ["changed", "removed"])
def test_a_program_that_is_not_the_one_that_was_built_is_refused(make_repository: MakeRepository, how: str) -> None:
    repository = make_repository(_FILES, platforms=_ONE)
    build.build_all(repository.context())
    program = repository.path / "dist/demo_linux_amd64/demo"
    if how == "changed":
        program.write_bytes(program.read_bytes() + b"x")
    else:
        program.unlink()

    ran = repository.inv("package")

    code, told = {"changed": (4, "is not the file that was built"), "removed": (2, "is listed in the manifest and not there")}[
        how
    ]
    assert (ran.code, told in ran.err, f"{program}" in ran.err) == (code, True, True)
    assert [name for name in repository.files if name.endswith(".tar.gz")] == []


@pytest.mark.parametrize(
    ("how", "told"), [("commit", "and HEAD is"), ("dirty", "the tree is not the one that was built from: main.go")]
)
def test_a_tree_that_has_changed_since_is_refused(make_repository: MakeRepository, how: str, told: str) -> None:
    repository = make_repository(_FILES, platforms=_ONE)
    build.build_all(repository.context())
    repository.write({"main.go": MAIN.replace("unset", "changed")})
    if how == "commit":
        repository.commit()

    ran = repository.inv("package")

    assert (ran.code, told in ran.err, "next: inv build-all package" in ran.err) == (2, True, True)


@pytest.mark.parametrize("change", [{"package": {"sbom": False}}, {"build": {"stamp": False}}, {"name": "other"}])
def test_settings_that_have_changed_since_are_refused(make_repository: MakeRepository, change: dict[str, Any]) -> None:
    repository = make_repository(_FILES, platforms=_ONE)
    build.build_all(repository.context())

    with pytest.raises(UsageError, match="the settings are not those that were built with") as caught:
        tasks.package(repository.context(change))

    assert (caught.value.exit_code, "next: inv build-all package" in str(caught.value)) == (2, True)


def test_what_was_built_dirty_is_packed_as_that(make_repository: MakeRepository) -> None:
    repository = make_repository(_FILES, platforms=_ONE)
    repository.write({"main.go": MAIN.replace("unset", "changed"), "README.md": "changed"})

    _packed(repository, "v2.0.0")

    archive = repository.path / "dist/demo_2.0.0-dirty_linux_amd64.tar.gz"
    with tarfile.open(archive) as tar:
        readme = tar.extractfile("demo_2.0.0-dirty_linux_amd64/README.md")
        assert readme is not None
        assert readme.read() == b"changed"
    sbom = json.loads(archive.with_name("demo_2.0.0-dirty_linux_amd64.cdx.json").read_text())
    assert sbom["metadata"]["component"]["version"] == "v2.0.0+dirty"


# --- parts --------------------------------------------------------------------------------------------


@pytest.fixture
def parts(make_repository: MakeRepository, tmp_path: Path) -> Parts:
    """Give a function that builds a repository's two targets as two jobs would, and returns where their parts are."""

    def made(*, second: str = "windows_*", package: bool = False) -> tuple[Repository, list[str]]:
        repository = make_repository(_FILES, tag="v1.2.3", platforms=_TWO)
        for name, only in (("one", "linux_*"), ("two", second)):
            build.build_all(repository.context(), only=[only])
            if package:
                tasks.package(repository.context())
                for folder in (repository.path / "dist").glob("demo_*_amd64"):
                    shutil.rmtree(folder)
            (repository.path / "dist").rename(tmp_path / name)
        return repository, ["--merge", str(tmp_path / "one"), "--merge", str(tmp_path / "two")]

    return made


@pytest.mark.parametrize("package", [False, True])
def test_parts_are_joined_to_what_one_job_would_have_made(parts: Parts, package: bool) -> None:  # noqa: FBT001 - a table's column
    repository, merge = parts(package=package)

    ran = repository.inv("package", *merge)
    joined = (repository.path / "dist/SHA256SUMS").read_text(), (repository.path / "dist/manifest.json").read_text()
    repository.inv("clean-build")
    _packed(repository)

    assert ran.code == 0
    assert joined == ((repository.path / "dist/SHA256SUMS").read_text(), (repository.path / "dist/manifest.json").read_text())
    assert os.access(repository.path / "dist/demo_linux_amd64/demo", os.X_OK)


def _changed(folder: str, change: Callable[[dict[str, Any]], None]) -> None:
    path = Path(folder) / "manifest.json"
    body = json.loads(path.read_text())
    change(body)
    path.write_text(json.dumps(body))


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("commit", "d" * 40, "has another commit than"),
        ("version", "v2.0.0", "has another version than"),
        ("settings", "other", "has another configuration than"),
        ("go", "go1.1", "has another toolchain than"),
    ],
)
def test_parts_that_differ_are_refused_and_nothing_is_written(parts: Parts, field: str, value: str, told: str) -> None:
    repository, merge = parts()
    _changed(merge[3], lambda body: body["inputs"].update({field: value}))

    ran = repository.inv("package", *merge)

    assert (ran.code, told in ran.err) == (2, True)
    assert not any(name.endswith((".tar.gz", ".zip", "/demo", "SHA256SUMS", "manifest.json")) for name in repository.files)


def test_a_doubled_target_is_refused(parts: Parts) -> None:
    repository, merge = parts(second="*")

    ran = repository.inv("package", *merge)

    assert (ran.code, "the target linux_amd64 is in " in ran.err) == (2, True)


def test_a_missing_target_is_refused(parts: Parts) -> None:
    repository, merge = parts()

    ran = repository.inv("package", *merge[:2])

    assert (ran.code, "the target windows_amd64 is in no part" in ran.err) == (2, True)


def test_a_folder_that_is_no_part_is_refused(repository: Repository, tmp_path: Path) -> None:
    ran = repository.inv("package", "--merge", str(tmp_path / "nowhere"))

    assert (ran.code, f"--merge {tmp_path}/nowhere: want a folder with the manifest.json" in ran.err) == (2, True)


def test_a_program_that_was_tampered_with_is_refused_and_replaces_nothing(
    parts: Parts,
) -> None:
    repository, merge = parts()
    program = Path(merge[3]) / "demo_windows_amd64/demo.exe"
    good = program.read_bytes()
    repository.write({"dist/demo_windows_amd64/demo.exe": good})
    program.write_bytes(good[:-1] + b"x")

    ran = repository.inv("package", *merge)

    assert (ran.code, "demo_windows_amd64/demo.exe is not the file that the manifest lists" in ran.err) == (4, True)
    assert (repository.path / "dist/demo_windows_amd64/demo.exe").read_bytes() == good
    assert [name for name in repository.files if ".part-" in name or name.endswith(".zip")] == []


def test_a_part_without_its_program_is_refused_with_advice(parts: Parts) -> None:
    repository, merge = parts()
    shutil.rmtree(Path(merge[3]) / "demo_windows_amd64")

    ran = repository.inv("package", *merge)

    assert (ran.code, "has neither demo_windows_amd64/demo.exe nor an archive with it" in ran.err) == (2, True)
    assert "next: hand over the whole dist/" in ran.err


def test_an_archive_that_was_tampered_with_is_refused(parts: Parts) -> None:
    repository, merge = parts(package=True)
    (Path(merge[3]) / "demo_1.2.3_windows_amd64.zip").write_bytes(b"PK nonsense")

    ran = repository.inv("package", *merge)

    assert (ran.code, "is no readable archive" in ran.err) == (2, True)


@pytest.mark.parametrize("path", ["../../outside", "/tmp/outside", "a/../../../outside"])  # noqa: S108 - never written
def test_a_path_that_leads_out_of_the_folder_is_refused(parts: Parts, path: str) -> None:
    repository, merge = parts()
    _changed(merge[3], lambda body: body["targets"]["windows_amd64"]["binaries"][0].update(path=path))

    ran = repository.inv("package", *merge)

    assert (ran.code, f"want a path below the output folder, got {path!r}" in ran.err) == (2, True)


# --- the same everywhere --------------------------------------------------------------------------------


def test_sums_are_the_same_from_a_full_and_a_shallow_clone_whatever_surrounds_them(
    make_repository: MakeRepository, tmp_path: Path
) -> None:
    # One target, since it is compiled from nothing: the cache is another one.
    settings_file = f"build.platforms = {_ONE}\npackage.files = ['text.txt']\n"
    repository = make_repository({**_FILES, "text.txt": "a\nb\n", "tsdbtasks.toml": settings_file})
    repository.commit()
    repository.git("tag", "v1.2.3")
    repository.git("tag", "other")
    shallow = type(repository)(tmp_path / "another place" / "größe")
    origin = f"file://{repository.path}"
    subprocess.run(
        ["git", "clone", "-c", "core.autocrlf=true", "--quiet", "--depth=1", "--no-tags", origin, shallow.path], check=True
    )
    settings = tmp_path / "gitconfig"
    settings.write_text("[core]\nautocrlf = true\n[user]\nname = x\nemail = y\n[tag]\nforceSignAnnotated = true\n")
    env = {
        "GIT_CONFIG_GLOBAL": str(settings), "TZ": "Asia/Kolkata", "LANG": "de_DE.UTF-8", "LC_ALL": "C",
        "GOCACHE": str(tmp_path / "cache"), "TMPDIR": str(tmp_path), "SOURCE_DATE_EPOCH": "1",
    }  # fmt: skip

    first = repository.inv("build-all", "package")
    before = os.umask(0o077)
    try:
        second = shallow.inv("build-all", "--version", "v1.2.3", "package", env=env)
    finally:
        os.umask(before)

    assert (first.code, second.code) == (0, 0), first.err + second.err
    assert shallow.git("tag") == ""
    assert (shallow.path / "dist/SHA256SUMS").read_text() == (repository.path / "dist/SHA256SUMS").read_text()
    assert (shallow.path / "dist/manifest.json").read_text() == (repository.path / "dist/manifest.json").read_text()
    assert (repository.status, shallow.status) == ("", "")


def test_another_version_gives_other_sums(make_repository: MakeRepository) -> None:
    repository = make_repository(_FILES, tag="v1.2.3", platforms=_ONE)
    _packed(repository)
    first = (repository.path / "dist/SHA256SUMS").read_text()

    _packed(repository, "v1.2.4")

    assert (repository.path / "dist/SHA256SUMS").read_text() != first
    assert {name for name in repository.files if "1.2.3" in name} == set()


def test_sums_of_archives_that_are_gone_go_with_them(make_repository: MakeRepository) -> None:
    repository = make_repository(_FILES, tag="v1.2.3", platforms=_ONE)
    _packed(repository)
    build.build_all(repository.context())
    kept = (repository.path / "dist/SHA256SUMS").is_file()

    build.build_all(repository.context(), version="v1.2.4")

    assert kept
    assert not (repository.path / "dist/SHA256SUMS").exists()


def test_in_python_packaging_gives_the_archives(make_repository: MakeRepository) -> None:
    repository = make_repository(_FILES, tag="v1.2.3", platforms=_ONE)
    build.build_all(repository.context())

    (made,) = tasks.package(repository.context())

    assert (made.path, made.outcome) == ("dist/demo_1.2.3_linux_amd64.tar.gz", "packed")


def test_a_dry_run_of_joining_writes_nothing(parts: Parts) -> None:
    repository, merge = parts()
    before = repository.files

    ran = repository.inv("--dry", "package", *merge)

    assert (ran.code, "would write " in ran.err) == (0, True)
    assert repository.files == before
