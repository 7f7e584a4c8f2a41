"""What ``go test -json`` says, as packages and tests.

The events are those of test2json (go doc test2json). Go before 1.24 writes what a compiler says as plain text
between them, headed by ``# package``, and a broken program may write anything: a line that is no event is
kept, and nothing that began is taken for good without an event that says so.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

PASS = "pass"  # noqa: S105 - an outcome, no password
FAIL = "fail"
SKIP = "skip"
NO_FILES = "no test files"
NO_TESTS = "no tests to run"

_ENDS = {"pass": PASS, "bench": PASS, "fail": FAIL, "skip": SKIP}
_FRAME = re.compile(r"=== (?:RUN|PAUSE|CONT|NAME) |\s*--- (?:PASS|FAIL|SKIP|BENCH): ")
_PLAIN = re.compile(r"FAIL\t(\S+) \[(?:build|setup) failed\]")
_WHY = re.compile(r"FAIL\t.*\[((?:build|setup) failed)\]")
_END = re.compile(r"FAIL(?:\t|$)")
_HEADER = re.compile(r"# (\S.*)")
_COVERAGE = re.compile(r"\bcoverage: (\d+(?:\.\d+)?)% of statements")
_PANIC = re.compile(r"\s*panic: (?:test (timed out after \S+)|(.*))")
_FATAL = re.compile(r"fatal error: (.*)")
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, kw_only=True)
class GoTest:
    """One test, subtest, example, fuzz target or benchmark.

    *reason* says why it failed, where its own output does not; *echo* is true for a test that failed only because
    a subtest of it did.
    """

    name: str
    outcome: str
    seconds: float = 0.0
    output: tuple[str, ...] = ()
    reason: str = ""
    echo: bool = False


@dataclass(frozen=True, kw_only=True)
class GoPackage:
    """The tests of one package, in the order in which they began; *output* is what belongs to none of them.

    *outcome* is PASS, FAIL, NO_FILES or NO_TESTS; *coverage* is in per cent.
    """

    path: str
    outcome: str
    seconds: float = 0.0
    coverage: float | None = None
    cached: bool = False
    reason: str = ""
    tests: tuple[GoTest, ...] = ()
    output: tuple[str, ...] = ()

    def count(self, outcome: str) -> int:
        """Return how many tests ended as *outcome*."""
        return sum(test.outcome == outcome for test in self.tests)


@dataclass(frozen=True)
class Results:
    """The packages by their paths, and the lines that belong to none of them."""

    packages: tuple[GoPackage, ...]
    other: tuple[str, ...]

    def count(self, outcome: str) -> int:
        """Return how many tests ended as *outcome*."""
        return sum(package.count(outcome) for package in self.packages)

    @property
    def failed(self) -> bool:
        """Whether a test or a package failed."""
        return any(package.outcome == FAIL for package in self.packages)


@dataclass(frozen=True)
class Failure:
    """Something to mend: a test, or with an empty *test* a whole package."""

    package: str
    test: str
    reason: str
    seconds: float
    output: tuple[str, ...]


@dataclass(frozen=True)
class Event:
    """One line of ``go test -json``; *build* is the package that is being built, *package* the one that is tested."""

    action: str
    package: str
    test: str
    output: str
    build: str
    seconds: float
    time: str
    failed_build: str


def event(line: str) -> Event | None:
    """Return the event that *line* is, or None where it is something else."""
    if not line.startswith("{"):
        return None
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict) or not _text(said, "Action"):
        return None
    found = Event(
        action=_text(said, "Action"),
        package=_text(said, "Package"),
        test=_text(said, "Test"),
        output=_text(said, "Output"),
        build=_text(said, "ImportPath"),
        seconds=_seconds(said.get("Elapsed")),
        time=_text(said, "Time"),
        failed_build=_text(said, "FailedBuild"),
    )
    return found if found.package or (found.build and found.action.startswith("build-")) else None


def _text(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name)
    # No file can hold half of a character.
    return _SURROGATE.sub("\ufffd", value) if isinstance(value, str) else ""


def _seconds(value: object) -> float:
    return float(value) if isinstance(value, int | float) and math.isfinite(_float(value)) and value > 0 else 0.0


def _float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:  # a whole number with hundreds of digits
        return math.inf


def text(lines: Iterable[str]) -> Iterator[str]:
    """Yield what a reader would have seen without ``-json``, piece by piece; all the lines that are no events too."""
    for line in lines:
        found = event(line)
        if found is None:
            yield line if line.endswith("\n") else f"{line}\n"
        elif found.output:
            yield found.output


def parse(lines: Iterable[str]) -> Results:
    """Read the output of ``go test -json``, with both of its streams in one; no line is an error, and none is lost."""
    read = _Reading()
    for line in lines:
        found = event(line)
        if found is None:
            read.plain(_SURROGATE.sub("\ufffd", line.rstrip("\r\n")))
        else:
            read.event(found)
    return read.results()


def failures(results: Results) -> tuple[Failure, ...]:
    """Return what is to be mended, each once: not the parents of failed subtests, nor packages of failed tests."""
    found: list[Failure] = []
    for package in results.packages:
        failed = [test for test in package.tests if test.outcome == FAIL and not test.echo]
        found += [
            Failure(
                package.path, test.name, test.reason, test.seconds, tuple(line for line in test.output if not framing(line))
            )
            for test in failed
        ]
        if package.outcome == FAIL and not failed:
            said = tuple(line for line in package.output if not _END.match(line))
            found.append(Failure(package.path, "", package.reason, package.seconds, said))
    return tuple(found)


def slowest(results: Results, count: int) -> tuple[tuple[str, GoTest], ...]:
    """Return the *count* tests that took longest, each with its package; no parent whose subtests took most of its time."""
    every = [(package.path, test) for package in results.packages for test in _slow(package.tests)]
    return tuple(sorted(every, key=lambda one: (-one[1].seconds, one[0], one[1].name))[:count])


def _slow(tests: Iterable[GoTest]) -> list[GoTest]:
    """Return the tests that took time, but for parents that spent most of theirs in subtests without subtests."""
    every = list(tests)
    parents = _parents(test.name for test in every)
    below: dict[str, float] = {}
    for test in every:
        if test.name not in parents:
            for name in _parents([test.name]):
                below[name] = below.get(name, 0.0) + test.seconds
    return [test for test in every if test.seconds > 2 * below.get(test.name, 0.0)]


def _parents(names: Iterable[str]) -> set[str]:
    """Return all that one of *names* may be a subtest of; a subtest's own name may hold slashes."""
    return {name[:at] for name in names for at, character in enumerate(name) if character == "/"}


def framing(line: str) -> bool:
    """Say whether the testing package wrote *line* to tell where a test begins and ends."""
    return _FRAME.match(line) is not None


# --- reading --------------------------------------------------------------------------------------


@dataclass
class _Output:
    """Pieces of output, which begin and end anywhere in a line."""

    pieces: list[str] = field(default_factory=list)

    def add(self, piece: str) -> None:
        # A test may leave its last line open; what frames the next test still begins a line.
        if self.pieces and not self.pieces[-1].endswith("\n") and framing(piece):
            self.pieces.append("\n")
        if piece:
            self.pieces.append(piece)

    def lines(self) -> tuple[str, ...]:
        whole = "".join(self.pieces)
        return tuple(line.removesuffix("\r") for line in whole.removesuffix("\n").split("\n")) if whole else ()


@dataclass
class _Test:
    name: str
    began: str
    outcome: str = ""
    seconds: float = 0.0
    last: str = ""
    output: _Output = field(default_factory=_Output)


@dataclass
class _Package:
    path: str
    tests: list[_Test] = field(default_factory=list)
    current: dict[str, _Test] = field(default_factory=dict)
    outcome: str = ""
    seconds: float = 0.0
    failed_build: str = ""
    output: _Output = field(default_factory=_Output)

    def test(self, found: Event) -> _Test:
        """Return the test that an event is about; one that begins again is another one."""
        old = self.current.get(found.test)
        if old is None or (found.action == "run" and old.outcome):
            old = _Test(found.test, found.time)
            self.tests.append(old)
            self.current[found.test] = old
        return old


class _Reading:
    """The state while the lines are read."""

    def __init__(self) -> None:
        self.packages: dict[str, _Package] = {}
        self.builds: dict[str, _Output] = {}
        self.other: list[str] = []
        self.block = ""  # whose compiler speaks in plain text now

    def event(self, found: Event) -> None:
        self.block = ""
        if not found.package:
            self.builds.setdefault(found.build, _Output()).add(found.output)
            return
        package = self.packages.setdefault(found.package, _Package(found.package))
        if found.test:
            test = package.test(found)
            test.last = found.time or test.last
            test.output.add(found.output)
            if found.action in _ENDS:
                test.outcome, test.seconds = _ENDS[found.action], found.seconds
            return
        package.output.add(found.output)
        package.failed_build = found.failed_build or package.failed_build
        if found.action in _ENDS:
            package.outcome, package.seconds = _ENDS[found.action], found.seconds

    def plain(self, line: str) -> None:
        failed = _PLAIN.match(line)
        header = _HEADER.fullmatch(line)
        if failed:
            self.block = ""
            package = self.packages.setdefault(failed[1], _Package(failed[1]))
            package.outcome = FAIL
            package.output.add(f"{line}\n")
        elif header and not (self.block and header[1].startswith("[")):  # vet has a second line, "# [package]"
            self.block = header[1]
            self.builds.setdefault(self.block, _Output()).add(f"{line}\n")
        elif self.block and line != "FAIL":
            self.builds[self.block].add(f"{line}\n")
        else:
            self.other.append(line)

    def results(self) -> Results:
        said = self._builds()
        used = {name for names in said.values() for name in names}
        packages = tuple(
            _package(package, tuple(line for name in said.get(path, ()) for line in self.builds[name].lines()))
            for path, package in sorted(self.packages.items())
        )
        unused = [line for name, output in self.builds.items() if name not in used for line in output.lines()]
        return Results(packages, (*self.other, *unused))

    def _builds(self) -> dict[str, tuple[str, ...]]:
        """Return for each package that could not be built whose compiler output says why."""
        own: dict[str, tuple[str, ...]] = {}
        for path, package in self.packages.items():
            if _reason(package):
                names = (package.failed_build, f"{path} [{path}.test]", f"{path}_test [{path}.test]", path)
                own[path] = tuple(name for name in names if name in self.builds)[:1]
        taken = {name for names in own.values() for name in names}
        # Older Go does not say which package of those that it imports broke it.
        free = tuple(name for name in self.builds if name not in taken) or tuple(self.builds)
        return {path: names or free for path, names in own.items()}


def _reason(package: _Package) -> str:
    """Return why a package's tests were never begun, or nothing."""
    if package.outcome != FAIL:
        return ""
    said = next((match[1] for line in package.output.lines() if (match := _WHY.match(line))), "")
    return said or ("build failed" if package.failed_build else "")


def _package(package: _Package, built: tuple[str, ...]) -> GoPackage:
    lines = package.output.lines()
    _reopen(package)
    open_ones = [test for test in package.tests if test.outcome not in {PASS, SKIP}]
    death = _death([*(line for test in open_ones for line in test.output.lines()), *lines])
    tests = _tests(package, death)
    outcome = _outcome(package, tests, lines)
    failed = [test for test in tests if test.outcome == FAIL]
    reason = _reason(package) or (_why(package, death) if outcome == FAIL and not failed else "")
    percents = [float(match[1]) for line in lines if (match := _COVERAGE.search(line))]
    return GoPackage(
        path=package.path,
        outcome=outcome,
        seconds=package.seconds,
        coverage=percents[-1] if percents else None,
        cached=any(line.startswith("ok ") and "\t(cached)" in line for line in lines),
        reason=reason,
        tests=tests,
        output=(*built, *lines),
    )


def _reopen(package: _Package) -> None:
    """Take back the end of a test that ended the whole program with status 0.

    Go then gives what it says of the package, "ok" included, to the test that was running.
    """
    for test in package.tests:
        lines = test.output.lines()
        if not package.outcome and lines and lines[-1].startswith(f"ok  \t{package.path}\t"):
            test.outcome = ""


def _outcome(package: _Package, tests: tuple[GoTest, ...], lines: tuple[str, ...]) -> str:
    if package.outcome in {"", FAIL} or any(test.outcome == FAIL for test in tests):
        return FAIL
    # With coverage Go 1.22 and newer lets a package without tests pass, with nothing run.
    untested = any(line.startswith(f"\t{package.path}\t\tcoverage:") for line in lines)
    if package.outcome == SKIP or (untested and not tests):
        return NO_FILES
    return PASS if tests else NO_TESTS


def _why(package: _Package, death: str) -> str:
    if not package.outcome:
        return "no result: go test ended first"
    return death or "failed outside of its tests"


def _death(lines: Iterable[str]) -> str:
    """Return what ended the program that wrote *lines*, or nothing."""
    for line in lines:
        if found := _PANIC.match(line):
            return found[1] or f"panic: {found[2].removesuffix(' [recovered]').removesuffix(' [recovered, repanicked]')}"
        if found := _FATAL.match(line):
            return f"fatal error: {found[1]}"
    return ""


def _tests(package: _Package, death: str) -> tuple[GoTest, ...]:
    made = [_test(package, test, death) for test in package.tests]
    parents = _parents(test.name for test in made if test.outcome == FAIL)
    return tuple(replace(test, echo=True, reason="a subtest failed") if _is_echo(test, parents) else test for test in made)


def _is_echo(test: GoTest, parents: set[str]) -> bool:
    """Say whether *test* has nothing to tell but that one of its subtests failed."""
    return test.outcome == FAIL and test.name in parents and all(framing(line) or not line for line in test.output)


def _test(package: _Package, test: _Test, death: str) -> GoTest:
    lines = test.output.lines()
    own = _death(lines)
    if test.outcome:
        return GoTest(
            name=test.name,
            outcome=test.outcome,
            seconds=test.seconds,
            output=lines,
            reason=own if test.outcome == FAIL else "",
        )
    if package.outcome == PASS and test.name.startswith("Benchmark"):  # Go writes no event when one ends
        return GoTest(name=test.name, outcome=PASS, seconds=_between(test.began, test.last), output=lines)
    reason = own or f"did not finish: {death or 'the program ended first'}"
    return GoTest(name=test.name, outcome=FAIL, seconds=_between(test.began, test.last), output=lines, reason=reason)


def _between(began: str, last: str) -> float:
    """Return the seconds between two times in RFC 3339, or 0 where one of them is none."""
    try:
        return max(0.0, (datetime.fromisoformat(last) - datetime.fromisoformat(began)).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return 0.0
