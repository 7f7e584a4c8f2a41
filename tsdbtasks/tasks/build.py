"""Building: this platform, one system's, or all."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from invoke.collection import Collection

from tsdbtasks.edge import about, number, settings_of, show, task, unchanged
from tsdbtasks.runner import Runner

if TYPE_CHECKING:
    from collections.abc import Sequence

    from invoke.context import Context

    from tsdbtasks.core.build.platforms import Platform
    from tsdbtasks.core.report.builds import Artifact
    from tsdbtasks.settings import Settings

_HELP = {
    "version": "Version to build as, such as v1.2.3; default: VERSION, CI's tag, or the tag at HEAD.",
    "jobs": "Targets to build at the same time.",
    "only": "Platform id or glob, such as linux_arm64 or 'linux_*'; repeatable.",
}


@task(parted=True, help={key: _HELP[key] for key in ("version",)})
def build(c: Context, version: str = "") -> tuple[Artifact, ...]:
    """Build for this platform, to bin/."""
    from tsdbtasks.core.build.platforms import Platform  # noqa: PLC0415 - `inv --list` must not pay for it
    from tsdbtasks.tools import go  # noqa: PLC0415 - as above

    settings, runner = settings_of(c), Runner.of(c)
    found = go.find(runner, settings.go.path, settings.folder)
    return _build(runner, settings, [Platform.parse(found.host)], version=version, jobs="0", folder="bin")


@task(parted=True, help=_HELP, iterable=["only"])
def build_all(c: Context, only: Sequence[str] = (), version: str = "", jobs: str = "0") -> tuple[Artifact, ...]:
    """Build every configured platform, to dist/."""
    return _configured(c, only, version, jobs)


@task(parted=True, help={key: _HELP[key] for key in ("version", "jobs")})
def build_linux(c: Context, version: str = "", jobs: str = "0") -> tuple[Artifact, ...]:
    """Build all configured Linux platforms, to dist/."""
    return _system(c, "linux", version, jobs)


@task(parted=True, help={key: _HELP[key] for key in ("version", "jobs")})
def build_windows(c: Context, version: str = "", jobs: str = "0") -> tuple[Artifact, ...]:
    """Build all configured Windows platforms, to dist/."""
    return _system(c, "windows", version, jobs)


@task(parted=True, help={key: _HELP[key] for key in ("version", "jobs")})
def build_darwin(c: Context, version: str = "", jobs: str = "0") -> tuple[Artifact, ...]:
    """Build all configured macOS platforms, to dist/."""
    return _system(c, "darwin", version, jobs)


def _system(c: Context, system: str, version: str, jobs: str) -> tuple[Artifact, ...]:
    return _configured(c, [f"{system}_*"], version, jobs)


def _configured(c: Context, only: Sequence[str], version: str, jobs: str) -> tuple[Artifact, ...]:
    from tsdbtasks.core.build import platforms  # noqa: PLC0415 - `inv --list` must not pay for it

    settings = settings_of(c)
    chosen = platforms.select(settings.build.platforms, only)
    return _build(Runner.of(c), settings, chosen, version=version, jobs=jobs, folder="dist")


def _build(
    runner: Runner, settings: Settings, platforms: Sequence[Platform], *, version: str, jobs: str, folder: str
) -> tuple[Artifact, ...]:
    from tsdbtasks.core.report import builds as report  # noqa: PLC0415 - `inv --list` must not pay for it
    from tsdbtasks.tools import builds, outputs, work  # noqa: PLC0415 - as above

    at_once = number(jobs, "--jobs")
    about(part=_part(settings, platforms, folder))
    with outputs.held(runner, settings.folder / folder) as out:
        found = work.look(runner, settings, version, os.environ)
        built = builds.build(found, platforms, out, jobs=at_once, flat=folder == outputs.BIN)
        written = outputs.digest(out)  # while nobody else can write another one
    facts = built.manifest.inputs
    about(commit=facts.commit, version=facts.version, manifest=written, part=_part(settings, platforms, folder))
    made = report.binaries(built.manifest, folder, built.platforms, built.unchanged)
    title = f"{facts.name} {facts.version}, {facts.go}"
    show(made, report.table(title, made, [f"{name}: failed" for name in built.failed]))
    builds.raise_failures(built)
    if len(built.unchanged) == len(built.platforms):
        unchanged("the same inputs were built before, and the files are still those")
    return made


def _part(settings: Settings, platforms: Sequence[Platform], folder: str) -> str:
    """Name the part of a build that several jobs share, so that their reports do not overwrite each other."""
    every = folder == "bin" or len(platforms) == len(settings.build.platforms)
    return "" if every else "+".join(one.id for one in platforms)


@task(recorded=False)
def clean_build(c: Context) -> tuple[str, ...]:
    """Remove build output, and only that; bin/ and dist/ go if nothing else is in them.

    It leaves no report, which would make the folder again.
    """
    from tsdbtasks.core.report.table import Table  # noqa: PLC0415 - `inv --list` must not pay for it
    from tsdbtasks.tools import outputs  # noqa: PLC0415 - as above

    settings, runner = settings_of(c), Runner.of(c)
    removed, left = outputs.clean(runner, settings.folder)
    notes = [f"kept, because no build made it: {path}" for path in left]
    verb = "would be removed" if runner.dry else "removed"
    show(removed, Table("", (verb,), [(path,) for path in removed], notes or ([] if removed else ["nothing to remove"])))
    return removed


ns = Collection(build, build_all, build_linux, build_windows, build_darwin, clean_build)
