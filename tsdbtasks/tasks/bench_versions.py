"""Benchmarks over versions of Go."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from invoke.collection import Collection

from tsdbtasks.core.nearest import perhaps
from tsdbtasks.edge import settings_of, show, task
from tsdbtasks.errors import NothingError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from invoke.context import Context

    from tsdbtasks.core.bench.goversions import VersionTable

_FORMATS = ("text", "markdown", "json")


@task(
    iterable=["file"],
    help={
        "file": "File of a run; repeatable. Default: the newest runs of each Go that are like the newest of all.",
        "format": "text, markdown or json.",
    },
)
def bench_versions(c: Context, file: Sequence[str] = (), format: str = "text") -> VersionTable:  # noqa: A002 - the flag's name
    """Show one table of benchmarks by version of Go, with ratios to the oldest. It describes, and is no gate."""
    from tsdbtasks.core.bench import goversions  # noqa: PLC0415 - `inv --list` must not pay for it
    from tsdbtasks.core.report import goversions as report  # noqa: PLC0415 - as above
    from tsdbtasks.core.report import record  # noqa: PLC0415 - as above
    from tsdbtasks.core.report.table import Rendered  # noqa: PLC0415 - as above
    from tsdbtasks.tools import benchrun  # noqa: PLC0415 - as above

    if format not in _FORMATS:
        message = f"--format: no such form {format!r}"
        raise UsageError(message, hint=perhaps(format, _FORMATS))
    folder = settings_of(c).folder / benchrun.FOLDER
    found = benchrun.by_version([Path.cwd() / one for one in file] if file else benchrun.alike(folder))
    if not any(one.results for one in found.values()):
        message = f"there are no runs of benchmarks in {folder}" if not file else "the files have no results"
        raise NothingError(message, hint="nox -s bench, or inv bench --go 1.22")
    made = goversions.table(found)
    forms = {"text": report.text, "markdown": report.markdown, "json": record.text}
    show(made, Rendered("", (), (), document=forms[format](made)))
    return made


ns = Collection(bench_versions)
