"""A run of benchmarks: compiled once, each sample a fresh process, all interleaved, and everything kept in one file."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tsdbtasks.core.bench import benchfmt, categories, gobench, runs, schedule, selection
from tsdbtasks.core.bench.categories import Category
from tsdbtasks.core.bench.runs import Environment, Facts, Sample
from tsdbtasks.core.bench.selection import Selection
from tsdbtasks.core.report import benchrun as report
from tsdbtasks.core.report.benchrun import Benchmark, BenchRun, Trouble
from tsdbtasks.errors import NothingError, UsageError
from tsdbtasks.tools import benchbinaries, console, files, host
from tsdbtasks.tools.progress import Countdown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from tsdbtasks.core.durations import Duration
    from tsdbtasks.runner import Runner
    from tsdbtasks.settings import BenchSettings, Settings
    from tsdbtasks.tools.benchbinaries import Binary, Setup
    from tsdbtasks.tools.go import Go

#: Where runs lie below the folder of go.mod.
FOLDER = "benchmark-results"
#: Failures that the line about a partial run names.
_FEW = 3


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a run is asked for. No *categories* means all benchmarks, no *budget* no end, a cpu of 0 what Go takes."""

    categories: tuple[str, ...] = ()
    filter: str = ""
    count: int
    benchtime: Duration
    timeout: Duration
    budget: Duration | None = None
    cpus: tuple[int, ...] = (0,)
    seed: int
    output: Path | None = None
    go: str = ""

    @property
    def flags(self) -> str:
        """The flags that the samples depend on, for the run's file."""
        said = [f"--count {self.count}", f"--benchtime {self.benchtime}", f"--timeout {self.timeout}"]
        said += [f"--budget {self.budget}"] if self.budget else []
        said += [f"--cpu {','.join(map(str, self.cpus))}"] if any(self.cpus) else []
        said += [f"--filter {self.filter}"] if self.filter else []
        return " ".join([*said, *(f"--category {name}" for name in self.categories)])


@dataclass(frozen=True)
class Done:
    """A run that has ended: what it was, its file with its bytes, and the benchmarks with their binaries."""

    run: BenchRun
    path: Path
    content: bytes
    work: Setup
    pairs: tuple[tuple[Binary, Benchmark], ...]


def known(settings: BenchSettings) -> tuple[Category, ...]:
    """Return all categories: those of the settings before the usual ones."""
    own = settings.category
    return tuple(
        Category(name, pattern, own[name].packages if name in own else categories.EVERYWHERE)
        for name, pattern in settings.patterns().items()
    )


@dataclass(frozen=True)
class Plan:
    """What a run is going to do: the functions of each package, with which Go, on which machine."""

    work: Setup
    settings: Settings
    asked: Asked
    chosen: Selection
    machine: host.Host
    wanted: tuple[tuple[benchbinaries.Package, tuple[str, ...]], ...]
    clock: _Clock

    @property
    def environment(self) -> Environment:
        """Where the results will hold."""
        return _environment(self.work.go, self.machine)

    def part(self, results: benchfmt.Results) -> benchfmt.Results:
        """Return of another run's *results* what this one is asked for, so that nothing else seems to be removed."""
        module = self.work.module.path

        def asked(one: benchfmt.Record) -> bool:
            if not isinstance(one, benchfmt.Result):
                return True
            return self.chosen.asks(one.package.removeprefix(module).strip("/"), one.series)

        return benchfmt.Results(tuple(one for one in runs.restored(results) if asked(one)))


def _environment(found: Go, machine: host.Host) -> Environment:
    goos, _, goarch = found.host.partition("/")
    said = {"go": found.version, "goos": goos, "goarch": goarch, "cores": str(machine.cores), "machine": machine.machine}
    return Environment(said)


def here(runner: Runner, settings: Settings, wanted: str = "") -> Environment:
    """Return where a run of now would hold, with the Go of the settings, or *wanted*, a version or a path."""
    return _environment(benchbinaries.go_command(runner, settings, wanted), host.look(settings.bench.machine))


def plan(runner: Runner, settings: Settings, asked: Asked) -> Plan:
    """Return what is to be run; what cannot be is raised before anything is compiled."""
    if asked.output is not None and asked.output.exists():
        message = f"--output: {asked.output} is there already, and a run is never overwritten"
        raise UsageError(message, hint="choose another name")
    clock = _Clock(asked.budget)
    chosen = Selection(known(settings.bench), asked.categories, asked.filter)
    work = benchbinaries.setup(runner, settings, asked.go)
    packages = {one.path: one for one in benchbinaries.packages(work)}
    functions = chosen.functions([selection.Package(one.path, one.below, tuple(one.hashes)) for one in packages.values()])
    wanted = tuple((packages[path], names) for path, names in functions.items())
    return Plan(work, settings, asked, chosen, host.look(settings.bench.machine), wanted, clock)


def run(plan: Plan, scratch: Path) -> Done | None:
    """Run benchmarks and keep the run; None under ``--dry``. The binaries lie in *scratch*, as long as the caller keeps it.

    Whatever ends it early, what was measured is kept in a file that says so.
    """
    work = plan.work
    if work.runner.dry:
        for at, (package, _) in enumerate(plan.wanted):
            command = benchbinaries.command(work, package, scratch / f"{at}.test")
            work.runner.act([work.go.path, *command], cwd=work.module.folder)
        return None
    # Two runs at once would measure each other.
    with files.locked(plan.settings.folder / FOLDER, ".lock"):
        return _Session(plan).measure(scratch)


class _Clock:
    """The time that a run has taken, and the end of its budget."""

    def __init__(self, budget: Duration | None) -> None:
        self._start = time.monotonic()
        self._budget = budget.seconds if budget else float("inf")

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._start

    @property
    def over(self) -> bool:
        return self.seconds >= self._budget

    def limit(self, timeout: Duration) -> float:
        """Return how long the next process may take: its own limit, or what is left of the budget."""
        return max(0.01, min(timeout.seconds, self._budget - self.seconds))


@dataclass
class _Session:
    """A run as it goes on, until it becomes a file."""

    plan: Plan
    date: str = field(default_factory=lambda: datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    load: float = field(default_factory=host.load)
    times: list[host.Times] = field(default_factory=lambda: [host.times()])
    loads: list[float] = field(default_factory=list)
    cpu: str = ""
    pairs: list[tuple[Binary, Benchmark]] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    broken: set[Benchmark] = field(default_factory=set)
    stopped: str = ""

    def __post_init__(self) -> None:
        plan = self.plan
        self.work, self.settings, self.asked = plan.work, plan.settings, plan.asked
        self.chosen, self.clock, self.machine = plan.chosen, plan.clock, plan.machine

    def measure(self, scratch: Path) -> Done:
        try:
            binaries, self.troubles = benchbinaries.compiled(self.work, self.plan.wanted, scratch)
            self._find(binaries, scratch)
            self._sample(scratch)
        except BaseException as error:
            self.stopped = str(error).partition("\n")[0] or f"stopped by {type(error).__name__}"
            if self.samples:
                console.note(f"what was measured is kept as a partial run in {self._kept().run.file}")
            raise
        return self._kept()

    def _find(self, binaries: Sequence[Binary], scratch: Path) -> None:
        """Find every benchmark that is to be measured."""
        names: dict[str, Sequence[str]] = {}
        for binary in binaries:
            if self.clock.over:
                break
            looked = benchbinaries.look(self.work, binary, self.clock.limit(self.asked.timeout), scratch)
            package = binary.package
            self.troubles += [one for function, one in looked.troubles if self.chosen.concerns(function)]
            self.skipped += [f"{package.path}.{name}" for name in looked.skipped if self.chosen.fits(name)]
            self.cpu = self.cpu or looked.cpu
            names[package.path] = looked.leaves
            self.pairs += [
                (binary, Benchmark(package.path, leaf, self.chosen.category(package.below, leaf), cpu))
                for leaf in looked.leaves
                if self.chosen.fits(leaf)
                for cpu in self.asked.cpus
            ]
        if not self.pairs and not self.troubles and not self.clock.over:
            if self.skipped:
                message = f"every benchmark skipped itself: {', '.join(self.skipped)}"
                raise NothingError(message)
            raise self.chosen.nothing(names)

    def _sample(self, scratch: Path) -> None:
        """Take all samples, in their order."""
        binaries = {benchmark: binary for binary, benchmark in self.pairs}
        slots = schedule.interleaved(binaries, self.asked.count, self.asked.seed)
        self.times.append(host.times())
        progress = Countdown(len(slots))
        try:
            for slot in slots:
                if self.clock.over:
                    break
                if slot.benchmark in self.broken:
                    progress.skip()
                    continue
                self.loads.append(host.load())
                progress.start(f"{slot.benchmark}, sample {slot.sample} of {self.asked.count}")
                self._take(slot.benchmark, binaries[slot.benchmark], scratch)
                progress.end()
        finally:
            progress.close()
        if self.clock.over:
            how_far = f"after {len(self.samples)} of {len(slots)} samples" if slots else "before the first sample"
            self.stopped = f"the budget of {self.asked.budget} was used up {how_far}"

    def _take(self, benchmark: Benchmark, binary: Binary, scratch: Path) -> None:
        """Take one sample; a benchmark that went wrong once is not run again."""
        cpu = [f"-test.cpu={benchmark.cpu}"] if benchmark.cpu else []
        done = self.work.runner.attempt(
            binary.argv(gobench.pattern(benchmark.name), str(self.asked.benchtime), *cpu),
            cwd=binary.package.folder,
            env=benchbinaries.environment(self.work, binary),
            timeout=self.clock.limit(self.asked.timeout),
            out=scratch / "output",
        )
        if done.timed_out and self.clock.over:
            return  # the end of the budget is no fault of the benchmark's
        reason = f"took longer than {self.asked.timeout} and was ended" if done.timed_out else ""
        reason = reason or gobench.trouble(done.out, done.code)
        self.samples.append(Sample(benchmark.package, done.out, reason))
        if reason:
            self.broken.add(benchmark)
            self.troubles.append(Trouble(str(benchmark), reason, gobench.last_lines(done.out)))
            console.note(f"{self.troubles[-1]}; its other samples are left out")

    def _kept(self) -> Done:
        """Write the run's file, and return the run."""
        self.times.append(host.times())
        facts = self._facts()
        content = runs.document(facts, self.samples)
        path = self._write(content)
        whole = runs.document(facts, (one for one in self.samples if not one.trouble))
        made = BenchRun(
            file=path.relative_to(self.settings.folder).as_posix() if path.is_relative_to(self.settings.folder) else str(path),
            go=self.work.go.version,
            commit=self.work.commit,
            dirty=bool(self.work.dirty),
            machine=self.machine.machine,
            seed=self.asked.seed,
            partial=facts.partial,
            seconds=self.clock.seconds,
            benchmarks=report.measured(benchfmt.parse(whole), self._category),
            troubles=tuple(self.troubles),
            warnings=(*self._warnings(), *(f"skipped by itself: {name}" for name in self.skipped)),
        )
        return Done(made, path, content, self.work, tuple(self.pairs))

    def _category(self, function: str) -> str:
        return next((one.category for _, one in self.pairs if one.function[1] == function), "")

    def _busy(self) -> tuple[host.Busy, host.Busy]:
        """Return how busy the machine was before the first sample, and since."""
        first, start, end = self.times[0], self.times[min(1, len(self.times) - 1)], self.times[-1]
        during = sum(self.loads) / len(self.loads) if self.loads else self.load
        return host.between(first, start, self.load), host.between(start, end, during)

    def _warnings(self) -> tuple[str, ...]:
        shell = [name for name in benchbinaries.RUNTIME if self.work.runner.environ.get(name)]
        said = [f"{', '.join(shell)} of the shell does not count here; --cpu sets the processors"] if shell else []
        return (*host.warnings(*self._busy(), self.machine), *said)

    def _facts(self) -> Facts:
        return Facts(
            # Go's own word for the processor, which its output repeats with every sample.
            circumstances={**self.plan.environment.values, "cpu": self.cpu or self.machine.cpu},
            about={
                "commit": self.work.commit,
                "branch": self.work.branch,
                "dirty": str(bool(self.work.dirty)).lower(),
                "date": self.date,
                **host.described(self.machine, *self._busy()),
                "flags": self.asked.flags,
                "order": schedule.NAME,
                "seed": str(self.asked.seed),
            },
            sources=_hashes(self.pairs),
            partial=self._partial(),
        )

    def _partial(self) -> str:
        failed = [str(one) for one in self.troubles]
        more = [f"and {len(failed) - _FEW} more"] if len(failed) > _FEW else []
        return "; ".join([*([self.stopped] if self.stopped else []), *failed[:_FEW], *more])

    def _write(self, content: bytes) -> Path:
        if self.asked.output is not None:
            files.create(self.asked.output, content)
            return self.asked.output
        folder = files.output_folder(self.settings.folder / FOLDER)
        name = runs.file_name(self.date, self.work.commit)
        number = 1
        while True:  # until a name is free: two short runs may begin in one second
            path = folder / (name if number == 1 else name.replace(".txt", f"-{number}.txt"))
            try:
                files.create(path, content)
            except FileExistsError:
                number += 1
                continue
            return path


def _hashes(pairs: Iterable[tuple[Binary, Benchmark]]) -> dict[str, str]:
    """Return the hash of the source of each function that was run, by package and function."""
    used = {one.function: binary.package for binary, one in pairs}
    return {f"{path}.{name}": package.hashes[name] for (path, name), package in used.items() if name in package.hashes}


def stored(folder: Path) -> list[Path]:
    """Return the files of runs in *folder*, the oldest first: their names begin with their time."""
    return sorted(path for path in folder.glob("*.txt") if path.is_file())


def read(path: Path) -> benchfmt.Results:
    """Return what the file of a run holds."""
    return runs.restored(benchfmt.parse(path.read_bytes(), file=str(path)))


def alike(folder: Path) -> list[Path]:
    """Return the newest run in *folder* and those that were made like it, of the same commit on the same machine."""
    every = [(path, runs.about(benchfmt.parse(path.read_bytes()))) for path in stored(folder)]
    if not every:
        return []

    def kind(said: Mapping[str, str]) -> tuple[str, ...]:
        return tuple(said.get(key, "") for key in ("commit", "dirty", "machine", "flags"))

    return [path for path, said in every if kind(said) == kind(every[-1][1])]


def by_version(paths: Iterable[Path]) -> dict[str, benchfmt.Results]:
    """Return the last of *paths* for each version of Go that they were run with."""
    found: dict[str, benchfmt.Results] = {}
    for path in paths:
        results = _read(path)
        found[runs.about(results).get("go", "") or path.stem] = results
    return found


def _read(path: Path) -> benchfmt.Results:
    if not path.is_file():
        message = f"--file: want the file of a run, got {str(path)!r}, which is not there"
        raise UsageError(message)
    return read(path)
