"""Tables of benchmark files, as benchstat makes them."""

from __future__ import annotations

import gc
import json
import sys
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from invoke.collection import Collection

from tsdbtasks.edge import machine, show, stream, task
from tsdbtasks.errors import UsageError
from tsdbtasks.tools import console

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import ModuleType

    from invoke.context import Context

    from tsdbtasks.core.bench.columns import Columns
    from tsdbtasks.core.bench.comparison import Options, Tables

_FORMATS = ("text", "csv", "markdown", "json")


@task(
    iterable=["file"],
    help={
        "file": "Benchmark file, LABEL=FILE, or - for standard input; repeatable.",
        "table": "Projection whose values split results into tables.",
        "row": "Projection whose values are the rows.",
        "col": "Projection whose values are the columns.",
        "ignore": "Keys whose variation is ignored.",
        "filter": "Filter: key:value, key:/regexp/, AND, OR, -, parentheses.",
        "alpha": "A change counts if its p-value is not above this.",
        "confidence": "Confidence level of the intervals.",
        "format": "text, csv, markdown or json.",
    },
)
def bench_table(  # noqa: PLR0913, PLR0917 - the options of benchstat, by its names
    c: Context,  # noqa: ARG001 - every task has one
    file: Sequence[str] = (),
    table: str = ".config",
    row: str = ".fullname",
    col: str = ".file",
    ignore: str = "",
    filter: str = "*",  # noqa: A002 - benchstat's name
    alpha: str = "0.05",
    confidence: str = "0.95",
    format: str = "text",  # noqa: A002 - benchstat's name
) -> dict[str, object]:
    """Describe benchmark files in tables, exactly as benchstat does."""
    from tsdbtasks.core.bench.comparison import Options  # noqa: PLC0415 - `inv --list` must not pay for it

    if not file:
        raise UsageError("bench-table: no file was named", hint="inv bench-table --file old.txt --file new.txt")
    if format not in _FORMATS:
        message = f"--format: want {', '.join(_FORMATS)}, got {format!r}"
        raise UsageError(message)
    options = Options(
        table=table, row=row, col=col, ignore=ignore, filter=filter,
        alpha=_level(alpha, "--alpha"), confidence=_level(confidence, "--confidence"),
    )  # fmt: skip
    with _without_collector():
        return _described(list(file), options, format)


@contextmanager
def _without_collector() -> Iterator[None]:
    """Let the garbage collector rest: many cells make no cycles, and looking for some takes a tenth of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _described(files: list[str], options: Options, form: str) -> dict[str, object]:
    """Read *files* and show them; the result has all cells only where it is printed, because that takes its time."""
    from tsdbtasks.core.bench import comparison  # noqa: PLC0415 - `inv --list` must not pay for it
    from tsdbtasks.core.report import benchtable as report  # noqa: PLC0415 - as above

    try:
        question = comparison.Question(options)
    except comparison.OptionError as error:
        raise UsageError(str(error), hint="https://pkg.go.dev/golang.org/x/perf/benchproc/syntax has the syntax") from error
    columns = _read(files)
    tables = question.tables(columns)
    whole = form == "json" or machine()
    result: dict[str, object] = {
        "files": [report.readable(one) for one in files],
        "problems": [report.readable(one) for one in columns.problems],
        "tables": report.document(tables) if whole else report.summary(tables),
    }
    show(result)
    _show(report, tables, result, form)
    return result


def _show(report: ModuleType, tables: Tables, result: object, form: str) -> None:
    if form == "csv":
        shown, warnings = report.csv(tables)
        _write(warnings, sys.stderr)
    elif form == "json":
        shown = "" if machine() else json.dumps(result, ensure_ascii=False, indent=1) + "\n"
    else:
        shown = report.markdown(tables) if form == "markdown" else report.text(tables)
    _write(shown, stream())


def _read(files: list[str]) -> Columns:
    """Read *files*; what is wrong in them is said, and is no failure."""
    from tsdbtasks.core.bench import columns, inputs  # noqa: PLC0415 - `inv --list` must not pay for it

    reader = columns.Reader()
    for one in inputs.named(files):
        said, results = len(reader.columns.problems), len(reader.columns.series)
        try:
            reader.read(_pieces(one.path, columns.CHUNK), file=one.path, label=one.label)
        except columns.TooLongError as error:
            raise UsageError(str(error), hint="no benchmark has a line of 64 KiB; is this a benchmark file?") from error
        finally:
            _write("".join(f"{problem}\n" for problem in reader.columns.problems[said:]), sys.stderr)
        if reader.unwrapped and len(reader.columns.series) == results:
            hint = "it reads plain output only; bench-compare reads both"
            console.warning(f"{one.path} is output of go test -json, in which benchstat finds no results: {hint}")
    return reader.columns


def _pieces(path: str, size: int) -> Iterator[bytes]:
    try:
        with nullcontext(sys.stdin.buffer) if path == "-" else Path(path).open("rb") as source:
            yield from iter(lambda: source.read(size), b"")
    except OSError as error:
        message = f"{path}: {error.strerror or error}"
        raise UsageError(message, hint="inv bench-table --file old.txt --file new.txt") from error


def _write(text: str, target: TextIO) -> None:
    """Write *text* as it is: bytes of a name that are no UTF-8 come out as they came in."""
    data = text.encode("utf-8", "surrogateescape")
    target.flush()
    if hasattr(target, "buffer"):
        target.buffer.write(data)
    else:
        target.write(data.decode("utf-8", "backslashreplace"))
    target.flush()


def _level(text: str, flag: str) -> float:
    from tsdbtasks.core.bench.gonumbers import NumberError, parse_float  # noqa: PLC0415 - `inv --list` must not pay for it

    try:
        return parse_float(text)
    except NumberError as error:
        message = f"{flag}: want a number from 0 to 1, got {text!r}"
        raise UsageError(message) from error


ns = Collection(bench_table)
