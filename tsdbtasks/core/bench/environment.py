"""What must be equal in two runs for a difference in speed to be one of the code.

The configuration lines of a run say it: ``machine``, ``cpu``, ``go``, ``goos``, ``goarch``, and ``sources``, the hash of
each benchmark's source. A key that one of the runs does not have is no difference, so that plain output of ``go test``
can be compared.

``sources`` is one line with words of the form ``<package>.<function without Benchmark>=<hash>``. Keys of the format
take no capital letters, so the name stands in the value; and the reference reader takes no line above 64 KiB, so
what is longer goes on in ``sources-2``, ``sources-3`` and so on:

    sources: example.com/tsdb/wal.Append=3f2a9c81 example.com/tsdb/wal.Replay=77b0e1d2
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from tsdbtasks.core.bench import names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

KEYS = ("machine", "cpu", "go", "goos", "goarch")
#: What a difference between the sources of one benchmark is called.
SOURCE = "source"
SOURCES = "sources"
#: The longest ``sources`` line that :func:`source_lines` makes.
_LONGEST = 32_768
_SOURCES_KEY = re.compile(r"sources(-[0-9]+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Difference:
    """A key of the configuration and what it is in the two runs; several values are joined by commas."""

    key: str
    old: str
    new: str

    def __str__(self) -> str:
        """Return it for a reader."""
        return f"{self.key}: {self.old} against {self.new}"


def differences(old: Iterable[Mapping[str, str]], new: Iterable[Mapping[str, str]]) -> tuple[Difference, ...]:
    """Return what differs between the configurations of two samples, apart from their sources."""
    before, after = list(old), list(new)
    found = (Difference(key, _values(before, key), _values(after, key)) for key in KEYS)
    return tuple(one for one in found if one.old and one.new and one.old != one.new)


def _values(configs: Iterable[Mapping[str, str]], key: str) -> str:
    return ", ".join(sorted({value for config in configs if (value := config.get(key))}))


def source(
    old: Iterable[Mapping[str, str]], new: Iterable[Mapping[str, str]], package: str, benchmark: str
) -> tuple[Difference, ...]:
    """Return the difference between the hashes of a benchmark's source in two samples, or nothing."""
    name = f"{package}.{names.base(benchmark)}"
    before, after = (", ".join(sorted(set(_hashes(configs, name)))) for configs in (old, new))
    return (Difference(SOURCE, before, after),) if before and after and before != after else ()


def _hashes(configs: Iterable[Mapping[str, str]], name: str) -> Iterator[str]:
    for config in configs:
        text = " ".join(value for key, value in config.items() if _SOURCES_KEY.fullmatch(key))
        if text and (found := _hash_by_name(text).get(name)):
            yield found


@lru_cache(maxsize=64)
def _hash_by_name(text: str) -> Mapping[str, str]:
    words = (word.rpartition("=") for word in text.split(" "))
    return {name: found for name, _, found in words if name}


def source_lines(hashes: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the configuration (key, value) that tells *hashes*, by package and function, in lines that are not too long."""
    lines: list[list[str]] = [[]]
    for name in sorted(hashes):
        word = f"{name}={hashes[name]}"
        if lines[-1] and sum(map(len, lines[-1])) + len(lines[-1]) + len(word) > _LONGEST:
            lines.append([])
        lines[-1].append(word)
    return [(SOURCES if at == 1 else f"{SOURCES}-{at}", " ".join(line)) for at, line in enumerate(lines, 1) if line]


def told(configs: Sequence[Mapping[str, str]], key: str) -> str:
    """Return what a run says of itself under *key*, joined by commas where it says several things."""
    return _values(configs, key)
