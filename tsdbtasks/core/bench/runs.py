"""A run as a file in the Go benchmark format: what it says of itself, and every line of its samples.

What must be equal for two runs to be comparable (the machine, Go, the system) holds for the results. What is about this
one run (its commit, its date, the load) is told first and taken back before the first result: benchstat makes a
table for each configuration, and would never set two runs side by side. :func:`restored` gives it to the results.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import groupby, takewhile
from types import MappingProxyType
from typing import TYPE_CHECKING

from tsdbtasks.core.bench import benchfmt, environment
from tsdbtasks.core.bench.benchfmt import Result, Results, Setting

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

#: Keys of what a result depends on, in the order of the file.
CIRCUMSTANCES = ("go", "goos", "goarch", "cpu", "cores", "machine")
#: What every run says of itself.
_MARK = "date"
_FRAMING = re.compile(rb"(?:PASS|goos: .*|goarch: .*|cpu: .*|pkg: .*)\r?\n?")


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a run says of itself: *circumstances* and *about* are configuration by key, *sources* hashes by benchmark.

    *partial* says what is missing from the run, and is empty where nothing is.
    """

    circumstances: Mapping[str, str]
    about: Mapping[str, str]
    sources: Mapping[str, str] = field(default_factory=dict)
    partial: str = ""


@dataclass(frozen=True)
class Sample:
    """What one process printed for a benchmark of *package*, and what went wrong, if anything."""

    package: str
    output: bytes
    trouble: str = ""


def document(facts: Facts, samples: Iterable[Sample]) -> bytes:
    """Return the file of a run, its samples in the order in which they were taken."""
    told = {
        **facts.about,
        **dict(environment.source_lines(facts.sources)),
        **({"partial": facts.partial} if facts.partial else {}),
    }
    lines = [_line(key, value) for key, value in told.items() if value]
    lines += [_line(key, facts.circumstances[key]) for key in CIRCUMSTANCES if facts.circumstances.get(key)]
    lines += [_line(key, "") for key, value in told.items() if value]
    package = ""
    for sample in samples:
        if sample.package != package:
            package = sample.package
            lines.append(_line("pkg", package))
        lines += _lines(sample.output)
        lines += _taken_back(sample.output, facts.circumstances)
    return b"".join(lines)


def _line(key: str, value: str) -> bytes:
    """Return a configuration line, which no value can end early; an empty one takes the key back."""
    return f"{key}: {' '.join(value.split())}".rstrip().encode("utf-8", "surrogateescape") + b"\n"


def _lines(output: bytes) -> list[bytes]:
    """Return the lines of a sample as they are, but for those that say again what the file says."""
    lines = [line for line in output.splitlines(keepends=True) if not _FRAMING.fullmatch(line)]
    return [line if line.endswith(b"\n") else line + b"\n" for line in lines]


def _taken_back(output: bytes, circumstances: Mapping[str, str]) -> list[bytes]:
    """Return the lines that end what a sample said of itself, and be it that ``panic: …`` looks like it."""
    said = {one.key for one in benchfmt.parse(output) if isinstance(one, Setting)} - {"pkg"}
    # Values that the file says already are left out of samples, and hold on.
    framing = {"goos", "goarch", "cpu"}
    return [_line(key, circumstances.get(key, "")) for key in sorted(said - framing)]


def about(results: Results) -> dict[str, str]:
    """Return what a file says of itself: the configuration before its first result, also what is taken back there."""
    said: dict[str, str] = {}
    for one in takewhile(lambda one: not isinstance(one, Result), results):
        if isinstance(one, Setting) and one.value:
            # The first counts: later ones may be of a program under test.
            said.setdefault(one.key, one.value)
    return said


def restored(results: Results) -> Results:
    """Return *results* with what their run told and took back before the first one as a part of their configuration.

    Where several runs stand in one file, each has its own. A file in which nothing is taken back is returned as it is.
    """
    taken: Mapping[str, str] = {}
    shared: dict[int, tuple[Mapping[str, str], Mapping[str, str]]] = {}
    records: list[benchfmt.Record] = []
    for is_setting, group in groupby(results, lambda one: isinstance(one, Setting)):
        members = list(group)
        if is_setting and (found := _taken(members)):
            taken, shared = found, {}
        if taken and not is_setting:
            members = [_with(one, taken, shared) if isinstance(one, Result) else one for one in members]
        records += members
    return Results(tuple(records)) if taken else results


def _taken(settings: Iterable[benchfmt.Record]) -> dict[str, str]:
    """Return what the head of a run, in consecutive configuration lines, tells and takes back; nothing for other lines."""
    told: dict[str, str] = {}
    taken: dict[str, str] = {}
    for one in settings:
        if isinstance(one, Setting) and one.value:
            told[one.key] = one.value
        elif isinstance(one, Setting) and one.key in told:
            taken[one.key] = told.pop(one.key)
    # A program under test may print something like it, but not by chance a whole head.
    return taken if _MARK in taken else {}


def _with(one: Result, taken: Mapping[str, str], shared: dict[int, tuple[Mapping[str, str], Mapping[str, str]]]) -> Result:
    """Return a result with *taken* in its configuration; results that shared one go on doing so."""
    # The original stands beside what was made of it, so that its id cannot be given to another one.
    _, config = shared.setdefault(id(one.config), (one.config, MappingProxyType({**taken, **one.config})))
    return replace(one, config=config)


def unfit(results: Results) -> str:
    """Say why a run can be no baseline, or nothing where it can."""
    said = about(results)
    if not results.results:
        return "it has no results"
    if said.get("partial"):
        return f"it is partial: {said['partial']}"
    if results.failures:
        return f"something failed in it: {results.failures[0].text.strip()}"
    return ""


def file_name(date: str, commit: str) -> str:
    """Return the name of a run's file; *date* is UTC in RFC 3339, whose colons Windows takes in no name."""
    return f"{re.sub('[-:]', '', date)}-{commit[:12] or 'uncommitted'}.txt"


@dataclass(frozen=True)
class Environment:
    """Where results hold: the circumstances by key, as far as they are known."""

    values: Mapping[str, str]

    @classmethod
    def of(cls, config: Mapping[str, str]) -> Environment:
        """Return the environment that a configuration tells."""
        return cls({key: config[key] for key in CIRCUMSTANCES if config.get(key)})

    @property
    def name(self) -> str:
        """A name for files; environments with the same one are the same but for what is unknown."""
        parts = [self.values.get(key, "") for key in ("goos", "goarch", "machine", "go")]
        return "-".join(re.sub(r"[^A-Za-z0-9.]+", "_", part) or "any" for part in parts)

    def contradicts(self, other: Environment) -> list[str]:
        """Return the keys that both know and know differently; an absent key is no difference."""
        return [key for key in CIRCUMSTANCES if self._differs(other, key)]

    def _differs(self, other: Environment, key: str) -> bool:
        mine, theirs = self.values.get(key), other.values.get(key)
        return bool(mine and theirs) and mine != theirs


def best(environments: Sequence[Environment], here: Environment) -> int | None:
    """Return the index of the one of *environments* that fits *here* and knows most, or None where none fits."""
    fitting = [at for at, one in enumerate(environments) if not one.contradicts(here)]
    return max(fitting, key=lambda at: len(environments[at].values), default=None)
