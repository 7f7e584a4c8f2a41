"""What ``go version -m`` says of a binary."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, order=True)
class Dependency:
    """A module that is linked in: its path, its version, and its checksum in go.sum's form (h1:…)."""

    path: str
    version: str
    checksum: str


@dataclass(frozen=True)
class BuildInfo:
    """The build information in a Go binary; *settings* are flags and variables by name."""

    go: str
    package: str
    module: Dependency
    dependencies: tuple[Dependency, ...]
    settings: Mapping[str, str]


def parse(text: str) -> BuildInfo:
    """Read lines of tab-separated words: ``go``, ``path``, ``mod``, ``dep``, ``=>`` and ``build``.

    The form is that of debug/buildinfo (pkg.go.dev/runtime/debug#BuildInfo.String).
    """
    go = package = ""
    module = Dependency("", "", "")
    dependencies: list[Dependency] = []
    settings: dict[str, str] = {}
    last = ""
    for line in text.splitlines():
        word, *rest = line.split("\t")
        if word == "go" and rest:
            go = rest[0]
        elif word == "path" and rest:
            package = rest[0]
        elif word in {"mod", "dep", "=>"}:
            found = Dependency(*[*rest, "", "", ""][:3])
            if word == "mod" or (word == "=>" and last == "mod"):
                module = found
            elif word == "=>" and dependencies:
                dependencies[-1] = found
            elif word == "dep":
                dependencies.append(found)
        elif word == "build" and rest:
            name, _, value = rest[0].partition("=")
            settings[name] = _unquoted(value)
        last = word if word != "=>" else last
    return BuildInfo(go, package, module, tuple(sorted(dependencies)), settings)


def _unquoted(value: str) -> str:
    """Return a value as it was before Go quoted it; what is no quoted text stays as it is."""
    if not value.startswith('"'):
        return value
    try:
        # Go's quoting is JSON's, but for escapes of what is no text, which no flag of ours holds.
        return str(json.loads(value))
    except ValueError:
        return value
