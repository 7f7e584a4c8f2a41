"""From a tree to binaries: several targets at once, a log for each, and a manifest of them all."""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tsdbtasks.core.build.manifest import Binary, Manifest, Target
from tsdbtasks.errors import SeveralError, TsdbtasksError
from tsdbtasks.tools import files, outputs, pool, source
from tsdbtasks.tools.recipes import recipes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tsdbtasks.core.build.plan import Recipe
    from tsdbtasks.core.build.platforms import Platform
    from tsdbtasks.tools.go import Module
    from tsdbtasks.tools.work import Work


@dataclass(frozen=True)
class Built:
    """What a build left: its manifest, the platforms asked for, which of them were there already, and failures."""

    manifest: Manifest
    platforms: tuple[str, ...]
    unchanged: tuple[str, ...]
    failed: tuple[str, ...] = ()
    errors: Mapping[str, TsdbtasksError] = dataclasses.field(default_factory=dict)


def build(
    work: Work,
    platforms: Sequence[Platform],
    out: Path,
    *,
    jobs: int = 0,
    env: Mapping[str, str] | None = None,
    flat: bool = False,
) -> Built:
    """Build every program for each of *platforms* into the folder *out*.

    What stands there already from the same inputs is checked by its hash and kept. One failure does not stop
    the others: the manifest holds what was made, and *errors* what was not. Under ``--dry`` nothing is made.
    *env* are variables that change no byte, such as another place for Go's cache. Programs lie in a folder for
    each platform, or straight in *out* if *flat*.
    """
    old = _kept(work, out)
    wanted = tuple(one.id for one in platforms)
    ready = tuple(one for one in wanted if one in old.targets and _is_there(out, old.targets[one]))
    missing = [one for one in platforms if one.id not in ready]
    if not missing:
        return Built(old, wanted, ready)
    with source.opened(work.runner, work.tree) as module:
        planned = recipes(work, module, missing)
        made: dict[str, Path | None] = {}

        def make(one: Recipe) -> None:
            made[one.id] = _build(work, module, one, out, one.file(flat=flat), env or {})

        try:
            _, errors = pool.each(
                work.runner,
                {one.id: one for one in planned},
                make,
                # One more than there are processors, so that none is idle while a program waits for the disk.
                jobs=jobs or work.settings.build.jobs or (os.cpu_count() or 1) + 1,
                verbs=("building", "would be built" if work.runner.dry else "built"),
            )
        finally:  # what a run has finished that was stopped is as good as any
            now = old if work.runner.dry else _saved(out, old, _complete(out, missing, planned, made))
    if work.runner.dry:
        return Built(old, wanted, ready)
    failed = tuple(one.id for one in missing if one.id not in now.targets)
    return Built(now, wanted, ready, failed, errors)


def _saved(out: Path, old: Manifest, made: Sequence[Target]) -> Manifest:
    """Write the manifest with what was *made*, and return it."""
    now = old.with_targets([_with_archives(one, old) for one in made])
    if now.targets:  # where nothing could be built, what was built before is still the best there is
        outputs.save(out, now)
    return now


def _complete(
    out: Path, platforms: Sequence[Platform], planned: Sequence[Recipe], made: Mapping[str, Path | None]
) -> list[Target]:
    """Return the targets of which every program was built."""
    recipes_of = {platform.id: [one for one in planned if one.platform == platform] for platform in platforms}
    return [
        Target(name, tuple(_described(out, one, path) for one in group if (path := made[one.id]) is not None))
        for name, group in recipes_of.items()
        if all(made.get(one.id) for one in group)
    ]


def _described(out: Path, recipe: Recipe, path: Path) -> Binary:
    # Where the clone lay is no input.
    env = {name: value for name, value in recipe.env.items() if name != "GOWORK"}
    place = path.relative_to(out).as_posix()
    return Binary(recipe.program.name, place, path.stat().st_size, files.sha256(path), recipe.argv, env)


def _with_archives(target: Target, old: Manifest) -> Target:
    """Return *target* with the archives that hold the very same binaries, made before a file was lost or changed."""
    before = old.targets.get(target.platform)
    same = before is not None and before.binaries == target.binaries
    return dataclasses.replace(target, archives=before.archives) if before and same else target


def raise_failures(built: Built) -> None:
    """Raise what went wrong; output that several targets have in common is shown once."""
    if not built.errors:
        return
    alike: dict[str, list[str]] = {}
    for name, error in built.errors.items():
        # The first line is the command, which has the target's name in it.
        alike.setdefault(error.message.partition("\n")[2] or error.message, []).append(name)
    groups = [
        type(built.errors[names[0]])(f"{', '.join(names)}:\n{output}", hint=built.errors[names[0]].hint)
        for output, names in alike.items()
    ]
    failed = f"{len(built.failed)} of {len(built.platforms)} platforms could not be built"
    raise SeveralError(f"{failed}: {', '.join(built.failed)}", groups)


def _build(work: Work, module: Module, recipe: Recipe, out: Path, place: str, env: Mapping[str, str]) -> Path | None:
    """Build one program, which has its final name only when it is whole; nothing under ``--dry``."""
    target = out / place
    part = files.part_of(target)
    command = recipe.command(work.go.path, str(target if work.runner.dry else part))
    log = out / outputs.LOGS / f"build-{recipe.id}.log"
    if not work.runner.dry:
        target.parent.mkdir(parents=True, exist_ok=True)
    try:
        work.runner.act(command, cwd=module.folder, env={**work.go.env, **recipe.env, **env}, log=log, said=recipe.env)
        if work.runner.dry:
            return None
        part.chmod(0o755)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return target


def _is_there(out: Path, target: Target) -> bool:
    return all((out / one.path).is_file() and files.sha256(out / one.path) == one.sha256 for one in target.binaries)


def _kept(work: Work, out: Path) -> Manifest:
    """Return the manifest to go on with: the one in *out* if it is of the same inputs, else an empty one."""
    facts = work.inputs
    fresh = Manifest(facts, tuple(one.id for one in work.settings.build.platforms), {})
    old = outputs.load_or_none(out)
    if old is None or old.inputs.identity != facts.identity or not facts.identity:
        return fresh
    return dataclasses.replace(fresh, targets=old.targets)
