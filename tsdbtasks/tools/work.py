"""What a build is made with: a runner, the settings, a go command, and a tree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tsdbtasks.core.build import plan
from tsdbtasks.core.build.manifest import Inputs
from tsdbtasks.core.build.versions import Asked
from tsdbtasks.core.report.record import plain
from tsdbtasks.errors import UsageError
from tsdbtasks.tools import console, go, source

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tsdbtasks.core.build.manifest import Manifest
    from tsdbtasks.runner import Runner
    from tsdbtasks.settings import Settings
    from tsdbtasks.tools.go import Go
    from tsdbtasks.tools.source import Source

#: Settings that change no byte of what is built.
_HARMLESS = ("jobs", "version_command")
#: How many paths of a dirty tree are named.
_FEW = 5


@dataclass(frozen=True)
class Work:
    """Everything that the steps of a build share."""

    runner: Runner
    settings: Settings
    go: Go
    tree: Source

    @property
    def name(self) -> str:
        """The project's name: the setting, or what the module's path ends in."""
        return self.settings.name or plan.project_name(self.tree.module.path)

    @property
    def inputs(self) -> Inputs:
        """All that decides the bytes of a build."""
        build = {key: value for key, value in plain(self.settings.build).items() if key not in _HARMLESS}
        return Inputs(
            name=self.name,
            module=self.tree.module.path,
            version=self.tree.version.text,
            tag=self.tree.version.tag,
            commit=self.tree.commit,
            time=self.tree.time,
            dirty=self.tree.dirty,
            tree=self.tree.tree,
            go=self.go.version,
            modules=self.tree.modules,
            settings=plan.fingerprint({"build": build, "package": plain(self.settings.package)}),
        )


def look(runner: Runner, settings: Settings, version: str, environ: Mapping[str, str]) -> Work:
    """Return what a build of these settings is made with, and say so where the tree is no clean commit."""
    found = go.find(runner, settings.go.path, settings.folder)
    tree = source.look(runner, found, settings.folder, source.asked(version, environ))
    if not tree.commit:
        console.warning(f"{settings.folder} has no commit, so what is built cannot be traced to one")
    if tree.dirty:
        console.warning(f"the tree is dirty, so it is built in place as {tree.version.text}: {_few(tree.dirty)}")
    return Work(runner, settings, found, tree)


def look_again(runner: Runner, settings: Settings, now: Manifest) -> Work:
    """Return what *now* was built with, or raise UsageError if the tree or the settings have changed since."""
    asked = Asked(now.inputs.tag, "the manifest's tag") if now.inputs.tag else None
    found = go.find(runner, settings.go.path, settings.folder)
    tree = source.look(runner, found, settings.folder, asked)
    if tree.commit != now.inputs.commit:
        message = f"what was built is of commit {_short(now.inputs.commit)}, and HEAD is {_short(tree.commit)}"
        raise UsageError(message, hint="inv build-all package")
    if tree.tree != now.inputs.tree:
        message = f"the tree is not the one that was built from: {_few(tree.dirty) or 'it is clean now'}"
        raise UsageError(message, hint="inv build-all package")
    work = Work(runner, settings, found, tree)
    if (work.name, work.inputs.settings) != (now.inputs.name, now.inputs.settings):
        message = "the settings are not those that were built with: name, build.* or package.* has changed since"
        raise UsageError(message, hint="inv build-all package")
    return work


def _short(commit: str) -> str:
    return commit[:12] or "none"


def _few(paths: tuple[str, ...]) -> str:
    more = f" and {len(paths) - _FEW} more" if len(paths) > _FEW else ""
    return ", ".join(paths[:_FEW]) + more
