"""From a module to the recipes of its programs: which there are, and what can be stamped into them."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from tsdbtasks.core.build import gosource, plan
from tsdbtasks.core.build.plan import Choices, Program, Recipe, Stamps
from tsdbtasks.core.build.platforms import Platform
from tsdbtasks.core.nearest import perhaps
from tsdbtasks.errors import SettingsError, UsageError
from tsdbtasks.tools import console, go

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tsdbtasks.tools.go import Module, Package
    from tsdbtasks.tools.work import Work


def recipes(work: Work, module: Module, platforms: Sequence[Platform]) -> list[Recipe]:
    """Return how each program of *module* is built for each of *platforms*, with the stamps it has a place for.

    *module* is the work's own, or the same one in a clone.
    """
    _known(work, module, platforms)
    # Each platform has files of its own, so what this machine's would be says nothing of the others.
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        listed = list(threads.map(lambda one: _listed(work, module, one), platforms))
    _say_left(work, module, [package for one in listed for package in one])
    absent = [str(one) for one, packages in zip(platforms, listed, strict=True) if not _mains(module, packages)]
    if absent and len(absent) < len(platforms):
        message = f"no program is for {', '.join(absent)}: its build constraints leave nothing there"
        raise UsageError(message, hint="take it out of build.platforms, or choose others with --only")
    return [
        plan.recipe(program, platform, _choices(work, module, platform, ldflags))
        for platform, packages in zip(platforms, listed, strict=True)
        for program, ldflags in _stamped(work, module, packages)
    ]


def stamped(work: Work, module: Module) -> list[tuple[Program, tuple[str, ...]]]:
    """Return the programs that *module* has on this machine, each with its linker flags."""
    return _stamped(work, module, _listed(work, module, Platform.parse(work.go.host)))


def _listed(work: Work, module: Module, platform: Platform) -> list[Package]:
    """Return the packages of *module* with the files that count for *platform*, and their imports where a -X names one."""
    choices = _choices(work, module, platform, ())
    deps = any(package != "main" for package, _ in plan.variables_set(work.settings.build.ldflags))
    env = plan.environment(platform, choices)
    return go.packages(work.runner, work.go, module, ["./..."], tags=choices.tags, env=env, deps=deps)


def _stamped(work: Work, module: Module, listed: Sequence[Package]) -> list[tuple[Program, tuple[str, ...]]]:
    """Return the programs among *listed*, each with its linker flags: the configured ones and our stamps."""
    tree = work.tree
    stamps = Stamps.of(tree.version, tree.commit, tree.time, work.name)
    flags = _filled(work.settings.build.ldflags, stamps)
    chosen, _ = plan.programs(_mains(module, listed), module.path, work.settings.build.main)
    return [(one, (*flags, *_stamps(work, listed, one, flags, stamps))) for one in chosen]


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
    """Return the programs that *module* has on this machine, and say which main packages are left out."""
    listed = _listed(work, module, Platform.parse(work.go.host))
    _say_left(work, module, listed)
    return plan.programs(_mains(module, listed), module.path, work.settings.build.main)[0]


def _mains(module: Module, listed: Sequence[Package]) -> list[tuple[str, str]]:
    return [
        (one.import_path, _pattern(module, one.folder))
        for one in listed
        if one.name == "main" and one.folder.is_relative_to(module.folder)
    ]


def _say_left(work: Work, module: Module, listed: Sequence[Package]) -> None:
    if work.settings.build.main:
        return
    _, left = plan.programs(_mains(module, listed), module.path, ())
    if left:
        console.note(f"not built: {', '.join(left)} (outside of ./cmd; name it in build.main if it is to be shipped)")


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


def _stamps(work: Work, listed: Sequence[Package], program: Program, flags: Sequence[str], stamps: Stamps) -> tuple[str, ...]:
    """Return the -X flags of our own for *program*; a configured one that Go would ignore is an error."""
    build = work.settings.build
    configured = plan.variables_set(flags)
    if not configured and not build.stamp:
        return ()
    named = {package for package, _ in configured}
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
