"""Git: what a checkout is, and a private clone that holds exactly one commit of it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from tsdbtasks.errors import MissingError, ProgramError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tsdbtasks.runner import Completed, Runner

#: Settings that could make two checkouts of one commit differ, or run somebody's program.
_EXACT = """\
[core]
    autocrlf = false
    eol = lf
    symlinks = true
    attributesFile = /dev/null
    excludesFile = /dev/null
    hooksPath = /dev/null
    fsmonitor = false
[status]
    showUntrackedFiles = all
[gc]
    auto = 0
"""


@dataclass(frozen=True)
class Change:
    """A path that differs from the commit: git's two letters, and the path from the top."""

    code: str
    path: str


@dataclass(frozen=True)
class Checkout:
    """A folder in a git repository, at the moment it was looked at.

    *prefix* is the folder's path from *top*, empty or ending in a slash; *commit* is empty before the first
    one, and *time* is its commit time in seconds since 1970.
    """

    folder: Path
    top: Path
    prefix: str
    commit: str
    time: int
    branch: str
    tags: tuple[str, ...]
    shallow: bool
    changes: tuple[Change, ...]


def look(runner: Runner, folder: Path) -> Checkout | None:
    """Return what *folder* is in git, or None where it is in no repository."""
    where = _git(runner, folder, "rev-parse", "--show-toplevel", ok=None)
    if where.code:
        if "dubious ownership" in where.err:
            message = f"git does not trust {folder}, which belongs to another user"
            raise UsageError(message, hint=f"git config --global --add safe.directory {folder}")
        if "not a git repository" in where.err:
            return None
        message = f"git cannot tell what {folder} is: {where.err.strip()}"
        raise ProgramError(message)
    # A folder's name may hold anything, also the end of a line.
    top = os.fsdecode(where.out.removesuffix(b"\n"))
    shallow, _, prefix = _git(runner, folder, "rev-parse", "--is-shallow-repository", "--show-prefix").out.partition(b"\n")
    # Plumbing here and for the tags: porcelain would show signatures or columns where the user's settings want them.
    head = _git(runner, folder, "rev-list", "--max-count=1", "--timestamp", "HEAD", ok=None)
    time, _, commit = head.text.strip().partition(" ") if head.code == 0 else ("", "", "")
    branch = _git(runner, folder, "symbolic-ref", "--short", "-q", "HEAD", ok=None).text.strip()
    tags = _tags(runner, folder, "--points-at=HEAD") if commit else ()
    return Checkout(
        folder=folder,
        top=Path(top),
        prefix=os.fsdecode(prefix.removesuffix(b"\n")),
        commit=commit,
        time=int(time or 0),
        branch=branch,
        tags=tags,
        shallow=shallow == b"true",
        changes=_changes(runner, Path(top)),
    )


def _changes(runner: Runner, top: Path) -> tuple[Change, ...]:
    """Return what differs from the commit, untracked files one by one but without the ignored ones."""
    done = _git(
        runner, top, "-c", "core.quotePath=false", "status", "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames"
    )
    entries = done.out.decode("utf-8", "surrogateescape").split("\0")
    return tuple(Change(entry[:2], entry[3:]) for entry in entries if entry)


def literal(path: str) -> str:
    """Return *path* so that a glob takes it as it is."""
    return "".join(f"\\{character}" if character in "*?[\\" else character for character in path)


def is_ignored(runner: Runner, checkout: Checkout, path: Path) -> bool:
    """Say whether git ignores the file *path*, which it does not if it has it."""
    return _git(runner, checkout.top, "check-ignore", "--quiet", "--", str(path), ok=(0, 1)).code == 0


def ignored(runner: Runner, checkout: Checkout, patterns: Sequence[str]) -> tuple[str, ...]:
    """Return the paths from the top of files that fit *patterns* and that git ignores."""
    done = _git(
        runner, checkout.top, "ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--",
        *(f":(top,glob){literal(checkout.prefix)}**/{pattern}" for pattern in patterns),
    )  # fmt: skip
    return _names(done.out)


def tracked(runner: Runner, checkout: Checkout, pathspecs: Sequence[str]) -> tuple[str, ...]:
    """Return the tracked paths, from the top, that fit git's *pathspecs*."""
    return _names(_git(runner, checkout.top, "ls-files", "-z", "--", *pathspecs).out)


def containing(runner: Runner, checkout: Checkout, text: str, pathspec: str) -> bool:
    """Say whether a tracked file that fits *pathspec* contains *text*."""
    return _git(runner, checkout.folder, "grep", "-q", "-F", "-e", text, "--", pathspec, ok=(0, 1)).code == 0


def all_tags(runner: Runner, folder: Path) -> tuple[str, ...]:
    """Return all tags of the repository."""
    return _tags(runner, folder)


def _tags(runner: Runner, folder: Path, *which: str) -> tuple[str, ...]:
    return tuple(_git(runner, folder, "for-each-ref", *which, "--format=%(refname:strip=2)", "refs/tags").lines)


def commit_of(runner: Runner, folder: Path, name: str) -> str:
    """Return the commit that *name* stands for, or raise UsageError."""
    done = _git(runner, folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}", ok=None)
    if done.code:
        short = name.removeprefix("refs/tags/")
        message = f"{short!r} names no {'tag' if short != name else 'commit'} here"
        raise UsageError(message, hint="git fetch --tags, and look at: git tag --list")
    return done.text.strip()


def behind(runner: Runner, folder: Path, commit: str) -> int | None:
    """Return how many commits HEAD has that *commit* has not, or None where that is not in the history of HEAD."""
    if not commit or _git(runner, folder, "merge-base", "--is-ancestor", commit, "HEAD", ok=None).code:
        return None
    return int(_git(runner, folder, "rev-list", "--count", f"{commit}..HEAD").text)


def difference(runner: Runner, checkout: Checkout) -> bytes:
    """Return the difference of the tracked files from the commit, so that it can be hashed."""
    # Plumbing: porcelain would obey the user's own settings for diffs.
    return _git(runner, checkout.top, "diff-index", "--patch", "--binary", "--full-index", "--no-ext-diff", "HEAD").out


@dataclass(frozen=True)
class Entry:
    """A file as git has it: its path from the top, its mode in octal digits, and where its bytes are."""

    path: str
    mode: str


def entries(runner: Runner, checkout: Checkout, patterns: Sequence[str], *, untracked: bool) -> tuple[Entry, ...]:
    """Return the files that fit *patterns*, globs from the top, with ``**`` for any depth.

    With *untracked*, also those that git does not have and does not ignore.
    """
    specs = [f":(top,glob){pattern}" for pattern in patterns]
    listed = _git(runner, checkout.top, "ls-files", "-z", "--stage", "--", *specs)
    found = {}
    for line in _names(listed.out):
        meta, _, path = line.partition("\t")
        found[path] = Entry(path, meta.split(" ")[0])
    if untracked:
        more = _git(runner, checkout.top, "ls-files", "-z", "--others", "--exclude-standard", "--", *specs)
        for path in _names(more.out):
            executable = (checkout.top / path).stat().st_mode & 0o100
            found[path] = Entry(path, "120000" if (checkout.top / path).is_symlink() else "100755" if executable else "100644")
    return tuple(found[path] for path in sorted(found))


def committed(runner: Runner, checkout: Checkout, path: str) -> bytes:
    """Return the bytes of the file *path*, from the top, as the commit has them."""
    return _git(runner, checkout.top, "cat-file", "blob", f"{checkout.commit}:{path}").out


def clone(runner: Runner, source: Path, commit: str, tag: str, target: Path) -> None:
    """Make *target* a checkout of exactly *commit*, without history, with *tag* as its only tag.

    Objects are borrowed from *source*, so nothing is copied but the files; neither the depth of *source*, nor
    its other tags, nor its ignore rules or anybody's settings show in the clone.
    """
    sha = commit_of(runner, source, commit)
    objects = Path(_git(runner, source, "rev-parse", "--path-format=absolute", "--git-path", "objects").text.rstrip("\n"))
    form = _git(runner, source, "rev-parse", "--show-object-format").text.strip()
    target.mkdir(parents=True)
    _git(runner, target, "init", "--quiet", "--template=", f"--object-format={form}", "--initial-branch=build", ".")
    folder = target / ".git"
    with (folder / "config").open("a", encoding="utf-8") as file:
        file.write(_EXACT)
    (folder / "objects" / "info").mkdir(exist_ok=True)
    (folder / "objects" / "info" / "alternates").write_text(_quoted(str(objects)) + "\n", "utf-8")
    (folder / "shallow").write_text(f"{sha}\n", "ascii")
    _git(runner, target, "update-ref", "refs/heads/build", sha)
    if tag:
        _git(runner, target, "update-ref", f"refs/tags/{tag}", sha)
    _git(runner, target, "reset", "--hard", "--quiet", timeout=600)
    _submodules(runner, source, target)


def _submodules(runner: Runner, source: Path, target: Path) -> None:
    """Clone the submodules that are there in *source*, at the commits that the clone wants."""
    listed = _git(runner, target, "ls-files", "-z", "--stage")
    for line in _names(listed.out):
        meta, _, path = line.partition("\t")
        mode, sha, _ = meta.split(" ")
        if mode == "160000" and (source / path / ".git").exists():
            (target / PurePosixPath(path)).rmdir()
            clone(runner, source / path, sha, "", target / path)


def _quoted(path: str) -> str:
    """Return *path* as the file of alternates wants it: quoted where it could be taken for something else."""
    if path.startswith(("#", '"')) or re.search(r"[\x00-\x1f]", path):
        return '"' + path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    return path


def _names(out: bytes) -> tuple[str, ...]:
    return tuple(name for name in out.decode("utf-8", "surrogateescape").split("\0") if name)


def _git(runner: Runner, folder: Path, *arguments: str, ok: tuple[int, ...] | None = (0,), timeout: float = 60.0) -> Completed:
    try:
        return runner.ask(["git", *arguments], cwd=folder, timeout=timeout, ok=ok, env=_ENVIRONMENT)
    except MissingError as error:
        raise MissingError(error.message, hint="install git 2.31 or newer") from error


#: A caller's repository must not stand in for the folder that was named, nor its idea of pathspecs for ours; messages
#: are read, so not translated.
_ENVIRONMENT = {
    "GIT_DIR": None,
    "GIT_WORK_TREE": None,
    "GIT_INDEX_FILE": None,
    "GIT_OBJECT_DIRECTORY": None,
    "GIT_COMMON_DIR": None,
    "GIT_PREFIX": None,
    "GIT_LITERAL_PATHSPECS": None,
    "GIT_GLOB_PATHSPECS": None,
    "GIT_NOGLOB_PATHSPECS": None,
    "GIT_ICASE_PATHSPECS": None,
    "GIT_OPTIONAL_LOCKS": "0",
    "LC_ALL": "C",
}
