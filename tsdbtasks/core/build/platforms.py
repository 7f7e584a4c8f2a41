"""The platforms a Go program is built for: their names, their ids and the variables that select them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from tsdbtasks.core.nearest import perhaps
from tsdbtasks.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Which variable of the go command carries an architecture's variant, and the values it takes.
_VARIANTS = {
    "386": ("GO386", re.compile(r"sse2|softfloat")),
    "amd64": ("GOAMD64", re.compile(r"v[1-4]")),
    "arm": ("GOARM", re.compile(r"[5-7](,(soft|hard)float)?")),
    "arm64": ("GOARM64", re.compile(r"v(8\.[0-9]|9\.[0-5])(,(lse|crypto))*")),
    "mips": ("GOMIPS", re.compile(r"(hard|soft)float")),
    "mipsle": ("GOMIPS", re.compile(r"(hard|soft)float")),
    "mips64": ("GOMIPS64", re.compile(r"(hard|soft)float")),
    "mips64le": ("GOMIPS64", re.compile(r"(hard|soft)float")),
    "ppc64": ("GOPPC64", re.compile(r"power(8|9|10)")),
    "ppc64le": ("GOPPC64", re.compile(r"power(8|9|10)")),
    "riscv64": ("GORISCV64", re.compile(r"rva(20|22|23)u64")),
}
#: The variables that select a variant.
VARIANT_VARIABLES = frozenset(name for name, _ in _VARIANTS.values())
_NAME = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True, order=True)
class Platform:
    """An operating system and an architecture in Go's names, with a variant where one is wanted."""

    os: str
    arch: str
    variant: str = ""

    @classmethod
    def parse(cls, text: str) -> Platform:
        """Read ``linux/amd64`` or ``linux/arm/7``; raise ValueError for anything else."""
        os, _, rest = text.partition("/")
        arch, _, variant = rest.partition("/")
        if not (_NAME.fullmatch(os) and _NAME.fullmatch(arch)) or "/" in variant or text.endswith("/"):
            msg = f"want GOOS/GOARCH, got {text!r}"
            raise ValueError(msg)
        if variant:
            name, form = _VARIANTS.get(arch, ("", re.compile("")))
            if not name:
                msg = f"want GOOS/GOARCH, {arch} has no variants, got {text!r}"
                raise ValueError(msg)
            if not form.fullmatch(variant):
                msg = f"want a value of {name} after {os}/{arch}/, got {variant!r}"
                raise ValueError(msg)
        return cls(os, arch, variant)

    def __str__(self) -> str:
        """Return the form that :meth:`parse` reads."""
        return "/".join(part for part in (self.os, self.arch, self.variant) if part)

    @property
    def id(self) -> str:
        """The form for names of files and ``--only``: ``linux_arm_7``."""
        return str(self).replace("/", "_").replace(",", "-")

    @property
    def exe(self) -> str:
        """What the system wants at the end of a program's name."""
        return ".exe" if self.os == "windows" else ""

    def env(self) -> dict[str, str]:
        """Return the variables that make the go command build for this platform."""
        chosen = {"GOOS": self.os, "GOARCH": self.arch}
        if self.variant:
            chosen[_VARIANTS[self.arch][0]] = self.variant
        return chosen


def select(platforms: Sequence[Platform], only: Sequence[str]) -> tuple[Platform, ...]:
    """Return those of *platforms* whose id or name fits one of the ids or globs in *only*, in their own order.

    Nothing asked for means all. A pattern that fits none raises UsageError with the nearest id.
    """
    if not only:
        return tuple(platforms)
    ids = [platform.id for platform in platforms]
    for pattern in only:
        if not any(_fits(platform, pattern) for platform in platforms):
            msg = f"--only {pattern!r} fits none of the configured platforms"
            raise UsageError(msg, hint=perhaps(pattern, ids))
    return tuple(platform for platform in platforms if any(_fits(platform, pattern) for pattern in only))


def _fits(platform: Platform, pattern: str) -> bool:
    return fnmatchcase(platform.id, pattern) or fnmatchcase(str(platform), pattern)
