"""Baselines: runs that later ones are compared with, by name and by environment.

A baseline is the file of a run. The same name may stand for one run on each machine and Go; what is replaced or removed
is kept in a folder beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from tsdbtasks.core.bench import benchfmt, runs
from tsdbtasks.core.bench.runs import Environment
from tsdbtasks.core.nearest import perhaps
from tsdbtasks.errors import NothingError, RefusedError, UsageError
from tsdbtasks.tools import files, git
from tsdbtasks.tools.benchrun import FOLDER

if TYPE_CHECKING:
    from tsdbtasks.core.bench.benchfmt import Results
    from tsdbtasks.runner import Runner

#: The name of a baseline that is given none.
DEFAULT = "default"
_REPLACED = "replaced"
_DAY = 86400


@dataclass(frozen=True)
class Baseline:
    """A stored baseline: its name, its file, where it holds, and what its run says of itself."""

    name: str
    path: Path
    environment: Environment
    about: dict[str, str]
    results: Results


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A baseline in a list: *behind* is how many commits were made since, None where git cannot tell."""

    name: str
    go: str
    system: str
    machine: str
    here: bool
    commit: str
    date: str
    days: int | None
    behind: int | None
    benchmarks: int


class Store:
    """The baselines of a repository."""

    def __init__(self, folder: Path) -> None:
        """Take the folder of go.mod."""
        self.folder = folder
        self._place = folder / FOLDER / "baselines"

    def all(self, name: str = "") -> list[Baseline]:
        """Return the baselines of *name*, or of every name."""
        found = sorted(self._place.glob(f"{_folder(name)}/*.txt" if name else "*/*.txt"))
        return [_read(path) for path in found]

    def names(self) -> list[str]:
        """Return all names."""
        return sorted({unquote(path.parent.name) for path in self._place.glob("*/*.txt")})

    def find(self, name: str, here: Environment, *, anyway: bool = False) -> Baseline:
        """Return the baseline of *name* that holds *here*, or NothingError; with *anyway* else the newest of another place."""
        every = self.all(name)
        at = runs.best([one.environment for one in every], here)
        if at is not None:
            return every[at]
        if anyway and every:
            return max(every, key=lambda one: one.about.get("date", ""))
        raise self._absent(name, every, here)

    def _absent(self, name: str, every: list[Baseline], here: Environment) -> NothingError:
        flag = "--baseline" if name == DEFAULT else f"--baseline={name}"
        make = f"inv bench {flag} makes one"
        if not every:
            known = self.names()
            near = f", {perhaps(name, known)}" if known else ""
            message = f"there is no baseline {name!r}{near}"
            return NothingError(message, hint=make)
        others = "; ".join(_differs(one.environment, here) for one in every)
        message = f"the baseline {name!r} was not made here: {others}"
        return NothingError(message, hint=f"{make} for this machine and Go, or compare with --anyway")

    def put(self, name: str, run: Path) -> tuple[Path, Path | None]:
        """Store the file *run* as the baseline *name* where it was made; return its file, and where a replaced one now is.

        A run that is partial or empty is refused.
        """
        content = run.read_bytes()
        results = benchfmt.parse(content, file=str(run))
        why = runs.unfit(results)
        if why:
            message = f"{run} can be no baseline: {why}"
            raise (NothingError if not results.results else RefusedError)(message, hint="run the benchmarks again")
        files.output_folder(self.folder / FOLDER)
        path = self._place / _folder(name) / f"{_environment(results).name}.txt"
        replaced = None
        if path.exists() and path.read_bytes() != content:
            replaced = self._set_aside(path)
        with files.replacing(path) as file:
            file.write(content)
        return path, replaced

    def remove(self, found: Baseline) -> Path:
        """Take a baseline away, and return where it is kept."""
        return self._set_aside(found.path)

    @staticmethod
    def _set_aside(path: Path) -> Path:
        stamp = _read(path).about.get("date", "").translate(str.maketrans("", "", "-:"))
        number = 0
        while True:  # until a name is free
            name = "-".join(filter(None, [path.stem, stamp, str(number or "")]))
            target = path.parent / _REPLACED / f"{name}.txt"
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                path.rename(target)
                return target
            number += 1


def _folder(name: str) -> str:
    """Return the folder of a baseline; names are anybody's, as branches with slashes."""
    made = quote(name, safe="")
    if not name.strip(". ") or len(made) > 200:  # noqa: PLR2004 - what file systems take
        message = f"want a name for a baseline, got {name!r}"
        raise UsageError(message)
    return made


def _read(path: Path) -> Baseline:
    results = benchfmt.parse(path.read_bytes(), file=str(path))
    return Baseline(unquote(path.parent.name), path, _environment(results), runs.about(results), runs.restored(results))


def _environment(results: Results) -> Environment:
    return Environment.of(results.results[0].config if results.results else {})


def _differs(old: Environment, here: Environment) -> str:
    return ", ".join(f"{key} {old.values[key]} and not {here.values[key]}" for key in old.contradicts(here))


@dataclass(frozen=True)
class Base:
    """What a run is compared with: its name for reports, its results, and the baseline if it is one."""

    name: str
    results: Results
    baseline: Baseline | None = None


def wanted(folder: Path, named: str, here: Environment, *, anyway: bool) -> tuple[Base | None, NothingError | None]:
    """Return what *named*, a baseline or a file, stands for, or why there is none; neither where nothing is named."""
    if not named:
        return None, None
    store = Store(folder)
    file = Path(named)
    # A baseline may be named as anything, so only what no baseline is called can be a file.
    if named not in store.names() and file.is_file():
        return Base(named, runs.restored(benchfmt.parse(file.read_bytes(), file=named))), None
    if named not in store.names() and ("/" in named or file.suffix == ".txt"):
        message = f"--compare: want a baseline or the file of a run, got {named!r}, which is neither"
        raise UsageError(message, hint=f"baselines: {', '.join(store.names()) or 'none yet; inv bench --baseline makes one'}")
    try:
        found = store.find(named, here, anyway=anyway)
    except NothingError as error:
        return None, error
    return Base(named, found.results, found), None


def described(runner: Runner, folder: Path, base: Base, here: Environment) -> str:
    """Return what a run is compared with, and in what that is stale."""
    if base.baseline is None:
        return f"comparing with {base.name}"
    one = listed(runner, folder, [base.baseline], here, datetime.now(UTC))[0]
    old = stale(one, here)
    return f"comparing with the baseline {base.name!r}" + (f", which is {', '.join(old)}" if old else "")


def listed(runner: Runner, folder: Path, every: list[Baseline], here: Environment, now: datetime) -> list[Listed]:
    """Return baselines with how old they are, in days and in commits."""
    return [
        Listed(
            name=one.name,
            go=one.about.get("go", ""),
            system="/".join(filter(None, (one.about.get("goos", ""), one.about.get("goarch", "")))),
            machine=one.about.get("machine", ""),
            here=not one.environment.contradicts(here),
            commit=one.about.get("commit", ""),
            date=one.about.get("date", ""),
            days=_days(one.about.get("date", ""), now),
            behind=git.behind(runner, folder, one.about.get("commit", "")),
            benchmarks=len({(result.package, result.name) for result in one.results.results}),
        )
        for one in every
    ]


def _days(date: str, now: datetime) -> int | None:
    try:
        then = datetime.strptime(date, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
    return max(0, int((now - then).total_seconds() // _DAY))


def stale(one: Listed, here: Environment) -> list[str]:
    """Return in what a baseline is not of now: its age, the commits since, another Go."""
    found = []
    if one.days:
        found.append(f"{one.days} {'day' if one.days == 1 else 'days'} old")
    if one.behind:
        found.append(f"{one.behind} {'commit' if one.behind == 1 else 'commits'} behind")
    if one.behind is None and one.commit:
        found.append(f"of commit {one.commit[:12]}, which is not in the history of this one")
    go = here.values.get("go", "")
    if one.go and go and one.go != go:
        found.append(f"of {one.go}, and this is {go}")
    return found
