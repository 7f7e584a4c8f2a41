"""Measure all rows, or those that are named, and print the table.

Run from the top of the repository, with the Python that tsdbtasks is installed in: python -m benchmarks
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import machine
from benchmarks import place as places
from benchmarks.harness import FailedError, compare
from benchmarks.place import Place, SkippedError
from benchmarks.results import Result, Run
from benchmarks.rows import ROWS, SLOW


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, and return the exit code: 0 measured, 1 a row failed, 5 nothing was measured.

    With ``--gate`` a ratio that was not reached is a 4.
    """
    asked = _parser().parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as folder:
        environ = places.environment(os.environ)
        go = places.find_go(environ)
        programs = {
            "goreleaser": places.find_program("goreleaser", environ, go, asked.goreleaser),
            "benchstat": places.find_program("benchstat", environ, go),
        }
        place = Place(Path(folder).resolve(), go, programs["goreleaser"], programs["benchstat"], environ)
        here = machine.look(go, programs)
        _say(f"seed {asked.seed}")
        places.compile_package()
        results = [_measured(name, place, asked) for name in asked.row or ROWS]
    run = Run(datetime.now(UTC).date().isoformat(), asked.seed, here, machine.load(), results)
    asked.json.parent.mkdir(parents=True, exist_ok=True)
    asked.json.write_text(json.dumps(run.document(), indent=1, ensure_ascii=False) + "\n", "utf-8")
    print(run.markdown())
    return exit_code(results, gate=asked.gate)


def exit_code(results: list[Result], *, gate: bool) -> int:
    """Return the worst that happened, as tsdbtasks counts it."""
    if any(one.failed for one in results):
        return 1
    if all(one.comparison is None for one in results):
        return 5
    return 4 if gate and any(one.reached is False for one in results) else 0


def _measured(name: str, place: Place, asked: argparse.Namespace) -> Result:
    _say(f"row {name}")
    try:
        row = ROWS[name](place)
        pairs = (asked.cold_pairs if name in SLOW else asked.pairs) or row.pairs
        done = compare(row.ours, row.peer, pairs=pairs, warmups=row.warmups, seed=asked.seed, say=_say)
        notes = (*row.notes, *row.after(done))
    except SkippedError as error:
        _say(f"  skipped: {error}")
        return Result(name, skipped=str(error))
    except FailedError as error:
        _say(f"  failed: {error}")
        return Result(name, failed=str(error))
    return Result(name, row.work, row.against, row.goal, done, notes)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure tsdbtasks against its peers.")
    parser.add_argument("--row", action="append", choices=list(ROWS), help="measure only this row; repeatable")
    parser.add_argument("--pairs", type=int, default=0, help="counted pairs of each row; default: the row's own, at least 5")
    parser.add_argument(
        "--cold-pairs", type=int, default=0, help="counted pairs with a cold cache, two minutes each; default: 2"
    )
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1 << 32), help="of the order in the pairs")
    parser.add_argument("--goreleaser", default="", help="goreleaser, where it is neither on PATH nor in Go's folders")
    parser.add_argument("--json", type=Path, default=Path("dist/benchmarks.json"), help="where all single timings go")
    parser.add_argument("--gate", action="store_true", help="exit with 4 where a ratio was not reached")
    return parser


if __name__ == "__main__":
    sys.exit(main())
