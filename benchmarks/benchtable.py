"""Measure bench-table against benchstat on two files of 500,000 lines, and how fast files are read.

Run from the top of the repository: python -m benchmarks.benchtable. It wants benchstat on PATH (go install
golang.org/x/perf/cmd/benchstat@latest). The two run in turns, whole commands with their start, and their outputs must
be equal. Exits with 4 where a limit was not kept.
"""

from __future__ import annotations

import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.pairs import orders
from tsdbtasks.core.bench import benchfmt, columns

BENCHMARKS = 5000
SAMPLES = 100
PAIRS = 7
#: The ratios to reach: wall time and memory of the whole command.
TIME, MEMORY = 1.0, 1.5
_SEED = 20


@dataclass(frozen=True)
class Cost:
    """What one run cost: seconds on the clock, seconds of processors, and bytes of memory at most."""

    wall: float
    cpu: float
    memory: float


def main() -> int:
    """Measure, print a Markdown table, and return the exit code."""
    program = shutil.which("benchstat") or sys.exit("benchstat is not installed")
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as name:
        folder = Path(name)
        (folder / "tasks.py").write_text("import tsdbtasks\n\nns = tsdbtasks.collection()\n")
        print("| order of lines | what | ours | benchstat | ratio | to reach | reached |\n|---|---|---:|---:|---:|---:|---|")
        kept = [_measured(folder, program, interleaved=interleaved) for interleaved in (False, True)]
        _reading(folder)
    return 0 if all(kept) else 4


def _measured(folder: Path, program: str, *, interleaved: bool) -> bool:
    files = ["old.txt", "new.txt"]
    for at, file in enumerate(files):
        write(folder / file, shift=1 + at / 50, interleaved=interleaved)
    ours = [sys.executable, "-m", "invoke", "bench-table", "--file", files[0], "--file", files[1]]
    commands = {"ours": ours, "benchstat": [program, *files]}
    runs: dict[str, list[Cost]] = {side: [] for side in commands}
    for first in (True, *orders(PAIRS, _SEED)):  # the first pair warms up
        for side in ("ours", "benchstat") if first else ("benchstat", "ours"):
            runs[side].append(run(commands[side], folder, folder / f"{side}.out"))
    if (folder / "ours.out").read_bytes() != (folder / "benchstat.out").read_bytes():
        sys.exit("the outputs differ")
    order = "interleaved" if interleaved else "one benchmark after another"
    rows = [_row(order, what, runs, limit) for what, limit in (("wall", TIME), ("cpu", None), ("memory", MEMORY))]
    return all(rows)


def _row(order: str, what: str, runs: dict[str, list[Cost]], limit: float | None) -> bool:
    pairs = [(getattr(a, what), getattr(b, what)) for a, b in zip(runs["ours"][1:], runs["benchstat"][1:], strict=True)]
    ours, theirs = (statistics.median(side) for side in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    shown = "{:.0f} MiB" if what == "memory" else "{:.2f} s"
    reached = limit is None or ratio <= limit
    wish = "| |" if limit is None else f"| {limit:.1f} | {reached} |"
    print(f"| {order} | {what} | {shown.format(ours)} | {shown.format(theirs)} | {ratio:.2f} {wish}", flush=True)
    return reached


def _reading(folder: Path) -> None:
    """Print how many lines a second are read: in columns as tables need them, and as records."""
    data = (folder / "old.txt").read_bytes()
    lines = data.count(b"\n")
    start = time.perf_counter()
    columns.Reader().read([data[at : at + columns.CHUNK] for at in range(0, len(data), columns.CHUNK)], file="f", label="f")
    fast = time.perf_counter() - start
    part = data[: data.index(b"\n", len(data) // 10)]
    start = time.perf_counter()
    benchfmt.parse(part)
    slow = (time.perf_counter() - start) / part.count(b"\n")
    print(f"\nlines read a second: {lines / fast:,.0f} in columns, {1 / slow:,.0f} as records")


def write(path: Path, *, shift: float, interleaved: bool) -> None:
    """Write a file as ``go test`` does: *interleaved* are samples of many runs, else those of ``-count``."""
    drawn = random.Random(_SEED)  # noqa: S311 - samples, not secrets
    names = [f"BenchmarkIngest/series={at % 50}/case={at}-8" for at in range(BENCHMARKS)]
    pairs = ((at, sample) for sample in range(SAMPLES) for at in range(BENCHMARKS))
    order = pairs if interleaved else ((at, sample) for at in range(BENCHMARKS) for sample in range(SAMPLES))
    with path.open("w", encoding="utf-8") as file:
        file.write("goos: linux\ngoarch: amd64\npkg: example.com/db\ncpu: Some CPU @ 3.00GHz\n")
        for at, _ in order:
            spent = (100 + at * 7.3) * shift * (1 + drawn.gauss(0, 0.02))
            rest = f"{1e4 / spent:8.2f} MB/s\t{64 + at % 100 * 8:8d} B/op\t{at % 9:8d} allocs/op"
            file.write(f"{names[at]:<40}\t{drawn.randrange(1000, 9999999):8d}\t{_nanoseconds(spent)} ns/op\t{rest}\n")


def _nanoseconds(value: float) -> str:
    """Return *value* with the digits that package testing prints."""
    for limit, form in ((999.95, "%10.0f"), (99.995, "%12.1f"), (9.9995, "%13.2f")):
        if value >= limit:
            return form % value
    return f"{value:14.3f}"


def run(command: list[str], folder: Path, out: Path) -> Cost:
    """Run *command* with its output to a file, and return what it cost."""
    with out.open("wb") as file:
        start = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=file)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{command[0]} exited with {process.returncode}")
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


if __name__ == "__main__":
    sys.exit(main())
