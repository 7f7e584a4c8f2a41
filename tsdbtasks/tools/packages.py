"""From binaries to what is published: archives, SBOMs, checksums, and the manifest that lists them."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.metadata
import io
import os
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from tsdbtasks.core.build import artifacts, buildinfo, manifest, plan, sbom
from tsdbtasks.core.build.manifest import Archive, Binary, Manifest, Target
from tsdbtasks.errors import RefusedError, SeveralError, UsageError
from tsdbtasks.tools import archives, console, files, git, go, outputs, pool
from tsdbtasks.tools.archives import Packed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tsdbtasks.tools.work import Work


@dataclass(frozen=True)
class Memory:
    """Bytes that are in memory already."""

    data: bytes

    def open(self) -> IO[bytes]:
        """Return them as a stream."""
        return io.BytesIO(self.data)

    @property
    def size(self) -> int:
        """How many there are."""
        return len(self.data)


@dataclass(frozen=True)
class OnDisk:
    """Bytes of a file."""

    path: Path

    def open(self) -> IO[bytes]:
        """Return them as a stream."""
        return self.path.open("rb")

    @property
    def size(self) -> int:
        """How many there are."""
        return self.path.stat().st_size


@dataclass(frozen=True)
class Extra:
    """A file for every archive, read from the commit: its name below the archive's folder and its bytes."""

    name: str
    executable: bool
    data: bytes


@dataclass(frozen=True)
class Published:
    """What packaging left: the manifest, and the archives that were there already."""

    manifest: Manifest
    unchanged: tuple[str, ...]


def extras(work: Work) -> tuple[Extra, ...]:
    """Return licence, readme and the configured files, from the commit where the tree is clean.

    A missing licence or readme is said; a configured pattern that matches nothing raises UsageError.
    """
    listed = _listed(work, ["*"])
    licences, readmes = artifacts.usual(listed)
    above = _above(work) if not licences or not readmes else {}
    if not licences:
        licences, _ = artifacts.usual(above)
    if not readmes:
        _, readmes = artifacts.usual(above)
    for kind, found in (("licence", licences), ("readme", readmes)):
        if not found:
            console.warning(f"no {kind} was found in {work.tree.module.folder}, so the archives hold none")
    chosen = {name: listed.get(name) or above[name] for name in (*licences, *readmes)}
    for pattern in work.settings.package.files:
        matched = _listed(work, [artifacts.pattern(pattern), f"{artifacts.pattern(pattern)}/**"])
        if not matched:
            message = f"tsdbtasks.package.files: {pattern!r} matches no file of the {'commit' if work.tree.clean else 'tree'}"
            raise UsageError(message, hint="name files that git has, relative to the folder of go.mod")
        chosen |= matched
    return tuple(_extra(work, name, chosen[name]) for name in sorted(chosen))


def _listed(work: Work, patterns: Sequence[str]) -> dict[str, git.Entry]:
    """Return the files below the module that fit *patterns*, by their path below the module."""
    tree, checkout = work.tree, work.tree.checkout
    if checkout is None:
        # A ** at the end means files here, as it does to git, and folders to Python.
        globs = [f"{pattern}/*" if pattern.endswith("**") else pattern for pattern in patterns]
        found = {path for pattern in globs for path in tree.module.folder.glob(pattern) if path.is_file()}
        return {
            path.relative_to(tree.module.folder).as_posix(): git.Entry(
                str(path), "100755" if os.access(path, os.X_OK) else "100644"
            )
            for path in found
        }
    inside = [f"{git.literal(checkout.prefix)}{pattern}" for pattern in patterns]
    return {
        entry.path.removeprefix(checkout.prefix): entry
        for entry in git.entries(work.runner, checkout, inside, untracked=not tree.clean)
    }


def _above(work: Work) -> dict[str, git.Entry]:
    """Return the files at the top of the repository, where a module in a folder may keep its licence."""
    tree, checkout = work.tree, work.tree.checkout
    if checkout is None or not checkout.prefix:
        return {}
    return {entry.path: entry for entry in git.entries(work.runner, checkout, ["*"], untracked=not tree.clean)}


def _extra(work: Work, name: str, entry: git.Entry) -> Extra:
    if entry.mode not in {"100644", "100755"}:
        message = f"{entry.path} is no plain file (git mode {entry.mode}), so it cannot be put into an archive"
        raise UsageError(message)
    tree, checkout = work.tree, work.tree.checkout
    if tree.clean and checkout is not None:
        data = git.committed(work.runner, checkout, entry.path)
    else:
        data = (checkout.top / entry.path if checkout else tree.module.folder / name).read_bytes()
    return Extra(name, entry.mode == "100755", data)


def package(work: Work, now: Manifest, out: Path, *, jobs: int = 0) -> Published:
    """Pack the binaries that *now* lists into archives in *out*, and write sums and manifest over them.

    An archive that is there already, from the same recipe and with the recorded hash, is kept. A binary that
    is not the one that was built raises RefusedError.
    """
    more = extras(work)
    boxes = _boxes(work, now, more)
    kept = {one.file: archive for one in boxes if (archive := _there(out, one)) is not None}
    missing = [one for one in boxes if one.file not in kept]
    if work.runner.dry:
        for one in missing:
            console.note(f"would write {out / one.file}")
        return Published(now, tuple(kept))
    _check_binaries(out, [binary for one in missing for binary in one.binaries])
    infos = _build_infos(work, out, missing)
    done = dict(kept)

    def pack(one: _Box) -> None:
        done[one.file] = _pack(work, now, out, one, more, infos)

    try:
        _, errors = pool.each(
            work.runner,
            {one.file: one for one in missing},
            pack,
            # Archives take little memory, and with more threads than processors none of these ends up alone with the last one.
            jobs=jobs or 2 * (os.cpu_count() or 1),
            verbs=("packing", "packed"),
        )
    finally:  # what a run has finished that was stopped is as good as any
        final = _saved(out, now, boxes, done)
    if errors:
        raise SeveralError("not everything could be packed:", list(errors.values()))
    files.write(out / manifest.SUMS, manifest.sums(final))
    return Published(final, tuple(kept))


def _saved(out: Path, now: Manifest, boxes: Sequence[_Box], done: Mapping[str, Archive]) -> Manifest:
    """Write the manifest with the archives that are *done*, and return it."""
    final = now.with_targets(
        [
            dataclasses.replace(
                target, archives=tuple(done[one.file] for one in boxes if one.target == target and one.file in done)
            )
            for target in now.targets.values()
        ]
    )
    outputs.save(out, final)
    return final


@dataclass(frozen=True)
class _Box:
    """One archive to be made: of a target, under a name without its ending, with some programs and a recipe."""

    target: Target
    base: str
    binaries: tuple[Binary, ...]
    recipe: str

    @property
    def file(self) -> str:
        return self.base + artifacts.ending(self.target.platform)


def _boxes(work: Work, now: Manifest, more: Sequence[Extra]) -> list[_Box]:
    version = now.inputs.version.removeprefix("v")
    common = {
        "files": [(extra.name, extra.executable, hashlib.sha256(extra.data).hexdigest()) for extra in more],
        "time": now.inputs.time,
        "compressor": archives.compressor(),
        "sbom": importlib.metadata.version("cyclonedx-python-lib") if work.settings.package.sbom else "",
    }
    boxes = []
    for target in now.targets.values():
        for name, binaries in _groups(work, now, target):
            base = artifacts.base_name(name, version, target.platform)
            programs = [(binary.name, binary.sha256) for binary in binaries]
            boxes.append(_Box(target, base, binaries, plan.fingerprint({**common, "base": base, "programs": programs})))
    return boxes


def _groups(work: Work, now: Manifest, target: Target) -> list[tuple[str, tuple[Binary, ...]]]:
    if work.settings.package.separate:
        return [(one.name, (one,)) for one in target.binaries]
    return [(now.inputs.name, target.binaries)]


def _there(out: Path, one: _Box) -> Archive | None:
    """Return the archive that stands there already, if it is the one that would be made."""
    old = next((archive for archive in one.target.archives if archive.path == one.file), None)
    if old is None or old.recipe != one.recipe:
        return None
    wanted = {old.path: old.sha256, **({old.sbom: old.sbom_sha256} if old.sbom else {})}
    same = all((out / path).is_file() and files.sha256(out / path) == digest for path, digest in wanted.items())
    return old if same else None


def _check_binaries(out: Path, binaries: Sequence[Binary]) -> None:
    for binary in binaries:
        path = out / binary.path
        if not path.is_file():
            message = f"{path} is listed in the manifest and not there"
            raise UsageError(message, hint="inv build-all")
        if files.sha256(path) != binary.sha256:
            message = f"{path} is not the file that was built: its SHA-256 is not the manifest's"
            raise RefusedError(message, hint="inv clean-build build-all")


def _build_infos(work: Work, out: Path, boxes: Sequence[_Box]) -> Mapping[Path, str]:
    binaries = [out / binary.path for one in boxes for binary in one.binaries]
    return go.build_info(work.runner, work.go, binaries) if work.settings.package.sbom and binaries else {}


def _pack(work: Work, now: Manifest, out: Path, one: _Box, more: Sequence[Extra], infos: Mapping[Path, str]) -> Archive:
    members = [
        Packed(f"{one.base}/{file_name(binary)}", executable=True, data=OnDisk(out / binary.path)) for binary in one.binaries
    ]
    members += [Packed(f"{one.base}/{extra.name}", extra.executable, Memory(extra.data)) for extra in more]
    written = archives.write(out / one.file, members, now.inputs.time)
    archive = Archive(
        path=one.file,
        size=written.size,
        sha256=written.sha256,
        content=written.content,
        compressor=archives.compressor(),
        recipe=one.recipe,
        files=tuple(sorted(member.name for member in members)),
    )
    if not work.settings.package.sbom:
        return archive
    text = sbom.document(
        artefact=one.file,
        name=now.inputs.name,
        version=now.inputs.version,
        time=now.inputs.time,
        sha256={binary.name: binary.sha256 for binary in one.binaries},
        infos={binary.name: buildinfo.parse(infos[out / binary.path]) for binary in one.binaries},
    )
    name = f"{one.base}.cdx.json"
    files.write(out / name, text)
    return dataclasses.replace(archive, sbom=name, sbom_sha256=files.sha256(out / name))


def file_name(binary: Binary) -> str:
    """Return a program's file name, as it is in the archive."""
    return binary.path.rpartition("/")[2]


def joined(parts: Sequence[Path]) -> Manifest:
    """Return one manifest of the parts of a build that others made; nothing is written.

    A part is a folder with a manifest, and with its binaries or its archives beside it.
    """
    return manifest.merged([(str(part), _part(part)) for part in parts])


def bring(parts: Sequence[Path], whole: Manifest, out: Path) -> Manifest:
    """Bring the binaries of *parts* to *out*, each checked by its hash, and write the manifest *whole* there."""
    for folder in parts:
        for target in _part(folder).targets.values():
            for binary in target.binaries:
                _bring(folder, target, binary, out)
    # The archives are made again from the checked binaries, so that none has to be trusted.
    targets = {name: dataclasses.replace(one, archives=()) for name, one in whole.targets.items()}
    bare = dataclasses.replace(whole, targets=targets)
    outputs.save(out, bare)
    return bare


def _part(folder: Path) -> Manifest:
    found = outputs.load(folder)
    if found is None:
        message = f"--merge {folder}: want a folder with the {manifest.FILE} that a build left, got none there"
        raise UsageError(message)
    manifest.check_part(found, str(folder))
    return found


def _bring(folder: Path, target: Target, binary: Binary, out: Path) -> None:
    where = out / binary.path
    if not where.resolve().is_relative_to(out.resolve()):
        message = f"{folder}: the manifest names a path outside of its folder: {binary.path!r}"
        raise RefusedError(message)
    # Under a name of its own until its hash is checked, so that nothing good is replaced by something else.
    part = files.part_of(where)
    try:
        _fetch(folder, target, binary, part)
        if files.sha256(part) != binary.sha256:
            message = f"{folder}: {binary.path} is not the file that the manifest lists"
            raise RefusedError(message, hint="take the part from the job that built it")
        part.chmod(0o755)
        part.replace(where)
    finally:
        part.unlink(missing_ok=True)


def _fetch(folder: Path, target: Target, binary: Binary, where: Path) -> None:
    """Write a part's *binary* to *where*, from its file or else out of the archive that holds it."""
    if (folder / binary.path).is_file():
        with files.replacing(where) as file, (folder / binary.path).open("rb") as data:
            while chunk := data.read(1 << 20):
                file.write(chunk)
    else:
        there = [archive for archive in target.archives if (folder / archive.path).is_file()]
        holding = [(archive, name) for archive in there for name in archive.files if name.endswith(f"/{file_name(binary)}")]
        if not holding:
            message = f"{folder} has neither {binary.path} nor an archive with it"
            raise UsageError(message, hint="hand over the whole dist/ of the job that built it")
        archives.extract(folder / holding[0][0].path, {holding[0][1]: where})
