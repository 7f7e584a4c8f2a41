"""Test binaries with benchmarks: which packages have some, compiling each once, and a quick pass that finds their names."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tsdbtasks.core.bench import gobench, sources
from tsdbtasks.core.report.benchrun import Trouble
from tsdbtasks.errors import ProgramError
from tsdbtasks.tools import go, pool, source, toolchains

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tsdbtasks.core.bench.gobench import Found
    from tsdbtasks.runner import Runner
    from tsdbtasks.settings import Settings
    from tsdbtasks.tools.go import Go, Module

_FIELDS = "ImportPath,Dir,TestGoFiles,XTestGoFiles"
#: Variables that the Go runtime reads as a program starts; a shell's must not change what is measured.
RUNTIME = ("GOGC", "GOMEMLIMIT", "GOMAXPROCS", "GODEBUG", "GOTRACEBACK")


@dataclass(frozen=True)
class Setup:
    """A module and the Go that its benchmarks are compiled with; *env* are the variables of every call and sample."""

    runner: Runner
    go: Go
    module: Module
    commit: str
    branch: str
    dirty: tuple[str, ...]
    tags: tuple[str, ...]
    env: Mapping[str, str | None]


def go_command(runner: Runner, settings: Settings, wanted: str) -> Go:
    """Return the go command of the settings, or *wanted*, a version or a path."""
    path = wanted or settings.go.path
    if wanted.replace(".", "").isdigit():
        path = toolchains.find(runner, wanted, settings.go.versions, settings.folder)
    return go.find(runner, path, settings.folder)


def setup(runner: Runner, settings: Settings, wanted: str = "") -> Setup:
    """Return the module of *settings* and its Go: that of the settings, or *wanted*, a version or a path."""
    found = go_command(runner, settings, wanted)
    looked = source.look(runner, found, settings.folder, None)
    env = {**found.env, **settings.build.env, **go.for_module(looked.module), "CGO_ENABLED": str(int(settings.build.cgo))}
    env |= dict.fromkeys(RUNTIME)
    branch = looked.checkout.branch if looked.checkout else ""
    return Setup(
        runner=runner,
        go=found,
        module=looked.module,
        commit=looked.commit,
        branch=branch or git_branch(runner),
        dirty=looked.dirty,
        tags=settings.build.tags,
        env=env,
    )


def git_branch(runner: Runner) -> str:
    """Return the branch that CI says it works for, since it checks out a commit and no branch."""
    return runner.environ.get("GITHUB_HEAD_REF") or runner.environ.get("GITHUB_REF_NAME", "")


def has_some(folder: Path) -> bool:
    """Say whether a test file below *folder* looks as if it had a benchmark, without asking Go."""
    return any(
        b"\nfunc Benchmark" in path.read_bytes()
        for path in folder.rglob("*_test.go")
        if not {"vendor", "testdata"} & set(path.relative_to(folder).parts)
    )


@dataclass(frozen=True, eq=False)
class Package:
    """A package with benchmarks: its import path, its folder, that below the module, and a hash of each benchmark."""

    path: str
    folder: Path
    below: str
    hashes: Mapping[str, str]


def packages(work: Setup) -> list[Package]:
    """Return the packages of the module whose test files have benchmarks."""
    tags = [f"-tags={','.join(work.tags)}"] if work.tags else []
    arguments = ["list", "-e", f"-json={_FIELDS}", *tags, "./..."]
    done = go.call(work.runner, work.go, arguments, work.module.folder, env=work.env, ok=None)
    if done.code:
        message = f"go list cannot read the module {work.module.path}: {done.err.strip()}"
        raise ProgramError(message)
    found = [_package(work.module, said) for said in go.documents(done.text)]
    return [one for one in found if one.hashes]


def _package(module: Module, said: Mapping[str, Any]) -> Package:
    path, folder = said["ImportPath"], module.folder / said.get("Dir", "")
    texts = [(folder / name).read_bytes() for key in ("TestGoFiles", "XTestGoFiles") for name in said.get(key) or ()]
    # Reading what they reach takes a while, and most packages have none.
    hashes = sources.hashes(texts) if any(b"func Benchmark" in one for one in texts) else {}
    return Package(path, folder, path.removeprefix(module.path).strip("/"), hashes)


@dataclass(frozen=True)
class Binary:
    """A compiled test binary, and the functions in it that are to be run."""

    package: Package
    path: Path
    functions: tuple[str, ...]

    def argv(self, pattern: str, benchtime: str, *flags: str) -> list[str]:
        """Return the command that runs the benchmarks of *pattern* and no unit tests."""
        return [str(self.path), "-test.run=^$", f"-test.bench={pattern}", f"-test.benchtime={benchtime}", *flags]


def compiled(work: Setup, wanted: Sequence[tuple[Package, Sequence[str]]], into: Path) -> tuple[list[Binary], list[Trouble]]:
    """Compile the test binary of each package in *wanted*, all at once, and return them, with what failed.

    *wanted* are packages with their functions that are to be run; the binaries lie in the folder *into*.
    """
    # The names of the files are what pprof calls the programs.
    numbered = {
        package.path: (f"{at}-{package.folder.name}.test", package, functions) for at, (package, functions) in enumerate(wanted)
    }

    def compile_one(item: tuple[str, Package, Sequence[str]]) -> Binary | Trouble:
        name, package, functions = item
        out = into / name
        done = go.call(work.runner, work.go, command(work, package, out), work.module.folder, env=work.env, ok=None)
        if done.code or not out.exists():
            lines = gobench.last_lines(done.err.encode() or done.out)
            return Trouble(package.path, "does not compile", lines)
        return Binary(package, out, tuple(functions))

    done, failed = pool.each(work.runner, numbered, compile_one, jobs=0, verbs=("compiling", "compiled"))
    troubles = [one for one in done.values() if isinstance(one, Trouble)]
    troubles += [Trouble(name, "does not compile", tuple(error.message.splitlines())) for name, error in failed.items()]
    return [one for one in done.values() if isinstance(one, Binary)], troubles


def command(work: Setup, package: Package, out: Path) -> list[str]:
    """Return the arguments of the go command that compile the test binary of *package*."""
    tags = [f"-tags={','.join(work.tags)}"] if work.tags else []
    # Two compilations of one commit are the same bytes: no paths of this machine, no stamp.
    return ["test", "-c", "-trimpath", "-buildvcs=false", *tags, "-o", str(out), package.path]


@dataclass(frozen=True)
class Looked:
    """What a quick pass through one binary found; each of the *troubles* stands with its function."""

    leaves: tuple[str, ...]
    skipped: tuple[str, ...]
    troubles: tuple[tuple[str, Trouble], ...]
    cpu: str


def look(work: Setup, binary: Binary, seconds: float, scratch: Path) -> Looked:
    """Run every benchmark of *binary* once, to learn the names of sub-benchmarks and what fails at once."""
    found, reason, lines = _pass(work, binary, seconds, scratch)
    if reason and len(binary.functions) > 1:
        # What ended the process, or failed, is one of them: each gets a process of its own, so that the others are found.
        return _joined([look(work, replace(binary, functions=(name,)), seconds, scratch) for name in binary.functions])
    if reason:
        troubles = [_trouble(binary, binary.functions[0], reason, lines)]
    else:
        told = {name.partition("/")[0] for name in (*found.leaves, *found.skipped)}
        # As where TestMain runs none of them.
        troubles = [_trouble(binary, name, "gave no result", lines) for name in binary.functions if name not in told]
    return Looked(found.leaves, found.skipped, tuple(troubles), found.cpu)


def _trouble(binary: Binary, function: str, reason: str, lines: tuple[str, ...]) -> tuple[str, Trouble]:
    return function, Trouble(f"{binary.package.path}.{function}", reason, lines)


def _joined(looks: Sequence[Looked]) -> Looked:
    return Looked(
        tuple(leaf for one in looks for leaf in one.leaves),
        tuple(name for one in looks for name in one.skipped),
        tuple(trouble for one in looks for trouble in one.troubles),
        next((one.cpu for one in looks if one.cpu), ""),
    )


def _pass(work: Setup, binary: Binary, seconds: float, scratch: Path) -> tuple[Found, str, tuple[str, ...]]:
    argv = binary.argv(gobench.functions_pattern(binary.functions), "1x", "-test.v=true")
    done = work.runner.attempt(
        argv, cwd=binary.package.folder, env=environment(work, binary), timeout=seconds, out=scratch / "output"
    )
    reason = f"gave no result within {seconds:g} s" if done.timed_out else gobench.trouble(done.out, done.code, wanted=False)
    return gobench.found(done.out), reason, gobench.last_lines(done.out)


def environment(work: Setup, binary: Binary) -> Mapping[str, str | None]:
    """Return the variables of a sample; as for go test, the working directory is the package's also by its name."""
    return {**work.env, "PWD": str(binary.package.folder)}
