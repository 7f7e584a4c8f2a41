"""Work that is timed by the program that does it, without the start of that program.

The program says on its last line what the work cost; the harness reads it there.
"""

from __future__ import annotations

import gc
import json
import time
from typing import TYPE_CHECKING, Any

from benchmarks.pairs import Sample

if TYPE_CHECKING:
    from collections.abc import Callable


def line(work: Callable[[], Any], times: int = 1) -> str:
    """Do *work* that many *times*, and return the line that says what it cost once."""
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(times):
        work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return json.dumps({"wall": wall / times, "cpu": cpu / times})


def read(output: str, memory: float) -> Sample:
    """Return what the last line of *output* says; ValueError unless it says that. *memory* is of the whole program."""
    said = json.loads(output.strip().rpartition("\n")[2])
    if not isinstance(said, dict) or not {"wall", "cpu"} <= said.keys():
        message = f"want an object with wall and cpu, got {said!r}"
        raise ValueError(message)
    return Sample(float(said["wall"]), float(said["cpu"]), memory)
