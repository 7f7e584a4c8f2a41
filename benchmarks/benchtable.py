"""The rows of files of results: describing, comparing and reading them, against benchstat and its reader."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from benchmarks import resultfiles
from benchmarks.goals import Goal
from benchmarks.harness import Command, FailedError, Side
from benchmarks.place import ROOT, Place, Row, SkippedError, always, script
from benchmarks.resultfiles import Shape

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.pairs import Comparison

PERF = "v0.0.0-20260908200009-22c9c6c9d4da"
LARGE, SMALL = Shape(5000, 100), Shape(50, 20)
MIXED = Shape(5000, 100, interleaved=True)
#: Records are for what needs all of a line; a part of the file shows how fast they are made.
PART = Shape(500, 100)
_FILES = ("old.txt", "new.txt")
#: benchstat's reader without benchstat: it reads what is in memory, and says as inside.py what that cost.
_READER = """package main

import (
	"bytes"
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/perf/benchfmt"
)

func cpu() float64 {
	var used syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &used)
	return float64(used.Utime.Nano()+used.Stime.Nano()) / 1e9
}

func main() {
	data, err := os.ReadFile(os.Args[1])
	if err != nil {
		panic(err)
	}
	start, before, results := time.Now(), cpu(), 0
	for reader := benchfmt.NewReader(bytes.NewReader(data), os.Args[1]); reader.Scan(); {
		if _, ok := reader.Result().(*benchfmt.Result); ok {
			results++
		}
	}
	fmt.Printf("%d results\\n", results)
	fmt.Printf("{\\"wall\\": %g, \\"cpu\\": %g}\\n", time.Since(start).Seconds(), cpu()-before)
}
"""


def table(place: Place) -> Row:
    """Return the row of ``bench-table`` with files as ``go test -count`` writes them."""
    return _table(place, LARGE, "")


def mixed(place: Place) -> Row:
    """Return the row of ``bench-table`` with files whose samples are interleaved, as ``inv bench`` writes them."""
    return _table(place, MIXED, ", interleaved")


def _table(place: Place, shape: Shape, how: str) -> Row:
    program, folder = _benchstat(place), _folder(place, shape)
    outs = {side: folder / f"{side}.out" for side in ("ours", "benchstat")}
    flags = [word for file in _FILES for word in ("--file", file)]
    ours = Command([*script("inv"), "bench-table", *flags], folder, place.environ, out=outs["ours"])
    peer = Command([program, *_FILES], folder, place.environ, out=outs["benchstat"])

    def after(_: Comparison) -> tuple[str, ...]:
        said = [path.read_bytes() for path in outs.values()]
        if said[0] != said[1] or not said[0]:
            message = "the tables of bench-table and benchstat differ, or are empty"
            raise FailedError(message)
        return (f"Checked against benchstat: both print the same {len(said[0]):,} bytes.",)

    work = f"inv bench-table, two files of {shape.lines:,} lines{how}"
    goal = Goal(ratio=1.0, memory=1.5)
    return Row(work, "benchstat", goal, Side("tsdbtasks", always(ours)), Side("benchstat", always(peer)), 5, after=after)


def judged(place: Place) -> Row:
    """Return the row of ``bench-compare``, whose limit is absolute."""
    program, folder = _benchstat(place), _folder(place, SMALL)
    ours = Command([*script("inv"), "bench-compare", *_FILES], folder, place.environ)
    peer = Command([program, *_FILES], folder, place.environ)
    work = f"inv bench-compare, two files of {SMALL.lines:,} lines"
    return Row(work, "benchstat", Goal(seconds=0.4), Side("tsdbtasks", always(ours)), Side("benchstat", always(peer)), 15)


def columns(place: Place) -> Row:
    """Return the row of reading into columns, as ``bench-table`` does."""
    return _reading(place, LARGE, "columns")


def records(place: Place) -> Row:
    """Return the row of reading into records, as everything else does."""
    return _reading(place, PART, "records")


def _reading(place: Place, shape: Shape, how: str) -> Row:
    file = str(_folder(place, shape) / _FILES[0])
    peer = Command([str(_reader(place)), file], ROOT, place.environ, inside=True)
    ours = Command([sys.executable, "-m", "benchmarks.reading", how, file], ROOT, place.environ, inside=True)

    def after(done: Comparison) -> tuple[str, ...]:
        mine, theirs = (shape.lines / spread.median for spread in done.walls())
        return (f"Lines read a second: {mine:,.0f} into {how}, {theirs:,.0f} by benchstat's reader.",)

    work = f"reading {shape.lines:,} lines into {how}, without the start"
    sides = Side("tsdbtasks", always(ours)), Side("reader", always(peer))
    return Row(work, "benchstat's reader", Goal(), *sides, pairs=5, after=after)


def _folder(place: Place, shape: Shape) -> Path:
    """Return a folder with two files of *shape*, whose second is slower by 2 % where it is not to be judged."""
    folder = place.folder / f"results-{shape.lines}{'-mixed' if shape.interleaved else ''}"
    if not folder.exists():
        folder.mkdir()
        (folder / "tasks.py").write_text("import tsdbtasks\n\nns = tsdbtasks.collection()\n", "utf-8")
        for at, file in enumerate(_FILES):
            # A judgement that something is worse would be a failure, so there only the noise differs.
            resultfiles.write(folder / file, shape, shift=1.0 if shape is SMALL else 1 + at / 50, seed=20 + at)
    return folder


def _benchstat(place: Place) -> str:
    if place.benchstat is None:
        message = f"benchstat is not there: GOFLAGS= go install golang.org/x/perf/cmd/benchstat@{PERF}"
        raise SkippedError(message)
    return place.benchstat


def _reader(place: Place) -> Path:
    """Return benchstat's reader, compiled; SkippedError where its module cannot be had."""
    go, folder = place.the_go(), place.folder / "reader"
    program = folder / "reader"
    if program.exists():
        return program
    folder.mkdir(exist_ok=True)
    (folder / "main.go").write_text(_READER, "utf-8")
    (folder / "go.mod").write_text("module reader\n", "utf-8")
    for words in (["get", f"golang.org/x/perf/benchfmt@{PERF}"], ["build", "-o", str(program), "."]):
        done = subprocess.run([go, *words], cwd=folder, env=place.environ, capture_output=True, text=True, check=False)
        if done.returncode:
            message = f"go {words[0]} of benchstat's reader failed: {done.stderr.strip()}"
            raise SkippedError(message)
    return program
