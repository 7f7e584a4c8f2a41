"""Files of ours: written whole or not at all, hashed, and kept out of git's sight."""

from __future__ import annotations

import errno
import os
import shutil
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from tsdbtasks import system
from tsdbtasks.tools import console

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The beginning of names that a killed run may leave behind; nobody but us uses it.
PART = ".part-"
_IGNORE = "# Written by tsdbtasks: what lies here is made from the sources and is no part of them.\n*\n"


def part_of(path: Path) -> Path:
    """Return a name beside *path* for what is not whole yet: a new one each time, since a killed run's program writes on."""
    return path.with_name(f"{PART}{os.urandom(4).hex()}-{path.name}")


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Yield a file that takes the place of *path* when the block ends well, and is gone when it does not."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=PART, dir=path.parent)
    part = Path(name)
    try:
        with os.fdopen(descriptor, "w+b") as file:
            yield file
        # mkstemp lets nobody else read; what we publish is for everybody.
        part.chmod(0o644)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def create(path: Path, content: bytes) -> None:
    """Write *content* to the new file *path*, whole or not at all; raise FileExistsError where there is one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=PART, dir=path.parent)
    part = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        part.chmod(0o644)
        if sys.platform == "win32":
            part.rename(path)  # which takes nobody's place there
        else:
            path.hardlink_to(part)
    finally:
        part.unlink(missing_ok=True)


def write(path: Path, text: str) -> None:
    """Write *text* to *path*, whole or not at all."""
    with replacing(path) as file:
        file.write(text.encode("utf-8", "surrogateescape"))


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    import hashlib  # noqa: PLC0415 - OpenSSL, which `inv --list` must not pay for

    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def output_folder(path: Path, *, ignored_from: Path | None = None) -> Path:
    """Make the folder *path* for output, with an ignore file at *ignored_from*, by default in itself."""
    path.mkdir(parents=True, exist_ok=True)
    ignore = (ignored_from or path) / ".gitignore"
    if not ignore.exists():
        write(ignore, _IGNORE)
    return path


def is_our_ignore_file(path: Path) -> bool:
    """Say whether *path* is an ignore file that :func:`output_folder` wrote."""
    return path.is_file() and path.read_bytes() == _IGNORE.encode()


@contextmanager
def scratch() -> Iterator[Path]:
    """Yield a new folder that is gone afterwards, read-only files of Go's module cache included."""
    path = Path(tempfile.mkdtemp(prefix="tsdbtasks-"))
    try:
        # On some systems the folder for temporary files is a link, and Go compares resolved paths.
        yield path.resolve()
    finally:
        shutil.rmtree(path, onerror=_writable_and_again)


def _writable_and_again(function: object, path: str, _: object) -> None:
    target = Path(path)
    target.parent.chmod(0o700)
    if not target.is_symlink() and target.exists():
        target.chmod(0o700)
    if callable(function):
        function(path)


@contextmanager
def locked(folder: Path, name: str) -> Iterator[None]:
    """Let only one run at a time write to the output *folder*; another one waits and says so."""

    def waiting() -> None:
        console.note(f"waiting: another run is writing to {folder}")

    with system.locked(folder / name, waiting):
        output_folder(folder)  # here, because who held it may have cleaned the folder away
        yield


def advice(error: OSError) -> str:
    """Return what to do about a failure of the operating system."""
    if error.errno in {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}:
        return "make room and run it again; nothing half-written stands under its final name"
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return "make the folder writable for this user"
    return ""
