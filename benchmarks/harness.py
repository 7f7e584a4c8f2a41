"""Two commands, run in turns and timed."""

from __future__ import annotations

import math
import os
import shlex
import subprocess
import sys
import tempfile
import time
from contextlib import nullcontext
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from benchmarks import inside
from benchmarks.pairs import Comparison, Pair, Sample, orders

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

#: Lines of a failed command's output that are shown.
_TAIL = 40


class FailedError(Exception):
    """A command did not do its work, so there is nothing to compare."""


@dataclass(frozen=True)
class Command:
    """A program to be run: its arguments, its folder and its whole environment.

    Its stdout goes to the file *out*, where that is wanted. With *inside* the program times its own work, and what
    counts is what it says on its last line, as :func:`benchmarks.inside.line` makes it.
    """

    argv: Sequence[str]
    folder: Path
    environ: Mapping[str, str]
    out: Path | None = None
    inside: bool = False


@dataclass(frozen=True)
class Side:
    """One of the two that are compared; *prepare* does what is not timed and returns the command that is."""

    name: str
    prepare: Callable[[], Command]


def run(command: Command) -> Sample:
    """Run *command* and return what it cost; FailedError, with its last lines, unless it exits with 0."""
    # A file rather than a pipe, because reading a pipe would be work that competes with the command.
    with tempfile.TemporaryFile() as said, command.out.open("wb") if command.out else nullcontext(said) as out:
        start = time.perf_counter()
        process = subprocess.Popen(
            command.argv, cwd=command.folder, env=command.environ, stdin=subprocess.DEVNULL, stdout=out, stderr=said
        )
        cpu, memory = _ended(process)
        wall = time.perf_counter() - start
        if process.returncode:
            message = f"{shlex.join(command.argv)} exited with {process.returncode}\n{_tail(said)}"
            raise FailedError(message)
        return inside.read(_tail(said), memory) if command.inside else Sample(wall, cpu, memory)


if sys.platform == "win32":

    def _ended(process: subprocess.Popen[bytes]) -> tuple[float, float]:
        """Wait for *process*; Windows tells nobody what the children of a process used."""
        process.wait()
        return math.nan, math.nan

else:
    #: What the system counts memory in, by MiB.
    _UNITS = 1 << 20 if sys.platform == "darwin" else 1 << 10

    def _ended(process: subprocess.Popen[bytes]) -> tuple[float, float]:
        """Wait for *process* and return what it and all children that it waited for used.

        That is the seconds of processors, and the MiB of memory that the largest of them had at most.
        """
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        return used.ru_utime + used.ru_stime, used.ru_maxrss / _UNITS


def _tail(out: IO[bytes]) -> str:
    out.seek(0)
    return "\n".join(out.read().decode("utf-8", "backslashreplace").splitlines()[-_TAIL:])


def compare(ours: Side, peer: Side, *, pairs: int, warmups: int, seed: int, say: Callable[[str], None]) -> Comparison:
    """Run both sides *warmups* times uncounted and *pairs* times in turns, in the order that *seed* draws."""
    for _ in range(warmups):
        for side in (ours, peer):
            say(f"  warm-up, {side.name}: {run(side.prepare()).wall:.3f} s")
    done: list[Pair] = []
    for ours_first in orders(pairs, seed):
        taken = {side.name: run(side.prepare()) for side in ((ours, peer) if ours_first else (peer, ours))}
        done.append(Pair(taken[ours.name], taken[peer.name], ours_first))
        say(f"  pair {len(done)} of {pairs}: " + ", ".join(f"{name} {one.wall:.3f} s" for name, one in taken.items()))
    return Comparison(tuple(done))
