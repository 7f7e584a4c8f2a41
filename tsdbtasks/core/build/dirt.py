"""Which differences between a work tree and its commit can change a build."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

#: What the go command takes from a package's folder (go help packages, go/build), and module files.
SOURCES = (
    "*.go", "*.c", "*.cc", "*.cpp", "*.cxx", "*.m", "*.h", "*.hh", "*.hpp", "*.hxx", "*.f", "*.F", "*.for", "*.f90",
    "*.s", "*.S", "*.sx", "*.swig", "*.swigcxx", "*.syso",
)  # fmt: skip
MODULE_FILES = ("go.mod", "go.sum", "go.work", "go.work.sum")


def is_read(path: str) -> bool:
    """Say whether a build may read the file *path* because of its name and its folders' names alone."""
    parts = path.split("/")
    # The go command passes over these folders, and files of these names.
    if any(part.startswith(("_", ".")) or part == "testdata" for part in parts):
        return False
    return parts[-1] in MODULE_FILES or any(fnmatchcase(parts[-1], pattern) for pattern in SOURCES)


def untracked(paths: Iterable[str], embedded: Iterable[str], prefix: str = "") -> list[str]:
    """Return those of the untracked *paths* that a build reads; *embedded* are the files that //go:embed names.

    *prefix* is the module's own folder, whose name counts for nothing: a module may lie in testdata.
    """
    named = set(embedded)
    return [path for path in paths if path in named or is_read(path.removeprefix(prefix))]
