"""Tables of what was built and packed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tsdbtasks.core.report.table import Table

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from tsdbtasks.core.build.manifest import Manifest


@dataclass(frozen=True)
class Artifact:
    """A file that a task made: its platform, its path from the module, its size in bytes, its SHA-256."""

    platform: str
    path: str
    size: int
    sha256: str
    outcome: str


def binaries(manifest: Manifest, folder: str, platforms: Sequence[str], unchanged: Collection[str]) -> tuple[Artifact, ...]:
    """Return the binaries of *platforms*, those of *unchanged* marked so."""
    return tuple(
        Artifact(one, f"{folder}/{binary.path}", binary.size, binary.sha256, "unchanged" if one in unchanged else "built")
        for one in platforms
        if one in manifest.targets
        for binary in manifest.targets[one].binaries
    )


def archives(manifest: Manifest, folder: str, unchanged: Collection[str]) -> tuple[Artifact, ...]:
    """Return the archives of all targets, those of *unchanged* marked so."""
    return tuple(
        Artifact(
            one.platform, f"{folder}/{archive.path}", archive.size, archive.sha256,
            "unchanged" if archive.path in unchanged else "packed",
        )
        for one in (manifest.targets[name] for name in manifest.configured if name in manifest.targets)
        for archive in one.archives
    )  # fmt: skip


def table(title: str, artifacts: Sequence[Artifact], notes: Sequence[str] = ()) -> Table:
    """Return *artifacts* as a table; a digest is shown by its beginning, in full it is in the manifest."""
    rows = [(one.platform, one.path, size(one.size), one.sha256[:12], one.outcome) for one in artifacts]
    columns = ("platform", "file", "size", "sha256", "outcome")
    return Table(title, columns, rows, notes, right=frozenset({"size"}))


def size(count: int) -> str:
    """Return a number of bytes for a reader, in binary units."""
    if count < 1024:  # noqa: PLR2004 - a kibibyte
        return f"{count} B"
    return f"{count / 1024:.1f} KiB" if count < 1 << 20 else f"{count / (1 << 20):.2f} MiB"
