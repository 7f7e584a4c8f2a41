"""The row of ``inv bench``: what it adds to the time of the samples themselves."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.goals import Goal
from benchmarks.harness import Command, FailedError, Side, run
from benchmarks.place import Place, Row, always, script
from tsdbtasks.core.bench import benchfmt, gobench

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

COUNT, BENCHTIME, SEED = 5, "100ms", 4
#: Where the example's benchmarks of ingestion are.
_PACKAGE = "internal/lineprotocol"


def overhead(place: Place) -> Row:
    """Return the row of ``inv bench`` against the same processes without it, in the same order."""
    folder, kept = place.copy("bench"), place.folder / "order.txt"

    def ours(benchtime: str, *more: str) -> Command:
        flags = ["-p", "--count", str(COUNT), "--benchtime", benchtime, "--seed", str(SEED), *more]
        return Command([*script("inv"), "bench", *flags], folder, place.environ)

    # Says the order of this seed, and warms Go's cache.
    run(ours("1ms", "--output", str(kept)))
    binary = _compiled(place, folder)
    recipe = place.folder / "samples.json"
    said = samples(order(kept.read_bytes()), binary, folder / _PACKAGE)
    recipe.write_text(json.dumps(said), "utf-8")
    program = str(Path(__file__).with_name("samples.py"))
    peer = Command([sys.executable, "-I", "-S", program, str(recipe)], folder, place.environ)
    notes = (f"inv bench takes {len(said['argvs'])} samples of {BENCHTIME}; it also compiles, from a warm Go cache.",)
    sides = Side("tsdbtasks", lambda: ours(BENCHTIME)), Side("samples", always(peer))
    work = f"inv bench -p --count {COUNT} --benchtime {BENCHTIME}"
    return Row(work, "the bare test binary as often", Goal(ratio=1.05), *sides, pairs=5, warmups=0, notes=notes)


def _compiled(place: Place, folder: Path) -> Path:
    binary = place.folder / "lineprotocol.test"
    argv = [place.the_go(), "test", "-c", "-trimpath", "-buildvcs=false", "-o", str(binary), f"./{_PACKAGE}"]
    done = subprocess.run(argv, cwd=folder, env=place.environ, capture_output=True, text=True, check=False)
    if done.returncode:
        message = f"go test -c exited with {done.returncode}\n{done.stderr}"
        raise FailedError(message)
    return binary


def order(content: bytes) -> tuple[str, ...]:
    """Return the benchmarks in the file of a run, by name, in the order of their samples."""
    return tuple(one.series for one in benchfmt.parse(content).records if isinstance(one, benchfmt.Result))


def samples(names: Iterable[str], binary: Path, folder: Path) -> Mapping[str, Any]:
    """Return what the bare script reads: the command of each sample, and the folder they run in."""
    flags = ["-test.run=^$", f"-test.benchtime={BENCHTIME}"]
    return {"folder": str(folder), "argvs": [[str(binary), *flags, f"-test.bench={gobench.pattern(name)}"] for name in names]}
