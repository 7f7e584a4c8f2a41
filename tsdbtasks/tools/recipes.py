"""From a module to the recipes of its programs: which there are, and what can be stamped into them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tsdbtasks.core.build import gosource, plan
from tsdbtasks.core.build.plan import Choices, Program, Recipe, Stamps
from tsdbtasks.core.nearest import perhaps
from tsdbtasks.errors import SettingsError
from tsdbtasks.tools import console, go

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tsdbtasks.core.build.platforms import Platform
    from tsdbtasks.tools.go import Module
    from tsdbtasks.tools.work import Work


def recipes(work: Work, module: Module, platforms: Sequence[Platform]) -> list[Recipe]:
    """Return how each program of *module* is built for each of *platforms*, with the stamps it has a place for.

    *module* is the work's own, or the same one in a clone.
    """
    _known(work, module, platforms)
    linked = stamped(work, module)
    return [
        plan.recipe(program, platform, _choices(work, module, platform, ldflags))
        for platform in platforms
        for program, ldflags in linked
    ]


def stamped(work: Work, module: Module) -> list[tuple[Program, tuple[str, ...]]]:
    """Return the programs of *module*, each with its linker flags: the configured ones and our stamps."""
    tree = work.tree
    stamps = Stamps.of(tree.version, tree.commit, tree.time, work.name)
    flags = _filled(work.settings.build.ldflags, stamps)
    return [(one, (*flags, *_stamps(work, module, one, flags, stamps))) for one in programs(work, module)]


def _known(work: Work, module: Module, platforms: Sequence[Platform]) -> None:
    """Raise SettingsError for platforms that this go command has never heard of."""
    known = go.platforms(work.runner, work.go, module.folder)
    wrong = [f"{one.os}/{one.arch}" for one in platforms if f"{one.os}/{one.arch}" not in known]
    if wrong:
        raise SettingsError(
            [f"tsdbtasks.build.platforms: {work.go.version} does not build for {one}, {perhaps(one, known)}" for one in wrong]
        )


def _choices(work: Work, module: Module, platform: Platform, ldflags: Sequence[str]) -> Choices:
    build = work.settings.build
    own = build.platform.get(platform.id)
    return Choices(
        tags=(*build.tags, *(own.tags if own else ())),
        ldflags=ldflags,
        flags=build.flags,
        env={**build.env, **(own.env if own else {}), **go.for_module(module)},
        cgo=build.cgo if own is None or own.cgo is None else own.cgo,
        cc=own.cc if own else "",
        # Before the first commit there is nothing that Go could stamp, and asking for it is an error.
        vcs=bool(work.tree.commit),
    )


def programs(work: Work, module: Module) -> tuple[Program, ...]:
    """Return the programs of *module*, and say which main packages are left out."""
    listed = go.packages(work.runner, work.go, module, ["./..."], tags=work.settings.build.tags)
    mains = [
        (one.import_path, _pattern(module, one.folder))
        for one in listed
        if one.name == "main" and one.folder.is_relative_to(module.folder)
    ]
    chosen, left = plan.programs(mains, module.path, work.settings.build.main)
    if left and not work.settings.build.main:
        console.note(f"not built: {', '.join(left)} (outside of ./cmd; name it in build.main if it is to be shipped)")
    return chosen


def _pattern(module: Module, folder: Path) -> str:
    relative = folder.relative_to(module.folder).as_posix()
    return "." if relative == "." else f"./{relative}"


def _filled(ldflags: Sequence[str], stamps: Stamps) -> tuple[str, ...]:
    filled, problems = [], []
    for index, flag in enumerate(ldflags):
        try:
            filled.append(stamps.filled(flag))
        except ValueError as error:
            problems.append(f"tsdbtasks.build.ldflags[{index}]: {error}")
    if problems:
        raise SettingsError(problems)
    return tuple(filled)


def _stamps(work: Work, module: Module, program: Program, flags: Sequence[str], stamps: Stamps) -> tuple[str, ...]:
    """Return the -X flags of our own for *program*; a configured one that Go would ignore is an error."""
    build = work.settings.build
    configured = plan.variables_set(flags)
    if not configured and not build.stamp:
        return ()
    named = {package for package, _ in configured}
    listed = go.packages(work.runner, work.go, module, [program.pattern], tags=build.tags, deps=bool(named - {"main"}))
    known = {
        one.import_path: gosource.names((one.folder / name).read_bytes() for name in one.files)
        for one in listed
        if one.import_path in {program.import_path, *named}
    }
    parts = {"main": program.import_path, **{one.import_path: one.import_path for one in listed}}
    problems = plan.wrong_variables(flags, known, parts)
    if problems:
        raise SettingsError(problems)
    taken = {variable for package, variable in configured if package in {"main", program.import_path}}
    return plan.stamped(known[program.import_path], stamps, taken) if build.stamp else ()
