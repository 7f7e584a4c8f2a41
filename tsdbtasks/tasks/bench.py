"""Benchmarks: run them, keep the run, compare it with a baseline, profile."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from invoke.collection import Collection

from tsdbtasks.edge import about, duration, number, show, task
from tsdbtasks.errors import ProgramError, UsageError
from tsdbtasks.runner import Runner
from tsdbtasks.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from invoke.context import Context

    from tsdbtasks.core.report.benchrun import BenchRun
    from tsdbtasks.tools.benchrun import Asked

#: Settings of a run that flags change, in the words of the flags.
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
def bench(  # noqa: PLR0913 - flags, each of them asked for by name
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
    from tsdbtasks.tools import baselines, benchrun, files, profiles  # noqa: PLC0415 - `inv --list` must not pay for it

    settings, runner = Settings.of(c), Runner.of(c)
    names = {"ingestion": ingestion, "storage": storage, "http": http, "e2e": e2e, "memory": memory}
    chosen = () if all else (*(name for name, given in names.items() if given), *(category or ()))
    asked = _asked(settings, chosen, filter, (count, benchtime, timeout, budget), (cpu, seed), (output, go))
    kinds = profiles.kinds(profile)
    store = baselines.Store(settings.folder)
    old = baselines.wanted(store, compare, runner, settings, asked.go, storing=baseline not in {"", False})
    with files.scratch() as scratch:
        done = benchrun.run(runner, settings, asked, scratch)
        if done is None:
            return None
        _show(done.run)
        if kinds:
            ...
    return done.run
