"""Packaging: archives, SBOMs, checksums and the manifest, from the binaries that were built."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from invoke.collection import Collection

from tsdbtasks.edge import about, number, settings_of, show, task, unchanged
from tsdbtasks.errors import UsageError
from tsdbtasks.runner import Runner

if TYPE_CHECKING:
    from collections.abc import Sequence

    from invoke.context import Context

    from tsdbtasks.core.report.builds import Artifact


@task(
    parted=True,
    iterable=["merge"],
    help={
        "merge": "Folder of one part of a build that several jobs made; repeatable.",
        "jobs": "Archives to write at the same time.",
    },
)
def package(c: Context, merge: Sequence[str] = (), jobs: str = "0") -> tuple[Artifact, ...]:
    """Pack what was built: archives, SBOMs, SHA256SUMS and manifest.json, in dist/."""
    from tsdbtasks.core.report import builds as report  # noqa: PLC0415 - `inv --list` must not pay for it
    from tsdbtasks.tools import outputs, packages, work  # noqa: PLC0415 - as above

    settings, runner, at_once = settings_of(c), Runner.of(c), number(jobs, "--jobs")
    with outputs.held(runner, settings.folder / "dist") as out:
        parts = [Path(part) for part in merge]
        now = packages.joined(parts) if parts else outputs.load(out)
        if now is None or not now.targets:
            if runner.dry:
                show((), None)
                return ()
            message = f"nothing was built: {out} has no manifest with a target"
            raise UsageError(message, hint="inv build-all package")
        found = work.look_again(runner, settings, now)
        if parts and not runner.dry:
            now = packages.bring(parts, now, out)
        published = packages.package(found, now, out, jobs=at_once)
        written = outputs.digest(out)  # while nobody else can write another one
    facts, made_of = now.inputs, [one for one in now.configured if one in now.targets]
    part = "" if len(made_of) == len(now.configured) else "+".join(made_of)
    about(commit=facts.commit, version=facts.version, manifest=written, part=part)
    made = report.archives(published.manifest, "dist", published.unchanged)
    absent = [one for one in now.configured if one not in now.targets]
    notes = [f"not built, so not packed: {', '.join(absent)}"] if absent else []
    show(made, report.table(f"{now.inputs.name} {now.inputs.version}", made, notes))
    if made and len(published.unchanged) == len(made):
        unchanged("the same binaries and files were packed before, and the archives are still those")
    return made


ns = Collection(package)
