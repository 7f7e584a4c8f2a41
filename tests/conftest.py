"""What tests share: a clean environment, a factory of Go repositories, and Invoke as a process."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from invoke.config import Config
from invoke.context import Context

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: Beginnings of variables that change what a task or one of its programs does.
_LEAKS = ("CI", "GITHUB_", "RUNNER_", "VERSION", "TSDBTASKS_", "INVOKE_", "GO", "CGO_", "CC", "GIT_", "NOX", "FORCE_COLOR")
#: The time of the first commit, so that a repository made twice has the same commits.
_MOMENT = "2024-05-06T07:08:09Z"

# Programs that came with the packages, Go among them, are found without activating their environment; also by the
# conditions of tests, which are looked at before any fixture.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])

TASKS = "import tsdbtasks\n\nns = tsdbtasks.collection()\n"
#: A program that links nothing but the runtime, so that five builds take a second.
MAIN = 'package main\n\nvar version = "unset"\n\nfunc main() { println(version) }\n'


@dataclass(frozen=True)
class Ran:
    """A program that has ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Repository:
    """A folder with a Go module and tasks.py, in git unless it was asked for without."""

    path: Path

    def write(self, files: Mapping[str, str | bytes]) -> None:
        """Write *files*, by their path, and make the folders that they need."""
        for name, content in files.items():
            target = self.path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.encode() if isinstance(content, str) else content)

    def git(self, *arguments: str) -> str:
        """Run git here and return what it says."""
        done = subprocess.run(["git", *arguments], cwd=self.path, capture_output=True, check=True)
        return done.stdout.decode("utf-8", "surrogateescape").rstrip("\n")

    def commit(self, message: str = "change") -> str:
        """Commit all that git does not ignore, and return the commit."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def commit_index(self, message: str) -> str:
        """Commit what is in git's index, and nothing else, and return the commit."""
        self.git("commit", "--quiet", "-m", message)
        return self.git("rev-parse", "HEAD")

    @property
    def status(self) -> str:
        """What git sees that is no commit's."""
        return self.git("status", "--porcelain", "--untracked-files=all")

    def command(self, *arguments: str) -> list[str]:
        """Return the command that runs Invoke with *arguments*."""
        return [sys.executable, "-m", "invoke", *arguments]

    def inv(
        self, *arguments: str, env: Mapping[str, str] | None = None, cwd: Path | None = None, python: str = sys.executable
    ) -> Ran:
        """Run Invoke here as a process of its own, and return how it ended."""
        done = subprocess.run(
            [python, *self.command(*arguments)[1:]],
            cwd=cwd or self.path,
            env={**os.environ, **(env or {})},
            capture_output=True,
            check=False,
            timeout=120,
        )
        return Ran(done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace"))

    def context(self, settings: Mapping[str, Any] | None = None, *, dry: bool = False) -> Context:
        """Return the context that Invoke would give a task here, for tasks that are called as functions."""
        return context(self.path, settings, dry=dry)

    @property
    def files(self) -> set[str]:
        """All paths of files, but for git's own."""
        paths = (path.relative_to(self.path) for path in self.path.rglob("*") if path.is_symlink() or not path.is_dir())
        return {path.as_posix() for path in paths if path.parts[0] != ".git" and "__pycache__" not in path.parts}


def context(folder: Path, settings: Mapping[str, Any] | None = None, *, dry: bool = False) -> Context:
    """Return a context as of a tasks.py in *folder* whose collection has *settings*."""
    config = Config(overrides={"run": {"dry": dry}, "tsdbtasks": dict(settings or {})})
    config.set_project_location(folder)
    return Context(config)


class MakeRepository(Protocol):
    """Makes a repository of a Go module with one program."""

    def __call__(
        self,
        files: Mapping[str, str | bytes] | None = None,
        *,
        name: str = "demo",
        tag: str = "",
        platforms: str = "",
        git: bool = True,
    ) -> Repository:
        """Take further *files*, the folder's *name*, a *tag*, and *platforms* as a TOML list if not the default."""


@pytest.fixture(scope="session", autouse=True)
def clean_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Take away what a shell or CI sets, and give git an identity without the user's own settings."""
    place = tmp_path_factory.mktemp("git")
    (place / "config").write_text("[user]\nname = Somebody\nemail = somebody@example.com\n[init]\ndefaultBranch = main\n")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(_LEAKS)]:
            patch.delenv(name)
        patch.setenv("GIT_CONFIG_GLOBAL", str(place / "config"))
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        patch.setenv("GIT_AUTHOR_DATE", _MOMENT)
        patch.setenv("GIT_COMMITTER_DATE", _MOMENT)
        patch.setenv("PYTHONDONTWRITEBYTECODE", "1")
        yield


@pytest.fixture
def make_repository(tmp_path: Path) -> MakeRepository:
    """Give a function that makes repositories below the test's own folder."""

    def made(
        files: Mapping[str, str | bytes] | None = None,
        *,
        name: str = "demo",
        tag: str = "",
        platforms: str = "",
        git: bool = True,
    ) -> Repository:
        repository = Repository(tmp_path / name)
        repository.write({"go.mod": "module example.com/demo\n\ngo 1.20\n", "main.go": MAIN, "tasks.py": TASKS})
        if platforms:
            repository.write({"tsdbtasks.toml": f"build.platforms = {platforms}\n"})
        repository.write(files or {})
        if git:
            repository.git("init", "--quiet", ".")
            repository.commit("first")
            if tag:
                repository.git("tag", tag)
        return repository

    return made


@pytest.fixture
def repository(make_repository: MakeRepository) -> Repository:
    """Give a repository at a clean commit without a tag."""
    return make_repository()


def ended(pid: int) -> bool:
    """Wait until the process *pid* has ended, a short while; say whether it has."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], 10)[0])
    finally:
        os.close(descriptor)


def golden(name: str, text: str) -> None:
    """Assert that *text* is what the file *name* in tests/golden holds."""
    path = Path(__file__).parent / "golden" / name

    assert text == path.read_text("utf-8"), f"if the new text is right, write it to {path}"
