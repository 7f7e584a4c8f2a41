"""The folders of output: held by one run at a time, described by a manifest, and cleaned of nothing else."""

from __future__ import annotations

import contextlib
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tsdbtasks.core.build import manifest
from tsdbtasks.errors import TsdbtasksError
from tsdbtasks.tools import console, files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tsdbtasks.core.build.manifest import Manifest
    from tsdbtasks.runner import Runner

BIN = "bin"
DIST = "dist"
LOGS = "logs"
_REPORTS = "reports"
#: Folders of the output that hold nothing but what tasks write.
_OWN = (LOGS, _REPORTS, "coverage")
_LOCK = ".lock"


@contextmanager
def held(runner: Runner, path: Path) -> Iterator[Path]:
    """Yield the output folder *path*, for this run alone; under ``--dry`` it is not even made."""
    if runner.dry:
        yield path
        return
    is_new = not path.exists()
    with files.locked(path, _LOCK):
        _sweep(path)
        try:
            yield path
        finally:
            if is_new:
                _remove_if_bare(path)


def _sweep(out: Path) -> None:
    """Remove what a killed run left half-written; reports are written without the lock, so theirs may be in work."""
    for path in out.rglob(f"{files.PART}*"):
        if path.is_file() and path.relative_to(out).parts[0] != _REPORTS:
            with contextlib.suppress(OSError):  # on Windows, a program that outlived its run keeps its file
                path.unlink()


def _remove_if_bare(path: Path) -> None:
    """Remove an output folder that holds no output after all; whoever waits for its lock makes it again."""
    ignore, lock = path / ".gitignore", path / _LOCK
    if set(path.iterdir()) <= {ignore, lock}:
        ignore.unlink(missing_ok=True)
        lock.unlink(missing_ok=True)  # last: from here on another run can hold the folder
        with contextlib.suppress(OSError):
            path.rmdir()


def load(out: Path) -> Manifest | None:
    """Return the manifest in the folder *out*, or None where there is none; UsageError if it cannot be read."""
    path = out / manifest.FILE
    # What is no text is no manifest either, and the reader says so.
    return manifest.read(path.read_text("utf-8", "replace"), str(path)) if path.is_file() else None


def load_or_none(out: Path) -> Manifest | None:
    """Return the manifest in *out*; one that cannot be read holds nothing that a build could not make again."""
    try:
        return load(out)
    except TsdbtasksError as error:
        console.warning(f"{error.message}; it counts as none")
        return None


def digest(out: Path) -> str:
    """Return the SHA-256 of the manifest in *out*, or nothing where there is none."""
    path = out / manifest.FILE
    return files.sha256(path) if path.is_file() else ""


def save(out: Path, now: Manifest) -> None:
    """Write the manifest, and remove what the one before it lists and it does not, and sums that are not of it."""
    old = load_or_none(out)
    gone = sorted(set(old.outputs) - set(now.outputs)) if old else []
    present = [path for path in gone if (out / path).is_file()]
    for path in present:
        (out / path).unlink()
        _remove_empty(out, (out / path).parent)
    if old and present:
        console.note(f"removed from {out.name}/: {_count(present)} of {old.inputs.version} that no build makes any more")
    _remove_old_sums(out, now)
    files.write(out / manifest.FILE, now.document())


def _remove_old_sums(out: Path, now: Manifest) -> None:
    """Remove SHA256SUMS where it names files that are gone or others now: no sums are better than wrong ones."""
    path = out / manifest.SUMS
    if path.is_file() and path.read_bytes() != manifest.sums(now).encode("utf-8", "surrogateescape"):
        path.unlink()


def _count(paths: list[str]) -> str:
    return "one file" if len(paths) == 1 else f"{len(paths)} files"


def _remove_empty(out: Path, folder: Path) -> None:
    while folder != out and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent


def clean(runner: Runner, root: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Remove what builds made in bin/ and dist/ below *root*; return the paths removed, and those that were kept."""
    removed: list[str] = []
    left: list[str] = []
    for out in (root / BIN, root / DIST):
        if not out.is_dir():
            continue
        with held(runner, out):
            mine = sorted(set(_ours(out)))
            removed += [path.relative_to(root).as_posix() for path in mine]
            if not runner.dry:
                _remove(out, mine)
                left += [path.relative_to(root).as_posix() for path in sorted(out.rglob("*")) if _is_left(out, path)]
                # Last, because from here on another run can hold the folder and write to it.
                (out / _LOCK).unlink(missing_ok=True)
        if not runner.dry:
            with contextlib.suppress(OSError):  # something foreign is in it, or another run has come
                out.rmdir()
    return tuple(removed), tuple(left)


def _is_left(out: Path, path: Path) -> bool:
    return path != out / _LOCK and not path.is_dir()


def _remove(out: Path, mine: list[Path]) -> None:
    """Remove all of *mine* but the lock, which keeps other runs away while this goes on."""
    for path in mine:
        if path != out / _LOCK:
            path.unlink(missing_ok=True)  # reports are written without the lock, so one may have gone by itself
    folders = sorted((path for path in out.rglob("*") if path.is_dir() and not path.is_symlink()), reverse=True)
    for folder in folders:
        with contextlib.suppress(OSError):  # something foreign is in it, or a report that has just been written
            folder.rmdir()


def _ours(out: Path) -> Iterator[Path]:
    """Yield the files in *out* that we made: what the manifest lists, and what has a place of its own."""
    listed = load_or_none(out)
    yield from (path for name in (listed.outputs if listed else ()) if (path := out / name).is_file())
    yield from (path for name in (manifest.FILE, manifest.SUMS, _LOCK) if (path := out / name).is_file())
    yield from (path for folder in _OWN for path in (out / folder).rglob("*") if not path.is_dir())
    yield from (path for path in out.rglob(f"{files.PART}*") if path.is_file())
    if files.is_our_ignore_file(out / ".gitignore"):
        yield out / ".gitignore"
