"""Baselines of benchmarks: list, show, set, remove, export, import."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from invoke.collection import Collection

from tsdbtasks.core.nearest import perhaps
from tsdbtasks.edge import settings_of, show, task
from tsdbtasks.errors import NothingError, UsageError
from tsdbtasks.runner import Runner

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from invoke.context import Context

    from tsdbtasks.core.bench.runs import Environment
    from tsdbtasks.core.report.benchrun import Measured
    from tsdbtasks.settings import Settings
    from tsdbtasks.tools.baselines import Listed, Store


@task(
    positional=["action"],
    help={
        "action": "list, show, set, remove, export or import.",
        "name": "Name of the baseline; default: default.",
        "file": "set, import: the run to store (set: by default the newest); export: the file to write.",
        "go": "Go whose baselines are meant: a version such as 1.22, or the path of a go command.",
    },
)
def bench_baseline(c: Context, action: str, name: str = "", file: str = "", go: str = "") -> Any:  # noqa: ANN401 - by action
    """Keep the runs that later ones are compared with, by name, and by machine and Go.

    What is replaced or removed is kept beside it, in a folder of its own.
    """
    from tsdbtasks.tools import baselines  # noqa: PLC0415 - `inv --list` must not pay for it

    actions: Mapping[str, Callable[[_Call], Any]] = {
        "list": _list, "show": _show, "set": _set, "remove": _remove, "export": _export, "import": _import,
    }  # fmt: skip
    if action not in actions:
        message = f"bench-baseline: there is no action {action!r}"
        raise UsageError(message, hint=perhaps(action, actions))
    settings = settings_of(c)
    path = Path.cwd() / file if file else None
    return actions[action](_Call(Runner.of(c), settings, baselines.Store(settings.folder), name, path, go))


@dataclass(frozen=True)
class _Call:
    """What an action is asked to do."""

    runner: Runner
    settings: Settings
    store: Store
    given: str
    file: Path | None
    go: str

    @property
    def name(self) -> str:
        from tsdbtasks.tools import baselines  # noqa: PLC0415 - `inv --list` must not pay for it

        return self.given or baselines.DEFAULT

    @property
    def here(self) -> Environment:
        from tsdbtasks.tools import benchrun  # noqa: PLC0415 - `inv --list` must not pay for it

        return benchrun.here(self.runner, self.settings, self.go)

    def wanted_file(self, flag: str) -> Path:
        if self.file is None:
            message = f"bench-baseline {flag}: want --file"
            raise UsageError(message)
        return self.file


def _list(call: _Call) -> tuple[Listed, ...]:
    from tsdbtasks.core.report.table import Table  # noqa: PLC0415 - `inv --list` must not pay for it
    from tsdbtasks.tools import baselines  # noqa: PLC0415 - `inv --list` must not pay for it

    here = call.here
    found = baselines.listed(call.runner, call.settings.folder, call.store.all(call.given), here, datetime.now(UTC))
    rows = [
        (
            one.name, one.go, one.system, one.machine, "yes" if one.here else "no", one.commit[:12], one.date,
            str(one.benchmarks), ", ".join(baselines.stale(one, here)),
        )
        for one in found
    ]  # fmt: skip
    columns = ("baseline", "go", "system", "machine", "here", "commit", "date", "benchmarks", "stale")
    none = [] if rows else ["no baselines; inv bench --baseline makes one"]
    show(tuple(found), Table("", columns, rows, none, right=frozenset({"benchmarks"})))
    return tuple(found)


def _show(call: _Call) -> tuple[Measured, ...]:
    from tsdbtasks.core.report import benchrun as report  # noqa: PLC0415 - `inv --list` must not pay for it

    found = call.store.find(call.name, call.here)
    measured = report.measured(found.results, call.settings.bench.category_of)
    title = f"baseline {found.name}: {found.about.get('go', '')}, {found.about.get('commit', '')[:12] or 'no commit'}"
    show(measured, report.medians(title, measured, [f"{key}: {value}" for key, value in found.about.items()]))
    return measured


def _set(call: _Call) -> str:
    from tsdbtasks.tools import benchrun  # noqa: PLC0415 - `inv --list` must not pay for it

    folder = call.settings.folder / benchrun.FOLDER
    every = benchrun.stored(folder)
    if call.file is None and not every:
        message = f"there is no run in {folder}"
        raise NothingError(message, hint="inv bench --baseline")
    return _put(call, call.file or every[-1])


def _import(call: _Call) -> str:
    return _put(call, call.wanted_file("import"))


def _put(call: _Call, file: Path) -> str:
    if not file.is_file():
        message = f"--file: want the file of a run, got {str(file)!r}, which is not there"
        raise UsageError(message)
    if call.runner.dry:
        return _said(f"would store {file} as the baseline {call.name!r}")
    path, replaced = call.store.put(call.name, file)
    kept = f"; the one before is kept as {replaced}" if replaced else ""
    return _said(f"{file} is stored as the baseline {call.name!r}, {path}{kept}")


def _remove(call: _Call) -> str:
    found = call.store.find(call.name, call.here)
    if call.runner.dry:
        return _said(f"would remove {found.path}")
    return _said(f"the baseline {call.name!r} is removed; its run is kept as {call.store.remove(found)}")


def _export(call: _Call) -> str:
    from tsdbtasks.tools import files  # noqa: PLC0415 - `inv --list` must not pay for it

    found, target = call.store.find(call.name, call.here), call.wanted_file("export")
    if target.exists():
        message = f"--file: {target} is there already"
        raise UsageError(message, hint="choose another name, or remove it")
    if call.runner.dry:
        return _said(f"would write {target}")
    files.create(target, found.path.read_bytes())
    return _said(f"the baseline {call.name!r} is written to {target}")


def _said(text: str) -> str:
    from tsdbtasks.core.report.table import Table  # noqa: PLC0415 - `inv --list` must not pay for it

    show(text, Table("", (), (), [text]))
    return text


ns = Collection(bench_baseline)
