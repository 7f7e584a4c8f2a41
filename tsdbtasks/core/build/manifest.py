"""The manifest: every input and every output of a build, so that what is shipped can be traced and made again."""

from __future__ import annotations

import dataclasses
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tsdbtasks.core.build import versions
from tsdbtasks.core.build.plan import fingerprint
from tsdbtasks.errors import SeveralError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SCHEMA = 1
FILE = "manifest.json"
SUMS = "SHA256SUMS"


@dataclass(frozen=True, order=True)
class Binary:
    """A built program: its path below the output folder, its size in bytes and its SHA-256."""

    name: str
    path: str
    size: int
    sha256: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = dataclasses.field(compare=False)


@dataclass(frozen=True, order=True)
class Archive:
    """An archive of one target: *content* is the SHA-256 of the uncompressed tar, or of a zip's stored files.

    Compressed bytes differ between builds of zlib, so *compressor* says which one made them. *recipe*
    identifies everything that went in.
    """

    path: str
    size: int
    sha256: str
    content: str
    compressor: str
    recipe: str
    files: tuple[str, ...]
    sbom: str = ""
    sbom_sha256: str = ""


@dataclass(frozen=True)
class Target:
    """All that was made for one platform."""

    platform: str
    binaries: tuple[Binary, ...]
    archives: tuple[Archive, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """What decides the bytes of a build. Two builds with equal inputs have equal outputs."""

    name: str
    module: str
    version: str
    tag: str
    commit: str
    time: int
    dirty: tuple[str, ...]
    tree: str
    go: str
    modules: str
    settings: str

    @property
    def identity(self) -> str:
        """A hash over all of them; empty where nothing identifies the tree."""
        return fingerprint(dataclasses.asdict(self)) if self.tree else ""


@dataclass(frozen=True)
class Manifest:
    """The inputs of a build, the platforms that were configured, and the targets made so far, by platform."""

    inputs: Inputs
    configured: tuple[str, ...]
    targets: Mapping[str, Target]

    def document(self) -> str:
        """Return the text of the file: the same for the same build, whoever made it."""
        body = {"schema": SCHEMA, **dataclasses.asdict(self)}
        body["targets"] = {name: body["targets"][name] for name in sorted(body["targets"])}
        # In ASCII, because a file's name may hold bytes that are no text, which no encoding could write.
        return json.dumps(body, indent=2) + "\n"

    @property
    def outputs(self) -> tuple[str, ...]:
        """The paths below the output folder of all that the manifest lists."""
        return tuple(path for target in self.targets.values() for path in target_outputs(target))

    def with_targets(self, targets: Sequence[Target]) -> Manifest:
        """Return the manifest with *targets* in the place of those of the same platform."""
        return dataclasses.replace(self, targets={**self.targets, **{one.platform: one for one in targets}})


def target_outputs(target: Target) -> tuple[str, ...]:
    """Return the paths of a target's files."""
    published = [path for one in target.archives for path in (one.path, *([one.sbom] if one.sbom else []))]
    return (*(binary.path for binary in target.binaries), *published)


def sums(manifest: Manifest) -> str:
    """Return SHA256SUMS over what is published, in GNU's format and sorted by name."""
    lines = {one.path: one.sha256 for target in manifest.targets.values() for one in target.archives}
    lines |= {one.sbom: one.sbom_sha256 for target in manifest.targets.values() for one in target.archives if one.sbom}
    return "".join(f"{lines[name]}  {name}\n" for name in sorted(lines))


def read(text: str, where: str) -> Manifest:
    """Return the manifest in *text*; UsageError names *where* it is if it is none of ours."""
    try:
        body = json.loads(text)
        if body["schema"] != SCHEMA:
            message = f"{where}: want a manifest of schema {SCHEMA}, got {body['schema']!r}"
            raise UsageError(message, hint="build again with this version of tsdbtasks: inv build-all")
        found = Manifest(
            _made(Inputs, body["inputs"]),
            tuple(body["configured"]),
            {
                name: Target(
                    name,
                    tuple(_made(Binary, one) for one in target["binaries"]),
                    tuple(_made(Archive, one) for one in target["archives"]),
                )
                for name, target in body["targets"].items()
            },
        )
        _check(found)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        message = f"{where}: want a manifest, but it cannot be read: {error}"
        raise UsageError(message, hint="build again: inv build-all package") from error
    return found


_PLATFORM = re.compile(r"[a-z0-9]+(_[a-z0-9.-]+)+")
_PART = re.compile(r"[^/\\:\x00]+")


def _check(found: Manifest) -> None:
    """Raise ValueError where a manifest, which may come from elsewhere, could lead out of the output folder."""
    if not versions.is_version(found.inputs.version):
        message = f"want a version, got {found.inputs.version!r}"
        raise ValueError(message)
    for platform in found.targets:
        if not _PLATFORM.fullmatch(platform):
            message = f"want the id of a platform, got {platform!r}"
            raise ValueError(message)
    for path in found.outputs:
        if any(part in {".", ".."} or not _PART.fullmatch(part) for part in path.split("/")):
            message = f"want a path below the output folder, got {path!r}"
            raise ValueError(message)


def _made(kind: type, body: Mapping[str, Any]) -> Any:  # noqa: ANN401 - one of the classes above
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in body.items()}
    return kind(**values)


#: What parts of one build must agree in, and what a reader calls it.
_SAME = {
    "commit": "commit",
    "version": "version",
    "tag": "tag",
    "tree": "tree",
    "settings": "configuration",
    "go": "toolchain",
    "modules": "module files",
    "name": "name",
    "module": "module",
    "time": "commit time",
    "dirty": "uncommitted changes",
}


def merged(parts: Sequence[tuple[str, Manifest]]) -> Manifest:
    """Return one manifest of several *parts*, each with the name of where it came from.

    Refuses, all at once, parts of another commit, version, configuration or toolchain, targets that stand in
    two parts, and configured ones that stand in none.
    """
    if not parts:
        message = "there is nothing to merge"
        raise UsageError(message)
    (first_name, first), *others = parts
    problems = [
        f"{name} has another {label} than {first_name}: {_short(theirs)} and {_short(ours)}"
        for name, part in others
        for field, label in _SAME.items()
        if (theirs := getattr(part.inputs, field)) != (ours := getattr(first.inputs, field))
    ]
    problems += [
        f"{name} was configured for other platforms than {first_name}"
        for name, part in others
        if part.configured != first.configured
    ]
    seen: dict[str, str] = {}
    for name, part in parts:
        for target in part.targets:
            if target in seen:
                problems.append(f"the target {target} is in {seen[target]} and in {name}")
            seen[target] = name
    problems += [f"the target {target} is in no part" for target in first.configured if target not in seen]
    if problems:
        raise SeveralError("the parts do not make one build:", [UsageError(problem) for problem in problems])
    return first.with_targets([target for _, part in parts for target in part.targets.values()])


def _short(value: object) -> str:
    text = str(value) or "none"
    return text if len(text) <= 20 else f"{text[:12]}…"  # noqa: PLR2004 - a hash is known by its beginning
