"""``go test``: with what it is run, and where its output goes."""

from __future__ import annotations

import shlex
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tsdbtasks.core.build import gocover, gotest
from tsdbtasks.core.report import gotest as report
from tsdbtasks.core.report import junit
from tsdbtasks.core.report.gotest import Coverage, GoTests
from tsdbtasks.errors import MissingError, NothingError, ProgramError, SettingsError
from tsdbtasks.tools import console, files, git, go, outputs, source

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tsdbtasks.core.build.gotest import Results
    from tsdbtasks.runner import Runner
    from tsdbtasks.settings import Settings
    from tsdbtasks.tools.go import Go

_JUNIT = "reports"
_PROFILE = "coverage/coverage.out"
#: Lines of Go's own that an error shows.
_FEW = 20


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What flags ask for: the race detector, the least coverage in per cent (None: none is measured), go test -run."""

    race: bool = False
    coverage: float | None = None
    only: str = ""

    @property
    def part(self) -> str:
        """What tells this run's reports from those of a whole one, for which they must not pass."""
        return "-".join([*(["race"] if self.race else []), *(["only"] if self.only else [])])

    @property
    def name(self) -> str:
        """The beginning of the names of its files."""
        return f"test-{self.part}" if self.part else "test"

    @property
    def log(self) -> str:
        """Where the readable log is, below the folder of go.mod."""
        return f"{outputs.DIST}/{outputs.LOGS}/{self.name}.log"


@dataclass(frozen=True)
class Run:
    """A run that has ended, the commit that it was about, and the go command's exit status."""

    tested: GoTests
    commit: str
    code: int


def run(runner: Runner, settings: Settings, asked: Asked) -> Run | None:
    """Run the Go tests of the work tree; None under ``--dry``.

    The events, a readable log, JUnit and the coverage profile go to dist/, nothing into the tree.
    """
    found = go.find(runner, settings.go.path, settings.folder)
    checkout = git.look(runner, settings.folder)
    module = go.module(runner, found, settings.folder, top=checkout.top if checkout else None)
    env = {**found.env, **settings.build.env, **go.for_module(module), **_cgo(runner, found, settings, race=asked.race)}
    with outputs.held(runner, settings.folder / outputs.DIST) as out, files.scratch() as scratch:
        profile = scratch / "coverage.out"
        argv = command(found, settings, asked, profile)
        if runner.dry:
            runner.act(argv, cwd=module.folder)
            return None
        # What an earlier run left must not pass for this one's.
        (out / _JUNIT / f"{asked.name}.xml").unlink(missing_ok=True)
        events = out / outputs.LOGS / f"{asked.name}.jsonl"
        console.note(f"testing {' '.join(settings.test.packages)}")
        code = runner.act(argv, cwd=module.folder, env=env, ok=None, log=events).code
        results = _read(events, out, asked)
        coverage = _coverage(profile, out, asked.coverage) if asked.coverage is not None else None
    tested = GoTests(
        go=found.version,
        race=asked.race,
        only=asked.only,
        packages=results.packages,
        other=results.other,
        coverage=coverage,
        uncommitted=source.dirt_of(runner, found, checkout, module),
        log=asked.log,
    )
    return Run(tested, checkout.commit if checkout else "", code)


def command(found: Go, settings: Settings, asked: Asked, profile: Path) -> list[str]:
    """Return the command; a pattern that go test would take for a flag is a SettingsError."""
    wrong = [
        f"tsdbtasks.test.packages[{index}]: want a package pattern, got {pattern!r}"
        for index, pattern in enumerate(settings.test.packages)
        if pattern.startswith("-")
    ]
    if wrong:
        raise SettingsError(wrong)
    tags = settings.build.tags
    return [
        found.path, "test", "-json", f"-timeout={settings.test.timeout}",
        *([f"-tags={','.join(tags)}"] if tags else []),
        *(["-race"] if asked.race else []),
        *([f"-run={asked.only}"] if asked.only else []),
        *([f"-coverprofile={profile}"] if asked.coverage is not None else []),
        *settings.test.packages,
    ]  # fmt: skip


def _cgo(runner: Runner, found: Go, settings: Settings, *, race: bool) -> Mapping[str, str]:
    """Return the variables for cgo: tests have it where builds have it, and the race detector needs it."""
    if race:
        return {"CGO_ENABLED": "1", "CC": compiler(runner, found)}
    return {"CGO_ENABLED": "1" if settings.build.cgo else "0"}


def compiler(runner: Runner, found: Go) -> str:
    """Return the C compiler for the race detector: CC, or gcc or clang on PATH; MissingError where there is none."""
    path = runner.environ.get("PATH")
    given = runner.environ.get("CC", "")
    names = ("clang", "gcc", "cc") if found.host.startswith("darwin/") else ("gcc", "clang", "cc")
    for command in [given] if given else names:
        if shutil.which(_program(command), path=path):
            return command
    absent = f"CC is {given!r}, which is not there" if given else "neither gcc nor clang is on PATH"
    message = f"the race detector needs a C compiler, and {absent}"
    hint = "install one (apt-get install gcc; xcode-select --install; winget install MSYS2.MSYS2), or run without --race"
    raise MissingError(message, hint=hint)


def _program(command: str) -> str:
    """Return the program in a value of CC, which may have flags and, as for Go itself, quotes."""
    try:
        return next(iter(shlex.split(command)), command)
    except ValueError:
        return command


def _read(events: Path, out: Path, asked: Asked) -> Results:
    """Read the events, and write what is made of them: a log as people know it, and JUnit."""
    with events.open(encoding="utf-8", errors="backslashreplace", newline="\n") as lines:
        results = report.brief(gotest.parse(lines), asked.log)
        lines.seek(0)
        with files.replacing(events.with_suffix(".log")) as log:
            log.writelines(piece.encode("utf-8", "backslashreplace") for piece in gotest.text(lines))
    with files.replacing(out / _JUNIT / f"{asked.name}.xml") as file:
        file.write(junit.document("go test", report.suites(results)))
    return results


def _coverage(profile: Path, out: Path, wanted: float) -> Coverage:
    text = profile.read_text("utf-8") if profile.is_file() else ""
    try:
        packages = gocover.by_package(gocover.parse(text.splitlines()))
    except ValueError as error:
        message = f"the coverage profile cannot be read, {error}"
        raise ProgramError(message) from error
    files.write(out / _PROFILE, text)
    total = gocover.total(packages)
    return Coverage(percent=total.percent, covered=total.covered, statements=total.statements, wanted=wanted, packages=packages)


def judge(done: Run) -> None:
    """Raise what is wrong with a run: failures before emptiness."""
    tested = done.tested
    found = gotest.failures(tested.results)
    if found:
        raise ProgramError(report.verdict(found), hint=f"see {tested.log}")
    said = [line for line in tested.other if line.strip()][-_FEW:]
    if not tested.packages and "no packages to test" in said:
        message = "no package was tested: " + report.few([line for line in said if line != "no packages to test"])
        raise NothingError(message, hint="check test.packages; go list ./... says what there is")
    if done.code:
        raise ProgramError("\n".join([f"go test exited with {done.code}", *(f"  {line}" for line in said)]))
    results = tested.results
    if not results.count(gotest.PASS):
        skipped = results.count(gotest.SKIP)
        only = "the only test was skipped" if skipped == 1 else f"all {skipped} tests were skipped"
        message = f"{only if skipped else 'no test ran'}, in {report.plural(len(tested.packages), 'package')}"
        raise NothingError(message, hint="check test.packages, build.tags and --only")
