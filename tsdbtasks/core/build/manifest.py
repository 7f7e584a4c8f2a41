"""The manifest: every input and every output of a build, so that what is shipped can be traced and made again."""

from __future__ import annotations

import dataclasses
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tsdbtasks.core.build import artifacts, versions
from tsdbtasks.core.build.plan import fingerprint
from tsdbtasks.errors import SeveralError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

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
    """Return the manifest in *text*, which may come from elsewhere; UsageError names *where* it is if it is none of ours."""
    try:
        body = _object(json.loads(text), "the manifest")
        schema = body["schema"]
        if schema != SCHEMA or type(schema) is not int:
            message = f"{where}: want a manifest of schema {SCHEMA}, got {_shown(schema)}"
            raise UsageError(message, hint="build again with this version of tsdbtasks: inv build-all")
        found = Manifest(
            _made(Inputs, body["inputs"], "inputs"),
            tuple(
                _fits(one, "a text", f"configured[{index}]")
                for index, one in enumerate(_list(body["configured"], "configured"))
            ),
            {name: _target(name, one) for name, one in _object(body["targets"], "targets").items()},
        )
        _check(found)
    except KeyError as error:
        message = f"{where}: want a manifest, but it cannot be read: it has no {error}"
        raise UsageError(message, hint=_AGAIN) from error
    except RecursionError as error:
        message = f"{where}: want a manifest, but it cannot be read: it is nested too deeply"
        raise UsageError(message, hint=_AGAIN) from error
    except ValueError as error:
        message = f"{where}: want a manifest, but it cannot be read: {error}"
        raise UsageError(message, hint=_AGAIN) from error
    return found


_AGAIN = "build again: inv build-all package"
_PLATFORM = re.compile(r"[a-z0-9]+(_[a-z0-9.-]+)+")
# A line break would end a line of SHA256SUMS, and other control characters a line on a terminal.
_PART = re.compile(r"[^/\\:\x00-\x1f\x7f]+")
_SHA256 = re.compile(r"[0-9a-f]{64}")
#: More than any file or any time has, and few enough for every program that takes a number.
_MOST = 1 << 50

#: What a value can be.
_KINDS: Mapping[str, Callable[[Any], bool]] = {
    "a text": lambda value: isinstance(value, str),
    "a list of texts": lambda value: isinstance(value, list) and all(isinstance(one, str) for one in value),
    "texts by name": lambda value: isinstance(value, dict) and all(isinstance(one, str) for one in value.values()),
    "a size in bytes": lambda value: type(value) is int and 0 <= value < _MOST,
    "seconds since 1970": lambda value: type(value) is int and -_MOST < value < _MOST,
    "a SHA-256": lambda value: isinstance(value, str) and _SHA256.fullmatch(value) is not None,
}
#: What the fields are that are no text.
_FIELDS = {
    "size": "a size in bytes",
    "sha256": "a SHA-256",
    "argv": "a list of texts",
    "env": "texts by name",
    "files": "a list of texts",
    "dirty": "a list of texts",
    "time": "seconds since 1970",
}


def _shown(value: object) -> str:
    return f"{value!r:.60}" if not isinstance(value, int) or abs(value) < _MOST else "a number that is too big"


def _wrong(where: str, wanted: str, value: object) -> ValueError:
    return ValueError(f"{where}: want {wanted}, got {_shown(value)}")


def _fits(value: Any, kind: str, where: str) -> Any:  # noqa: ANN401 - a value of JSON
    if not _KINDS[kind](value):
        raise _wrong(where, kind, value)
    return value


def _object(value: object, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _wrong(where, "an object", value)
    return value


def _list(value: object, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise _wrong(where, "a list", value)
    return value


def _target(name: str, value: object) -> Target:
    where = f"targets.{name:.60}"
    body = _object(value, where)
    binaries, archives = (
        tuple(_made(kind, one, f"{where}.{key}[{index}]") for index, one in enumerate(_list(body[key], f"{where}.{key}")))
        for kind, key in ((Binary, "binaries"), (Archive, "archives"))
    )
    return Target(name, binaries, archives)


def _made(kind: type, value: object, where: str) -> Any:  # noqa: ANN401 - one of the classes above
    body = _object(value, where)
    names = {field.name: field.default is dataclasses.MISSING for field in dataclasses.fields(kind)}
    odd = sorted(set(body) - set(names)) or sorted(name for name, needed in names.items() if needed and name not in body)
    if odd:
        message = f"{where}: want the fields {', '.join(names)}; wrong is {odd[0]!r:.60}"
        raise ValueError(message)
    checked = {name: _fits(one, _FIELDS.get(name, "a text"), f"{where}.{name}") for name, one in body.items()}
    return kind(**{name: tuple(one) if isinstance(one, list) else one for name, one in checked.items()})


def _check(found: Manifest) -> None:
    """Raise ValueError where a manifest, which may come from elsewhere, could lead to a file that no build makes."""
    if not versions.is_version(found.inputs.version):
        message = f"want a version, got {found.inputs.version!r}"
        raise ValueError(message)
    for platform in (*found.configured, *found.targets):
        if not _PLATFORM.fullmatch(platform):
            message = f"want the id of a platform, got {platform!r}"
            raise ValueError(message)
    for path in found.outputs:
        if any(part in {".", ".."} or not _PART.fullmatch(part) for part in path.split("/")):
            message = f"want a path below the output folder, got {path!r}"
            raise ValueError(message)
    for target in found.targets.values():
        _check_target(target)


def _check_target(target: Target) -> None:
    """Raise ValueError where *target* lists a file under a name that a build gives none, such as the lock's."""
    where = f"targets.{target.platform}"
    if not target.binaries:
        message = f"{where}: want at least one binary, got none"
        raise ValueError(message)
    names = [one.name for one in target.binaries]
    if len(set(names)) < len(names):
        message = f"{where}: want each program once, got {', '.join(names)}"
        raise ValueError(message)
    for binary in target.binaries:
        nested = nested_path(binary, target.platform)
        if binary.name.startswith(".") or binary.path not in {nested, nested.rpartition("/")[2]}:
            raise _wrong(f"{where}.binaries", f"the path {nested!r}", binary.path)
    for archive in target.archives:
        base, end, _ = archive.path.rpartition(artifacts.ending(target.platform))
        if not end or base.startswith(".") or "/" in base or not base.endswith(f"_{target.platform}"):
            raise _wrong(
                f"{where}.archives", f"a name that ends in _{target.platform}{artifacts.ending(target.platform)}", archive.path
            )
        if archive.sbom not in {"", f"{base}.cdx.json"}:
            raise _wrong(f"{where}.archives", f"the SBOM {base}.cdx.json", archive.sbom)
        if archive.sbom:
            _fits(archive.sbom_sha256, "a SHA-256", f"{where}.archives: sbom_sha256")


def nested_path(binary: Binary, platform: str) -> str:
    """Return the path of a program below dist/, where each platform has a folder of its own."""
    end = ".exe" if platform.startswith("windows_") else ""
    return f"{binary.name}_{platform}/{binary.name}{end}"


def check_part(found: Manifest, where: str) -> None:
    """Raise UsageError unless *found* is of a dist/, whose programs lie in a folder for each platform."""
    for target in found.targets.values():
        for binary in target.binaries:
            if binary.path != (wanted := nested_path(binary, target.platform)):
                message = f"{where}: want the path {wanted!r} in the manifest, got {binary.path!r}"
                raise UsageError(message, hint="hand over the dist/ of build-all, not bin/")


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
