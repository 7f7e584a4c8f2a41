"""Archives that are the same bytes for the same files: fixed order, owner, mode and time."""

from __future__ import annotations

import gzip
import hashlib
import tarfile
import time
import zipfile
import zlib
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Protocol, cast

from tsdbtasks.errors import ProgramError, UsageError
from tsdbtasks.tools import files

if TYPE_CHECKING:
    import io
    from collections.abc import Mapping, Sequence
    from pathlib import Path

LEVEL = 6
_CHUNK = 1 << 20
#: Limits on what is read from an archive that came from elsewhere.
MAX_MEMBERS = 10_000
MAX_BYTES = 4 << 30


class Opens(Protocol):
    """What a member's bytes come from: a file, or memory."""

    def open(self) -> IO[bytes]:
        """Return the bytes from their beginning."""

    @property
    def size(self) -> int:
        """How many there are."""


@dataclass(frozen=True)
class Packed:
    """A member as it goes in: its full name, its mode, and its bytes."""

    name: str
    executable: bool
    data: Opens

    @property
    def mode(self) -> int:
        """The Unix permission bits."""
        return 0o755 if self.executable else 0o644


@dataclass(frozen=True)
class Written:
    """An archive as it was written; *content* is the hash of what is inside, whatever compressed it."""

    size: int
    sha256: str
    content: str


def compressor() -> str:
    """Name the compressor and its version, since other ones make other bytes of the same content."""
    return f"zlib {zlib.ZLIB_RUNTIME_VERSION}, level {LEVEL}"


def write(path: Path, members: Sequence[Packed], moment: int) -> Written:
    """Write *members*, sorted by name, to a zip or a .tar.gz at *path*; *moment* is the time of all of them.

    The archive is opened and listed again before it gets its name. Raises ProgramError if the list differs.
    """
    ordered = sorted(members, key=lambda member: member.name)
    names = [member.name for member in ordered]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        message = f"{path.name} would hold two files of one name: {', '.join(doubled)}"
        raise UsageError(message)
    with files.replacing(path) as file:
        write_into = _zip if path.suffix == ".zip" else _tar
        content = write_into(file, ordered, moment)
        file.flush()
        file.seek(0)
        digest = hashlib.file_digest(cast("io.BufferedRandom", file), "sha256").hexdigest()
        size = file.tell()
        file.seek(0)
        listed = _zip_names(file) if path.suffix == ".zip" else _tar_names(file)
        if listed != names:
            message = f"{path.name} lists other files than were put in: {listed} instead of {names}"
            raise ProgramError(message)
    return Written(size, digest, content)


class _Hashing:
    """A stream that hashes what goes through it."""

    def __init__(self, below: IO[bytes]) -> None:
        self._below = below
        self.digest = hashlib.sha256()

    def write(self, data: bytes) -> int:
        self.digest.update(data)
        return self._below.write(data)


def _tar(file: IO[bytes], members: Sequence[Packed], moment: int) -> str:
    with gzip.GzipFile(filename="", mode="wb", compresslevel=LEVEL, fileobj=file, mtime=0) as packed:
        hashing = _Hashing(cast("IO[bytes]", packed))
        with tarfile.open(mode="w|", fileobj=cast("IO[bytes]", hashing), format=tarfile.PAX_FORMAT, bufsize=_CHUNK) as tar:
            for member in members:
                info = tarfile.TarInfo(member.name)
                info.size, info.mode, info.mtime = member.data.size, member.mode, moment
                with member.data.open() as data:
                    tar.addfile(info, data)
    return hashing.digest.hexdigest()


def _zip(file: IO[bytes], members: Sequence[Packed], moment: int) -> str:
    digest = hashlib.sha256()
    # The format counts from 1980 and in steps of two seconds.
    stamp = max(time.gmtime(moment)[:6], (1980, 1, 1, 0, 0, 0))
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as archive:
        for member in members:
            info = zipfile.ZipInfo(member.name, stamp)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3  # Unix, so that the mode below counts, on every machine that writes it
            info.external_attr = (0o100000 | member.mode) << 16
            info.file_size = member.data.size
            digest.update(f"{member.name}\0{member.mode:o}\0{moment}\0{member.data.size}\0".encode())
            with member.data.open() as data, archive.open(info, "w") as packed:
                while chunk := data.read(_CHUNK):
                    digest.update(chunk)
                    packed.write(chunk)
    return digest.hexdigest()


def _tar_names(file: IO[bytes]) -> list[str]:
    with tarfile.open(mode="r:gz", fileobj=file) as tar:
        return [info.name for info in tar if info.isfile()]


def _zip_names(file: IO[bytes]) -> list[str]:
    with zipfile.ZipFile(file) as archive:
        broken = archive.testzip()
        if broken is not None:
            message = f"the member {broken} of a new zip does not read back"
            raise ProgramError(message)
        return archive.namelist()


def extract(path: Path, wanted: Mapping[str, Path]) -> None:
    """Write the members named in *wanted* (by their name in the archive) to its paths, and nothing else.

    The archive is not trusted: only plain files of exactly those names are read, within fixed limits.
    """
    try:
        if path.suffix == ".zip":
            _extract_zip(path, wanted)
        else:
            _extract_tar(path, wanted)
    # A zip that wants a password is a RuntimeError, and one compressed in another way a NotImplementedError.
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, zlib.error, gzip.BadGzipFile, RuntimeError) as error:
        message = f"{path} is no readable archive: {error}"
        raise UsageError(message) from error


def _extract_zip(path: Path, wanted: Mapping[str, Path]) -> None:
    with zipfile.ZipFile(path) as archive:
        known = {info.filename: info for info in archive.infolist()[:MAX_MEMBERS]}
        for name, target in wanted.items():
            if name not in known:
                _lacks(path, name)
            with archive.open(known[name]) as data:
                _copy(data, target, path)


def _extract_tar(path: Path, wanted: Mapping[str, Path]) -> None:
    left = dict(wanted)
    with tarfile.open(path, "r:gz") as tar:
        for count, info in enumerate(tar):
            if count > MAX_MEMBERS:
                break
            if info.isfile() and info.name in left:
                data = tar.extractfile(info)
                if data is not None:
                    _copy(data, left.pop(info.name), path)
    for name in left:
        _lacks(path, name)


def _lacks(path: Path, name: str) -> None:
    message = f"{path} has no file {name}"
    raise UsageError(message)


def _copy(data: IO[bytes], target: Path, path: Path) -> None:
    total = 0
    with files.replacing(target) as file:
        while chunk := data.read(_CHUNK):
            total += len(chunk)
            if total > MAX_BYTES:
                message = f"{path} unpacks to more than {MAX_BYTES} bytes"
                raise UsageError(message)
            file.write(chunk)
