"""Testing: the Go tests, with the race detector and coverage where they are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from invoke.collection import Collection

from tsdbtasks.edge import about, settings_of, show, task
from tsdbtasks.errors import NothingError, RefusedError, UsageError
from tsdbtasks.runner import Runner

if TYPE_CHECKING:
    from invoke.context import Context

    from tsdbtasks.core.report.gotest import Coverage, GoTests


@task(
    parted=True,
    optional=["coverage"],
    help={
        "race": "Run with the race detector, which needs a C compiler.",
        "coverage": "Measure coverage, and want at least so many per cent of it; without a value test.coverage.",
        "only": "Run only tests that match this regular expression, as go test -run.",
    },
)
def test(
    c: Context,
    race: bool = False,  # noqa: FBT001, FBT002, PT028 - a flag; and a task, no test of pytest's
    coverage: str | bool = "",  # noqa: FBT001, PT028 - a flag with an optional value
    only: str = "",  # noqa: PT028 - as above
) -> GoTests | None:
    """Run the Go tests; shows packages, failures, the slowest tests, and coverage."""
    from tsdbtasks.core.build import gotest as rules  # noqa: PLC0415 - `inv --list` must not pay for it
    from tsdbtasks.core.report import gotest as report  # noqa: PLC0415 - as above
    from tsdbtasks.tools import gotest  # noqa: PLC0415 - as above

    settings = settings_of(c)
    asked = gotest.Asked(race=race, coverage=_wanted(coverage, settings.test.coverage), only=only)
    about(part=asked.part)
    done = gotest.run(Runner.of(c), settings, asked)
    if done is None:
        return None
    about(commit=done.commit, part=asked.part)
    tested = done.tested
    show(tested, report.table(tested))
    failures = rules.failures(tested.results)
    if failures:
        show(tested, report.failures(failures, tested.log))
    slowest = rules.slowest(tested.results, settings.test.slowest)
    if slowest:
        show(tested, report.slowest(slowest))
    gotest.judge(done)
    if tested.coverage is not None:
        _judge(tested.coverage)
    return tested


def _wanted(flag: str | bool, setting: float) -> float | None:  # noqa: FBT001 - Invoke gives True for a flag without a value
    """Return the least coverage that is asked for, or None where none is to be measured."""
    if flag is False or flag == "":
        return None
    if flag is True:
        return setting
    try:
        value = float(flag.removesuffix("%"))
    except ValueError:
        value = -1.0
    if not 0 <= value <= 100:  # noqa: PLR2004 - per cent
        message = f"--coverage: want per cent from 0 to 100, got {flag!r}"
        raise UsageError(message)
    return value


def _judge(coverage: Coverage) -> None:
    """Raise RefusedError if the coverage is less than was wanted."""
    from tsdbtasks.core.build import gocover  # noqa: PLC0415 - `inv --list` must not pay for it

    total = gocover.total(coverage.packages)
    if not total.statements:
        raise NothingError("there is no coverage: the tested packages have no statements")
    if total.reaches(coverage.wanted):
        return
    least = [f"  {gocover.shown(cover):>8}  {package}" for package, cover in gocover.least(coverage.packages, 5)]
    message = (
        f"coverage is {gocover.shown(total)} ({total.covered} of {total.statements} statements), "
        f"wanted {coverage.wanted:g} %; least covered:"
    )
    raise RefusedError("\n".join([message, *least]), hint="go tool cover -html=dist/coverage/coverage.out")


ns = Collection(test)
