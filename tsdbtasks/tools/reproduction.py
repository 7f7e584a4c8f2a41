"""A second build elsewhere, with an empty cache, held against the first one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tsdbtasks.core.build import buildinfo, difference
from tsdbtasks.core.build.difference import Compared
from tsdbtasks.errors import UsageError
from tsdbtasks.tools import builds, files, git, go, outputs, packages
from tsdbtasks.tools import work as working

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tsdbtasks.core.build.manifest import Binary, Manifest
    from tsdbtasks.core.build.platforms import Platform
    from tsdbtasks.runner import Runner
    from tsdbtasks.settings import Settings
    from tsdbtasks.tools.work import Work


def reproduce(work: Work, first: Manifest, out: Path, platforms: Sequence[Platform], scratch: Path) -> list[Compared]:
    """Build *platforms* again below *scratch* and compare with the build *first* in *out*, file by file.

    The second build has a clone at another path and an empty build cache; downloaded modules are shared,
    because go.sum fixes them.
    """
    if not work.tree.clean:
        message = f"a dirty tree cannot be built twice alike: {', '.join(work.tree.dirty[:5]) or 'there is no commit'}"
        raise UsageError(message, hint="commit, then: inv build-all package reproduce")
    again = scratch / "again"
    cache = {"GOCACHE": str(scratch / "cache")}
    built = builds.build(work, platforms, again, env=cache)
    builds.raise_failures(built)
    second = built.manifest
    packed = any(first.targets[one.id].archives for one in platforms if one.id in first.targets)
    if packed:
        second = packages.package(work, second, again).manifest
    return _compared(work, first, second, (out, again), [one.id for one in platforms])


def _compared(
    work: Work, first: Manifest, second: Manifest, places: tuple[Path, Path], platforms: Sequence[str]
) -> list[Compared]:
    found = difference.missing(first, second, platforms)
    cause = difference.inputs(first.inputs, second.inputs)
    for platform in platforms:
        if platform not in first.targets or platform not in second.targets:
            continue
        one, two = first.targets[platform], second.targets[platform]
        others = difference.by_name(two.binaries)
        found += [_binary(work, binary, others.get(binary.path), places, cause) for binary in one.binaries]
        by_path = {archive.path: archive for archive in two.archives}
        for archive in one.archives:
            if archive.path in by_path:
                found.append(difference.archive(archive, by_path[archive.path]))
                found += _sbom(archive.sbom, archive.sbom_sha256, by_path[archive.path].sbom_sha256)
            else:
                found.append(Compared(archive.path, difference.DIFFERENT, cause or "the second build has no such archive"))
    return found


def _sbom(name: str, one: str, two: str) -> list[Compared]:
    if not name:
        return []
    same = one == two
    return [Compared(name, difference.EQUAL if same else difference.DIFFERENT, "" if same else "another document")]


def _binary(work: Work, one: Binary, two: Binary | None, places: tuple[Path, Path], cause: str) -> Compared:
    """Compare one program of two builds; what explains a difference is looked for only where there is one."""
    if two is None:
        return Compared(one.path, difference.DIFFERENT, cause or "the second build has no such program")
    paths = (places[0] / one.path, places[1] / two.path)
    # The file itself counts and not what the manifest remembers of it.
    if paths[0].is_file() and files.sha256(paths[0]) == two.sha256:
        return Compared(one.path, difference.EQUAL)
    if not paths[0].is_file():
        return Compared(one.path, difference.DIFFERENT, "the first build's file is gone")
    if files.sha256(paths[0]) != one.sha256:
        return Compared(one.path, difference.DIFFERENT, "the file is not the one that was built: it was changed afterwards")
    why = cause or difference.commands(one, two)
    if not why:
        infos = go.build_info(work.runner, work.go, paths)
        why = difference.build_info(*(buildinfo.parse(infos.get(path, "")) for path in paths))
    if not why:
        local = [str(work.tree.module.folder), str(places[0]), str(places[1])]
        why = difference.contents(paths[0].read_bytes(), paths[1].read_bytes(), local)
    return Compared(one.path, difference.DIFFERENT, why)


def tagged(runner: Runner, base: Path, tag: str, read: Callable[[Path], Settings], scratch: Path) -> Work:
    """Return the work of building *tag*, from a clone of it below *scratch* and with the settings that it has there."""
    checkout = git.look(runner, base)
    if checkout is None:
        message = f"{base} is in no git repository, so it has no tag {tag!r}"
        raise UsageError(message)
    clone = scratch / "tagged"
    git.clone(runner, checkout.top, git.commit_of(runner, base, f"refs/tags/{tag}"), tag, clone)
    settings = read(clone / base.resolve().relative_to(checkout.top.resolve()))
    # The clone has no other tag, so neither a flag nor a variable may name the version.
    quiet = {name: value for name, value in os.environ.items() if name not in {"VERSION", "GITHUB_ACTIONS"}}
    return working.look(runner, settings, tag, quiet)


def first_build(work: Work, platforms: Sequence[Platform], scratch: Path) -> tuple[Manifest, Path]:
    """Build and pack below *scratch*, to have something to compare with; return the manifest and its folder."""
    out = scratch / "first"
    built = builds.build(work, platforms, out)
    builds.raise_failures(built)
    return packages.package(work, built.manifest, out).manifest, out


def current(runner: Runner, settings: Settings, out: Path) -> tuple[Work, Manifest]:
    """Return the build that stands in *out*, and the work that would make it again."""
    first = outputs.load(out)
    if first is None or not first.targets:
        message = f"nothing was built that could be reproduced: {out} has no manifest with a target"
        raise UsageError(message, hint="inv build-all package reproduce")
    return working.look_again(runner, settings, first), first


def impossible(settings: Settings, here: Sequence[str], host: str) -> str:
    """Say why what stands in dist/ cannot be built again here, or nothing; *here* are the configured ids of *host*."""
    if not here:
        return f"impossible here: no configured platform is this machine's, {host}"
    first = outputs.load_or_none(settings.folder / outputs.DIST)
    if first is not None and not first.inputs.commit:
        return "there is no commit, and only a commit can be built twice alike"
    if first is not None and first.inputs.dirty:
        return "the tree is dirty, and only a commit can be built twice alike"
    return ""
