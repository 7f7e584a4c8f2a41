"""What filters and projections look at: a series of results, and the values of its keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tsdbtasks.core.bench import names

if TYPE_CHECKING:
    from collections.abc import Collection

Extractor = Callable[["Series"], str]


@dataclass(frozen=True)
class Series:
    """Results that differ in their numbers only.

    *config* are the keys in effect with their values, in order; a key that begins with a dot was set by the tool.
    *units* are the units of one line: the tidy one and the one that was written, empty where that is the same.
    """

    config: tuple[tuple[str, str], ...]
    name: str
    units: tuple[tuple[str, str], ...]

    def setting(self, key: str) -> str:
        """Return the value of a key of the configuration, empty if it is not set."""
        return next((value for name, value in self.config if name == key), "")


def extractor(key: str) -> Extractor:
    """Return the function that finds the value of *key*, empty where a series has none."""
    if key == ".name":
        return lambda series: names.base(series.name)
    if key == ".fullname":
        return lambda series: series.name
    if key.startswith("/"):
        return lambda series: _part(series.name, key)
    return lambda series: series.setting(key)


def _part(name: str, key: str) -> str:
    parts = names.parts(name)[1:]
    if key == "/gomaxprocs" and parts and parts[-1][0] == "-":
        return parts[-1][1:]
    prefix = f"{key}="
    return next((part[len(prefix) :] for part in parts if part.startswith(prefix)), "")


def full_name(excluded: Collection[str]) -> Extractor:
    """Return the function that finds the full name without the parts that *excluded* names.

    Parts are deleted, and the base becomes ``*``; other keys in *excluded* change nothing.
    """
    prefixes = tuple(f"{key}=" for key in excluded if key.startswith("/"))
    star, procs = ".name" in excluded, "/gomaxprocs" in excluded

    def extract(series: Series) -> str:
        name = series.name
        if not (star or any(prefix in name for prefix in prefixes) or (procs and "-" in name)):
            return name
        head, *parts = names.parts(name)
        left = [part for part in parts if not (part.startswith(prefixes) or (procs and part[0] == "-"))]
        return "".join(["*" if star else head, *left])

    return extract if prefixes or star else lambda series: series.name
