"""Files of benchmark results, of any size, with four metrics on each line."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True)
class Shape:
    """How many benchmarks with how many samples; *interleaved* are samples of many runs, else those of ``-count``."""

    benchmarks: int
    samples: int
    interleaved: bool = False

    @property
    def lines(self) -> int:
        """The number of lines with results."""
        return self.benchmarks * self.samples

    def order(self) -> Iterator[int]:
        """Yield the number of each line's benchmark."""
        if self.interleaved:
            return (at for _ in range(self.samples) for at in range(self.benchmarks))
        return (at for at in range(self.benchmarks) for _ in range(self.samples))


def write(path: Path, shape: Shape, *, shift: float = 1.0, seed: int = 20) -> None:
    """Write a file of *shape* as ``go test`` does, with times that are *shift* times the usual ones."""
    drawn = random.Random(seed)  # noqa: S311 - samples, not secrets
    names = [f"BenchmarkIngest/series={at % 50}/case={at}-8" for at in range(shape.benchmarks)]
    with path.open("w", encoding="utf-8") as file:
        file.write("goos: linux\ngoarch: amd64\npkg: example.com/db\ncpu: Some CPU @ 3.00GHz\n")
        for at in shape.order():
            spent = (100 + at * 7.3) * shift * (1 + drawn.gauss(0, 0.02))
            rest = f"{1e4 / spent:8.2f} MB/s\t{64 + at % 100 * 8:8d} B/op\t{at % 9:8d} allocs/op"
            file.write(f"{names[at]:<40}\t{drawn.randrange(1000, 9999999):8d}\t{_nanoseconds(spent)} ns/op\t{rest}\n")


def _nanoseconds(value: float) -> str:
    """Return *value* with the digits that package testing prints."""
    for limit, form in ((999.95, "%10.0f"), (99.995, "%12.1f"), (9.9995, "%13.2f")):
        if value >= limit:
            return form % value
    return f"{value:14.3f}"
