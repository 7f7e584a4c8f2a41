"""Tasks that call several others: the pipeline, and the local proof that CI will build."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from invoke.collection import Collection

from tsdbtasks.edge import about, number, outcome, settings_of, show, task
from tsdbtasks.errors import MISSING, ProgramError, SeveralError, TsdbtasksError, failure
from tsdbtasks.runner import Runner
from tsdbtasks.tasks.bench import bench
from tsdbtasks.tasks.build import build_all
from tsdbtasks.tasks.doctor import doctor
from tsdbtasks.tasks.package import package
from tsdbtasks.tasks.reproduce import reproduce
from tsdbtasks.tasks.test import test

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from invoke.context import Context

    from tsdbtasks.core.report.steps import Step
    from tsdbtasks.tools.trial import Trial


@dataclass(frozen=True)
class Planned:
    """A step of the pipeline: what it is called, what it calls, and which steps it needs.

    *lacking* is asked when its turn comes, and answers why it cannot be done, or nothing; *required* says that
    CI must be able to do it.
    """

    name: str
    call: Callable[[], Any]
    needs: tuple[str, ...] = ()
    lacking: Callable[[], str] = str
    required: bool = True


@task(help={"version": "Version to build as, such as v1.2.3; default: VERSION, CI's tag, or the tag at HEAD."})
def pipeline(c: Context, version: str = "") -> tuple[Step, ...]:
    """Do all that CI does for a pull request, and end in one table."""
    from tsdbtasks.core.report import record, steps  # noqa: PLC0415 - `inv --list` must not pay for it
    from tsdbtasks.tools import outputs  # noqa: PLC0415 - as above

    done: list[Step] = []
    for planned in _plan(c, version):
        failed = [one.name for one in done if one.name in planned.needs and one.code]
        done.append(_walk(planned, failed))
    made = outputs.load_or_none(settings_of(c).folder / outputs.DIST)
    if made is not None:
        about(commit=made.inputs.commit, version=made.inputs.version)
    show(tuple(done), steps.table("pipeline", done))
    wrong = [one for one in done if one.outcome == record.FAILED]
    if wrong:
        message = f"{len(wrong)} of {len(done)} steps failed: {', '.join(one.name for one in wrong)}"
        raise failure(steps.code(done))(message, hint="the messages stand above, step by step, and in dist/reports/")
    return tuple(done)


def _plan(c: Context, version: str) -> tuple[Planned, ...]:
    """Return the steps in their order; later ones are tried even where earlier ones failed that they do not need."""
    from tsdbtasks.tools import benchbinaries, checkup, go, reproduction  # noqa: PLC0415 - `inv --list` must not pay for it

    settings, runner = settings_of(c), Runner.of(c)
    found = go.find(runner, settings.go.path, settings.folder)
    host = found.host.replace("/", "_")
    untested = checkup.no_tests(settings)
    here = [one.id for one in settings.build.platforms if f"{one.id}_".startswith(f"{host}_")]
    return (
        Planned("doctor", lambda: doctor(c)),
        Planned("test", lambda: test(c, coverage=True), lacking=lambda: untested, required=False),
        Planned(
            "test --race",
            lambda: test(c, race=True),
            lacking=lambda: untested or checkup.no_compiler(runner, found),
            required=not untested,
        ),
        # One short sample of each: that they run, and not how fast.
        Planned(
            "bench",
            lambda: bench(c, count="1", benchtime="10ms"),
            lacking=lambda: "" if benchbinaries.has_some(settings.folder) else "the module has no benchmarks",
            required=False,
        ),
        Planned("build-all", lambda: build_all(c, version=version)),
        Planned("package", lambda: package(c), needs=("build-all",)),
        Planned(
            "reproduce",
            lambda: reproduce(c, only=here[:1]),
            needs=("build-all", "package"),
            lacking=lambda: reproduction.impossible(settings, here, host),
            required=bool(here),
        ),
    )


def _walk(planned: Planned, failed: Sequence[str]) -> Step:
    from tsdbtasks.core.report import record  # noqa: PLC0415 - `inv --list` must not pay for it
    from tsdbtasks.core.report.steps import Step  # noqa: PLC0415 - as above
    from tsdbtasks.tools import console  # noqa: PLC0415 - as above

    if failed:
        return Step(planned.name, record.SKIPPED, f"needs {', '.join(failed)}, which failed", 0, 0.0)
    lacking = planned.lacking()
    if lacking:
        # What CI could have and has not is a failure there: a pipeline that skips is no proof.
        missing = planned.required and console.in_ci()
        return Step(planned.name, record.FAILED if missing else record.SKIPPED, lacking, MISSING if missing else 0, 0.0)
    start = time.monotonic()
    with console.group(planned.name):
        try:
            planned.call()
        except TsdbtasksError as error:
            console.note(str(error))
            return Step(planned.name, record.FAILED, error.message, error.exit_code, time.monotonic() - start)
    how, why = outcome()
    return Step(planned.name, how, why, 0, time.monotonic() - start)


@task(help={"jobs": "Targets to build at the same time."})
def build_test(c: Context, jobs: str = "0") -> tuple[Trial, ...]:
    """Build everything, run what can run here, clean up: the local proof that CI will build."""
    from tsdbtasks.core.report import record  # noqa: PLC0415 - `inv --list` must not pay for it
    from tsdbtasks.core.report.table import Table  # noqa: PLC0415 - as above
    from tsdbtasks.tools import builds, files, trial, work  # noqa: PLC0415 - as above

    settings, at_once = settings_of(c), number(jobs, "--jobs")
    found = work.look(Runner.of(c), settings, "", os.environ)
    with files.scratch() as scratch:
        built = builds.build(found, settings.build.platforms, scratch, jobs=at_once)
        trials = trial.run(found, built.manifest, scratch)
    about(commit=found.tree.commit, version=found.tree.version.text)
    rows = [(one.program, one.platform, one.outcome, one.reason) for one in trials]
    rows += [("", one, record.FAILED, "could not be built") for one in built.failed]
    show(trials, Table(f"build-test {found.tree.version.text}", ("program", "platform", "ran", "reason"), rows))
    builds.raise_failures(built)
    wrong = [one for one in trials if one.outcome == record.FAILED]
    if wrong:
        message = f"{len(wrong)} programs were built and do not run:"
        raise SeveralError(message, [ProgramError(f"{one.program} on {one.platform}: {one.reason}") for one in wrong])
    return trials


ns = Collection(pipeline, build_test)
