"""Why two builds of one commit differ: the first cause that explains it, from the inputs down to the bytes."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tsdbtasks.core.build.buildinfo import BuildInfo
    from tsdbtasks.core.build.manifest import Archive, Binary, Inputs, Manifest

EQUAL = "equal"
CONTENT = "equal content"
DIFFERENT = "different"

_LABELS = {
    "go": "Go version",
    "settings": "settings of build or package",
    "modules": "module files (go.mod, go.sum)",
    "commit": "commit",
    "time": "commit time",
    "version": "version",
    "tag": "tag in the clone",
    "tree": "uncommitted changes",
    "name": "name",
    "module": "module",
    "dirty": "uncommitted changes",
}


@dataclass(frozen=True)
class Compared:
    """One artefact of two builds: whether its bytes are equal, and if not, the first cause."""

    artefact: str
    outcome: str
    cause: str = ""


def inputs(first: Inputs, second: Inputs) -> str:
    """Return the first input that is not the same, or nothing."""
    mine, other = dataclasses.asdict(first), dataclasses.asdict(second)
    return next((_both(_LABELS[name], mine[name], other[name]) for name in _LABELS if mine[name] != other[name]), "")


def commands(first: Binary, second: Binary) -> str:
    """Return the first flag or variable that is not the same, or nothing."""
    for one, two in zip(first.argv, second.argv, strict=False):
        if one != two:
            return _both("flag", one, two)
    if len(first.argv) != len(second.argv):
        return _both("flags", " ".join(first.argv), " ".join(second.argv))
    names = sorted({*first.env, *second.env})
    return next(
        (
            _both(name, first.env.get(name, ""), second.env.get(name, ""))
            for name in names
            if first.env.get(name) != second.env.get(name)
        ),
        "",
    )


def build_info(first: BuildInfo, second: BuildInfo) -> str:
    """Return the first thing that the two binaries say of themselves and that is not the same, or nothing."""
    if first.go != second.go:
        return _both("Go version", first.go, second.go)
    if first.module != second.module:
        return _both("module version", first.module.version, second.module.version)
    if first.dependencies != second.dependencies:
        changed = sorted({*first.dependencies} ^ {*second.dependencies})
        return f"linked modules: {changed[0].path} {changed[0].version}"
    names = sorted({*first.settings, *second.settings})
    return next(
        (
            _both(name, first.settings.get(name, ""), second.settings.get(name, ""))
            for name in names
            if first.settings.get(name) != second.settings.get(name)
        ),
        "",
    )


#: What may only be a local path, if it differs between two builds of one commit.
_PATH = re.compile(rb"(?:/[A-Za-z0-9._@+-]+){3,}|[A-Za-z]:\\(?:[^\\\x00-\x1f]+\\)+")
_TIME = re.compile(rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d")


def contents(first: bytes, second: bytes, places: Sequence[str]) -> str:
    """Return where two programs first differ, and what that looks like; *places* are folders they were built in."""
    for place in places:
        if place.encode() in first or place.encode() in second:
            return f"an embedded path: {place}"
    at = next((index for index, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), min(len(first), len(second)))
    around = slice(max(0, at - 40), at + 40)
    for what, form in (("an embedded path", _PATH), ("an embedded time", _TIME)):
        one, two = form.search(first[around]), form.search(second[around])
        if one and two and one[0] != two[0]:
            return f"{what}: {_text(one[0])} and {_text(two[0])}"
    return f"the bytes from {at:#x} on, of {len(first)} and {len(second)}"


def archive(first: Archive, second: Archive) -> Compared:
    """Compare two archives; other compressed bytes of the same content are told apart from other content."""
    if first.sha256 == second.sha256:
        return Compared(first.path, EQUAL)
    if first.content == second.content:
        return Compared(first.path, CONTENT, f"compressor only: {first.compressor} and {second.compressor}")
    if first.files != second.files:
        changed = sorted({*first.files} ^ {*second.files})
        return Compared(first.path, DIFFERENT, f"another set of files: {', '.join(changed[:3])}")
    return Compared(first.path, DIFFERENT, "the content of a file in it")


def missing(first: Manifest, second: Manifest, platforms: Sequence[str]) -> list[Compared]:
    """Return the platforms that only one of the builds has."""
    return [
        Compared(platform, DIFFERENT, "only one of the two builds has it")
        for platform in platforms
        if (platform in first.targets) != (platform in second.targets)
    ]


def by_name(binaries: Sequence[Binary]) -> Mapping[str, Binary]:
    """Return binaries by their path."""
    return {binary.path: binary for binary in binaries}


def _both(label: str, one: object, two: object) -> str:
    return f"{label}: {_short(one)} and {_short(two)}"


def _short(value: object) -> str:
    text = str(value) if value not in ("", (), None) else "none"
    return text if len(text) <= 60 else f"{text[:57]}…"  # noqa: PLR2004 - a line of a table


def _text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")
