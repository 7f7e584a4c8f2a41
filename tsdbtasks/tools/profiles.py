"""Profiles of benchmarks, taken apart from the measurement, and what pprof makes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tsdbtasks.core.bench import gobench, profiles
from tsdbtasks.core.bench.profiles import Kind
from tsdbtasks.errors import NothingError, ProgramError
from tsdbtasks.tools import benchbinaries, console, files, go

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tsdbtasks.runner import Runner
    from tsdbtasks.tools.benchbinaries import Binary
    from tsdbtasks.tools.benchrun import Asked, Done
    from tsdbtasks.tools.go import Go

#: Functions of a profile that are read; pprof itself shows the first few.
_EVERY = ("-top", "-nodecount=1000000", "-nodefraction=0", "-edgefraction=0")


def take(done: Done, kinds: Sequence[Kind], asked: Asked, scratch: Path) -> tuple[str, ...]:
    """Run the benchmarks of *done* once more for each of *kinds*, and return the files beside go.mod.

    A copy stays beside the run, as a base for later differences.
    """
    names: dict[Binary, list[str]] = {}
    for binary, benchmark in done.pairs:
        names.setdefault(binary, []).append(benchmark.name)
    written = []
    for kind in kinds:
        console.note(f"profiling: {kind.value}")
        parts = [
            _part(done, kind, binary, benchmarks, asked, scratch / f"{kind.value}{at}.prof")
            for at, (binary, benchmarks) in enumerate(names.items())
        ]
        content = _merged(done, parts, scratch / "merged.prof")
        with files.replacing(done.work.module.folder / kind.file) as file:
            file.write(content)
        with files.replacing(done.path.with_suffix(f".{kind.value}.prof")) as file:
            file.write(content)
        written.append(kind.file)
    return tuple(written)


def _part(done: Done, kind: Kind, binary: Binary, names: Sequence[str], asked: Asked, out: Path) -> Path:
    # Several names at once: Go takes alternatives between whole patterns.
    pattern = "|".join(gobench.pattern(name) for name in dict.fromkeys(names))
    argv = binary.argv(pattern, str(asked.benchtime), f"{kind.flag}={out}")
    ran = done.work.runner.attempt(
        argv,
        cwd=binary.package.folder,
        env=benchbinaries.environment(done.work, binary),
        timeout=asked.timeout.seconds * len(names),
        out=out.with_suffix(".txt"),
    )
    reason = "took too long" if ran.timed_out else gobench.trouble(ran.out, ran.code)
    if reason or not out.is_file():
        lines = "\n".join(f"  | {line}" for line in gobench.last_lines(ran.out))
        message = (
            f"the {kind.value} profile of {binary.package.path} cannot be made: {reason or 'nothing was written'}\n{lines}"
        )
        raise ProgramError(message)
    return out


def _merged(done: Done, parts: Sequence[Path], out: Path) -> bytes:
    if len(parts) > 1:
        arguments = ["tool", "pprof", "-proto", f"-output={out}", *map(str, parts)]
        go.call(done.work.runner, done.work.go, arguments, done.work.module.folder)
        return out.read_bytes()
    return parts[0].read_bytes()


def find(folder: Path, wanted: str, kind: str) -> tuple[Path, Kind]:
    """Return the profile to show: the file *wanted*, or that of *kind* beside go.mod, or the first that is there."""
    if wanted:
        path = folder / wanted
        chosen = profiles.kinds(kind) or tuple(one for one in Kind if one.value in path.name) or (Kind.CPU,)
        return _existing(path, chosen[0])
    chosen = profiles.kinds(kind) or tuple(one for one in Kind if (folder / one.file).is_file()) or (Kind.CPU,)
    return _existing(folder / chosen[0].file, chosen[0])


def _existing(path: Path, kind: Kind) -> tuple[Path, Kind]:
    if not path.is_file():
        message = f"there is no profile {path}"
        raise NothingError(message, hint=f"inv bench --profile {kind.value}")
    return path, kind


def top(runner: Runner, found: Go, path: Path, kind: Kind, base: Path | None = None) -> profiles.Top:
    """Return the functions of a profile, or how they differ from those of *base*, scaled to the same total."""
    against = [f"-diff_base={base}", "-normalize"] if base else []
    arguments = ["tool", "pprof", *_EVERY, *kind.options, *against, str(path)]
    done = go.call(runner, found, arguments, path.parent, ok=None)
    if done.code:
        message = f"{path} cannot be read: {done.err.strip().splitlines()[-1] if done.err.strip() else 'pprof says nothing'}"
        raise ProgramError(message, hint=f"inv bench --profile {kind.value} makes a new one")
    return profiles.top(done.text)


def serve(runner: Runner, found: Go, path: Path, address: str, base: Path | None) -> None:
    """Show a profile on pprof's own web page until somebody stops it."""
    quiet = ["-no_browser"] if console.in_ci() else []
    against = [f"-diff_base={base}"] if base else []
    runner.act([found.path, "tool", "pprof", f"-http={address}", *quiet, *against, str(path)], env=found.env, stream=True)
