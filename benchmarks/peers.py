"""The rows of listing and building: what is measured, against what, and the ratio to reach."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import example
from benchmarks.goals import Goal
from benchmarks.harness import Command, FailedError, Side, run
from benchmarks.place import ROOT, Place, Row, SkippedError, always, build_command, script

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from benchmarks.pairs import Comparison

GORELEASER = "github.com/goreleaser/goreleaser/v2@v2.15.1"

# Listing


def listing(place: Place) -> Row:
    """Return the row of ``inv --list``."""
    said = _json([*script("inv"), "--list", "--list-format=json"], place)
    folder = place.folder / "tasks"
    folder.mkdir()
    (folder / "tasks.py").write_text(empty_tasks(said["tasks"]), "utf-8")
    return _listing(place, [*script("inv"), "--list"], folder, f"Invoke with {len(said['tasks'])} empty tasks")


def sessions(place: Place) -> Row:
    """Return the row of ``nox -l``."""
    absent = [name for name in ("noxfile.py", "tsdbtasks/sessions.py") if not (ROOT / name).is_file()]
    if absent:
        message = f"this repository has no {' and no '.join(absent)}"
        raise SkippedError(message)
    said = _json([*script("nox"), "--list", "--json"], place)
    folder = place.folder / "sessions"
    folder.mkdir()
    (folder / "noxfile.py").write_text(empty_sessions(said), "utf-8")
    return _listing(place, [*script("nox"), "-l"], folder, f"nox with {len(said)} empty sessions")


def _listing(place: Place, argv: list[str], empty: Path, against: str) -> Row:
    shown = " ".join([Path(argv[0]).stem, *argv[1:]])
    ours, peer = (Command(argv, folder, place.environ) for folder in (ROOT, empty))
    return Row(
        shown, against, Goal(ratio=1.15), Side("tsdbtasks", always(ours)), Side("empty", always(peer)), pairs=30, warmups=2
    )


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
    return Row(work, "goreleaser --snapshot", Goal(ratio=0.75), _ours(place), Side("goreleaser", prepare), pairs=5, notes=notes)


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


def bare(place: Place) -> Row:
    """Return the row against the bare script."""
    folder = place.copy("script")
    recipe = place.folder / "recipe.json"
    jobs = os.cpu_count() or 1
    recipe.write_text(json.dumps(example.script_recipe(place.project.targets, str(place.go), jobs)), "utf-8")

    def command(version: str) -> Command:
        program = str(Path(__file__).with_name("bare.py"))
        return Command([sys.executable, "-I", "-S", program, str(recipe), version], folder, place.environ)

    def prepare() -> Command:
        version = place.version()
        example.retag(folder, place.environ, version)
        return command(version)

    notes = _checked(place, folder, "the bare script", lambda: command(example.tagged(folder, place.environ)))
    work = "inv build-all package, warm, version changed"
    return Row(work, "bare script", Goal(ratio=1.25), _ours(place), Side("script", prepare), pairs=5, notes=notes)


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

    def after(_: Comparison) -> tuple[str, ...]:
        run(second())
        said = json.loads((folder / "dist" / "reports" / "build-all.json").read_text("utf-8"))
        if said["outcome"] != "unchanged":
            message = f"a second build of the same commit says {said['outcome']!r}, not 'unchanged'"
            raise FailedError(message)
        return ()

    work = "inv build-all package, nothing changed"
    return Row(work, "the first run", Goal(ratio=0.25), Side("again", second), Side("first", first), pairs=5, after=after)


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
    return Row(work, "goreleaser --snapshot", Goal(ratio=1.0), ours, Side("goreleaser", peer), pairs=2, warmups=0, notes=notes)
