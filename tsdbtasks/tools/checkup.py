"""Looks at everything that could stop the pipeline, and goes on where one thing is wrong."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tsdbtasks.core import checkup
from tsdbtasks.core.build import artifacts, dirt
from tsdbtasks.errors import MissingError, ProgramError, TsdbtasksError
from tsdbtasks.tools import git, go, gotest, recipes, source
from tsdbtasks.tools.work import Work

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tsdbtasks.core.checkup import Finding
    from tsdbtasks.runner import Runner
    from tsdbtasks.settings import Settings
    from tsdbtasks.tools.go import Go, Module


def look(runner: Runner, settings: Settings) -> list[Finding]:
    """Return all findings about the repository with these *settings*, and about this machine."""
    found: list[Finding] = [checkup.ok("settings", settings.file or "none, so the defaults hold")]
    with _kept("git", found):
        _git(runner, settings, found)
    toolchain: list[Go] = []
    with _kept("go", found):
        toolchain.append(go.find(runner, settings.go.path, settings.folder))
    if toolchain:
        one = toolchain[0]
        found.append(checkup.ok("go", f"{one.version}, {one.origin}"))
        found += checkup.environment(one.ignored)
        _module(runner, settings, one, found)
        found.append(checkup.race(no_compiler(runner, one)))
    _disk(settings, found)
    return found


@contextmanager
def _kept(area: str, found: list[Finding]) -> Iterator[None]:
    """Keep a deliberate failure as a finding, so that the rest is looked at too."""
    try:
        yield
    except TsdbtasksError as error:
        found += checkup.failure(area, error)


def _git(runner: Runner, settings: Settings, found: list[Finding]) -> None:
    checkout = git.look(runner, settings.folder)
    if checkout is None:
        found.append(
            checkup.warning("git", f"{settings.folder} is in no git repository", "git init && git add . && git commit")
        )
        return
    tags = git.all_tags(runner, settings.folder)
    found += checkup.history(commit=checkout.commit, shallow=checkout.shallow, tags=checkout.tags, all_tags=tags)


def _module(runner: Runner, settings: Settings, found_go: Go, found: list[Finding]) -> None:
    with _kept("module", found):
        checkout = git.look(runner, settings.folder)
        module = go.module(runner, found_go, settings.folder, top=checkout.top if checkout else None)
        found.append(checkup.ok("module", f"{module.path}, wants Go {module.wants or 'any'}"))
        with _kept("tree", found):
            # A version that is asked for settles which tag counts; here only the tree is of interest.
            tree = source.look(runner, found_go, settings.folder, source.asked("v0.0.0-check", {}))
            if tree.commit:
                found.append(checkup.tree(tree.dirty))
            with _kept("programs", found):
                work = Work(runner, settings, found_go, tree)
                names = ", ".join(one.name for one in recipes.programs(work, module))
                found.append(checkup.ok("programs", names))
                # The same reading as a build's, so that a -X without effect is found here already.
                recipes.stamped(work, module)
        _documents(module, found)
    with _kept("platforms", found):
        known = go.platforms(runner, found_go, settings.folder)
        configured = {one.id: f"{one.os}/{one.arch}" for one in settings.build.platforms}
        found += checkup.platforms(configured, known)
        found += checkup.compilers(_without_compiler(runner, settings))


def _documents(module: Module, found: list[Finding]) -> None:
    names = [path.name for path in module.folder.iterdir() if path.is_file()]
    for kind, there in zip(("licence", "readme"), artifacts.usual(names), strict=True):
        if not there:
            found.append(checkup.warning("package", f"no {kind} in {module.folder}", f"add a {kind} that archives can hold"))


def _without_compiler(runner: Runner, settings: Settings) -> dict[str, str]:
    missing = {}
    for platform in settings.build.platforms:
        own = settings.build.platform.get(platform.id)
        wants = settings.build.cgo if own is None or own.cgo is None else own.cgo
        cc = (own.cc if own else "") or "gcc"
        if wants and not shutil.which(cc, path=runner.environ.get("PATH")):
            missing[platform.id] = cc
    return missing


def no_compiler(runner: Runner, found_go: Go) -> str:
    """Say why there is no C compiler for tests under the race detector, or nothing where there is one."""
    try:
        gotest.compiler(runner, found_go)
    except MissingError as error:
        return error.message
    return ""


def no_tests(settings: Settings) -> str:
    """Say that the module has no test file, or nothing where it has one."""
    for path in settings.folder.rglob("*_test.go"):
        if dirt.is_read(path.relative_to(settings.folder).as_posix()):
            return ""
    return "the module has no test file"


def _disk(settings: Settings, found: list[Finding]) -> None:
    for place, path in (("dist/", settings.folder), ("temporary files", Path(tempfile.gettempdir()))):
        found.append(checkup.room(place, shutil.disk_usage(path).free))
    if not os.access(settings.folder, os.W_OK):
        error = ProgramError(f"{settings.folder} may not be written to", hint="make the folder writable for this user")
        found += checkup.failure("disk", error)
