"""Comparing two files of benchmark results."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from invoke.collection import Collection

from tsdbtasks.core.nearest import perhaps
from tsdbtasks.edge import about, settings_of, show, task
from tsdbtasks.errors import UsageError

if TYPE_CHECKING:
    from invoke.context import Context

    from tsdbtasks.core.bench.benchfmt import Results
    from tsdbtasks.core.bench.compare import Comparisons

#: The forms of the report, by the module that makes each.
FORMATS = {"text": "text", "markdown": "markdown", "json": "document", "csv": "sheet", "html": "page", "junit": "junit"}


@task(
    positional=["old", "new"],
    help={
        "old": "File with the results to compare against.",
        "new": "File with the results to judge.",
        "format": "text, markdown, json, csv, html or junit.",
        "output": "File to write the report to, instead of stdout.",
        "anyway": "Compare runs of different machines, CPUs, Go versions or benchmark sources too.",
    },
)
def bench_compare(
    c: Context,
    old: str,
    new: str,
    format: str = "text",  # noqa: A002 - the name of the flag
    output: str = "",
    anyway: bool = False,  # noqa: FBT001, FBT002 - a flag
) -> Comparisons:
    """Judge the benchmark results in NEW against those in OLD.

    Exits with 4 if something is worse, and with 5 if nothing, or not enough, could be compared.
    """
    from tsdbtasks.core.bench import compare  # noqa: PLC0415 - `inv --list` must not pay for it
    from tsdbtasks.core.report.comparison import judgement  # noqa: PLC0415 - as above

    if format not in FORMATS:
        message = f"--format: no such form {format!r}, {perhaps(format, FORMATS)}"
        raise UsageError(message)
    policy = settings_of(c).bench
    found = compare.compare(_read(old), _read(new), policy, anyway=anyway, names=(old, new))
    about(commit=found.new.about.get("commit", ""))
    _report(found, format, output)
    judgement.check(found)
    return found


def _read(path: str) -> Results:
    from tsdbtasks.core.bench import benchfmt  # noqa: PLC0415 - `inv --list` must not pay for it

    try:
        return benchfmt.parse(Path(path).read_bytes(), file=path)
    except (FileNotFoundError, IsADirectoryError) as error:
        message = f"want a file with benchmark results, got {path!r}: {error.strerror}"
        raise UsageError(message, hint="make one with: go test -run '^$' -bench . -count 10 > FILE") from error


def _report(found: Comparisons, form: str, output: str) -> None:
    import importlib  # noqa: PLC0415 - as below

    from tsdbtasks.core.report.table import Rendered  # noqa: PLC0415 - `inv --list` must not pay for it

    # Each form is a module of its own, so that only the one that was asked for is loaded.
    text: str = importlib.import_module(f"tsdbtasks.core.report.comparison.{FORMATS[form]}").render(found)
    if output:
        from tsdbtasks.tools import files  # noqa: PLC0415 - only where a file is asked for

        files.write(Path(output), text if text.endswith("\n") else f"{text}\n")
        show(found)
    else:
        show(found, Rendered("", (), (), document=text.removesuffix("\n")))


ns = Collection(bench_compare)
