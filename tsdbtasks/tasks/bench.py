"""Benchmarks: run them, keep the run, compare it with a baseline, profile."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from invoke.collection import Collection

from tsdbtasks.edge import about, duration, number, settings_of, show, task
from tsdbtasks.errors import ProgramError, SeveralError, TsdbtasksError, UsageError
from tsdbtasks.runner import Runner

if TYPE_CHECKING:
    from collections.abc import Sequence

    from invoke.context import Context

    from tsdbtasks.core.report.benchrun import BenchRun
    from tsdbtasks.errors import NothingError
    from tsdbtasks.settings import Settings
    from tsdbtasks.tools.baselines import Base
    from tsdbtasks.tools.benchrun import Asked

#: How many seeds there are to draw from, few enough to type one again.
_SEEDS = 2**31


@task(
    optional=["compare", "baseline"],
    iterable=["category"],
    short={
        "ingestion": "p", "storage": "s", "http": "e", "e2e": "t", "memory": "m", "compare": "c", "baseline": "b",
    },
    help={
        "ingestion": "Run the benchmarks of ingestion (names that begin with Parse).",
        "storage": "Run the benchmarks of storage (Write).",
        "http": "Run the benchmarks over HTTP (HTTP).",
        "e2e": "Run the benchmarks end to end (EndToEnd, Concurrent).",
        "memory": "Run the benchmarks of memory (Memory, GC).",
        "category": "Run the benchmarks of this category of the settings; repeatable.",
        "all": "Run all benchmarks, also those of no category; so does naming none.",
        "filter": "Of those, only the ones whose name fits this regular expression.",
        "compare": "Compare with a baseline, by its name, or with the file of a run.",
        "baseline": "Store the run as a baseline, by this name; after it was compared.",
        "anyway": "Compare also with a run of another machine, Go or benchmark source.",
        "count": "Samples of each benchmark; default: bench.count.",
        "benchtime": "How long a sample measures, such as 250ms; default: bench.benchtime.",
        "timeout": "Time limit of one sample's process, such as 5m; default: bench.timeout.",
        "budget": "Time limit of the whole run, such as 30m; default: bench.budget.",
        "cpu": "GOMAXPROCS of the samples, such as 4, or 1,2,4 to run each benchmark with each of them.",
        "seed": "Seed of the order of the samples, to repeat it; a run says its own.",
        "output": "File for the run, which must not exist; default: benchmark-results/<time>-<commit>.txt.",
        "profile": "Kinds of profiles to write beside go.mod afterwards: cpu,mem,block,mutex.",
        "go": "Go to run with: a version such as 1.22, or the path of a go command.",
    },
)  # fmt: skip
def bench(  # noqa: PLR0913, PLR0917 - flags, each of them asked for by name
    c: Context,
    ingestion: bool = False,  # noqa: FBT001, FBT002 - a flag
    storage: bool = False,  # noqa: FBT001, FBT002 - a flag
    http: bool = False,  # noqa: FBT001, FBT002 - a flag
    e2e: bool = False,  # noqa: FBT001, FBT002 - a flag
    memory: bool = False,  # noqa: FBT001, FBT002 - a flag
    category: Sequence[str] = (),
    all: bool = False,  # noqa: A002, FBT001, FBT002 - a flag, by the name it is asked for
    filter: str = "",  # noqa: A002 - as above
    compare: str | bool = "",  # noqa: FBT001 - a flag with an optional value
    baseline: str | bool = "",  # noqa: FBT001 - as above
    anyway: bool = False,  # noqa: FBT001, FBT002 - a flag
    count: str = "",
    benchtime: str = "",
    timeout: str = "",
    budget: str = "",
    cpu: str = "",
    seed: str = "",
    output: str = "",
    profile: str = "",
    go: str = "",
) -> BenchRun | None:
    """Run benchmarks and keep the run; compares it with a baseline, stores it as one, and profiles.

    Each sample is a process of its own, and the samples of all benchmarks come in random order. Everything that is
    needed to trust the numbers later is kept with them, and benchstat reads the file.
    """
    from tsdbtasks.core.bench import profiles as rules  # noqa: PLC0415 - `inv --list` must not pay for it
    from tsdbtasks.tools import baselines, benchrun, console, files, profiles  # noqa: PLC0415 - as above

    settings, runner = settings_of(c), Runner.of(c)
    names = {"ingestion": ingestion, "storage": storage, "http": http, "e2e": e2e, "memory": memory}
    chosen = () if all else (*(name for name, given in names.items() if given), *(category or ()))
    asked = _asked(settings, chosen, filter, (count, benchtime, timeout, budget), (cpu, seed), (output, go))
    kinds = rules.kinds(profile)
    compared, stored = _named(compare, "--compare"), _named(baseline, "--baseline")
    with files.scratch() as scratch:
        plan = benchrun.plan(runner, settings, asked)
        old, absent = baselines.wanted(settings.folder, compared, plan.environment, anyway=anyway)
        if absent is not None and not stored:
            raise absent  # before hours are spent on what cannot be compared
        if old is not None:
            old = replace(old, results=plan.part(old.results))
            console.note(baselines.described(runner, settings.folder, old, plan.environment))
        done = benchrun.run(plan, scratch)
        if done is None:
            return None
        result = done.run
        about(commit=result.commit)
        _show(result)
        if kinds and done.pairs:
            result = replace(result, profiles=profiles.take(done, kinds, asked, scratch))
            show(result)
            console.note(f"profiles: {', '.join(result.profiles)}")
    return _finished(settings, result, (old, absent), stored, anyway=anyway)


def _named(flag: str | bool, name: str) -> str:  # noqa: FBT001 - Invoke gives True for a flag without a value
    """Return the name in a flag with an optional value, the default one, or nothing where the flag is not given."""
    from tsdbtasks.tools import baselines  # noqa: PLC0415 - `inv --list` must not pay for it

    if flag is True:
        return baselines.DEFAULT
    if isinstance(flag, str) and flag and not flag.strip():
        message = f"{name}: want a name, got {flag!r}"
        raise UsageError(message)
    return flag or ""


def _asked(
    settings: Settings,
    chosen: Sequence[str],
    pattern: str,
    times: tuple[str, str, str, str],
    order: tuple[str, str],
    places: tuple[str, str],
) -> Asked:
    """Read the flags of a run; what is not given is as in the settings."""
    import secrets  # noqa: PLC0415 - `inv --list` must not pay for it

    from tsdbtasks.tools.benchrun import Asked  # noqa: PLC0415 - `inv --list` must not pay for it

    usual, (count, benchtime, timeout, budget) = settings.bench, times
    cpu, seed = order
    output, go = places
    limit = duration(budget, "--budget") if budget else usual.budget
    return Asked(
        categories=tuple(dict.fromkeys(chosen)),
        filter=pattern,
        count=number(count, "--count", least=1) if count else usual.count,
        benchtime=duration(benchtime, "--benchtime") if benchtime else usual.benchtime,
        timeout=duration(timeout, "--timeout") if timeout else usual.timeout,
        budget=limit if limit.nanoseconds else None,
        cpus=tuple(dict.fromkeys(number(one.strip(), "--cpu", least=1) for one in cpu.split(","))) if cpu else (0,),
        seed=number(seed, "--seed") if seed else secrets.randbelow(_SEEDS),
        output=Path.cwd() / output if output else None,
        go=go,
    )


def _show(result: BenchRun) -> None:
    from tsdbtasks.core.report import benchrun as report  # noqa: PLC0415 - `inv --list` must not pay for it

    show(result, report.table(result))
    if result.troubles:
        show(result, report.troubles(result.troubles))


def _finished(
    settings: Settings, result: BenchRun, base: tuple[Base | None, NothingError | None], stored: str, *, anyway: bool
) -> BenchRun:
    """Compare, then store, then say how it all ended: a run that is not whole has failed, whatever else it is."""
    from tsdbtasks.tools import baselines, console  # noqa: PLC0415 - `inv --list` must not pay for it

    old, absent = base
    ends: list[TsdbtasksError] = []
    if result.partial:
        lost = ", so it becomes no baseline" if stored else ""
        ends.append(ProgramError(f"the run is partial{lost}: {result.partial}", hint=f"see {result.file}"))
    if old is not None and result.benchmarks:
        try:
            _compare(settings, old, result, anyway=anyway)
        except TsdbtasksError as error:
            ends.append(error)
    if stored and not result.partial:
        path, replaced = baselines.Store(settings.folder).put(stored, settings.folder / result.file)
        result = replace(result, baseline=stored)
        console.note(
            f"stored as the baseline {stored!r}, {path}" + (f"; the one before is kept as {replaced}" if replaced else "")
        )
        show(result)
    if absent is not None:
        ends.append(absent)
    if len(ends) > 1:
        raise SeveralError("the benchmarks did not end well:", ends)
    if ends:
        raise ends[0]
    return result


def _compare(settings: Settings, old: Base, result: BenchRun, *, anyway: bool) -> None:
    """Judge the run against *old*; what is worse is raised."""
    from tsdbtasks.core.bench import compare  # noqa: PLC0415 - `inv --list` must not pay for it
    from tsdbtasks.core.report.comparison import judgement, text  # noqa: PLC0415 - as above
    from tsdbtasks.core.report.table import Rendered  # noqa: PLC0415 - as above
    from tsdbtasks.tools import benchrun  # noqa: PLC0415 - as above

    new = benchrun.read(settings.folder / result.file)
    found = compare.compare(old.results, new, settings.bench, anyway=anyway, names=(old.name, result.file))
    show(result, Rendered("", (), (), document=text.render(found).removesuffix("\n")))
    judgement.check(found)


ns = Collection(bench)
