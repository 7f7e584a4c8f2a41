"""The tree that a build is made from: a private clone of a clean commit, or a dirty tree as it lies there."""

from __future__ import annotations

import dataclasses
import hashlib
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tsdbtasks.core.build import dirt, versions
from tsdbtasks.core.build.versions import Asked, Version
from tsdbtasks.errors import UsageError
from tsdbtasks.tools import files, git, go

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tsdbtasks.runner import Runner
    from tsdbtasks.tools.go import Go, Module


@dataclass(frozen=True)
class Source:
    """A tree to build from, as it was looked at.

    *dirty* says what differs from the commit, one path a line; *tree* identifies the files, and is empty where
    nothing can; *modules* is the SHA-256 of the module files.
    """

    module: Module
    checkout: git.Checkout | None
    version: Version
    dirty: tuple[str, ...]
    tree: str
    modules: str

    @property
    def commit(self) -> str:
        """The commit, or nothing before the first one."""
        return self.checkout.commit if self.checkout else ""

    @property
    def time(self) -> int:
        """The commit's time, the only one that a build knows; 1980 where there is no commit, as in a zip."""
        return self.checkout.time if self.checkout and self.checkout.commit else 315532800

    @property
    def clean(self) -> bool:
        """Whether a clone of the commit is the same as what lies here."""
        return bool(self.commit) and not self.dirty


def asked(flag: str, environ: Mapping[str, str]) -> Asked | None:
    """Return the version that somebody asked for: by flag, by VERSION, or as the tag that CI runs for."""
    if flag:
        return Asked(flag, "--version")
    if environ.get("VERSION"):
        return Asked(environ["VERSION"], "VERSION")
    if environ.get("GITHUB_ACTIONS") == "true" and environ.get("GITHUB_REF_TYPE") == "tag":
        return Asked(environ.get("GITHUB_REF_NAME", ""), "GITHUB_REF_NAME, the tag that this run is for")
    return None


def look(runner: Runner, found: Go, folder: Path, version: Asked | None) -> Source:
    """Return the tree at *folder* and its version."""
    checkout = git.look(runner, folder)
    module = go.module(runner, found, folder, top=checkout.top if checkout else None)
    if checkout and module.workspace and git.is_ignored(runner, checkout, module.workspace):
        # One's own workspace, which no clone of the commit has; Go's advice is to keep it out of git.
        module = dataclasses.replace(module, workspace=None)
    dirty = dirt_of(runner, found, checkout, module)
    elsewhere: tuple[str, ...] = ()
    if version is not None and checkout is not None:
        elsewhere = tuple(set(git.all_tags(runner, folder)) - set(checkout.tags))
    decided = versions.decide(
        asked=version,
        tags=checkout.tags if checkout else (),
        other_tags=elsewhere,
        commit=checkout.commit if checkout else "",
        time=checkout.time if checkout else 0,
        dirty=bool(dirty),
    )
    if not (checkout and checkout.commit):
        # What no commit holds cannot be cloned, so nothing may stamp it as a release.
        decided = dataclasses.replace(decided, tagged=False)
    return Source(module, checkout, decided, dirty, _tree(runner, checkout, dirty), _modules(module))


def dirt_of(runner: Runner, found: Go, checkout: git.Checkout | None, module: Module) -> tuple[str, ...]:
    """Return the paths, from the top, by which what a build would read here differs from the commit, if there is one."""
    return _dirty(runner, found, checkout, module) if checkout and checkout.commit else ()


def _dirty(runner: Runner, found: Go, checkout: git.Checkout, module: Module) -> tuple[str, ...]:
    here = [change for change in checkout.changes if _is_inside(checkout.top / change.path, module)]
    changed = [change.path for change in here if change.code != "??"]
    new = [change.path for change in here if change.code == "??"]
    hidden = list(git.ignored(runner, checkout, (*dirt.SOURCES, "go.mod", "go.sum")))
    lost = [path for path in hidden if path.removeprefix(checkout.prefix) in {"go.mod", "go.sum"}]
    if lost:
        message = f"{', '.join(lost)} is ignored by git, so no clone of this repository can be built"
        raise UsageError(message, hint=f"git add --force {' '.join(lost)} && git commit")
    read = _read(runner, found, checkout, module, new, hidden) if new or hidden else []
    return tuple(sorted({*changed, *read}))


def _is_inside(path: Path, module: Module) -> bool:
    return any(path.is_relative_to(place) for place in module.places)


def _read(runner: Runner, found: Go, checkout: git.Checkout, module: Module, new: list[str], hidden: list[str]) -> list[str]:
    """Return which of the *new* (untracked) and *hidden* (ignored) paths a build reads."""
    embeds = git.containing(runner, checkout, "//go:embed", "*.go")
    candidates = [
        path for path in hidden if dirt.is_read(path.removeprefix(checkout.prefix)) and "vendor" not in path.split("/")
    ]
    listed = go.packages(runner, found, module, ["./..."], deps=True) if embeds or candidates else []
    inside = [package for package in listed if package.folder.is_relative_to(checkout.top)]
    embedded = [_path(checkout, package.folder / name) for package in inside for name in package.embedded]
    folders = {_path(checkout, package.folder) for package in inside}
    # An ignored file counts only in a folder of a package that is built: a virtual environment may hold all of Go.
    built = [path for path in candidates if path.rpartition("/")[0] in folders]
    tracked = set(git.tracked(runner, checkout, ["."])) if embedded else set()
    return [*dirt.untracked(new, embedded, checkout.prefix), *built, *(path for path in embedded if path not in tracked)]


def _path(checkout: git.Checkout, path: Path) -> str:
    relative = path.relative_to(checkout.top).as_posix()
    return "" if relative == "." else relative


def _tree(runner: Runner, checkout: git.Checkout | None, dirty: tuple[str, ...]) -> str:
    """Return what identifies the files of a tree: its commit, or a hash over all that differs from it."""
    if checkout is None or not checkout.commit:
        return ""
    if not dirty:
        return checkout.commit
    digest = hashlib.sha256(git.difference(runner, checkout))
    for path in dirty:
        file = checkout.top / path
        if file.is_file():
            digest.update(f"\0{path}\0{files.sha256(file)}".encode("utf-8", "surrogateescape"))
    return f"{checkout.commit}+{digest.hexdigest()}"


def _modules(module: Module) -> str:
    """Return the SHA-256 over the module files, which fix every dependency."""
    digest = hashlib.sha256()
    places = [module.folder / "go.mod", module.folder / "go.sum"]
    if module.workspace:
        places += [module.workspace, module.workspace.with_name("go.work.sum")]
    for place in places:
        if place.is_file():
            # Git may have written the ends of lines as this system has them, which is no difference to Go.
            text = place.read_bytes().replace(b"\r\n", b"\n")
            digest.update(f"{place.name}\0{hashlib.sha256(text).hexdigest()}\0".encode())
    return digest.hexdigest()


@contextmanager
def opened(runner: Runner, source: Source) -> Iterator[Module]:
    """Yield the module to build from: in a private clone where the tree is clean, else where it lies.

    The clone holds exactly the commit and, for a release, its one tag, because Go stamps the tags it finds,
    the depth of the clone and even our own untracked output.
    """
    if not source.clean or source.checkout is None:
        yield source.module
        return
    with files.scratch() as folder:
        yield cloned(runner, source, folder / "clone")


def cloned(runner: Runner, source: Source, target: Path) -> Module:
    """Return the module of a clean *source* in a new clone at *target*."""
    checkout = source.checkout
    if checkout is None:
        message = f"{source.module.folder} is in no git repository, so it cannot be cloned"
        raise UsageError(message, hint="git init && git add . && git commit")
    git.clone(runner, checkout.top, checkout.commit, source.version.tag, target)
    workspace = source.module.workspace
    return dataclasses.replace(
        source.module,
        folder=target / checkout.prefix,
        workspace=target / workspace.relative_to(checkout.top) if workspace else None,
    )
