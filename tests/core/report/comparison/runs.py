"""Two runs with every verdict, for the reports."""

from __future__ import annotations

from pathlib import Path

from tsdbtasks.core.bench import benchfmt
from tsdbtasks.core.bench.compare import Comparisons, compare

_DATA = Path(__file__).parents[3] / "data" / "comparison"


def everything() -> Comparisons:
    """Return a comparison with better, worse, same, cannot-tell, new, removed, incomparable, hostile names, two packages."""
    return compare(_read("old.txt"), _read("new.txt"), names=("old.txt", "new.txt"))


def anyway() -> Comparisons:
    """Return a comparison of two machines, made nevertheless."""
    old, new = (_read(name).__bytes__() for name in ("old.txt", "new.txt"))
    runs = [benchfmt.parse(b"machine: %s\n" % name + data) for name, data in ((b"one", old), (b"two", new))]
    return compare(runs[0], runs[1], anyway=True)


def many(count: int, factor: float = 1.0, name: str = "B") -> Comparisons:
    """Return a comparison of *count* benchmarks, all of them *factor* times as slow as before."""
    lines = [[f"Benchmark{name}{at} 1 {1000 + sample} ns/op" for at in range(count) for sample in range(10)]]
    lines.append([f"Benchmark{name}{at} 1 {(1000 + sample) * factor} ns/op" for at in range(count) for sample in range(10)])
    runs = [benchfmt.parse("\n".join(side)) for side in lines]
    return compare(runs[0], runs[1])


def empty() -> Comparisons:
    """Return a comparison of two files without results."""
    return compare(benchfmt.parse(b""), benchfmt.parse(b""))


def _read(name: str) -> benchfmt.Results:
    return benchfmt.parse((_DATA / name).read_bytes(), file=name)
