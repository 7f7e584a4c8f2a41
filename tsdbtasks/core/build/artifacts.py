"""The names of what is published, and what goes into an archive."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from posixpath import isabs, normpath
from typing import TYPE_CHECKING

from tsdbtasks.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Files that belong into every archive, if the module or its repository has them.
LICENCES = ("LICENSE*", "LICENCE*", "COPYING*", "NOTICE*")
READMES = ("README*",)


@dataclass(frozen=True, order=True)
class Member:
    """A file to be put into an archive: its name there, below the archive's own folder, and its Unix mode."""

    name: str
    executable: bool


def base_name(name: str, version: str, platform: str) -> str:
    """Return the name of an archive without its ending; *version* is without the leading v."""
    # A plus sign is escaped in addresses and refused by some stores, so names do without it.
    return f"{safe(name)}_{version.replace('+', '-')}_{platform}"


def safe(name: str) -> str:
    """Return *name* in characters that every file system and every shell takes as they are."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.") or "program"


def ending(platform: str) -> str:
    """Return the ending of an archive: zip where that is what users can open."""
    return ".zip" if platform.startswith("windows_") else ".tar.gz"


def usual(paths: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return the licences and the readme among *paths* of one folder, in a fixed order."""
    names = sorted(paths)
    licences = [name for name in names if any(fnmatchcase(name.upper(), pattern) for pattern in LICENCES)]
    readmes = [name for name in names if any(fnmatchcase(name.upper(), pattern) for pattern in READMES)]
    # One readme is enough: the plain or Markdown one before translations.
    readmes.sort(key=lambda name: (len(name.split(".")), name))
    return licences, readmes[:1]


def pattern(text: str) -> str:
    """Return a configured path or glob in git's form, or raise UsageError if it leaves the module."""
    if not text or isabs(text) or ".." in text.split("/"):
        message = f"tsdbtasks.package.files: want a path or glob below the module, got {text!r}"
        raise UsageError(message)
    return normpath(text)
